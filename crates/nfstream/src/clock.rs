//! The wall clock, which only what is live needs: how long to capture, when to tell, what time it is for a sink while no packet
//! comes. Flows know packet time alone.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nfstream_decode::Timestamp;

/// Measures time since it was started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long to capture and when to tell; no record depends on it"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "sinks of a live capture change files by the wall clock; no record depends on it"
)]
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since_epoch.unwrap_or_default().as_nanos();
    Timestamp::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
