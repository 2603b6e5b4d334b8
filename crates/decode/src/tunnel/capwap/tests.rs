use std::vec::Vec;

use crate::samples::*;
use crate::{DecodeError, Layer, LinkType, MacAddress, Packet, Reason, Tunnel};

/// CAPWAP (RFC 5415 §4.3) with an 802.3 frame.
static ETHERNET: &[u8] = &[
    0x00, // preamble: version 0, type 0
    0x10,
    0x42, // header length 2 words (5 bits), radio 1 (5 bits), binding 1 (5 bits), T = 0: 802.3
    0x00, // F, L, W, M, K, flags
    0, 0, 0, 0, // fragment identifier, offset
];
/// The same with T = 1: the frame of binding 1, 802.11.
static WIFI: &[u8] = &[0x00, 0x10, 0x43, 0x00, 0, 0, 0, 0];
/// Radio MAC address: length 6, address, padding to words.
static RADIO_MAC: &[u8] = &[6, 0x02, 0, 0, 0, 0, 9, 0];
/// Wireless information (RFC 5416 §4): length 4, RSSI, SNR, data rate, padding.
static WIRELESS_INFO: &[u8] = &[4, 0xc5, 20, 0, 54, 0, 0, 0];

const HAS_FRAGMENT: u8 = 0x80;
const LAST_FRAGMENT: u8 = 0x40;
const HAS_WIRELESS_INFO: u8 = 0x20;
const HAS_RADIO_MAC: u8 = 0x10;
const KEEP_ALIVE: u8 = 0x08;

/// 802.11 data from the distribution system: frame control, duration, three addresses, sequence control.
static WIFI_HEADER: &[u8] = &[
    0x08, 0x02, 0, 0, 0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 3, 0, 0,
];

const PORT: u16 = 5247;

fn tunnelled(parts: &[&[u8]]) -> Result<Packet<'static>, DecodeError> {
    decode(LinkType::RAW, &[&ipv4(17, &udp(PORT, PORT, &join(parts)))])
}

/// `header` with flags and a number of words.
fn with(header: &[u8], flags: u8, words: u8) -> Vec<u8> {
    let mut header = header.to_vec();
    header[1] = words << 3 | header[1] & 0x07;
    header[3] = flags;
    header
}

fn assert_outer(parts: &[&[u8]]) {
    let packet = tunnelled(parts).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::None);
    assert_eq!((packet.src_port(), packet.dst_port()), (PORT, PORT));
    assert_eq!(packet.payload().len(), join(parts).len());
}

#[test]
fn ethernet_is_carried() {
    let packet = tunnelled(&[ETHERNET, MACS, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::Capwap);
    assert_eq!(packet.tunnel().id(), 2);
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 0x51]));
    assert_eq!(packet.dst_mac(), MacAddress([0x02, 0, 0, 0, 0, 0xd1]));
    assert_eq!(packet.ip_packet(), IPV4_UDP);
}

#[test]
fn wifi_is_carried() {
    let packet = tunnelled(&[WIFI, WIFI_HEADER, LLC_SNAP_IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::Capwap);
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.dst_mac(), MacAddress([0x02, 0, 0, 0, 0, 1]));
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 3]));
}

#[test]
fn optional_fields_are_skipped_by_the_header_length() {
    let cases: [(u8, u8, &[&[u8]]); 3] = [
        (HAS_RADIO_MAC, 4, &[RADIO_MAC]),
        (HAS_WIRELESS_INFO, 4, &[WIRELESS_INFO]),
        (
            HAS_RADIO_MAC | HAS_WIRELESS_INFO,
            6,
            &[RADIO_MAC, WIRELESS_INFO],
        ),
    ];
    for (flags, words, fields) in cases {
        let (fields, header) = (join(fields), with(ETHERNET, flags, words));
        let packet = tunnelled(&[&header, &fields, MACS, TYPE_IPV6, IPV6_UDP]).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), IPV6_PORTS);
        let header = with(WIFI, flags, words);
        let parts: &[&[u8]] = &[&header, &fields, WIFI_HEADER, LLC_SNAP_IPV4, IPV4_UDP];
        let packet = tunnelled(parts).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    }
}

