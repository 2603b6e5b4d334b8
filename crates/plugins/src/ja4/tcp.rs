//! Looks for the hello at the start of one direction of a TCP connection.

use nfstream_decode::{Packet, TcpFlags};

use super::assembly::{Assembly, MAX_STREAM};
use super::fingerprint::{Carrier, Ja4Fingerprint, Said};
use super::hello::CLIENT_HELLO;

/// Header of a record (RFC 8446 §5.1): type, version, length.
const RECORD_HEADER: usize = 5;
/// Header of a handshake message (RFC 8446 §4): type, length.
const MESSAGE_HEADER: usize = 4;
/// Type of the records that carry handshake messages.
const HANDSHAKE: u8 = 22;
/// The most that a record carries without encryption.
const MAX_RECORD: usize = 1 << 14;

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
pub(super) enum TcpSide {
    /// Nothing came yet.
    #[default]
    Unseen,
    /// The payload will start with this sequence number.
    StartsAt(u32),
    /// Some of what may be a hello is there.
    Gathering(Box<Gathering>),
    /// Its payload starts with something else, or with a hello that cannot be read.
    Over,
}

impl TcpSide {
    /// Takes a packet of this direction. The fingerprint, once the hello is complete.
    pub(super) fn packet(
        &mut self,
        packet: &Packet<'_>,
        sorted: &mut Vec<u16>,
    ) -> Option<Ja4Fingerprint> {
        let flags = packet.tcp_flags();
        // What a reset carries is no payload, and its sequence number may be any.
        if matches!(self, Self::Over) || flags.contains(TcpFlags::RST) {
            return None;
        }
        let is_syn = flags.contains(TcpFlags::SYN);
        let start = packet
            .tcp()?
            .sequence_number
            .wrapping_add(u32::from(is_syn));
        let payload = packet.payload();
        let base = match self {
            Self::Gathering(gathering) => gathering.base,
            Self::StartsAt(base) if !is_syn => *base,
            _ => {
                *self = Self::StartsAt(start);
                start
            }
        };
        // Sequence numbers wrap (RFC 9293 §3.4): what is less than half of all behind lies before.
        let ahead = start.wrapping_sub(base);
        let (offset, piece) = if ahead <= u32::MAX / 2 {
            (ahead, payload)
        } else {
            let before = base.wrapping_sub(start) as usize;
            (0, payload.get(before..).unwrap_or_default())
        };
        if piece.is_empty() {
            return None;
        }
        let said = self.piece(base, offset, piece, sorted);
        let Said::Decided(ja4) = said else {
            return None;
        };
        *self = Self::Over;
        ja4
    }

    /// Takes a packet of the other direction: of the answer to a SYN, the sequence number at which the payload starts.
    pub(super) fn answer(&mut self, packet: &Packet<'_>) {
        let is_answer = packet.tcp_flags().contains(TcpFlags::SYN | TcpFlags::ACK);
        if let (Self::Unseen, true, Some(header)) = (&*self, is_answer, packet.tcp()) {
            *self = Self::StartsAt(header.acknowledgment_number);
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// Takes payload that lies so far behind the start.
    fn piece(&mut self, base: u32, offset: u32, piece: &[u8], sorted: &mut Vec<u16>) -> Said {
        if let Self::Gathering(gathering) = self {
            return gathering.piece(offset, piece, sorted);
        }
        if offset == 0 {
            if !may_start_hello(piece) {
                return Said::Decided(None);
            }
            if let Some(message) = whole_hello(piece) {
                return Said::of(Carrier::Tcp, message, sorted);
            }
        }
        let mut gathering = Box::new(Gathering {
            base,
            stream: Assembly::default(),
            read: 0,
            record: 0,
            gathered: 0,
        });
        let said = gathering.piece(offset, piece, sorted);
        *self = Self::Gathering(gathering);
        said
    }
}

/// Whether the payload of a connection may start so: with a record, in which a hello starts.
fn may_start_hello(payload: &[u8]) -> bool {
    let start = [
        Some(HANDSHAKE),
        Some(3),
        None,
        None,
        None,
        Some(CLIENT_HELLO),
    ];
    let mut pairs = payload.iter().zip(start);
    pairs.all(|(byte, wanted)| wanted.is_none_or(|wanted| wanted == *byte))
}

/// What follows the header of a hello that lies in one record and in one segment.
fn whole_hello(payload: &[u8]) -> Option<&[u8]> {
    let (header, rest) = payload.split_first_chunk()?;
    let record = rest.get(..handshake_record(*header)?).unwrap_or(rest);
    let (header, rest) = record.split_first_chunk()?;
    rest.get(..hello_length(*header)?)
}

/// The length of a record that carries handshake messages. `None`: it does not, or cannot.
fn handshake_record(header: [u8; RECORD_HEADER]) -> Option<usize> {
    let [HANDSHAKE, 3, _, high, low] = header else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (1..=MAX_RECORD).contains(&length).then_some(length)
}

/// The length of a hello behind its header. `None`: it is another message, or too long.
fn hello_length(header: [u8; MESSAGE_HEADER]) -> Option<usize> {
    let [CLIENT_HELLO, high, middle, low] = header else {
        return None;
    };
    let length = u32::from_be_bytes([0, high, middle, low]) as usize;
    (length <= MAX_STREAM).then_some(length)
}

/// A hello that is put together from several segments or records.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    /// Sequence number of the first byte.
    base: u32,
    /// The stream; its front is overwritten with the message, once the records that carry it are there.
    stream: Assembly,
    /// How much of the stream was read.
    read: usize,
    /// What is left of the record that is read.
    record: usize,
    /// How much of the message is at the front.
    gathered: usize,
}

impl Gathering {
    /// Takes payload that lies so far behind the start. Each byte is looked at once, however it comes.
    fn piece(&mut self, offset: u32, piece: &[u8], sorted: &mut Vec<u16>) -> Said {
        if self.stream.insert(offset.into(), piece).is_err() {
            return Said::Decided(None);
        }
        let stream = self.stream.ready_mut();
        while let Some(unread) = stream.get(self.read..).filter(|unread| !unread.is_empty()) {
            if self.record == 0 {
                let Some(header) = unread.first_chunk() else {
                    break;
                };
                let Some(length) = handshake_record(*header) else {
                    return Said::Decided(None);
                };
                self.record = length;
                self.read += RECORD_HEADER;
            } else {
                let length = self.record.min(unread.len());
                stream.copy_within(self.read..self.read + length, self.gathered);
                self.record -= length;
                self.read += length;
                self.gathered += length;
            }
        }
        let gathered = stream.get(..self.gathered).unwrap_or_default();
        if gathered.first().is_some_and(|kind| *kind != CLIENT_HELLO) {
            return Said::Decided(None);
        }
        let Some((header, rest)) = gathered.split_first_chunk() else {
            return Said::Nothing;
        };
        let Some(length) = hello_length(*header) else {
            return Said::Decided(None);
        };
        match rest.get(..length) {
            Some(message) => Said::of(Carrier::Tcp, message, sorted),
            None => Said::Nothing,
        }
    }
}
