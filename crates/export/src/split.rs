//! Where a file ends and the next one begins.

use std::time::Duration;

/// Where a file ends and the next one begins. Default: all flows are in one file.
///
/// ```
/// use std::time::Duration;
///
/// use nfstream_export::Split;
///
/// let numbered = Split::default().flows_per_file(100_000).rotate_files(10);
/// assert_eq!(numbered.rotate_files, 10);
///
/// let of_a_day = Split::default()
///     .rotate_every(Duration::from_mins(5))
///     .rotate_files(24 * 12);
/// assert_eq!(of_a_day.rotate_every, Some(Duration::from_secs(300)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// How many flows a file holds. Default: 0, all in one file.
    pub flows_per_file: u64,
    /// How long a file is written to before the next one begins, 1 s or more. Default: `None`, to the end.
    pub rotate_every: Option<Duration>,
    /// How many complete files there are at most: the oldest one is replaced or, with `rotate_every`, removed. Needs
    /// `flows_per_file` or `rotate_every`. Default: 0, as many as there come to be.
    pub rotate_files: u64,
}

impl Split {
    /// The same with so many flows a file.
    #[must_use]
    pub fn flows_per_file(mut self, flows: u64) -> Self {
        self.flows_per_file = flows;
        self
    }

    /// The same with this time a file.
    #[must_use]
    pub fn rotate_every(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.rotate_every = interval.into();
        self
    }

    /// The same with so many files.
    #[must_use]
    pub fn rotate_files(mut self, files: u64) -> Self {
        self.rotate_files = files;
        self
    }
}
