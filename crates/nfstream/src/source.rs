//! Any source of packets, its type forgotten.

use nfstream_capture::{CaptureStats, PacketSource, Received, UnknownBlock};

use crate::BoxError;

/// A [`PacketSource`] of any type. Dispatch costs one call a window, not one a packet.
pub(crate) trait AnySource: Send {
    fn receive(&mut self) -> Result<Received<'_>, BoxError>;
    fn stats(&self) -> CaptureStats;
    fn unknown_blocks(&self) -> &[UnknownBlock];
}

impl<S: PacketSource + Send> AnySource for S {
    fn receive(&mut self) -> Result<Received<'_>, BoxError> {
        PacketSource::receive(self).map_err(Into::into)
    }

    fn stats(&self) -> CaptureStats {
        PacketSource::stats(self)
    }

    fn unknown_blocks(&self) -> &[UnknownBlock] {
        PacketSource::unknown_blocks(self)
    }
}
