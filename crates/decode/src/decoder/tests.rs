//! The walk as a whole.

use core::net::IpAddr;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::sample::Index;

use super::MAX_IP_HEADERS;
use crate::samples::*;
use crate::{
    DecodeError, Decoder, Frame, Layer, LinkType, MacAddress, Packet, PacketFields, Reason,
    TcpFlags, Timestamp, Tunnel,
};

/// IP in IP: IPv4 (RFC 2003) and IPv6 (RFC 4213) inside.
const IPV4_INSIDE: u8 = 4;
const IPV6_INSIDE: u8 = 41;
const TCP_NUMBER: u8 = 6;
const UDP_NUMBER: u8 = 17;

const GTP_PORT: u16 = 2152;
const TZSP_PORT: u16 = 37008;
const CAPWAP_PORT: u16 = 5247;

/// Hop-by-hop options of eight bytes (RFC 8200 §4.3), IPv4 as the next header.
static HOP_BY_HOP_IPV4: &[u8] = &[4, 0, 1, 4, 0, 0, 0, 0];

/// TCP (RFC 9293 §3.1) with three bytes of payload.
static TCP: &[u8] = &[
    0x30, 0x39, 0x01, 0xbb, // ports
    0, 0, 0, 1, 0, 0, 0, 2, // sequence and acknowledgment numbers
    0x50, 0x10, // data offset 5 words; ACK
    0x10, 0x00, 0, 0, 0, 0, // window, checksum, urgent pointer
    7, 8, 9, // payload
];
const TCP_PORTS: (u16, u16) = (12345, 443);

/// G-PDU (TS 29.281 §5.1) with a sequence number and an extension header (§5.2) of one word.
static G_PDU: &[u8] = &[
    0x36, 0xff, 0, 40, // version 1, extension header and sequence number; G-PDU; length
    0, 0, 0, 7, // TEID
    0, 1, 0, 0x85, // sequence number, N-PDU number, next: PDU session container
    1, 0x00, 0x09, 0x00, // length, content, no next
];

/// TZSP: version 1, received, Ethernet inside; a tag of one byte, the end tag.
static TZSP: &[u8] = &[1, 0, 0, 1, 10, 1, 0xc5, 1];

/// CAPWAP (RFC 5415 §4.3): header length 2 words, binding 802.11, T = 0 for 802.3 and 1 for 802.11 inside.
static CAPWAP_ETHERNET: &[u8] = &[0, 0x10, 0x42, 0, 0, 0, 0, 0];
static CAPWAP_WIFI: &[u8] = &[0, 0x10, 0x43, 0, 0, 0, 0, 0];

/// 802.11 QoS data to the distribution system: frame control, duration, three addresses, sequence control, QoS.
static WIFI: &[u8] = &[
    0x88, 0x01, 0, 0, 0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 3, 0, 0, 0, 0,
];

/// 802.1Q and 802.1ad tags (type, identifier), an MPLS label stack behind its type, and PPPoE behind its type.
static TAG_5: &[u8] = &[0x81, 0x00, 0x00, 0x05];
static SERVICE_TAG_100: &[u8] = &[0x88, 0xa8, 0x00, 0x64];
static MPLS: &[u8] = &[0x88, 0x47, 0x00, 0x01, 0x00, 64, 0x00, 0x01, 0x11, 64];
static PPPOE_IPV6: &[u8] = &[0x88, 0x64, 0x11, 0x00, 0x00, 0x07, 0, 0, 0x00, 0x57];

fn port_pair(packet: &Packet<'_>) -> (u16, u16) {
    (packet.src_port(), packet.dst_port())
}

/// A UDP datagram for `port` that carries `message`, in an IPv4 packet.
fn tunnel_v4(port: u16, message: &[&[u8]]) -> Vec<u8> {
    ipv4(UDP_NUMBER, &udp(40000, port, &join(message)))
}

/// The same in an IPv6 packet.
fn tunnel_v6(port: u16, message: &[&[u8]]) -> Vec<u8> {
    ipv6(UDP_NUMBER, &udp(40000, port, &join(message)))
}

