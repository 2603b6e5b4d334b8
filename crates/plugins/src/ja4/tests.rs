use allocation_counter::measure;
use nfstream_decode::{PacketFields, TcpFlags};
use nfstream_flow::{FlowTableConfig, schema};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::assembly::MAX_STREAM;
use super::building::{EXAMPLE, datagram, example, packet, segment};
use super::*;
use crate::testing::meter;

const THERE: Direction = Direction::Src2Dst;
const BACK: Direction = Direction::Dst2Src;
const NONE: TcpFlags = TcpFlags::from_bits(0);

/// Direction, flags, sequence number, payload.
type Segment<'a> = (Direction, TcpFlags, u32, &'a [u8]);

/// What the plugin makes of a connection; empty: no fingerprint.
fn fingerprint(segments: &[Segment<'_>]) -> String {
    let transports: Vec<_> = segments
        .iter()
        .map(|(_, _, sequence_number, payload)| segment(*sequence_number, payload))
        .collect();
    let packets: Vec<PacketFields<'_>> = segments
        .iter()
        .zip(&transports)
        .map(|((direction, flags, ..), transport)| packet(*direction, *flags, transport))
        .collect();
    of_packets(&packets)
}

fn of_packets(packets: &[PacketFields<'_>]) -> String {
    let records = meter(&FlowTableConfig::default(), Ja4::new(), packets);
    let [record] = &records[..] else {
        panic!("{} flows", records.len())
    };
    record
        .output
        .ja4
        .map_or(String::new(), |ja4| ja4.to_string())
}

#[test]
fn its_column_is_a_text_that_may_be_missing() {
    let schema = schema(&FlowTableConfig::default(), &Ja4::new());
    let column = schema.columns().last().unwrap();
    assert_eq!(column.name, "udps.ja4");
    assert_eq!(column.column_type, nfstream_flow::record::ColumnType::Text);
    assert!(column.nullable);
}

#[test]
fn a_connection_has_the_fingerprint_of_its_client() {
    let hello = example().records(10_000);
    let connection = [
        (THERE, TcpFlags::SYN, 99, &[][..]),
        (BACK, TcpFlags::SYN | TcpFlags::ACK, 499, &[]),
        (THERE, TcpFlags::ACK, 100, &[]),
        (THERE, TcpFlags::ACK, 100, &hello),
        (
            BACK,
            TcpFlags::ACK,
            500,
            b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",
        ),
        (
            THERE,
            TcpFlags::ACK,
            100,
            b"\x16\x03\x03\x00\x04\x01\x00\x00\x00",
        ),
    ];
    assert_eq!(fingerprint(&connection), EXAMPLE);
    assert_eq!(fingerprint(&connection[3..]), EXAMPLE, "without handshake");
}

#[test]
fn the_client_may_be_the_destination() {
    let hello = example().records(10_000);
    let answer_first = [
        (BACK, TcpFlags::SYN | TcpFlags::ACK, 499, &[][..]),
        (THERE, TcpFlags::ACK, 100, &hello),
    ];
    assert_eq!(fingerprint(&answer_first), EXAMPLE);
    let hello_there_is_over = [
        (THERE, NONE, 1, &b"\x16\x03\x03\x00\x04\x02\x00\x00\x00"[..]),
        (BACK, NONE, 1, &hello),
    ];
    assert_eq!(fingerprint(&hello_there_is_over), EXAMPLE);
}

#[test]
fn the_hello_may_come_with_the_syn() {
    let hello = example().records(10_000);
    assert_eq!(fingerprint(&[(THERE, TcpFlags::SYN, 99, &hello)]), EXAMPLE);
}

#[test]
fn sequence_numbers_may_wrap() {
    let hello = example().records(10_000);
    let (front, back) = hello.split_at(50);
    let base = u32::MAX - 20;
    let connection = [
        (THERE, TcpFlags::SYN, base.wrapping_sub(1), &[][..]),
        (THERE, NONE, base.wrapping_add(50), back),
        (THERE, NONE, base, front),
    ];
    assert_eq!(fingerprint(&connection), EXAMPLE);
}

#[test]
fn an_answer_tells_where_the_payload_starts() {
    let hello = example().records(10_000);
    let (front, back) = hello.split_at(50);
    let connection = [
        (BACK, TcpFlags::SYN | TcpFlags::ACK, 499, &[][..]),
        (THERE, NONE, 150, back),
        (THERE, NONE, 100, front),
    ];
    assert_eq!(fingerprint(&connection), EXAMPLE);
}

#[test]
fn a_later_hello_is_not_looked_for() {
    let hello = example().records(10_000);
    let starttls = [
        (THERE, NONE, 1, &b"EHLO"[..]),
        (BACK, NONE, 1, b"250 STARTTLS"),
        (THERE, NONE, 5, &hello),
    ];
    assert_eq!(fingerprint(&starttls), "");
}

#[test]
fn what_is_no_hello_has_no_fingerprint() {
    for payload in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"\x17\x03\x03\x00\x10abc",                  // application data
        b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",     // a server's hello
        b"\x16\x03\x01\x00\x00",                     // an empty record
        b"\x16\x03\x01\x40\x01\x01",                 // a record too long
        b"\x16\x03\x01\x40\x00\x01\x00\x40\x01",     // a hello too long
        b"\x80\x2e\x01\x00\x02",                     // SSL 2.0
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03", // malformed
    ] {
        let mut side = TcpSide::default();
        let transport = segment(1, payload);
        let packet = packet(THERE, NONE, &transport).into();
        assert_eq!(side.packet(&packet, &mut Vec::new()), None);
        assert!(side.is_over(), "{payload:x?}");
    }
}

#[test]
fn what_a_reset_carries_is_no_payload() {
    let hello = example().records(10_000);
    let connection = [
        (THERE, TcpFlags::SYN, 99, &[][..]),
        (THERE, TcpFlags::RST, 100, b"reason"),
        (THERE, NONE, 100, &hello),
    ];
    assert_eq!(fingerprint(&connection), EXAMPLE);
}

#[test]
fn a_cut_hello_has_no_fingerprint() {
    let hello = example().records(10_000);
    for length in 0..hello.len() {
        assert_eq!(fingerprint(&[(THERE, NONE, 1, &hello[..length])]), "");
    }
}

/// What lies more than the bound behind the start ends the search, as what comes before it was lost.
#[test]
fn a_gap_that_is_never_filled_ends_the_search() {
    let hello = example().records(10_000);
    let far = 1 + u32::try_from(MAX_STREAM).unwrap();
    let connection = [
        (THERE, NONE, 1, &hello[..20]),
        (THERE, NONE, far, b"x"),
        (THERE, NONE, 21, &hello[20..]),
    ];
    assert_eq!(fingerprint(&connection), "");
}

#[test]
fn other_protocols_have_no_fingerprint() {
    let hello = example().records(10_000);
    let transport = segment(1, &hello);
    let mut packet = packet(THERE, NONE, &transport);
    packet.protocol = protocol::SCTP;
    assert_eq!(of_packets(&[packet]), "");
}

/// Takes packets in one flow without a table, and tells the allocations and the most bytes that were there at once.
fn allocations(packets: &[PacketFields<'_>]) -> (u64, u64, Progress) {
    let mut plugin = Ja4::new();
    // Buffers that flows share are there after the first flows.
    plugin.room.sorted.reserve(1_000);
    plugin.room.plain.reserve(2_000);
    let mut progress = match packets[0].protocol {
        protocol::TCP => Progress::Tcp(Default::default()),
        _ => Progress::Udp(Udp::default()),
    };
    let counted = measure(|| {
        for &fields in packets {
            let mut packet = Packet::from(fields);
            let is_back = fields.src_port > fields.dst_port;
            let direction = if is_back { BACK } else { THERE };
            packet.place_in_flow(packet.timestamp(), direction, packet.timestamp());
            plugin.look_into(&packet, &mut progress);
        }
    });
    (counted.count_total, counted.bytes_max, progress)
}

#[test]
fn a_hello_in_one_segment_allocates_nothing() {
    let transport = segment(1, &example().records(10_000));
    let (count, _, progress) = allocations(&[packet(THERE, NONE, &transport)]);
    assert!(matches!(progress, Progress::Decided(Some(_))));
    assert_eq!(count, 0);
}

#[test]
fn a_hello_in_one_datagram_allocates_nothing() {
    let mut hello = example();
    hello.cookie = Some(vec![]);
    for transport in [
        [&[0; 8], &quic::tests::packet(&example())[..]].concat(),
        [&[0; 8], &dtls::tests::packet(&hello)[..]].concat(),
    ] {
        let (count, _, progress) = allocations(&[datagram(THERE, &transport)]);
        assert!(matches!(progress, Progress::Decided(Some(_))));
        assert_eq!(count, 0);
    }
}

#[test]
fn what_is_no_tls_allocates_nothing() {
    let request = segment(1, b"GET / HTTP/1.1\r\n\r\n");
    let answer = segment(1, b"HTTP/1.1 200 OK\r\n\r\n");
    let packets = [packet(THERE, NONE, &request), packet(BACK, NONE, &answer)];
    let (count, _, progress) = allocations(&packets);
    assert!(matches!(progress, Progress::Decided(None)));
    assert_eq!(count, 0);
    let query = b"\0\0\0\0\0\0\0\0\x12\x34\x01\x00\x00\x01";
    let (count, _, progress) = allocations(&[datagram(THERE, query)]);
    assert!(matches!(progress, Progress::Decided(None)));
    assert_eq!(count, 0);
}

/// The state, the bytes, and the bits that say which of them are there.
#[test]
fn a_hello_in_two_segments_allocates_three_times() {
    let hello = example().records(10_000);
    let segments = [segment(1, &hello[..100]), segment(101, &hello[100..])];
    let packets = [
        packet(THERE, NONE, &segments[0]),
        packet(THERE, NONE, &segments[1]),
    ];
    let (count, bytes, progress) = allocations(&packets);
    assert!(matches!(progress, Progress::Decided(Some(_))));
    assert_eq!(count, 3);
    assert!(bytes < 3 * 1024, "{bytes} bytes");
}

#[test]
fn both_directions_together_have_bounded_memory() {
    let last = u32::try_from(MAX_STREAM).unwrap();
    let [start, end] = [segment(1, b"\x16"), segment(last, b"x")];
    let packets = [
        packet(THERE, NONE, &start),
        packet(THERE, NONE, &end),
        packet(BACK, NONE, &start),
        packet(BACK, NONE, &end),
    ];
    let (_, bytes, progress) = allocations(&packets);
    assert!(matches!(progress, Progress::Tcp(_)));
    assert!(bytes < 2 * 19 * 1024, "{bytes} bytes");
}

/// Cuts a stream at these places.
fn cut(stream: &[u8], places: &[Index]) -> Vec<(u32, Vec<u8>)> {
    let mut places: Vec<usize> = places
        .iter()
        .map(|place| place.index(stream.len()))
        .collect();
    places.extend([0, stream.len()]);
    places.sort_unstable();
    let pieces = places.windows(2);
    pieces
        .map(|ends| {
            (
                u32::try_from(ends[0]).unwrap(),
                stream[ends[0]..ends[1]].to_vec(),
            )
        })
        .collect()
}

proptest! {
    /// However it is cut into records and segments, in whichever order these come, and how often.
    #[test]
    fn a_hello_in_pieces_has_the_same_fingerprint(
        record in 1_usize..500,
        places in vec(any::<Index>(), 0..20),
        order in vec(any::<Index>(), 40),
        base: u32,
    ) {
        let stream = example().records(record);
        let mut pieces = cut(&stream, &places);
        // Some twice, all in some order.
        for (number, place) in order.iter().take(5).enumerate() {
            let again = pieces[place.index(pieces.len())].clone();
            pieces.insert(order[number].index(pieces.len()), again);
        }
        for (number, place) in order.iter().enumerate().take(pieces.len()) {
            let other = place.index(pieces.len());
            pieces.swap(number, other);
        }
        let mut segments = vec![(THERE, TcpFlags::SYN, base.wrapping_sub(1), &[][..])];
        segments.extend(pieces.iter().map(|(offset, piece)| {
            (THERE, NONE, base.wrapping_add(*offset), &piece[..])
        }));
        prop_assert_eq!(fingerprint(&segments), EXAMPLE);
    }

    #[test]
    fn no_segments_break_it(
        segments in vec((any::<bool>(), any::<u8>(), 0_u32..20_000, vec(any::<u8>(), 0..40)), 1..20),
        starts_as_hello: bool,
    ) {
        let hello = example().records(10_000);
        let mut list: Vec<Segment<'_>> = Vec::new();
        if starts_as_hello {
            list.push((THERE, NONE, 0, &hello[..60]));
        }
        for (is_back, flags, sequence_number, payload) in &segments {
            let direction = if *is_back { BACK } else { THERE };
            list.push((direction, TcpFlags::from_bits(*flags), *sequence_number, payload));
        }
        let text = fingerprint(&list);
        prop_assert!(text.is_empty() || text.len() == Ja4Fingerprint::LEN);
    }
}
