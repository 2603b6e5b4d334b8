//! Active and idle periods, as a plugin.

use core::time::Duration;

use nfstream_decode::Packet;
use nfstream_derive::Record;
use nfstream_flow::features::Summary;
use nfstream_flow::{Flow, NFPlugin};

use crate::periods::{Durations, Periods};
use crate::units::{NANOS_A_MILLISECOND, to_f64};

/// How long a flow was active and how long idle: the active and idle times of `CICFlowMeter`.
///
/// A gap between two packets, whatever their directions, that is longer than a threshold is an idle period. An active period
/// is what lies between two of those, before the first, or behind the last: from its first packet to its last. A lone packet
/// is an active period of 0 ms. So active and idle periods together are the flow's duration, and there is one active period
/// more than there are idle ones. The time from the last packet to the end of the flow is none of either, as nobody has seen
/// what came.
///
/// # Columns
///
/// In milliseconds, with fractions: times are nanoseconds, which are summed up exactly, whatever the unit of the built-in
/// columns.
///
/// - `udps.min_active_ms`, `udps.mean_active_ms`, `udps.stddev_active_ms`, `udps.max_active_ms`;
/// - `udps.min_idle_ms`, `udps.mean_idle_ms`, `udps.stddev_idle_ms`, `udps.max_idle_ms`, null in a flow without idle period;
/// - `udps.active_periods`, how many.
///
/// The standard deviation is that of a sample, √(Σ(x − mean)² / (n − 1)), and 0 of one period, as in NFStream's columns.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use nfstream_flow::{FlowTable, FlowTableConfig};
/// use nfstream_plugins::ActiveIdle;
///
/// // A second without packets is idle; `ActiveIdle::default()` waits five.
/// let plugin = ActiveIdle::new(Duration::from_secs(1));
/// let table = FlowTable::new(&FlowTableConfig::default(), plugin);
/// # assert_eq!(table.active_flows(), 0);
/// ```
///
/// # Source
///
/// A. H. Lashkari, G. Draper-Gil, M. S. I. Mamun, A. A. Ghorbani: *Characterization of Tor traffic using time based
/// features*, ICISSP 2017.
#[derive(Clone, Copy, Debug)]
pub struct ActiveIdle {
    threshold: Duration,
}

impl ActiveIdle {
    /// The threshold of `CICFlowMeter`.
    pub const DEFAULT_THRESHOLD: Duration = Duration::from_secs(5);

    /// Gaps longer than `threshold` are idle.
    pub fn new(threshold: Duration) -> Self {
        Self { threshold }
    }
}

/// Gaps of more than five seconds are idle.
impl Default for ActiveIdle {
    fn default() -> Self {
        Self::new(Self::DEFAULT_THRESHOLD)
    }
}

/// What [`ActiveIdle`] keeps of a flow.
#[derive(Clone, Copy, Debug)]
pub struct ActiveIdleState(Periods);

/// What [`ActiveIdle`] tells of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Record)]
#[non_exhaustive]
pub struct ActiveIdleColumns {
    /// The shortest active period.
    #[column(unit = "ms")]
    pub min_active_ms: f64,
    /// The mean of the active periods.
    #[column(unit = "ms")]
    pub mean_active_ms: f64,
    /// The sample standard deviation of the active periods.
    #[column(unit = "ms")]
    pub stddev_active_ms: f64,
    /// The longest active period.
    #[column(unit = "ms")]
    pub max_active_ms: f64,
    /// The shortest idle period.
    #[column(unit = "ms")]
    pub min_idle_ms: Option<f64>,
    /// The mean of the idle periods.
    #[column(unit = "ms")]
    pub mean_idle_ms: Option<f64>,
    /// The sample standard deviation of the idle periods.
    #[column(unit = "ms")]
    pub stddev_idle_ms: Option<f64>,
    /// The longest idle period.
    #[column(unit = "ms")]
    pub max_idle_ms: Option<f64>,
    /// How many active periods, one more than idle periods.
    #[column(unit = "periods")]
    pub active_periods: u64,
}

impl NFPlugin for ActiveIdle {
    type State = ActiveIdleState;
    type Output = ActiveIdleColumns;

    fn on_init(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>) -> ActiveIdleState {
        ActiveIdleState(Periods::start(packet.timestamp()))
    }

    fn on_update(
        &mut self,
        packet: &Packet<'_>,
        _flow: &mut Flow<'_>,
        state: &mut ActiveIdleState,
    ) {
        state.0.add(packet.timestamp(), self.threshold);
    }

    fn on_expire(
        &mut self,
        _flow: &Flow<'_>,
        ActiveIdleState(periods): ActiveIdleState,
    ) -> ActiveIdleColumns {
        let (active, idle) = periods.end();
        let idle_ms = Milliseconds::of(&idle);
        let active_ms = Milliseconds::of(&active).unwrap_or_default();
        ActiveIdleColumns {
            min_active_ms: active_ms.min,
            mean_active_ms: active_ms.mean,
            stddev_active_ms: active_ms.stddev,
            max_active_ms: active_ms.max,
            min_idle_ms: idle_ms.map(|idle| idle.min),
            mean_idle_ms: idle_ms.map(|idle| idle.mean),
            stddev_idle_ms: idle_ms.map(|idle| idle.stddev),
            max_idle_ms: idle_ms.map(|idle| idle.max),
            active_periods: active.count(),
        }
    }
}

/// A [`Summary`] in milliseconds.
#[derive(Clone, Copy, Default)]
struct Milliseconds {
    min: f64,
    mean: f64,
    stddev: f64,
    max: f64,
}

impl Milliseconds {
    fn of(durations: &Durations) -> Option<Self> {
        let Summary {
            min,
            mean,
            stddev,
            max,
        } = durations.summary_nanos()?;
        Some(Self {
            min: to_f64(min) / NANOS_A_MILLISECOND,
            mean: mean / NANOS_A_MILLISECOND,
            stddev: stddev / NANOS_A_MILLISECOND,
            max: to_f64(max) / NANOS_A_MILLISECOND,
        })
    }
}

#[cfg(test)]
mod tests;