/// The message of every kind of tunnel around [`IPV4_UDP`].
fn tunnels() -> [(Tunnel, u16, Vec<u8>); 4] {
    let ethernet = join(&[MACS, TYPE_IPV4, IPV4_UDP]);
    let wifi = join(&[WIFI, LLC_SNAP_IPV4, IPV4_UDP]);
    [
        (Tunnel::Gtp, GTP_PORT, join(&[G_PDU, IPV4_UDP])),
        (Tunnel::Tzsp, TZSP_PORT, join(&[TZSP, &ethernet])),
        (
            Tunnel::Capwap,
            CAPWAP_PORT,
            join(&[CAPWAP_ETHERNET, &ethernet]),
        ),
        (Tunnel::Capwap, CAPWAP_PORT, join(&[CAPWAP_WIFI, &wifi])),
    ]
}

/// Tags, PPPoE, an extension header, IPv4 in IPv6, GTP-U in that, IPv6 in GTP-U, TCP.
fn stacked() -> Vec<u8> {
    let innermost = ipv6(TCP_NUMBER, TCP);
    let carrier = tunnel_v4(GTP_PORT, &[G_PDU, &innermost]);
    let outermost = ipv6(0, &join(&[HOP_BY_HOP_IPV4, &carrier]));
    join(&[MACS, SERVICE_TAG_100, TAG_5, PPPOE_IPV6, &outermost])
}

#[test]
fn a_packet_keeps_the_time_of_its_frame() {
    let frame = Frame {
        timestamp: Timestamp::from_micros(1_700_000_000_123_456),
        link_type: LinkType::RAW,
        wire_len: 32,
        data: IPV4_UDP,
    };
    let packet = Decoder::new().decode(&frame).unwrap();
    assert_eq!(packet.timestamp().as_micros(), 1_700_000_000_123_456);
}

#[test]
fn ip_in_ip_is_followed_with_and_without_tunnels() {
    for outer in [
        ipv4(IPV4_INSIDE, IPV4_UDP),
        ipv4(IPV6_INSIDE, IPV6_UDP),
        ipv6(IPV4_INSIDE, IPV4_UDP),
        ipv6(IPV6_INSIDE, IPV6_UDP),
    ] {
        for decode_tunnels in [false, true] {
            let packet = Decoder::new().decode_tunnels(decode_tunnels).decode(&frame(
                LinkType::RAW,
                &outer,
                outer.len(),
            ));
            let packet = packet.unwrap();
            let (ports, inner) = match packet.ip_version() {
                4 => (IPV4_PORTS, IPV4_UDP),
                _ => (IPV6_PORTS, IPV6_UDP),
            };
            assert_eq!(port_pair(&packet), ports);
            assert_eq!(packet.ip_packet(), inner);
            assert_eq!(packet.ip_size() as usize, inner.len());
            assert_eq!(packet.raw_size() as usize, outer.len());
            assert_eq!(packet.tunnel(), Tunnel::None);
        }
    }
}

#[test]
fn ip_in_ip_may_come_behind_extension_headers() {
    let outer = ipv6(0, &join(&[HOP_BY_HOP_IPV4, IPV4_UDP]));
    assert_eq!(ports(LinkType::RAW, &[&outer]), Ok(IPV4_PORTS));
}

#[test]
fn nesting_has_a_limit() {
    let nested = |headers: usize| {
        let mut packet = IPV4_UDP.to_vec();
        for index in 1..headers {
            let inside = if packet[0] >> 4 == 4 {
                IPV4_INSIDE
            } else {
                IPV6_INSIDE
            };
            packet = match index % 2 {
                0 => ipv4(inside, &packet),
                _ => ipv6(inside, &packet),
            };
        }
        ports(LinkType::RAW, &[&packet])
    };
    assert_eq!(MAX_IP_HEADERS, 16);
    assert_eq!(nested(1), Ok(IPV4_PORTS));
    assert_eq!(nested(16), Ok(IPV4_PORTS));
    assert_eq!(nested(17), ignored(Layer::Network, Reason::NestedTooDeep));
    assert_eq!(nested(500), ignored(Layer::Network, Reason::NestedTooDeep));
}

#[test]
fn tunnels_count_for_the_limit() {
    let nested = |tunnels: usize| {
        let mut packet = IPV4_UDP.to_vec();
        for _ in 0..tunnels {
            packet = tunnel_v4(GTP_PORT, &[G_PDU, &packet]);
        }
        ports(LinkType::RAW, &[&packet])
    };
    assert_eq!(nested(15), Ok(IPV4_PORTS));
    assert_eq!(nested(16), ignored(Layer::Network, Reason::NestedTooDeep));
}

