//! All of them: captures need packet sockets and namespaces.

mod attribution;
mod captures;
mod churn;
mod clock;
mod counters;
mod expiry;
mod filters;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../../../../tests/world/frames.rs"]
mod frames;
mod limits;
mod namespace;
mod network;
mod opening;
mod privileges;
mod process;
mod program;
mod programs;
mod removal;
mod replay;
mod reports;
mod rotation;
mod rows;
mod signals;
mod traffic;
