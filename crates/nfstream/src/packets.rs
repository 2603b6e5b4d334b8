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
    /// Decodes the packet in a frame, and tells whether it can be metered.
    #[inline]
    pub(crate) fn decode_into<'a>(
        &mut self,
        decoder: Decoder,
        frame: &Frame<'a>,
        packet: &mut Packet<'a>,
    ) -> bool {
        self.read += 1;
        self.widen((frame.timestamp, frame.timestamp));
        match decoder.decode_into(frame, packet) {
            Ok(()) => {
                self.metered += 1;
                self.bytes_metered += u64::from(frame.wire_len);
                true
            }
            Err(error) => {
                self.ignored.count(error);
                false
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