#[test]
fn every_tunnel_goes_over_both_versions() {
    for (tunnel, port, message) in tunnels() {
        for outer in [tunnel_v4(port, &[&message]), tunnel_v6(port, &[&message])] {
            let packet = decode(LinkType::RAW, &[&outer]).unwrap();
            assert_eq!(packet.tunnel(), tunnel);
            assert_eq!(port_pair(&packet), IPV4_PORTS);
            assert_eq!(packet.src_ip(), IpAddr::from([192, 0, 2, 1]));
            assert_eq!(packet.ip_packet(), IPV4_UDP);
            assert_eq!(packet.ip_size(), 32);
            assert_eq!(packet.raw_size() as usize, outer.len());
        }
    }
}

#[test]
fn tunnels_off_meters_the_outer_packet() {
    let decoder = Decoder::new().decode_tunnels(false);
    for (_, port, message) in tunnels() {
        for outer in [tunnel_v4(port, &[&message]), tunnel_v6(port, &[&message])] {
            let packet = decoder
                .decode(&frame(LinkType::RAW, &outer, outer.len()))
                .unwrap();
            assert_eq!(packet.tunnel(), Tunnel::None);
            assert_eq!(port_pair(&packet), (40000, port));
            assert_eq!(packet.payload(), message);
            assert_eq!(packet.ip_size() as usize, outer.len());
        }
    }
}

#[test]
fn the_default_looks_into_tunnels() {
    let outer = tunnel_v4(GTP_PORT, &[G_PDU, IPV4_UDP]);
    let packet = Decoder::default().decode(&frame(LinkType::RAW, &outer, outer.len()));
    assert_eq!(packet.unwrap().tunnel(), Tunnel::Gtp);
}

#[test]
fn the_innermost_of_nested_tunnels_counts() {
    let gtp = tunnel_v6(GTP_PORT, &[G_PDU, IPV4_UDP]);
    let capwap = tunnel_v4(CAPWAP_PORT, &[CAPWAP_ETHERNET, MACS, TYPE_IPV6, &gtp]);
    let packet = decode(LinkType::RAW, &[&capwap]).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::Gtp);
    assert_eq!(port_pair(&packet), IPV4_PORTS);
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 0x51]));
}

#[test]
fn a_tunnel_without_its_own_link_keeps_the_outer_one() {
    let outer = tunnel_v4(GTP_PORT, &[G_PDU, IPV4_UDP]);
    let packet = decode(LinkType::ETHERNET, &[MACS, TAG_5, TYPE_IPV4, &outer]).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::Gtp);
    assert_eq!(packet.vlan_id(), 5);
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 0x51]));
}

#[test]
fn addresses_and_tags_are_the_innermost() {
    let inner_macs = [0x02, 0, 0, 0, 1, 0xd2, 0x02, 0, 0, 0, 1, 0x52];
    let carrier = [(TZSP_PORT, TZSP), (CAPWAP_PORT, CAPWAP_ETHERNET)];
    for (port, header) in carrier {
        let plain = tunnel_v4(port, &[header, &inner_macs, TYPE_IPV4, IPV4_UDP]);
        let packet = decode(LinkType::ETHERNET, &[MACS, TAG_5, TYPE_IPV4, &plain]).unwrap();
        assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 1, 0x52]));
        assert_eq!(packet.dst_mac(), MacAddress([0x02, 0, 0, 0, 1, 0xd2]));
        assert_eq!(packet.vlan_id(), 5, "the only one");

        let message: &[&[u8]] = &[header, &inner_macs, SERVICE_TAG_100, TYPE_IPV4, IPV4_UDP];
        let tagged = tunnel_v4(port, message);
        let packet = decode(LinkType::ETHERNET, &[MACS, TAG_5, TYPE_IPV4, &tagged]).unwrap();
        assert_eq!(packet.vlan_id(), 100);
    }
}

#[test]
fn errors_inside_a_tunnel_are_errors() {
    let mut later_fragment = IPV4_UDP.to_vec();
    later_fragment[7] = 1;
    let outer = tunnel_v4(GTP_PORT, &[G_PDU, &later_fragment]);
    let expected = ignored(Layer::Ipv4, Reason::Fragment);
    assert_eq!(ports(LinkType::RAW, &[&outer]), expected);

    let mut protected = WIFI.to_vec();
    protected[1] |= 0x40;
    let outer = tunnel_v4(CAPWAP_PORT, &[CAPWAP_WIFI, &protected, &[0x5a; 40]]);
    let expected = ignored(Layer::Wifi, Reason::Encrypted);
    assert_eq!(ports(LinkType::RAW, &[&outer]), expected);

    let outer = tunnel_v4(TZSP_PORT, &[TZSP, &MACS[..7]]);
    let expected = ignored(Layer::Ethernet, Reason::Truncated);
    assert_eq!(ports(LinkType::RAW, &[&outer]), expected);
}

