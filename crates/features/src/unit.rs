//! The unit in which columns tell times.

use nfstream_decode::Timestamp;

/// The unit in which columns tell times and differences of times.
///
/// Times are truncated to the unit *before* they are subtracted, as NFStream does with milliseconds: two packets at
/// 0.9 ms and 1.1 ms are 1 ms apart.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// NFStream's unit; columns end in `_ms`.
    #[default]
    Milliseconds,
    /// Columns end in `_us`.
    Microseconds,
    /// Columns end in `_ns`.
    Nanoseconds,
}

impl TimeUnit {
    /// All of them, coarsest first.
    pub const ALL: [Self; 3] = [Self::Milliseconds, Self::Microseconds, Self::Nanoseconds];

    /// The time in this unit since the epoch, truncated.
    #[inline]
    pub const fn truncate(self, time: Timestamp) -> u64 {
        match self {
            Self::Milliseconds => time.as_millis(),
            Self::Microseconds => time.as_micros(),
            Self::Nanoseconds => time.as_nanos(),
        }
    }

    /// Nanoseconds in one unit.
    pub const fn nanos(self) -> u64 {
        match self {
            Self::Milliseconds => 1_000_000,
            Self::Microseconds => 1_000,
            Self::Nanoseconds => 1,
        }
    }

    /// The unit's symbol, as column names end in it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Microseconds => "us",
            Self::Nanoseconds => "ns",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: [TimeUnit; 3] = [
        TimeUnit::Milliseconds,
        TimeUnit::Microseconds,
        TimeUnit::Nanoseconds,
    ];

    fn in_all(nanos: u64) -> [u64; 3] {
        UNITS.map(|unit| unit.truncate(Timestamp::from_nanos(nanos)))
    }

    #[test]
    fn times_are_cut_off_not_rounded() {
        assert_eq!(in_all(1_999_999), [1, 1_999, 1_999_999]);
        assert_eq!(in_all(999), [0, 0, 999]);
        assert_eq!(
            in_all(u64::MAX),
            [18_446_744_073_709, 18_446_744_073_709_551, u64::MAX]
        );
    }

    #[test]
    fn truncation_comes_before_subtraction() {
        let ([earlier, ..], [later, ..]) = (in_all(900_000), in_all(1_100_000));
        assert_eq!(later - earlier, 1);
    }

    #[test]
    fn symbols() {
        assert_eq!(UNITS.map(TimeUnit::symbol), ["ms", "us", "ns"]);
    }
}
