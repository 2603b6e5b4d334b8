use super::*;
use crate::bytes::ByteOrder;
use crate::testing::{Pieces, Writer, drain, hear, small_pcap};
use crate::{CaptureFiles, CaptureReader};

/// An IPv4 packet with UDP and the given ports, without payload.
fn udp(src: u16, dst: u16) -> Vec<u8> {
    let mut packet = vec![
        0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ];
    packet.extend(src.to_be_bytes());
    packet.extend(dst.to_be_bytes());
    packet.extend([0, 8, 0, 0]);
    packet
}

fn ethernet(packet: &[u8]) -> Vec<u8> {
    [&[2; 12], [8, 0].as_slice(), packet].concat()
}

/// Packets to the ports 53, 80 and 53, on Ethernet, raw IP and Linux cooked.
fn capture() -> Vec<u8> {
    let cooked = [&[0; 14], [8, 0].as_slice(), &udp(1, 53)].concat();
    Writer::new(ByteOrder::Little)
        .section()
        .interface(1, 0, &[])
        .interface(101, 0, &[])
        .interface(113, 0, &[])
        .enhanced(0, 1, 42, &ethernet(&udp(1, 53)))
        .enhanced(1, 2, 28, &udp(1, 80))
        .enhanced(1, 3, 28, &udp(1, 53))
        .enhanced(2, 4, 44, &cooked)
        .bytes
}

fn filtered(expression: &str, capture: &[u8]) -> (Vec<u64>, usize, u64) {
    let source = CaptureReader::new(capture, "test");
    let mut source = Filtered::new(source, Filter::new(expression).unwrap());
    let (frames, errors) = drain(&mut source);
    let micros = frames.iter().map(|frame| frame.nanos / 1_000).collect();
    (micros, errors.len(), source.stats().packets_filtered)
}

#[test]
fn the_expression_is_compiled_for_each_link_type() {
    assert_eq!(filtered("udp port 53", &capture()), (vec![1, 3, 4], 0, 1));
    assert_eq!(filtered("", &capture()), (vec![1, 2, 3, 4], 0, 0));
    assert_eq!(filtered("tcp", &capture()), (vec![], 0, 4));
}

#[test]
#[cfg(unix)]
fn ipv6_over_loopback_has_the_number_of_any_system() {
    let mut capture = Writer::pcap(ByteOrder::Little, 0xa1b2_c3d4, (2, 4), 108);
    for (second, family) in [24_u8, 28, 30, 2].into_iter().enumerate() {
        let second = u32::try_from(second).unwrap();
        capture = capture.record(
            second,
            0,
            44,
            &[&[0, 0, 0, family, 0x60], [0; 39].as_slice()].concat(),
        );
    }
    assert_eq!(filtered("ip6", &capture.bytes).0, [0, 1_000_000, 2_000_000]);
}

#[test]
fn lengths_are_those_on_the_wire() {
    // Frames of 0 to 9 captured bytes and 7 to 16 on the wire.
    let (frames, _, filtered) = filtered("greater 10", &small_pcap(10));
    assert_eq!((frames.len(), filtered), (7, 3));
}

#[test]
fn protochain_loops() {
    // IPv6 with a hop-by-hop header before UDP.
    let mut packet = vec![0x60, 0, 0, 0, 0, 16, 0, 64];
    packet.extend([0; 32]);
    packet.extend([17, 0, 1, 4, 0, 0, 0, 0]);
    packet.extend([0, 1, 0, 53, 0, 8, 0, 0]);
    let capture =
        Writer::pcap(ByteOrder::Little, 0xa1b2_c3d4, (2, 4), 101).record(0, 1, 56, &packet);
    assert_eq!(filtered("ip6 protochain 17", &capture.bytes).0, [1]);
    assert_eq!(
        filtered("ip6 protochain 6", &capture.bytes).0,
        Vec::<u64>::new()
    );
}

#[test]
fn a_wrong_expression_is_refused_with_the_text_of_libpcap() {
    let error = Filter::new("tcp prot 443").unwrap_err();
    assert!(error.to_string().contains("syntax error"), "{error}");
    assert!(error.to_string().contains("tcp prot 443"), "{error}");
    assert!(Filter::new("with\0nul").is_err());
}

#[test]
fn an_expression_for_another_link_type_than_ethernet_is_accepted() {
    assert!(Filter::new("wlan addr1 00:11:22:33:44:55").is_ok());
}

#[test]
fn a_link_type_that_it_cannot_be_applied_to_is_told_once() {
    let (frames, errors, filtered) = filtered("ether src 02:02:02:02:02:02", &capture());
    assert_eq!(frames, [1]);
    assert_eq!(filtered, 3);
    assert_eq!(errors, 2, "raw IP and Linux cooked");
}

#[test]
fn of_many_link_types_the_first_are_told_and_the_others_counted() {
    let mut capture = Writer::new(ByteOrder::Little).section();
    for interface in 0..20 {
        // From the numbers that nobody has been given.
        capture = capture
            .interface(40_000 + interface, 0, &[])
            .enhanced(interface.into(), 1, 28, &udp(1, 53))
            .enhanced(interface.into(), 2, 28, &udp(1, 53));
    }
    let source = CaptureReader::new(capture.bytes.as_slice(), "test");
    let mut source = Filtered::new(source, Filter::new("udp").unwrap());
    let (frames, errors) = drain(&mut source);
    assert!(frames.is_empty());
    assert_eq!(source.stats().packets_filtered, 40);
    let told: Vec<_> = errors
        .iter()
        .map(|error| match error {
            FilteredError::Filter(FilterError::LinkType { link_type, .. }) => link_type.0.into(),
            FilteredError::Filter(FilterError::FurtherLinkTypes { link_types, .. }) => *link_types,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(told, [40_000, 40_001, 40_002, 17]);
    assert!(matches!(source.receive(), Ok(Received::End)));
}

#[test]
fn the_windows_buffer_is_not_copied() {
    let capture = capture();
    let mut source = Filtered::new(
        CaptureReader::new(capture.as_slice(), "test"),
        Filter::new("udp port 80").unwrap(),
    );
    while let Received::Frames(window) = source.receive().unwrap() {
        for location in window.locations() {
            assert!(
                location.offset > 0,
                "behind the frames that were taken away"
            );
        }
    }
}

#[test]
fn a_filter_waits_where_its_source_does() {
    let filter = Filter::new("udp").unwrap();
    let stream = CaptureReader::new(capture().leak() as &[u8], "capture");
    assert!(!Filtered::new(stream, filter.clone()).never_waits());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let files = CaptureFiles::open([path]).unwrap();
    assert!(Filtered::new(files, filter).never_waits());
}

#[test]
fn both_calls_take_the_same_away() {
    let mut capture = capture().repeat(3);
    for interface in 3..10 {
        let numbers = Writer::new(ByteOrder::Little).interface(40_000 + interface, 0, &[]);
        let udp = udp(1, 53);
        capture.extend(numbers.enhanced(interface.into(), 1, 28, &udp).bytes);
    }
    capture.pop();
    // In windows of few frames, so that nothing of some matches.
    let pieces = [200, 90];
    let source = |expression| {
        let source = CaptureReader::new(Pieces::new(&capture, &pieces), "test");
        Filtered::new(source, Filter::new(expression).unwrap())
    };
    for expression in ["udp port 53", "", "tcp", "ether src 02:02:02:02:02:02"] {
        let said = hear(source(expression), [false]);
        assert!(said.iter().any(|said| said.error.is_some()));
        for calls in [[true, true], [true, false], [false, true]] {
            assert_eq!(hear(source(expression), calls), said);
        }
    }
}
