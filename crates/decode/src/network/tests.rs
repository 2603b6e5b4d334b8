use core::net::IpAddr;
use std::vec::Vec;

use super::read;
use crate::samples::*;
use crate::{DecodeError, Layer, LinkType, Packet, Reason};

fn raw(parts: &[&[u8]]) -> Result<Packet<'static>, DecodeError> {
    decode(LinkType::RAW, parts)
}

/// IPv4 with an option (RFC 791 §3.1).
static IPV4_OPTIONS: &[u8] = &[
    0x46, 0x00, 0, 36, // version 4, header length 6 words; DSCP; total length
    0, 1, 0x00, 0x00, // identification; flags, offset
    64, 17, 0, 0, // time to live, UDP, checksum
    192, 0, 2, 1, 192, 0, 2, 2, // source, destination
    0x94, 0x04, 0, 0, // router alert (RFC 2113)
    0xc0, 0x00, 0, 53, 0, 12, 0, 0, // UDP
    1, 2, 3, 4,
];

/// [`IPV4_UDP`] with some bytes replaced.
fn ipv4_udp_with(bytes: &[(usize, u8)]) -> Vec<u8> {
    with(IPV4_UDP, bytes)
}

fn with(packet: &[u8], bytes: &[(usize, u8)]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    for &(offset, byte) in bytes {
        packet[offset] = byte;
    }
    packet
}

#[test]
fn ipv4_fields() {
    let packet = raw(&[IPV4_UDP]).unwrap();
    assert_eq!(packet.ip_version(), 4);
    assert_eq!(packet.src_ip(), IpAddr::from([192, 0, 2, 1]));
    assert_eq!(packet.dst_ip(), IpAddr::from([192, 0, 2, 2]));
    assert_eq!(packet.protocol(), 17);
    assert_eq!(packet.ip_size(), 32);
    assert_eq!(packet.transport_size(), 12);
}

#[test]
fn ipv4_options_are_skipped() {
    let packet = raw(&[IPV4_OPTIONS]).unwrap();
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.ip_size(), 36);
    assert_eq!(packet.transport_size(), 12);
    assert_eq!(packet.payload(), [1, 2, 3, 4]);
}

#[test]
fn an_ipv4_header_is_five_words_at_least() {
    let malformed = ignored(Layer::Ipv4, Reason::Malformed);
    for words in 0..5 {
        assert_eq!(raw(&[&ipv4_udp_with(&[(0, 0x40 | words)])]), malformed);
    }
}

#[test]
fn an_ipv4_packet_is_as_long_as_its_header_at_least() {
    let malformed = ignored(Layer::Ipv4, Reason::Malformed);
    assert_eq!(raw(&[&ipv4_udp_with(&[(3, 19)])]), malformed);
    assert_eq!(raw(&[&with(IPV4_OPTIONS, &[(3, 23)])]), malformed);
    let empty = raw(&[&ipv4_udp_with(&[(3, 20)])]).unwrap();
    assert_eq!((empty.ip_size(), empty.transport_size()), (20, 0));
    assert_eq!((empty.protocol(), empty.dst_port()), (17, 0));
}

#[test]
fn an_ipv4_header_may_be_cut() {
    let truncated = ignored(Layer::Ipv4, Reason::Truncated);
    for len in 1..20 {
        assert_eq!(raw(&[&IPV4_UDP[..len]]), truncated, "{len} bytes");
    }
    for len in 20..24 {
        assert_eq!(raw(&[&IPV4_OPTIONS[..len]]), truncated, "{len} bytes");
    }
}

#[test]
fn ipv4_length_zero_is_that_of_the_frame() {
    let offloaded = ipv4_udp_with(&[(3, 0)]);
    let packet = decode(
        LinkType::ETHERNET,
        &[MACS, TYPE_IPV4, &offloaded, &[9; 100]],
    )
    .unwrap();
    assert_eq!(packet.ip_size(), 132);
    assert_eq!(packet.transport_size(), 112);
    assert_eq!(packet.payload_size(), 104);
    assert_eq!(packet.payload().len(), 104);

    let cut = join(&[MACS, TYPE_IPV4, &offloaded]);
    let packet = decode_cut(LinkType::ETHERNET, &cut, 2014).unwrap();
    assert_eq!(packet.raw_size(), 2014);
    assert_eq!(packet.ip_size(), 2000);
    assert_eq!(packet.payload_size(), 1972);
    assert_eq!(packet.payload(), [1, 2, 3, 4]);
}

#[test]
fn a_length_beyond_the_frame_is_believed() {
    let packet = ipv4_udp_with(&[(2, 0x05), (3, 0xdc)]);
    let packet = raw(&[&packet]).unwrap();
    assert_eq!(packet.raw_size(), 32);
    assert_eq!(packet.ip_size(), 1500);
    assert_eq!(packet.transport_size(), 1480);
    assert_eq!(packet.payload_size(), 1472);
    assert_eq!(packet.payload(), [1, 2, 3, 4]);
}