#[test]
fn a_later_fragment_of_a_tunnel_is_not_looked_into() {
    let mut outer = tunnel_v4(GTP_PORT, &[G_PDU, IPV4_UDP]);
    outer[7] = 1;
    let expected = ignored(Layer::Ipv4, Reason::Fragment);
    assert_eq!(ports(LinkType::RAW, &[&outer]), expected);
    outer[6..8].copy_from_slice(&[0x20, 0]);
    assert_eq!(ports(LinkType::RAW, &[&outer]), Ok(IPV4_PORTS), "the first");
}

#[test]
fn everything_stacked() {
    let bytes = stacked();
    let packet = decode(LinkType::ETHERNET, &[&bytes]).unwrap();
    assert_eq!(packet.raw_size() as usize, bytes.len());
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 0x51]));
    assert_eq!(packet.vlan_id(), 5);
    assert_eq!(packet.tunnel(), Tunnel::Gtp);
    assert_eq!(packet.ip_version(), 6);
    assert_eq!(packet.ip_size(), 40 + 20 + 3);
    assert_eq!(packet.protocol(), TCP_NUMBER);
    assert_eq!(port_pair(&packet), TCP_PORTS);
    assert_eq!(packet.tcp_flags(), TcpFlags::ACK);
    assert_eq!(packet.transport_size(), 23);
    assert_eq!(packet.payload_size(), 3);
    assert_eq!(packet.payload(), [7, 8, 9]);
    assert_eq!(packet.ip_packet(), ipv6(TCP_NUMBER, TCP));
}

#[test]
fn a_cut_frame_is_metered_once_its_ports_are_there() {
    let bytes = stacked();
    let ports_end = bytes.len() - TCP.len() + 4;
    for len in 0..ports_end {
        let result = decode_cut(LinkType::ETHERNET, &bytes[..len], bytes.len());
        let reason = result.map_err(|error| error.reason);
        assert_eq!(reason, Err(Reason::Truncated), "{len} bytes");
    }
    for len in ports_end..bytes.len() {
        let packet = decode_cut(LinkType::ETHERNET, &bytes[..len], bytes.len()).unwrap();
        assert_eq!(port_pair(&packet), TCP_PORTS);
        assert_eq!(packet.raw_size() as usize, bytes.len());
        assert_eq!((packet.ip_size(), packet.payload_size()), (63, 3));
        assert_eq!(
            packet.payload(),
            &[7, 8, 9][..len.saturating_sub(bytes.len() - 3)]
        );
    }
}

fn frame(link_type: LinkType, data: &[u8], wire_len: usize) -> Frame<'_> {
    Frame {
        timestamp: Timestamp::EPOCH,
        link_type,
        wire_len: u32::try_from(wire_len).unwrap(),
        data,
    }
}

/// Every link type that is read, and one that is not.
const LINK_TYPES: [LinkType; 14] = [
    LinkType::NULL,
    LinkType::ETHERNET,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::RAW,
    LinkType::C_HDLC,
    LinkType::IEEE802_11,
    LinkType::LOOP,
    LinkType::LINUX_SLL,
    LinkType::IEEE802_11_RADIOTAP,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType::LINUX_SLL2,
    LinkType(147),
];

