//! What is told of sizes and of times.

use nfstream_flow::features::{Extent, Summary};

use crate::periods::Durations;
use crate::units::{NANOS_A_MICROSECOND, to_f64};

/// Minimum, mean, standard deviation and maximum, as far as they are defined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments<T> {
    pub(super) min: Option<T>,
    pub(super) mean: Option<f64>,
    pub(super) stddev: Option<f64>,
    pub(super) max: Option<T>,
}

impl Moments<u64> {
    pub(super) fn of_sizes(extent: &Extent, count: u64, sum: u64) -> Self {
        let summary = Summary::of(extent, count, sum);
        let is_any = count > 0;
        Self {
            min: is_any.then_some(summary.min),
            mean: is_any.then_some(summary.mean),
            stddev: (count > 1).then_some(summary.stddev),
            max: is_any.then_some(summary.max),
        }
    }
}

impl Moments<f64> {
    /// In microseconds.
    pub(super) fn of_times(durations: &Durations) -> Self {
        let summary = durations.summary_nanos();
        let several = summary.filter(|_| durations.count() > 1);
        Self {
            min: summary.map(|summary| micros(summary.min)),
            mean: summary.map(|summary| summary.mean / NANOS_A_MICROSECOND),
            stddev: several.map(|summary| summary.stddev / NANOS_A_MICROSECOND),
            max: summary.map(|summary| micros(summary.max)),
        }
    }
}

/// Microseconds, with fractions.
pub(super) fn micros(nanos: u64) -> f64 {
    to_f64(nanos) / NANOS_A_MICROSECOND
}
