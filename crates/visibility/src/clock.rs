//! The clock of the watch.

use std::time::Instant;

/// The time now.
#[expect(
    clippy::disallowed_methods,
    reason = "sockets are looked at when they are there, whatever packets say"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