/// Valid frames that go through every header.
fn valid_frames() -> Vec<(LinkType, Vec<u8>)> {
    /// Radiotap with two present words, TSFT and flags: padding behind the 802.11 header.
    static RADIOTAP: &[u8] = &[
        0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20,
    ];
    let cooked = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    let cooked_2 = [0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    let tcp = ipv4(TCP_NUMBER, TCP);
    let mut offloaded = tcp.clone();
    offloaded[2..4].copy_from_slice(&[0, 0]);
    let mut frames = std::vec![
        (LinkType::NULL, join(&[&[2, 0, 0, 0], &tcp])),
        (LinkType::LOOP, join(&[&[0, 0, 0, 24], IPV6_UDP])),
        (LinkType::ETHERNET, stacked()),
        (LinkType::ETHERNET, join(&[MACS, TYPE_IPV4, &offloaded])),
        (LinkType::ETHERNET, join(&[MACS, TAG_5, MPLS, &tcp])),
        (
            LinkType::ETHERNET,
            join(&[MACS, &[0, 40], LLC_SNAP_IPV4, IPV4_UDP])
        ),
        (LinkType::PPP, join(&[&[0x21], &tcp])),
        (
            LinkType::PPP_HDLC,
            join(&[&[0xff, 0x03, 0x00, 0x57], IPV6_UDP])
        ),
        (LinkType::C_HDLC, join(&[&[0x0f, 0], TYPE_IPV4, &tcp])),
        (LinkType::IEEE802_11, join(&[WIFI, LLC_SNAP_IPV4, &tcp])),
        (
            LinkType::IEEE802_11_RADIOTAP,
            join(&[RADIOTAP, WIFI, &[0, 0], LLC_SNAP_IPV4, &tcp]),
        ),
        (LinkType::LINUX_SLL, join(&[&cooked, TYPE_IPV4, &tcp])),
        (
            LinkType::LINUX_SLL2,
            join(&[TYPE_IPV6, &cooked_2, IPV6_UDP])
        ),
        (LinkType::IPV4, ipv4(1, &[8, 0, 0, 0, 0, 1, 0, 1, 9])),
        (LinkType::IPV6, ipv6(IPV4_INSIDE, &tcp)),
    ];
    for (_, port, message) in tunnels() {
        frames.push((LinkType::RAW, tunnel_v4(port, &[&message])));
        let padded = join(&[MACS, TYPE_IPV6, &tunnel_v6(port, &[&message]), &[0; 6]]);
        frames.push((LinkType::ETHERNET, padded));
    }
    frames
}

/// A change to a frame.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Truncate(Index),
}

