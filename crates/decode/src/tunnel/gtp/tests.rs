use core::net::IpAddr;
use std::vec::Vec;

use crate::samples::*;
use crate::{Layer, LinkType, Packet, Reason, Tunnel};

/// GTP-U (TS 29.281 §5.1): version 1, protocol type 1, no optional fields; G-PDU; length 32; TEID.
static G_PDU: &[u8] = &[0x30, 0xff, 0, 32, 0, 0, 0, 7];
/// The optional fields: sequence number, N-PDU number, type of the next extension header: none.
static OPTIONAL: &[u8] = &[0, 1, 5, 0x00];
/// The same before a PDU session container (type 0x85).
static OPTIONAL_EXTENDED: &[u8] = &[0, 1, 5, 0x85];
/// Extension header (§5.2.1): length in words, content, next type: a UDP port (0x40).
static SESSION_CONTAINER: &[u8] = &[1, 0x00, 0x09, 0x40];
/// Extension header of two words, without a next one.
static TWO_WORDS: &[u8] = &[2, 0x08, 0x68, 0, 0, 0, 0, 0x00];

const PORT: u16 = 2152;

const N_PDU_NUMBER: u8 = 0x01;
const SEQUENCE_NUMBER: u8 = 0x02;
const EXTENSION_HEADER: u8 = 0x04;

/// [`G_PDU`] with more flags and the length of what follows.
fn g_pdu(flags: u8, rest: &[&[u8]]) -> Vec<u8> {
    let rest = join(rest);
    let mut header = G_PDU.to_vec();
    header[0] |= flags;
    header[3] = u8::try_from(rest.len()).unwrap();
    join(&[&header, &rest])
}

fn tunnelled(message: &[u8]) -> Result<Packet<'static>, crate::DecodeError> {
    decode(LinkType::RAW, &[&ipv4(17, &udp(PORT, PORT, message))])
}

fn assert_outer(message: &[u8]) {
    let packet = tunnelled(message).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::None);
    assert_eq!((packet.src_port(), packet.dst_port()), (PORT, PORT));
    assert_eq!(packet.src_ip(), IpAddr::from([198, 51, 100, 1]));
    assert_eq!(packet.payload(), message);
}

#[test]
fn a_g_pdu_carries_ip() {
    let packet = tunnelled(&join(&[G_PDU, IPV4_UDP])).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::Gtp);
    assert_eq!(packet.tunnel().id(), 1);
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.src_ip(), IpAddr::from([192, 0, 2, 1]));
    assert_eq!(packet.raw_size(), 20 + 8 + 8 + 32);
    assert_eq!(packet.ip_size(), 32);
    assert_eq!(packet.ip_packet(), IPV4_UDP);

    let packet = tunnelled(&g_pdu(0, &[IPV6_UDP])).unwrap();
    assert_eq!((packet.src_port(), packet.dst_port()), IPV6_PORTS);
}

#[test]
fn one_of_the_ports_is_enough() {
    let message = join(&[G_PDU, IPV4_UDP]);
    for (src, dst) in [(PORT, 40000), (40000, PORT)] {
        for bytes in [
            ipv4(17, &udp(src, dst, &message)),
            ipv6(17, &udp(src, dst, &message)),
        ] {
            let packet = decode(LinkType::RAW, &[&bytes]).unwrap();
            assert_eq!(packet.tunnel(), Tunnel::Gtp);
            assert_eq!(packet.dst_port(), 53);
        }
    }
    let bytes = ipv4(17, &udp(2151, 2153, &message));
    let packet = decode(LinkType::RAW, &[&bytes]).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::None);
}

#[test]
fn each_flag_brings_all_optional_fields() {
    for flags in 0x01..=0x07 {
        let packet = tunnelled(&g_pdu(flags, &[OPTIONAL, IPV4_UDP])).unwrap();
        assert_eq!(packet.tunnel(), Tunnel::Gtp, "flags {flags:#x}");
        assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    }
}

#[test]
fn the_reserved_bit_is_not_evaluated() {
    let packet = tunnelled(&g_pdu(0x08, &[IPV4_UDP])).unwrap();
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
}

#[test]
fn extension_headers_are_skipped() {
    let rest: &[&[u8]] = &[OPTIONAL_EXTENDED, SESSION_CONTAINER, TWO_WORDS, IPV4_UDP];
    for flags in [EXTENSION_HEADER, EXTENSION_HEADER | SEQUENCE_NUMBER] {
        let packet = tunnelled(&g_pdu(flags, rest)).unwrap();
        assert_eq!(packet.tunnel(), Tunnel::Gtp);
        assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    }
}

#[test]
fn a_next_type_is_evaluated_with_its_flag_only() {
    for flags in [SEQUENCE_NUMBER, N_PDU_NUMBER] {
        let packet = tunnelled(&g_pdu(flags, &[OPTIONAL_EXTENDED, IPV4_UDP])).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    }
}

#[test]
fn an_extension_header_has_a_length() {
    let zero = [0, 0, 0, 0];
    let message = g_pdu(EXTENSION_HEADER, &[OPTIONAL_EXTENDED, &zero, IPV4_UDP]);
    assert_outer(&message);
}

#[test]
fn a_cut_header_does_not_tell() {
    let whole = g_pdu(
        EXTENSION_HEADER,
        &[OPTIONAL_EXTENDED, SESSION_CONTAINER, TWO_WORDS, IPV4_UDP],
    );
    let frame = ipv4(17, &udp(PORT, PORT, &whole));
    for len in 24..28 + 24 {
        let result = decode_cut(LinkType::RAW, &frame[..len], frame.len());
        let truncated = ignored(Layer::Gtp, Reason::Truncated);
        assert_eq!(result, truncated, "{len} bytes");
    }
}

#[test]
fn other_messages_are_the_outer_packet() {
    // Echo request and response, error indication, supported extension headers, end marker.
    for message_type in [1, 2, 26, 31, 254] {
        let mut message = join(&[G_PDU, IPV4_UDP]);
        message[1] = message_type;
        assert_outer(&message);
    }
}

#[test]
fn other_versions_are_the_outer_packet() {
    for flags in [0x10, 0x50, 0x48, 0x70] {
        let mut message = join(&[G_PDU, IPV4_UDP]);
        message[0] = flags;
        assert_outer(&message);
    }
    // GTP' (TS 32.295 §6.1.1): version 1, protocol type 0.
    let mut message = join(&[G_PDU, IPV4_UDP]);
    message[0] = 0x20;
    assert_outer(&message);
}

#[test]
fn what_is_too_short_is_the_outer_packet() {
    assert_outer(&[]);
    assert_outer(&G_PDU[..7]);
    assert_outer(G_PDU);
    assert_outer(&g_pdu(SEQUENCE_NUMBER, &[&OPTIONAL[..3]]));
    let extended = &[OPTIONAL_EXTENDED, &SESSION_CONTAINER[..3]];
    assert_outer(&g_pdu(EXTENSION_HEADER, extended));
}

#[test]
fn other_payloads_are_not_ip() {
    let message = g_pdu(0, &[&[0xc0, 0x21, 1, 1, 0, 4]]);
    assert_eq!(tunnelled(&message), ignored(Layer::Gtp, Reason::NotIp));
}
