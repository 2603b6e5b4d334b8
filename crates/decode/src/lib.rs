//! Placeholder.
#![no_std]

mod frame;
mod time;

pub use frame::{Frame, LinkType};
pub use time::Timestamp;
