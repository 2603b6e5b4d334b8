//! One stream as a source.

use std::fmt;
use std::io::Read;

use crate::compression::Stream;
use crate::window::Window;
use crate::{CaptureError, CaptureStats, OwnedFrames, PacketSource, Received, UnknownBlock};

/// The capture that one stream holds: pcap or pcapng, also compressed.
///
/// A short read lends the frames that are complete rather than wait for more. Nothing is read before the first
/// [`receive`](PacketSource::receive).
pub struct CaptureReader<R: Read> {
    name: String,
    stream: Stream<R>,
    window: Window,
}

impl<R: Read> CaptureReader<R> {
    /// A source over `read`, which errors call `name`.
    pub fn new(read: R, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            stream: Stream::new(read),
            window: Window::default(),
        }
    }
}

impl<R: Read> PacketSource for CaptureReader<R> {
    type Error = CaptureError;

    fn receive(&mut self) -> Result<Received<'_>, CaptureError> {
        if self.window.advance(&mut self.stream, &self.name)? {
            Ok(Received::Frames(self.window.frames()))
        } else {
            Ok(Received::End)
        }
    }

    fn receive_into<'w>(
        &mut self,
        window: &'w mut OwnedFrames,
    ) -> Result<Received<'w>, CaptureError> {
        window.clear();
        if self.window.advance(&mut self.stream, &self.name)? {
            Ok(self.window.hand_over(window))
        } else {
            Ok(Received::End)
        }
    }

    fn stats(&self) -> CaptureStats {
        CaptureStats {
            bytes_read: self.stream.stored_bytes(),
            unknown_blocks: self.window.unknown_blocks(),
            ..CaptureStats::default()
        }
    }

    fn unknown_blocks(&self) -> &[UnknownBlock] {
        self.window.unknown()
    }
}

impl<R: Read> fmt::Debug for CaptureReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureReader")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
