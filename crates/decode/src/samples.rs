//! Packets and small builders that the tests share.

use std::vec::Vec;

use crate::{DecodeError, Decoder, Frame, Layer, LinkType, Packet, Reason, Timestamp};

/// IPv4 (RFC 791 §3.1) with UDP (RFC 768) and four bytes of payload.
pub(crate) static IPV4_UDP: &[u8] = &[
    0x45, 0x00, // version 4, header length 5 words; DSCP and ECN
    0, 32, // total length
    0x12, 0x34, 0x40, 0x00, // identification; don't fragment, offset 0
    64, 17, 0, 0, // time to live, UDP, checksum
    192, 0, 2, 1, // source
    192, 0, 2, 2, // destination
    0xc0, 0x00, 0, 53, // ports
    0, 12, 0, 0, // length, checksum
    1, 2, 3, 4, // payload
];

/// The ports of [`IPV4_UDP`].
pub(crate) const IPV4_PORTS: (u16, u16) = (49152, 53);

/// IPv6 (RFC 8200 §3) with UDP (RFC 768) and two bytes of payload.
pub(crate) static IPV6_UDP: &[u8] = &[
    0x60, 0x00, 0x00, 0x00, // version 6, traffic class, flow label
    0, 10, // payload length
    17, 64, // next header UDP, hop limit
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, // source
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, // destination
    0xc0, 0x01, 0x01, 0xbb, // ports
    0, 10, 0, 0, // length, checksum
    5, 6, // payload
];

/// The ports of [`IPV6_UDP`].
pub(crate) const IPV6_PORTS: (u16, u16) = (49153, 443);

/// The two addresses of an Ethernet header (IEEE 802.3 §3.2), without the type or length behind them.
pub(crate) static MACS: &[u8] = &[
    0x02, 0, 0, 0, 0, 0xd1, // destination
    0x02, 0, 0, 0, 0, 0x51, // source
];

/// An Ethernet type (IANA, IEEE 802 Numbers).
pub(crate) static TYPE_IPV4: &[u8] = &[0x08, 0x00];
/// See [`TYPE_IPV4`].
pub(crate) static TYPE_IPV6: &[u8] = &[0x86, 0xdd];

/// LLC and SNAP (IEEE 802.2, RFC 1042) before IPv4.
pub(crate) static LLC_SNAP_IPV4: &[u8] = &[
    0xaa, 0xaa, 0x03, // DSAP and SSAP of SNAP, unnumbered information
    0x00, 0x00, 0x00, // OUI: an Ethernet type follows
    0x08, 0x00, // IPv4
];

/// The parts one behind another.
pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// An IPv4 header without options before `payload`, from 198.51.100.1 to 198.51.100.2.
pub(crate) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let fixed = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0];
    join(&[&fixed, &[198, 51, 100, 1], &[198, 51, 100, 2], payload])
}

/// An IPv6 header before `payload`, from `2001:db8::a` to `2001:db8::b`.
pub(crate) fn ipv6(next_header: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let fixed = [0x60, 0, 0, 0, high, low, next_header, 64];
    let mut address = [
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a,
    ];
    let src = address;
    address[15] = 0x0b;
    join(&[&fixed, &src, &address, payload])
}

/// A UDP header before `payload`.
pub(crate) fn udp(src_port: u16, dst_port: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(8 + payload.len()).unwrap();
    let (src, dst) = (src_port.to_be_bytes(), dst_port.to_be_bytes());
    join(&[&src, &dst, &len.to_be_bytes(), &[0, 0], payload])
}

/// Decodes the parts one behind another, captured whole. The bytes are leaked, so that the packet can be returned.
pub(crate) fn decode(link_type: LinkType, parts: &[&[u8]]) -> Result<Packet<'static>, DecodeError> {
    let data = join(parts).leak();
    decode_cut(link_type, data, data.len())
}

/// Decodes `data` as what the snaplen left of `wire_len` bytes.
pub(crate) fn decode_cut(
    link_type: LinkType,
    data: &[u8],
    wire_len: usize,
) -> Result<Packet<'_>, DecodeError> {
    Decoder::new().decode(&Frame {
        timestamp: Timestamp::EPOCH,
        link_type,
        wire_len: u32::try_from(wire_len).unwrap(),
        data,
    })
}

/// The ports of [`decode`]'s packet.
pub(crate) fn ports(link_type: LinkType, parts: &[&[u8]]) -> Result<(u16, u16), DecodeError> {
    decode(link_type, parts).map(|packet| (packet.src_port(), packet.dst_port()))
}

/// The result that says why a frame is not metered.
pub(crate) fn ignored<T>(layer: Layer, reason: Reason) -> Result<T, DecodeError> {
    Err(DecodeError::new(layer, reason))
}