#[test]
fn the_first_ipv4_fragment_is_metered_and_later_ones_are_not() {
    let first = raw(&[&ipv4_udp_with(&[(6, 0x20)])]).unwrap();
    assert_eq!((first.src_port(), first.dst_port()), IPV4_PORTS);
    let later = ignored(Layer::Ipv4, Reason::Fragment);
    assert_eq!(raw(&[&ipv4_udp_with(&[(6, 0x20), (7, 1)])]), later);
    assert_eq!(raw(&[&ipv4_udp_with(&[(6, 0x00), (7, 1)])]), later);
    assert_eq!(raw(&[&ipv4_udp_with(&[(6, 0x1f), (7, 0xff)])]), later);
    // The reserved bit is no part of the offset.
    let reserved = raw(&[&ipv4_udp_with(&[(6, 0x80)])]).unwrap();
    assert_eq!(reserved.dst_port(), 53);
}

#[test]
fn a_version_is_four_or_six() {
    for version in [0, 1, 2, 3, 5, 7, 8, 15] {
        assert_eq!(
            raw(&[&ipv4_udp_with(&[(0, version << 4 | 5)])]),
            ignored(Layer::Network, Reason::Malformed)
        );
    }
}

/// UDP, before which the extension headers stand.
static UDP: &[u8] = &[0xc0, 0x00, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4];

/// Extension headers (RFC 8200 §4), all with UDP as the next header.
/// Hop-by-hop options: length 8, `PadN` of four bytes.
static HOP_BY_HOP: &[u8] = &[17, 0, 1, 4, 0, 0, 0, 0];
/// Routing: length 24, type 3, no segments left.
static ROUTING: &[u8] = &[
    17, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];
/// Destination options: length 16, `PadN` of twelve bytes.
static DESTINATION: &[u8] = &[17, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Fragment: reserved, offset 0 and more fragments, identification.
static FRAGMENT_FIRST: &[u8] = &[17, 0, 0x00, 0x01, 0, 0, 0, 9];
/// Fragment: offset 1 (13 bits), no more fragments.
static FRAGMENT_LATER: &[u8] = &[17, 0, 0x00, 0x08, 0, 0, 0, 9];
/// Fragment: offset 0, no more fragments: an atomic fragment (RFC 6946).
static FRAGMENT_ATOMIC: &[u8] = &[17, 0xff, 0x00, 0x06, 0, 0, 0, 9];
/// Mobility (RFC 6275 §6.1): length 8, binding refresh request, checksum.
static MOBILITY: &[u8] = &[17, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn ipv6_fields() {
    let packet = raw(&[IPV6_UDP]).unwrap();
    assert_eq!(packet.ip_version(), 6);
    let address = |last| core::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last);
    assert_eq!(packet.src_ip(), address(1));
    assert_eq!(packet.dst_ip(), address(2));
    assert_eq!(packet.protocol(), 17);
    assert_eq!(packet.ip_size(), 50);
    assert_eq!(packet.transport_size(), 10);
    assert_eq!(packet.payload(), [5, 6]);
}

#[test]
fn extension_headers_are_skipped() {
    for (number, extension) in [
        (0, HOP_BY_HOP),
        (43, ROUTING),
        (60, DESTINATION),
        (44, FRAGMENT_FIRST),
        (44, FRAGMENT_ATOMIC),
        (135, MOBILITY),
    ] {
        let bytes = ipv6(number, &join(&[extension, UDP]));
        let packet = raw(&[&bytes]).unwrap();
        assert_eq!(packet.protocol(), 17, "behind {number}");
        assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
        assert_eq!(packet.ip_size() as usize, 40 + extension.len() + 12);
        assert_eq!(packet.transport_size(), 12);
        assert_eq!(packet.payload(), [1, 2, 3, 4]);
    }
}

#[test]
fn extension_headers_chain() {
    // The order of RFC 8200 §4.1: hop-by-hop, destination, routing, fragment, destination.
    let chain = join(&[
        &with(HOP_BY_HOP, &[(0, 60)]),
        &with(DESTINATION, &[(0, 43)]),
        &with(ROUTING, &[(0, 44)]),
        &with(FRAGMENT_FIRST, &[(0, 60)]),
        DESTINATION,
        UDP,
    ]);
    let packet = raw(&[&ipv6(0, &chain)]).unwrap();
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.ip_size(), 40 + 8 + 16 + 24 + 8 + 16 + 12);
    assert_eq!(packet.transport_size(), 12);
}