impl Mutation {
    fn apply(&self, data: &mut Vec<u8>) {
        if data.is_empty() {
            return;
        }
        let len = data.len();
        match self {
            Self::Flip(at, bits) => data[at.index(len)] ^= bits,
            Self::Insert(at, byte) => data.insert(at.index(len), *byte),
            Self::Remove(at) => drop(data.remove(at.index(len))),
            Self::Truncate(at) => data.truncate(at.index(len)),
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        8 => (any::<Index>(), any::<u8>()).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        2 => any::<Index>().prop_map(Mutation::Remove),
        1 => any::<Index>().prop_map(Mutation::Truncate),
    ]
}

/// Whether `part` lies in `whole`; an empty part lies anywhere.
fn lies_in(part: &[u8], whole: &[u8]) -> bool {
    let (part_range, range) = (part.as_ptr_range(), whole.as_ptr_range());
    part.is_empty() || (range.start <= part_range.start && part_range.end <= range.end)
}

/// What a cut must not change.
fn identity(packet: &Packet<'_>) -> impl PartialEq + core::fmt::Debug + use<> {
    (
        (packet.src_ip(), packet.dst_ip(), port_pair(packet)),
        (packet.protocol(), packet.vlan_id(), packet.tunnel()),
        (packet.src_mac(), packet.dst_mac()),
        (packet.raw_size(), packet.ip_size(), packet.transport_size()),
    )
}

/// What holds of every frame, whole and cut to any length.
fn check(frame: &Frame<'_>, decode_tunnels: bool) -> Result<(), TestCaseError> {
    let decoder = Decoder::new().decode_tunnels(decode_tunnels);
    let whole: Result<Packet<'_>, DecodeError> = decoder.decode(frame);
    let before = Packet::from(PacketFields {
        src_port: 1,
        ..PacketFields::default()
    });
    let mut place = before;
    let in_place = decoder.decode_into(frame, &mut place);
    prop_assert_eq!(in_place, whole.map(|_| ()));
    prop_assert_eq!(place, whole.unwrap_or(before));
    if let Ok(packet) = &whole {
        prop_assert!(lies_in(packet.ip_packet(), frame.data));
        prop_assert!(lies_in(packet.payload(), frame.data));
        prop_assert!(!packet.ip_packet().is_empty());
        prop_assert!(packet.payload().len() <= packet.payload_size() as usize);
        prop_assert!(packet.payload_size() <= packet.transport_size());
        prop_assert!(packet.transport_size() <= packet.ip_size());
        prop_assert_eq!(packet.raw_size(), frame.wire_len);
        prop_assert!(decode_tunnels || packet.tunnel() == Tunnel::None);
    }
    for len in 0..frame.data.len() {
        let cut = Frame {
            data: &frame.data[..len],
            ..*frame
        };
        // An error may stay one or become another; a packet is the same one or an error.
        if let Ok(packet) = decoder.decode(&cut) {
            let whole = whole.as_ref().map(identity);
            prop_assert_eq!(Ok(identity(&packet)), whole, "cut to {}", len);
            prop_assert!(lies_in(packet.payload(), cut.data));
            prop_assert!(packet.payload().len() <= packet.payload_size() as usize);
        }
    }
    Ok(())
}

#[test]
fn the_valid_frames_are_valid() {
    for (link_type, data) in valid_frames() {
        let packet = decode(link_type, &[&data]).unwrap();
        assert!(packet.protocol() == 1 || packet.dst_port() == 53 || packet.dst_port() == 443);
        check(&frame(link_type, &data, data.len()), true).unwrap();
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_keep_the_invariants(
        data in prop::collection::vec(any::<u8>(), 0..200),
        not_captured in 0usize..4,
    ) {
        for link_type in LINK_TYPES {
            let frame = frame(link_type, &data, data.len() + not_captured);
            check(&frame, true)?;
            check(&frame, false)?;
        }
    }

    #[test]
    fn mutated_frames_keep_the_invariants(
        mutations in prop::collection::vec(mutation(), 1..6),
        not_captured in 0usize..4,
    ) {
        for (link_type, mut data) in valid_frames() {
            for mutation in &mutations {
                mutation.apply(&mut data);
            }
            let frame = frame(link_type, &data, data.len() + not_captured);
            check(&frame, true)?;
            check(&frame, false)?;
        }
    }
}

#[test]
fn what_lies_behind_a_packet_is_not_inside_it() {
    // A UDP datagram of 8 bytes to port 2152, with a GTP-U header and an IPv4 packet in the trailer of the frame.
    let trailer = &[
        0x30, 0xff, 0, 20, 0, 0, 0, 1, // GTP-U
        0x45, 0, 0, 20, 0, 0, 0, 0, 64, 253, 0, 0, 9, 9, 9, 9, 8, 8, 8, 8, // IPv4
    ];
    let gtp = [
        &ipv4_header(17, 8)[..],
        &[0x08, 0x68, 0x08, 0x68, 0, 8, 0, 0],
        trailer,
    ]
    .concat();
    let packet = decode_raw(&gtp).unwrap();
    assert_eq!(
        (packet.tunnel(), packet.dst_port(), packet.payload_size()),
        (Tunnel::None, 2152, 0)
    );

    // An IPv4 packet that says that it carries IPv4, and ends.
    let empty = [&ipv4_header(4, 0)[..], &trailer[8..]].concat();
    let error = decode_raw(&empty).unwrap_err();
    assert_eq!(
        (error.layer, error.reason),
        (Layer::Network, Reason::Truncated)
    );
}

#[test]
fn headers_that_follow_each_other_for_ever_are_walked_in_a_loop() {
    // LLC and SNAP announce a tag, the tag announces LLC, and so on for a megabyte, on a small stack.
    let mut frame = std::vec![0; 12];
    frame.extend([0x00, 0x64]);
    for _ in 0..90_000 {
        frame.extend([0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0x00, 0, 1, 0x00, 0x64]);
    }
    let walk = move || {
        let frame = Frame {
            timestamp: Timestamp::EPOCH,
            link_type: LinkType::ETHERNET,
            wire_len: u32::try_from(frame.len()).unwrap(),
            data: &frame,
        };
        Decoder::new().decode(&frame).unwrap_err()
    };
    let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(walk);
    assert_eq!(thread.unwrap().join().unwrap().layer, Layer::Llc);
}

/// An IPv4 header with this protocol and length of what is carried.
fn ipv4_header(protocol: u8, carried: u8) -> [u8; 20] {
    [
        0x45,
        0,
        0,
        20 + carried,
        0,
        0,
        0,
        0,
        64,
        protocol,
        0,
        0,
        192,
        0,
        2,
        1,
        192,
        0,
        2,
        2,
    ]
}

fn decode_raw(data: &[u8]) -> Result<Packet<'_>, DecodeError> {
    Decoder::new().decode(&Frame {
        timestamp: Timestamp::EPOCH,
        link_type: LinkType::RAW,
        wire_len: u32::try_from(data.len()).unwrap(),
        data,
    })
}
