//! The active and idle periods of a flow.

use core::time::Duration;

use nfstream_decode::Timestamp;
use nfstream_flow::features::{Extent, Summary};

/// The active and idle periods of a flow so far: a gap between packets that is longer than a threshold is an idle period, and
/// what lies between two of those, or before the first or behind the last, is an active period.
///
/// A packet between two long gaps is an active period of no length. So there is one active period more than there are idle
/// ones, and all of them together are the flow's duration.
///
/// Exact: the lengths are nanoseconds, and their sum fits 64 bits, since it is a difference of two times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Periods {
    active_since: Timestamp,
    last_seen: Timestamp,
    active: Durations,
    idle: Durations,
}

impl Periods {
    /// The flow's first packet.
    pub(crate) fn start(time: Timestamp) -> Self {
        Self {
            active_since: time,
            last_seen: time,
            active: Durations::default(),
            idle: Durations::default(),
        }
    }

    /// A later packet of the flow, in either direction.
    pub(crate) fn add(&mut self, time: Timestamp, threshold: Duration) {
        if time.saturating_since(self.last_seen) > threshold {
            self.active.add(self.active_since, self.last_seen);
            self.idle.add(self.last_seen, time);
            self.active_since = time;
        }
        self.last_seen = time;
    }

    /// The active and the idle periods of a flow that has ended with the packet before.
    pub(crate) fn end(mut self) -> (Durations, Durations) {
        self.active.add(self.active_since, self.last_seen);
        (self.active, self.idle)
    }
}

/// Lengths of periods.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Durations {
    nanos: Extent,
    count: u64,
    sum_nanos: u64,
}

impl Durations {
    /// Adds the time between two moments.
    pub(crate) fn add(&mut self, from: Timestamp, to: Timestamp) {
        let nanos = to.nanos_since(from);
        self.nanos.add(nanos);
        self.count += 1;
        self.sum_nanos = self.sum_nanos.saturating_add(nanos);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// All of them together, in nanoseconds.
    pub(crate) fn sum_nanos(&self) -> u64 {
        self.sum_nanos
    }

    /// Minimum, mean, sample standard deviation and maximum in nanoseconds. `None`: there are no periods.
    pub(crate) fn summary_nanos(&self) -> Option<Summary> {
        let summary = Summary::of(&self.nanos, self.count, self.sum_nanos);
        (self.count > 0).then_some(summary)
    }
}

#[cfg(test)]
mod tests;
