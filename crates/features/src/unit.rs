//! The unit in which columns tell times.

use nfstream_decode::Timestamp;

/// The unit in which columns tell times and differences of times.
///
/// Times are truncated to the unit *before* they are subtracted, as NFStream does with milliseconds: two packets at
/// 0.9 ms and 1.1 ms are 1 ms apart.
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
    /// The time in this unit since the epoch, truncated.
    #[inline]
    pub const fn truncate(self, time: Timestamp) -> u64 {
        match self {
            Self::Milliseconds => time.as_millis(),
            Self::Microseconds => time.as_micros(),
            Self::Nanoseconds => time.as_nanos(),
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
