//! Frames and captures, byte by byte.

use std::net::IpAddr;

/// Joins headers and payload.
pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn len16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_be_bytes()
}

/// An Ethernet II frame (IEEE 802.3 §3.2.6) with stacked 802.1Q tags; its addresses end in the given bytes.
pub(crate) fn ethernet(
    hosts: [u8; 2],
    vlan_ids: &[u16],
    ethertype: u16,
    payload: &[u8],
) -> Vec<u8> {
    let [src, dst] = hosts;
    let mut frame = vec![2, 0, 0, 0, 0, dst, 2, 0, 0, 0, 0, src];
    for vlan_id in vlan_ids {
        frame.extend(0x8100_u16.to_be_bytes());
        frame.extend(vlan_id.to_be_bytes());
    }
    frame.extend(ethertype.to_be_bytes());
    frame.extend(payload);
    frame
}

/// An IP packet of the version of its addresses (RFC 791 §3.1, RFC 8200 §3), with its EtherType.
pub(crate) fn ip(src: IpAddr, dst: IpAddr, protocol: u8, payload: &[u8]) -> (u16, Vec<u8>) {
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let mut packet = vec![0x45, 0];
            packet.extend(len16(20 + payload.len()));
            packet.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
            packet.extend(src.octets());
            packet.extend(dst.octets());
            packet.extend(payload);
            (0x0800, packet)
        }
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            let mut packet = vec![0x60, 0, 0, 0];
            packet.extend(len16(payload.len()));
            packet.extend([protocol, 64]);
            packet.extend(src.octets());
            packet.extend(dst.octets());
            packet.extend(payload);
            (0x86dd, packet)
        }
        _ => panic!("both addresses are of one version"),
    }
}

/// A TCP segment without options (RFC 9293 §3.1).
pub(crate) fn tcp(src_port: u16, dst_port: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend(src_port.to_be_bytes());
    segment.extend(dst_port.to_be_bytes());
    segment.extend([0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0x20, 0, 0, 0, 0, 0]);
    segment.extend(payload);
    segment
}

/// A UDP datagram (RFC 768).
pub(crate) fn udp(src_port: u16, dst_port: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    datagram.extend(src_port.to_be_bytes());
    datagram.extend(dst_port.to_be_bytes());
    datagram.extend(len16(8 + payload.len()));
    datagram.extend([0, 0]);
    datagram.extend(payload);
    datagram
}

/// A classic pcap: little endian, nanoseconds; times, and captured bytes with the length on the wire.
pub(crate) fn pcap(link_type: u32, records: &[(u64, u32, &[u8])]) -> Vec<u8> {
    let mut capture = Vec::new();
    capture.extend(0xa1b2_3c4d_u32.to_le_bytes());
    capture.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    capture.extend(65_535_u32.to_le_bytes());
    capture.extend(link_type.to_le_bytes());
    for (nanos, wire_len, data) in records {
        let captured = u32::try_from(data.len()).unwrap();
        let seconds = u32::try_from(nanos / 1_000_000_000).unwrap();
        let fraction = u32::try_from(nanos % 1_000_000_000).unwrap();
        for field in [seconds, fraction, captured, *wire_len] {
            capture.extend(field.to_le_bytes());
        }
        capture.extend(*data);
    }
    capture
}

/// A pcapng block, little endian and padded (draft-ietf-opsawg-pcapng §3.1).
pub(crate) fn block(block_type: u32, body: &[&[u8]]) -> Vec<u8> {
    let mut body = join(body);
    body.resize(body.len().next_multiple_of(4), 0);
    let length = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
    join(&[&block_type.to_le_bytes(), &length, &body, &length])
}
