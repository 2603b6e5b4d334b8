//! The fingerprint of TLS clients, over any packets of one flow.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use nfstream_decode::{PacketFields, TcpFlags};
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, sink_fn};
use nfstream_plugins::{Ja4, Ja4Columns};

/// Control byte, offset in the stream, length.
const HEADER: usize = 5;
/// Sequence number at which the payload of either direction starts: it wraps soon.
const BASE: u32 = u32::MAX - 1_000;
/// TCP's header, and UDP's.
const HEADERS: [usize; 2] = [20, 8];

/// First byte: TCP if even, UDP if odd. Then packets, each with five bytes in front:
///
/// | bytes | what |
/// |---|---|
/// | 0 | bits 0 to 5 TCP's flags, bit 7 from the server |
/// | 1, 2 | offset of the payload in its stream, signed, which means something for TCP |
/// | 3, 4 | length of the payload, which follows |
pub fn run(input: &[u8]) {
    let Some((&protocol, mut rest)) = input.split_first() else {
        return;
    };
    let is_udp = protocol & 1 != 0;
    let mut transports = Vec::new();
    while let Some((&[control, high, low, more, less], behind)) = rest.split_first_chunk::<HEADER>()
    {
        let length = usize::from(u16::from_be_bytes([more, less])).min(behind.len());
        let (payload, behind) = behind.split_at(length);
        rest = behind;
        let offset = i32::from(i16::from_be_bytes([high, low]));
        transports.push((
            control,
            transport(is_udp, BASE.wrapping_add_signed(offset), payload),
        ));
    }
    let packets: Vec<PacketFields<'_>> = transports
        .iter()
        .map(|(control, transport)| packet(is_udp, *control, transport))
        .collect();
    let found = fingerprints(&packets);
    for fingerprint in &found {
        check(fingerprint, is_udp);
    }
    if !is_udp {
        let twice: Vec<_> = packets
            .iter()
            .flat_map(|packet| [*packet, *packet])
            .collect();
        assert_eq!(
            fingerprints(&twice),
            found,
            "what comes again changes nothing"
        );
    }
}

/// A transport header that has what is read of it, and the payload.
fn transport(is_udp: bool, sequence_number: u32, payload: &[u8]) -> Vec<u8> {
    let mut transport = vec![0; HEADERS[usize::from(is_udp)]];
    if !is_udp {
        transport[4..8].copy_from_slice(&sequence_number.to_be_bytes());
        transport[8..12].copy_from_slice(&BASE.to_be_bytes());
        transport[12] = 0x50;
    }
    transport.extend(payload);
    transport
}

fn packet(is_udp: bool, control: u8, transport: &[u8]) -> PacketFields<'_> {
    let ends = [1, 2].map(|host| IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)));
    let from = usize::from(control >> 7);
    let size = u32::try_from(transport.len()).unwrap();
    let header = u32::try_from(HEADERS[usize::from(is_udp)]).unwrap();
    PacketFields {
        src_ip: ends[from],
        dst_ip: ends[1 - from],
        protocol: if is_udp { 17 } else { 6 },
        tcp_flags: TcpFlags::from_bits(if is_udp { 0 } else { control & 0x3f }),
        transport_size: size,
        payload_size: size - header,
        transport,
        ..PacketFields::default()
    }
}

/// The fingerprints of the flows.
fn fingerprints(packets: &[PacketFields<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, Ja4Columns>| {
        found.extend(record.output.ja4.map(|ja4| ja4.to_string()));
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::new(&FlowTableConfig::default(), Ja4::new());
    for packet in packets {
        let Ok(()) = table.push(&(*packet).into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    found
}

/// What holds for every fingerprint.
fn check(fingerprint: &str, is_udp: bool) {
    let [first, suites, extensions] = fingerprint.split('_').collect::<Vec<_>>()[..] else {
        panic!("{fingerprint}: three parts");
    };
    assert_eq!([first.len(), suites.len(), extensions.len()], [10, 12, 12]);
    let is_hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    assert!(
        [suites, extensions]
            .iter()
            .all(|hash| hash.bytes().all(is_hexadecimal))
    );
    assert!(first.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(first.starts_with('t'), !is_udp);
    let [_, _, _, server_name, counts @ .., _, _] = first.as_bytes() else {
        panic!("{fingerprint}: ten characters");
    };
    assert!(matches!(server_name, b'd' | b'i'));
    assert!(counts.iter().all(u8::is_ascii_digit));
}
