//! Placeholder.

mod source;

pub use source::{CaptureStats, FrameLocation, Frames, PacketSource, Received};
