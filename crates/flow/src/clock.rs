//! The time by a table's clock, and what it means for flows.

use nfstream_decode::Timestamp;
use nfstream_features::TimeUnit;

use crate::FlowTableConfig;

/// A clock that never runs backwards, and tells which flows have timed out.
///
/// Timeouts are compared in whole units, so nothing changes within one: what a packet needs is worked out once a unit.
#[derive(Debug)]
pub(crate) struct Clock {
    unit: TimeUnit,
    /// In units.
    idle_timeout: u64,
    /// In units.
    active_timeout: u64,
    time: Timestamp,
    /// The time in units.
    now: u64,
    /// When the next unit begins.
    next: Timestamp,
    /// Flows last seen before this are idle.
    idle_before: Timestamp,
    /// Flows first seen before this have lasted as long as they may.
    old_before: Timestamp,
}

impl Clock {
    /// At the epoch.
    pub(crate) fn new(config: &FlowTableConfig) -> Self {
        let mut clock = Self {
            unit: config.time_unit,
            idle_timeout: config.ticks(config.idle_timeout),
            active_timeout: config.ticks(config.active_timeout),
            time: Timestamp::EPOCH,
            now: 0,
            next: Timestamp::EPOCH,
            idle_before: Timestamp::EPOCH,
            old_before: Timestamp::EPOCH,
        };
        clock.begin_unit();
        clock
    }

    /// Goes on to that time, unless it is later already.
    #[inline]
    pub(crate) fn set(&mut self, time: Timestamp) {
        if time > self.time {
            self.time = time;
            if time >= self.next {
                self.begin_unit();
            }
        }
    }

    #[inline]
    pub(crate) fn time(&self) -> Timestamp {
        self.time
    }

    /// The time in units.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Whether a flow has had no packet for as long as the idle timeout.
    #[inline]
    pub(crate) fn is_idle(&self, last_seen: Timestamp) -> bool {
        last_seen < self.idle_before
    }

    /// Whether a flow has lasted as long as the active timeout.
    #[inline]
    pub(crate) fn is_old(&self, first_seen: Timestamp) -> bool {
        first_seen < self.old_before
    }

    /// When a flow is due if no packet comes, in units.
    pub(crate) fn due(&self, last_seen: Timestamp) -> u64 {
        self.unit
            .truncate(last_seen)
            .saturating_add(self.idle_timeout)
    }

    fn begin_unit(&mut self) {
        self.now = self.unit.truncate(self.time);
        let next = self.now.saturating_add(1);
        self.next = self.start_of(next);
        self.idle_before = self.start_of(next.saturating_sub(self.idle_timeout));
        self.old_before = self.start_of(next.saturating_sub(self.active_timeout));
    }

    /// When a unit begins; of those that begin after the last time that can be told, that time.
    fn start_of(&self, unit: u64) -> Timestamp {
        Timestamp::from_nanos(unit.saturating_mul(self.unit.nanos()))
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    const UNITS: [TimeUnit; 3] = [
        TimeUnit::Milliseconds,
        TimeUnit::Microseconds,
        TimeUnit::Nanoseconds,
    ];

    /// Both are in whole units, as NFStream compares them.
    #[test]
    fn flows_time_out_when_the_difference_of_truncated_times_says_so() {
        for (unit, timeout) in UNITS.into_iter().flat_map(|unit| {
            [0, 1, 999_999, 1_000_000, 3_000_000].map(|nanos| (unit, Duration::from_nanos(nanos)))
        }) {
            let config = FlowTableConfig {
                time_unit: unit,
                idle_timeout: timeout,
                active_timeout: timeout * 2,
                ..FlowTableConfig::default()
            };
            let [idle, active] =
                [config.idle_timeout, config.active_timeout].map(|timeout| config.ticks(timeout));
            let mut clock = Clock::new(&config);
            for time in [0, 1, 999_999, 1_000_000, 1_000_001, 7_999_999, 8_000_000] {
                let time = Timestamp::from_nanos(time);
                clock.set(time);
                assert_eq!((clock.time(), clock.now()), (time, unit.truncate(time)));
                for seen in (0..=time.as_nanos())
                    .step_by(333_333)
                    .chain([time.as_nanos()])
                {
                    let seen = Timestamp::from_nanos(seen);
                    let age = unit.truncate(time) - unit.truncate(seen);
                    let context = format!("{unit:?} {timeout:?} {seen:?} {time:?}");
                    assert_eq!(clock.is_idle(seen), age >= idle, "{context}");
                    assert_eq!(clock.is_old(seen), age >= active, "{context}");
                    assert_eq!(clock.due(seen), unit.truncate(seen) + idle, "{context}");
                }
            }
        }
    }

    #[test]
    fn it_does_not_run_backwards() {
        let mut clock = Clock::new(&FlowTableConfig::default());
        clock.set(Timestamp::from_millis(5));
        clock.set(Timestamp::from_millis(3));
        assert_eq!((clock.time(), clock.now()), (Timestamp::from_millis(5), 5));
    }

    #[test]
    fn it_knows_the_last_time_of_all() {
        for time_unit in UNITS {
            let config = FlowTableConfig {
                time_unit,
                ..FlowTableConfig::default()
            };
            let mut clock = Clock::new(&config);
            clock.set(Timestamp::MAX);
            assert_eq!(clock.now(), time_unit.truncate(Timestamp::MAX));
            assert!(clock.is_idle(Timestamp::EPOCH));
            assert!(!clock.is_idle(Timestamp::MAX));
        }
    }
}
