//! Sources that are live, without a network: they wait, are idle, fail, panic and are stopped, as their script says.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panics, and what is live is told by the wall clock"
)]

#[path = "live/backpressure.rs"]
mod backpressure;
#[path = "live/endings.rs"]
mod endings;
#[path = "live/errors.rs"]
mod errors;
#[path = "live/idle.rs"]
mod idle;
#[cfg(feature = "ndpi")]
#[path = "live/labels.rs"]
mod labels;
#[path = "live/metrics.rs"]
mod metrics;
#[path = "live/monitor.rs"]
mod monitor;
#[path = "live/panics.rs"]
mod panics;
#[path = "live/records.rs"]
mod records;
#[path = "live/refusals.rs"]
mod refusals;
#[path = "live/script.rs"]
mod script;
#[path = "live/shape.rs"]
mod shape;
#[path = "live/users.rs"]
mod users;
#[path = "live/watchdog.rs"]
mod watchdog;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;
