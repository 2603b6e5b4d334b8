//! The wall clock: how long a run took. Metering itself knows packet time alone.

use std::time::{Duration, Instant};

/// Measures wall time since it was started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "the speed of a run, for the user; no record depends on it"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// How many of `count` a second, up to now.
    pub(crate) fn per_second(self, count: u64) -> u64 {
        let nanos = self.elapsed().as_nanos().max(1);
        u64::try_from(u128::from(count) * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
    }
}
