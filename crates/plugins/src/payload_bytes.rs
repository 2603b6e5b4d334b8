//! The first bytes of payload of the first packets, as a plugin.

use nfstream_decode::{Direction, Packet};
use nfstream_flow::record::{Column, Record, RowWriter, Schema, Value};
use nfstream_flow::{Flow, NFPlugin};

use crate::hex;

/// The payload that a flow begins with: so many bytes of each of so many packets, as models take them.
///
/// **Payload is what people say to each other: passwords, names, letters.** Record it only where you may, and keep it as you
/// would keep a capture.
///
/// Packets without payload are not counted. Payload is what was captured behind the TCP, UDP or ICMP header; a snaplen cuts
/// it.
///
/// # Columns
///
/// Lists of one item a packet, in the order of the packets, as long as there were packets with payload:
///
/// - `udps.payload_direction`: 0 src2dst, 1 dst2src;
/// - `udps.payload_hex`: the first bytes in lower-case hexadecimal, two digits a byte.
///
/// # Memory
///
/// A flow with payload allocates once, with its first payload, 2 · bytes + 1 bytes for each of the packets, as many as there
/// may come. A flow without, such as a scan, allocates nothing.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTable, FlowTableConfig};
/// use nfstream_plugins::PayloadBytes;
///
/// // 8 packets of 64 bytes: 1,032 bytes a flow.
/// let table = FlowTable::new(&FlowTableConfig::default(), PayloadBytes::new(8, 64));
/// # assert_eq!(table.active_flows(), 0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PayloadBytes {
    packets: u8,
    bytes: u16,
}

impl PayloadBytes {
    /// The first `bytes` bytes of payload of each of the first `packets` packets with payload.
    pub fn new(packets: u8, bytes: u16) -> Self {
        Self { packets, bytes }
    }

    /// What the text of a flow can grow to.
    fn capacity(self) -> usize {
        usize::from(self.packets) * (1 + 2 * usize::from(self.bytes))
    }

    fn take(self, packet: &Packet<'_>, state: &mut PayloadBytesState) {
        let payload = packet.payload();
        if state.left == 0 || payload.is_empty() {
            return;
        }
        state.left -= 1;
        let text = &mut state.text;
        if text.is_empty() {
            text.reserve_exact(self.capacity());
        }
        text.push(mark(packet.direction()));
        for &byte in payload.iter().take(self.bytes.into()) {
            text.extend(hex::pair(byte).map(char::from));
        }
    }
}

impl NFPlugin for PayloadBytes {
    type State = PayloadBytesState;
    type Output = PayloadBytesColumns;

    fn on_init(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>) -> PayloadBytesState {
        let mut state = PayloadBytesState {
            text: String::new(),
            left: self.packets,
        };
        self.take(packet, &mut state);
        state
    }

    fn on_update(
        &mut self,
        packet: &Packet<'_>,
        _flow: &mut Flow<'_>,
        state: &mut PayloadBytesState,
    ) {
        self.take(packet, state);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, state: PayloadBytesState) -> PayloadBytesColumns {
        PayloadBytesColumns { text: state.text }
    }
}

/// What [`PayloadBytes`] keeps of a flow.
#[derive(Clone, Debug)]
pub struct PayloadBytesState {
    text: String,
    /// How many packets are yet to be taken.
    left: u8,
}

/// What [`PayloadBytes`] tells of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadBytesColumns {
    /// Packet after packet: the mark of its direction, and the digits of its payload.
    text: String,
}

impl PayloadBytesColumns {
    /// The direction of each packet.
    pub fn directions(&self) -> impl Iterator<Item = Direction> {
        self.text.chars().filter_map(|character| match character {
            SRC2DST => Some(Direction::Src2Dst),
            DST2SRC => Some(Direction::Dst2Src),
            _ => None,
        })
    }

    /// The first bytes of payload of each packet, in lower-case hexadecimal.
    pub fn hex(&self) -> impl Iterator<Item = &str> {
        // Nothing is before the first mark.
        self.text.split([SRC2DST, DST2SRC]).skip(1)
    }
}

impl Record for PayloadBytesColumns {
    fn columns(schema: &mut Schema) {
        schema.push(
            Column::new("payload_direction", Vec::<u8>::TYPE)
                .doc("Directions of the first packets with payload: 0 src2dst, 1 dst2src."),
        );
        schema.push(
            Column::new("payload_hex", Vec::<&str>::TYPE)
                .doc("First bytes of payload of these packets, two hexadecimal digits each."),
        );
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.begin_list();
        for direction in self.directions() {
            row.uint(direction as u64);
        }
        row.end_list();
        row.begin_list();
        for hex in self.hex() {
            row.text(hex);
        }
        row.end_list();
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        row.null();
        row.null();
    }
}

const SRC2DST: char = '>';
const DST2SRC: char = '<';

fn mark(direction: Direction) -> char {
    match direction {
        Direction::Src2Dst => SRC2DST,
        Direction::Dst2Src => DST2SRC,
    }
}

#[cfg(test)]
mod tests;
