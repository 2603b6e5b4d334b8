//! nDPI as the dissector of a flow table: real dissection of packets that are built in code.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

mod applications;
mod conversation;
mod driving;
mod hostile;
mod messages;
mod options;
mod parts;
mod world;
