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
    /// The last moment of this unit.
    end: Timestamp,
    /// Flows last seen up to this moment are idle; `None`: none is.
    idle_until: Option<Timestamp>,
    /// Flows first seen up to this moment have lasted as long as they may; `None`: none has.
    old_until: Option<Timestamp>,
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
            end: Timestamp::EPOCH,
            idle_until: None,
            old_until: None,
        };
        clock.begin_unit();
        clock
    }

    /// Goes on to that time, unless it is later already.
    #[inline]
    pub(crate) fn set(&mut self, time: Timestamp) {
        if time > self.time {
            self.time = time;
            if time > self.end {
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
        Some(last_seen) <= self.idle_until
    }

    /// Whether a flow has lasted as long as the active timeout.
    #[inline]
    pub(crate) fn is_old(&self, first_seen: Timestamp) -> bool {
        Some(first_seen) <= self.old_until
    }

    /// When a flow is due if no packet comes, in units.
    pub(crate) fn due(&self, last_seen: Timestamp) -> u64 {
        self.unit
            .truncate(last_seen)
            .saturating_add(self.idle_timeout)
    }

    fn begin_unit(&mut self) {
        self.now = self.unit.truncate(self.time);
        self.end = self.end_of(self.now);
        let until = |timeout| Some(self.end_of(self.now.checked_sub(timeout)?));
        (self.idle_until, self.old_until) = (until(self.idle_timeout), until(self.active_timeout));
    }

    /// The last moment of a unit.
    fn end_of(&self, unit: u64) -> Timestamp {
        let nanos = self.unit.nanos();
        Timestamp::from_nanos(unit.saturating_mul(nanos).saturating_add(nanos - 1))
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
            let times = [0, 1, 999_999, 1_000_000, 1_000_001, 7_999_999, 8_000_000];
            let last = [3_000_000, 3, 2, 1, 0].map(|before| u64::MAX - before);
            for time in times.into_iter().chain(last).map(Timestamp::from_nanos) {
                clock.set(time);
                assert_eq!((clock.time(), clock.now()), (time, unit.truncate(time)));
                for before in (0..9_000_000).step_by(333_333).chain([1, 2, 3]) {
                    let seen = Timestamp::from_nanos(time.as_nanos().saturating_sub(before));
                    let age = unit.truncate(time) - unit.truncate(seen);
                    let context = format!("{unit:?} {timeout:?} {seen:?} {time:?}");
                    assert_eq!(clock.is_idle(seen), age >= idle, "{context}");
                    assert_eq!(clock.is_old(seen), age >= active, "{context}");
                    assert_eq!(
                        clock.due(seen),
                        unit.truncate(seen).saturating_add(idle),
                        "{context}"
                    );
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
