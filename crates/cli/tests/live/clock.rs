//! The wall clock, by which live captures go.

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what must happen, on a busy machine too, before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

#[expect(
    clippy::disallowed_methods,
    reason = "live captures go by the wall clock, and so do their tests"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

pub(crate) fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

/// Waits until something is there.
pub(crate) fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, look).unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// Looks again and again until something is there, or the time is over.
pub(crate) fn within<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() > time {
            return None;
        }
        pause(5);
    }
}
