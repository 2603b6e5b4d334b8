//! Packet time.

use core::time::Duration;

/// A point in packet time.
///
/// # Units
///
/// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds. The range ends in the year 2554.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last point in time that can be told.
    pub const MAX: Self = Self(u64::MAX);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From microseconds since the epoch; what lies beyond [`Timestamp::MAX`] becomes that.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// From milliseconds since the epoch; what lies beyond [`Timestamp::MAX`] becomes that.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds since the epoch, truncated.
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000
    }

    /// Whole milliseconds since the epoch, truncated.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The time from `earlier` to `self`, or zero where `earlier` is later.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos_since(earlier))
    }

    /// The nanoseconds from `earlier` to `self`, or zero where `earlier` is later.
    pub const fn nanos_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted() {
        assert_eq!(Timestamp::from_millis(7).as_nanos(), 7_000_000);
        assert_eq!(Timestamp::from_micros(7).as_nanos(), 7_000);
        let time = Timestamp::from_nanos(1_999_999);
        assert_eq!((time.as_millis(), time.as_micros()), (1, 1_999));
        assert_eq!(Timestamp::EPOCH.as_nanos(), 0);
    }

    #[test]
    fn what_lies_beyond_the_range_is_its_end() {
        assert_eq!(Timestamp::from_micros(u64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_millis(u64::MAX), Timestamp::MAX);
    }

    #[test]
    fn time_does_not_go_back() {
        let (earlier, later) = (Timestamp::from_millis(10), Timestamp::from_millis(25));
        assert_eq!(later.saturating_since(earlier), Duration::from_millis(15));
        assert_eq!(earlier.saturating_since(later), Duration::ZERO);
        assert_eq!(later.nanos_since(earlier), 15_000_000);
        assert_eq!(earlier.nanos_since(later), 0);
        assert_eq!(Timestamp::MAX.nanos_since(Timestamp::EPOCH), u64::MAX);
    }
}
