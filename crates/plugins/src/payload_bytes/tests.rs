use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_decode::PacketFields;
use nfstream_flow::FlowTableConfig;
use nfstream_flow::record::ColumnType;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::{assert_allocates, meter, packet};

/// A packet with this behind a header of eight bytes.
fn with(direction: Direction, transport: &[u8]) -> PacketFields<'_> {
    let size = u32::try_from(transport.len()).unwrap();
    PacketFields {
        transport_size: size,
        payload_size: size - 8,
        transport,
        ..packet(0, direction, 100)
    }
}

fn payloads(plugin: PayloadBytes, packets: &[PacketFields<'_>]) -> Vec<(Direction, String)> {
    let records = meter(&FlowTableConfig::default(), plugin, packets);
    let columns = &records[0].output;
    let directions: Vec<_> = columns.directions().collect();
    let hex = columns.hex().map(str::to_owned);
    directions.into_iter().zip(hex).collect()
}

#[test]
fn the_first_bytes_of_the_first_packets_with_payload() {
    let packets = [
        with(Src2Dst, b"........"),
        with(Src2Dst, b"........\x16\x03\x01\xff"),
        with(Dst2Src, b"........\x00"),
        with(Dst2Src, b"........not taken"),
    ];
    let right = [(Src2Dst, "160301".to_owned()), (Dst2Src, "00".to_owned())];
    assert_eq!(payloads(PayloadBytes::new(2, 3), &packets), right);
}

#[test]
fn bytes_that_were_not_captured_are_not_told() {
    let mut cut = with(Src2Dst, b"........abcdef");
    cut.transport = &cut.transport[..10];
    assert_eq!(
        payloads(PayloadBytes::new(2, 4), &[cut]),
        [(Src2Dst, "6162".to_owned())]
    );
    cut.transport = &cut.transport[..8];
    assert_eq!(payloads(PayloadBytes::new(2, 4), &[cut]), []);
}

#[test]
fn no_packets_and_no_bytes() {
    let packets = [with(Src2Dst, b"........a"), with(Dst2Src, b"........b")];
    assert_eq!(payloads(PayloadBytes::new(0, 4), &packets), []);
    let empty = [(Src2Dst, String::new()), (Dst2Src, String::new())];
    assert_eq!(payloads(PayloadBytes::new(4, 0), &packets), empty);
}

#[test]
fn one_list_of_directions_and_one_of_texts() {
    let schema = nfstream_flow::schema(&FlowTableConfig::default(), &PayloadBytes::new(1, 1));
    let [.., directions, hex] = schema.columns() else {
        panic!("two columns")
    };
    assert_eq!(directions.name, "udps.payload_direction");
    assert_eq!(directions.column_type, ColumnType::List(&ColumnType::UInt));
    assert_eq!(hex.name, "udps.payload_hex");
    assert_eq!(hex.column_type, ColumnType::List(&ColumnType::Text));
}

#[test]
fn a_flow_with_payload_allocates_once() {
    assert_allocates(1, PayloadBytes::new(8, 64));
    assert_allocates(1, PayloadBytes::new(255, 1_000));
    // As a flow without payload.
    assert_allocates(0, PayloadBytes::new(0, 64));
}

proptest! {
    #[test]
    fn digits_are_those_of_the_bytes(
        packets in vec((any::<bool>(), vec(any::<u8>(), 8..30)), 1..12),
        wanted in (0..10_u8, 0..25_u16),
    ) {
        let direction = |is_reply| if is_reply { Dst2Src } else { Src2Dst };
        // The first packet decides which way is which.
        let turned = packets[0].0;
        let fields: Vec<_> = packets
            .iter()
            .map(|(is_reply, transport)| with(direction(*is_reply), transport))
            .collect();
        let right: Vec<_> = packets
            .iter()
            .filter(|(_, transport)| transport.len() > 8)
            .take(wanted.0.into())
            .map(|(is_reply, transport)| {
                let taken = transport.len().min(8 + usize::from(wanted.1));
                let bytes = transport[8..taken].iter();
                let digits: Vec<_> = bytes.map(|byte| format!("{byte:02x}")).collect();
                (direction(is_reply ^ turned), digits.concat())
            })
            .collect();
        prop_assert_eq!(payloads(PayloadBytes::new(wanted.0, wanted.1), &fields), right);
    }
}