#[test]
fn the_inner_vlan_tag_counts() {
    let tag = [0x81, 0x00, 0x00, 0x09];
    let packet = tunnelled(&[ETHERNET, MACS, &tag, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.vlan_id(), 9);
}

#[test]
fn both_versions_carry_it_on_either_port() {
    let message = join(&[ETHERNET, MACS, TYPE_IPV4, IPV4_UDP]);
    for (src, dst) in [(PORT, 40000), (40000, PORT)] {
        for bytes in [
            ipv4(17, &udp(src, dst, &message)),
            ipv6(17, &udp(src, dst, &message)),
        ] {
            let packet = decode(LinkType::RAW, &[&bytes]).unwrap();
            assert_eq!((packet.tunnel(), packet.dst_port()), (Tunnel::Capwap, 53));
        }
    }
}

#[test]
fn the_first_fragment_is_metered_and_later_ones_are_not() {
    let first = with(ETHERNET, HAS_FRAGMENT, 2);
    let packet = tunnelled(&[&first, MACS, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!((packet.tunnel(), packet.dst_port()), (Tunnel::Capwap, 53));

    let fragment = ignored(Layer::Capwap, Reason::Fragment);
    // The offset is the upper 13 bits.
    for (flags, offset) in [
        (HAS_FRAGMENT, [0x00, 0x08]),
        (HAS_FRAGMENT | LAST_FRAGMENT, [0x10, 0x00]),
    ] {
        let mut later = with(ETHERNET, flags, 2);
        later[6..8].copy_from_slice(&offset);
        assert_eq!(tunnelled(&[&later, &[0x5a; 60]]), fragment);
    }
}

#[test]
fn the_offset_counts_in_fragments_only() {
    let mut whole = with(ETHERNET, 0, 2);
    whole[6..8].copy_from_slice(&[0x10, 0x00]);
    let packet = tunnelled(&[&whole, MACS, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!((packet.tunnel(), packet.dst_port()), (Tunnel::Capwap, 53));
}

#[test]
fn keep_alives_and_dtls_are_the_outer_packet() {
    // Keep-alive (RFC 5415 §4.4.1): message element length, session identifier element 35 of 16 bytes.
    let keep_alive = with(ETHERNET, KEEP_ALIVE, 2);
    assert_outer(&[&keep_alive, &[0, 22, 0, 35, 0, 16], &[7; 16]]);
    // CAPWAP DTLS header (§4.2): version 0, type 1, reserved; DTLS record: application data, version 1.2.
    assert_outer(&[
        &[0x01, 0, 0, 0],
        &[23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 8],
        &[9; 8],
    ]);
    // Version 1 of the header does not exist.
    assert_outer(&[
        &[0x10, 0x10, 0x42, 0, 0, 0, 0, 0],
        MACS,
        TYPE_IPV4,
        IPV4_UDP,
    ]);
}

#[test]
fn what_is_too_short_is_the_outer_packet() {
    assert_outer(&[]);
    assert_outer(&[&ETHERNET[..7]]);
}

#[test]
fn a_header_is_two_words_at_least() {
    for words in 0..2 {
        assert_outer(&[&with(ETHERNET, 0, words), MACS, TYPE_IPV4, IPV4_UDP]);
    }
}

#[test]
fn a_header_ends_inside_the_packet() {
    assert_outer(&[&with(ETHERNET, HAS_RADIO_MAC, 31), RADIO_MAC]);
}

#[test]
fn a_cut_header_does_not_tell() {
    let header = with(ETHERNET, HAS_RADIO_MAC, 4);
    let message = join(&[&header, RADIO_MAC, MACS, TYPE_IPV4, IPV4_UDP]);
    let frame = ipv4(17, &udp(PORT, PORT, &message));
    for len in 24..44 {
        let result = decode_cut(LinkType::RAW, &frame[..len], frame.len());
        let truncated = ignored(Layer::Capwap, Reason::Truncated);
        assert_eq!(result, truncated, "{len} bytes");
    }
}

#[test]
fn other_bindings_are_unsupported() {
    // EPCglobal (binding 3) with T = 1.
    let header = [0x00, 0x10, 0x47, 0x00, 0, 0, 0, 0];
    let result = tunnelled(&[&header, &[0; 40]]);
    assert_eq!(result, ignored(Layer::Capwap, Reason::Unsupported));
}
