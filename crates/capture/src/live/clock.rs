//! The wall clock: what time it is when no packet tells.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nfstream_decode::Timestamp;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "flows must end on a silent link too, where no packet tells the time"
)]
pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_nanos(nanos(since_epoch.unwrap_or_default()))
}

/// So long after `time`.
pub(super) fn after(time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp::from_nanos(time.as_nanos().saturating_add(nanos(duration)))
}

/// So long before `time`.
pub(super) fn before(time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp::from_nanos(time.as_nanos().saturating_sub(nanos(duration)))
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
