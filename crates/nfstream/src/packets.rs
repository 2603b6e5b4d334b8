//! Frames become packets, and are counted.

use nfstream_decode::{Decoder, Frame, IgnoredPackets, Packet, Timestamp};

/// Frames that were read, in figures.
#[derive(Clone, Debug, Default)]
pub(crate) struct PacketCounts {
    /// All of them.
    pub(crate) read: u64,
    /// Those that are packets.
    pub(crate) metered: u64,
    /// Bytes of these on the wire.
    pub(crate) bytes_metered: u64,
    /// The others.
    pub(crate) ignored: IgnoredPackets,
    /// The earliest and the latest of all.
    pub(crate) time_span: Option<(Timestamp, Timestamp)>,
}

impl PacketCounts {
    /// The packet in a frame, if it can be metered.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "a packet is large: each call would copy it once more"
    )]
    pub(crate) fn decode<'a>(&mut self, decoder: Decoder, frame: &Frame<'a>) -> Option<Packet<'a>> {
        self.read += 1;
        self.widen((frame.timestamp, frame.timestamp));
        match decoder.decode(frame) {
            Ok(packet) => {
                self.metered += 1;
                self.bytes_metered += u64::from(packet.raw_size());
                Some(packet)
            }
            Err(error) => {
                self.ignored.count(error);
                None
            }
        }
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.read += other.read;
        self.metered += other.metered;
        self.bytes_metered += other.bytes_metered;
        if other.metered < other.read {
            self.ignored.merge(&other.ignored);
        }
        if let Some(time_span) = other.time_span {
            self.widen(time_span);
        }
    }

    fn widen(&mut self, (from, to): (Timestamp, Timestamp)) {
        self.time_span = Some(match self.time_span {
            None => (from, to),
            Some((first, last)) => (first.min(from), last.max(to)),
        });
    }
}