#[test]
fn a_later_ipv6_fragment_is_not_metered() {
    let later = ignored(Layer::Ipv6, Reason::Fragment);
    assert_eq!(raw(&[&ipv6(44, &join(&[FRAGMENT_LATER, UDP]))]), later);
    let behind_options = join(&[&with(HOP_BY_HOP, &[(0, 44)]), FRAGMENT_LATER, UDP]);
    assert_eq!(raw(&[&ipv6(0, &behind_options)]), later);
}

#[test]
fn an_ipv6_header_may_be_cut() {
    let truncated = ignored(Layer::Ipv6, Reason::Truncated);
    for len in 1..40 {
        assert_eq!(raw(&[&IPV6_UDP[..len]]), truncated, "{len} bytes");
    }
}

#[test]
fn an_extension_header_may_be_cut() {
    for (number, extension) in [(60, DESTINATION), (44, FRAGMENT_FIRST)] {
        let whole = ipv6(number, &join(&[extension, UDP]));
        for len in 40..40 + extension.len() {
            let result = decode_cut(LinkType::RAW, &whole[..len], whole.len());
            let truncated = ignored(Layer::Ipv6, Reason::Truncated);
            assert_eq!(result, truncated, "{len} bytes");
        }
    }
}

#[test]
fn an_extension_header_ends_inside_the_packet() {
    let malformed = ignored(Layer::Ipv6, Reason::Malformed);
    let beyond = with(HOP_BY_HOP, &[(1, 2)]);
    assert_eq!(raw(&[&ipv6(0, &join(&[&beyond, UDP]))]), malformed);
    let padded: &[&[u8]] = &[&ipv6(0, &beyond), &[0; 40]];
    assert_eq!(raw(padded), malformed, "what follows is padding");
    let padded: &[&[u8]] = &[&ipv6(0, &[17, 0, 0, 0]), &[0; 40]];
    assert_eq!(raw(padded), malformed, "four bytes are no header");
}

#[test]
fn ipv6_without_next_header_is_a_protocol() {
    let packet = raw(&[&ipv6(59, &[])]).unwrap();
    assert_eq!(packet.protocol(), 59);
    assert_eq!((packet.ip_size(), packet.transport_size()), (40, 0));
    let behind_options = with(HOP_BY_HOP, &[(0, 59)]);
    let packet = raw(&[&ipv6(0, &behind_options)]).unwrap();
    assert_eq!(packet.protocol(), 59);
    assert_eq!((packet.src_port(), packet.dst_port()), (0, 0));
}

#[test]
fn ipsec_headers_are_protocols() {
    // AH (RFC 4302 §2): next header UDP, length, reserved, SPI, sequence number, check value.
    let ah = [
        17, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ];
    for protocol in [50, 51] {
        for bytes in [
            ipv4(protocol, &join(&[&ah, UDP])),
            ipv6(protocol, &join(&[&ah, UDP])),
        ] {
            let packet = raw(&[&bytes]).unwrap();
            assert_eq!(packet.protocol(), protocol);
            assert_eq!((packet.src_port(), packet.dst_port()), (0, 0));
            assert_eq!((packet.transport_size(), packet.payload_size()), (0, 0));
            assert_eq!(packet.payload(), []);
        }
    }
}

#[test]
fn ipv6_length_zero_is_that_of_the_frame() {
    let jumbo = with(IPV6_UDP, &[(5, 0)]);
    let packet = decode(LinkType::ETHERNET, &[MACS, TYPE_IPV6, &jumbo, &[9; 100]]).unwrap();
    assert_eq!(packet.ip_size(), 150);
    assert_eq!(packet.transport_size(), 110);
    let cut = join(&[MACS, TYPE_IPV6, &jumbo]);
    let packet = decode_cut(LinkType::ETHERNET, &cut, 70014).unwrap();
    assert_eq!(packet.ip_size(), 70000);
    assert_eq!(packet.payload_size(), 69952);
    assert_eq!(packet.payload(), [5, 6]);
}

#[test]
fn host_identity_and_shim6_are_protocols() {
    // Their numbers are protocols over IPv4 too; the walk ends there, as at AH and ESP.
    for number in [139, 140] {
        let packet = raw(&[&ipv6(number, &join(&[&[17, 0, 0, 0, 0, 0, 0, 0], UDP]))]).unwrap();
        assert_eq!(packet.protocol(), number);
        assert_eq!((packet.transport_size(), packet.dst_port()), (0, 0));
    }
}

#[test]
fn an_empty_ipv6_packet_is_not_its_padding() {
    // Version 6, payload length 0, next header 59; 6 bytes to fill the smallest Ethernet frame, or more.
    let mut packet = [0; 40 + 11];
    packet[0] = 0x60;
    packet[6] = 59;
    let padded = read(&packet[..46], 0).unwrap();
    assert_eq!((padded.packet_len, padded.payload_len), (40, 0));
    let offloaded = read(&packet, 0).unwrap();
    assert_eq!((offloaded.packet_len, offloaded.payload_len), (51, 11));
}
