use core::net::IpAddr;

use crate::samples::*;
use crate::{DecodeError, Layer, LinkType, Packet, Reason, TcpFlags};

/// TCP (RFC 9293 §3.1).
static TCP: &[u8] = &[
    0x30, 0x39, 0x01, 0xbb, // ports
    0, 0, 0, 1, // sequence number
    0, 0, 0, 2, // acknowledgment number
    0x50, 0x18, // data offset 5 words, reserved; ACK, PSH
    0x10, 0x00, // window
    0, 0, 0, 0, // checksum, urgent pointer
];
const TCP_PORTS: (u16, u16) = (12345, 443);

/// The same with options: data offset 8 words, SYN, ECE, CWR; no operation twice, timestamps (RFC 7323 §3.2).
static TCP_OPTIONS: &[u8] = &[
    0x30, 0x39, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0xc2, 0x10, 0x00, 0, 0, 0, 0, //
    1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0,
];

/// Echo request of ICMP (RFC 792) and ICMPv6 (RFC 4443 §4.1): type, code, checksum, identifier, sequence, data.
static ECHO: &[u8] = &[8, 0, 0, 0, 0, 1, 0, 1, 0xda, 0xda, 0xda];
static ECHO_V6: &[u8] = &[128, 0, 0, 0, 0, 1, 0, 1, 0xda, 0xda, 0xda];

/// SCTP (RFC 9260 §3.1): ports, verification tag, checksum.
static SCTP: &[u8] = &[0x0b, 0x59, 0x0b, 0x59, 0, 0, 0, 1, 0, 0, 0, 0];

const ICMP_NUMBER: u8 = 1;
const TCP_NUMBER: u8 = 6;
const UDP_NUMBER: u8 = 17;
const ICMPV6_NUMBER: u8 = 58;
const SCTP_NUMBER: u8 = 132;

fn raw(packet: &[u8]) -> Result<Packet<'static>, DecodeError> {
    decode(LinkType::RAW, &[packet])
}

fn sizes(packet: &Packet<'_>) -> (u32, u32, u32) {
    let (ip, transport) = (packet.ip_size(), packet.transport_size());
    (ip, transport, packet.payload_size())
}

fn port_pair(packet: &Packet<'_>) -> (u16, u16) {
    (packet.src_port(), packet.dst_port())
}

#[test]
fn tcp_over_both_versions() {
    let segment = join(&[TCP, b"hello"]);
    let v4 = raw(&ipv4(TCP_NUMBER, &segment)).unwrap();
    assert_eq!(sizes(&v4), (45, 25, 5));
    let v6 = raw(&ipv6(TCP_NUMBER, &segment)).unwrap();
    assert_eq!(sizes(&v6), (65, 25, 5));
    for packet in [v4, v6] {
        assert_eq!(packet.protocol(), TCP_NUMBER);
        assert_eq!(port_pair(&packet), TCP_PORTS);
        assert_eq!(packet.payload(), b"hello");
        assert_eq!(packet.tcp_flags(), TcpFlags::from_bits(0x18));
        assert!(packet.tcp_flags().contains(TcpFlags::ACK));
        assert!(packet.tcp_flags().contains(TcpFlags::PSH));
        assert!(!packet.tcp_flags().contains(TcpFlags::SYN));
    }
}

#[test]
fn tcp_options_are_header() {
    let packet = raw(&ipv4(TCP_NUMBER, &join(&[TCP_OPTIONS, b"data"]))).unwrap();
    assert_eq!(sizes(&packet), (56, 36, 4));
    assert_eq!(packet.payload(), b"data");
}

#[test]
fn every_tcp_flag_is_one_bit() {
    for (bit, flag) in [
        (0, TcpFlags::FIN),
        (1, TcpFlags::SYN),
        (2, TcpFlags::RST),
        (3, TcpFlags::PSH),
        (4, TcpFlags::ACK),
        (5, TcpFlags::URG),
        (6, TcpFlags::ECE),
        (7, TcpFlags::CWR),
    ] {
        let mut segment = TCP.to_vec();
        segment[13] = 1 << bit;
        let packet = raw(&ipv4(TCP_NUMBER, &segment)).unwrap();
        assert_eq!(packet.tcp_flags(), flag);
    }
}

#[test]
fn a_data_offset_beyond_the_segment_leaves_no_payload() {
    let packet = raw(&ipv4(TCP_NUMBER, &TCP_OPTIONS[..28])).unwrap();
    assert_eq!(port_pair(&packet), TCP_PORTS);
    assert_eq!(sizes(&packet), (48, 28, 0));
    assert_eq!(packet.payload(), []);
}

#[test]
fn a_data_offset_is_believed_even_below_five_words() {
    let mut segment = join(&[TCP, b"hello"]);
    for (words, payload_size) in [(4, 9), (0, 25)] {
        segment[12] = words << 4;
        let packet = raw(&ipv4(TCP_NUMBER, &segment)).unwrap();
        assert_eq!(sizes(&packet), (45, 25, payload_size));
        assert_eq!(packet.payload().len(), payload_size as usize);
    }
}

#[test]
fn a_header_that_does_not_fit_the_packet_is_not_read() {
    // Not from 0: an IPv6 payload length of 0 takes the length of the frame.
    for len in 1..20 {
        for bytes in [ipv4(TCP_NUMBER, &TCP[..len]), ipv6(TCP_NUMBER, &TCP[..len])] {
            // Padding of the link is not to be read either.
            let packet = decode(LinkType::RAW, &[&bytes, &[0x77; 40]]).unwrap();
            assert_eq!(packet.protocol(), TCP_NUMBER);
            assert_eq!(port_pair(&packet), (0, 0), "{len} bytes");
            assert_eq!((packet.transport_size(), packet.payload_size()), (0, 0));
            assert_eq!(packet.tcp_flags(), TcpFlags::default());
            assert_eq!(packet.payload(), []);
        }
    }
    let datagram = udp(5000, 53, &[]);
    for len in 0..8 {
        let bytes = ipv4(UDP_NUMBER, &datagram[..len]);
        let packet = decode(LinkType::RAW, &[&bytes, &[0x77; 40]]).unwrap();
        assert_eq!(packet.protocol(), UDP_NUMBER);
        assert_eq!(port_pair(&packet), (0, 0), "{len} bytes");
        assert_eq!((packet.transport_size(), packet.payload_size()), (0, 0));
    }
}

#[test]
fn udp_over_both_versions() {
    let datagram = udp(5000, 53, b"query");
    let v4 = raw(&ipv4(UDP_NUMBER, &datagram)).unwrap();
    assert_eq!(sizes(&v4), (33, 13, 5));
    let v6 = raw(&ipv6(UDP_NUMBER, &datagram)).unwrap();
    assert_eq!(sizes(&v6), (53, 13, 5));
    for packet in [v4, v6] {
        assert_eq!(port_pair(&packet), (5000, 53));
        assert_eq!(packet.payload(), b"query");
        assert_eq!(packet.tcp_flags(), TcpFlags::default());
    }
    let empty = raw(&ipv4(UDP_NUMBER, &udp(5000, 53, &[]))).unwrap();
    assert_eq!(sizes(&empty), (28, 8, 0));
    assert_eq!(port_pair(&empty), (5000, 53));
}

#[test]
fn the_length_of_udp_is_that_of_ip() {
    let mut datagram = udp(5000, 53, b"query");
    datagram[5] = 9;
    let packet = raw(&ipv4(UDP_NUMBER, &datagram)).unwrap();
    assert_eq!(sizes(&packet), (33, 13, 5));
    assert_eq!(packet.payload(), b"query");
}

#[test]
fn icmp_has_a_header_of_eight_bytes_and_no_ports() {
    for (bytes, protocol, expected) in [
        (ipv4(ICMP_NUMBER, ECHO), ICMP_NUMBER, (31, 11, 3)),
        (ipv6(ICMPV6_NUMBER, ECHO_V6), ICMPV6_NUMBER, (51, 11, 3)),
        (ipv4(ICMP_NUMBER, &ECHO[..8]), ICMP_NUMBER, (28, 8, 0)),
        (ipv4(ICMP_NUMBER, &ECHO[..4]), ICMP_NUMBER, (24, 4, 0)),
    ] {
        let packet = raw(&bytes).unwrap();
        assert_eq!(packet.protocol(), protocol);
        assert_eq!(port_pair(&packet), (0, 0));
        assert_eq!(sizes(&packet), expected);
        assert_eq!(packet.payload().len(), expected.2 as usize);
    }
}

#[test]
fn the_original_datagram_of_an_icmp_error_is_payload() {
    // Destination unreachable (RFC 792): type 3, code 3, checksum, unused.
    let error = join(&[&[3, 3, 0, 0, 0, 0, 0, 0], IPV4_UDP]);
    let packet = raw(&ipv4(ICMP_NUMBER, &error)).unwrap();
    assert_eq!(packet.src_ip(), IpAddr::from([198, 51, 100, 1]));
    assert_eq!(sizes(&packet), (60, 40, 32));
    assert_eq!(packet.payload(), IPV4_UDP);
}

#[test]
fn other_protocols_have_neither_ports_nor_transport_size() {
    // IGMP, GRE, OSPF, SCTP, UDP-Lite and one for experiments.
    for protocol in [2, 47, 89, SCTP_NUMBER, 136, 253] {
        for bytes in [ipv4(protocol, SCTP), ipv6(protocol, SCTP)] {
            let packet = raw(&bytes).unwrap();
            assert_eq!(packet.protocol(), protocol);
            assert_eq!(port_pair(&packet), (0, 0));
            assert_eq!((packet.transport_size(), packet.payload_size()), (0, 0));
            assert_eq!(packet.payload(), []);
            assert_eq!(packet.ip_size() as usize, bytes.len());
        }
    }
}

#[test]
fn a_cut_segment_needs_its_ports() {
    let segment = join(&[TCP_OPTIONS, b"data"]);
    let whole = ipv4(TCP_NUMBER, &segment);
    for len in 20..whole.len() {
        let result = decode_cut(LinkType::RAW, &whole[..len], whole.len());
        if len < 24 {
            assert_eq!(result, ignored(Layer::Tcp, Reason::Truncated), "{len}");
            continue;
        }
        let packet = result.unwrap();
        assert_eq!(port_pair(&packet), TCP_PORTS);
        let flags = if len < 34 { 0 } else { 0xc2 };
        assert_eq!(packet.tcp_flags(), TcpFlags::from_bits(flags), "{len}");
        assert_eq!(packet.transport_size(), 36);
        if len >= 34 {
            assert_eq!(packet.payload_size(), 4, "{len}");
        }
        assert_eq!(packet.payload(), &b"data"[..len.saturating_sub(52)]);
    }
}

#[test]
fn a_cut_datagram_needs_its_ports() {
    for len in 20..IPV4_UDP.len() {
        let result = decode_cut(LinkType::RAW, &IPV4_UDP[..len], IPV4_UDP.len());
        if len < 24 {
            assert_eq!(result, ignored(Layer::Udp, Reason::Truncated), "{len}");
            continue;
        }
        let packet = result.unwrap();
        assert_eq!(port_pair(&packet), IPV4_PORTS);
        assert_eq!(sizes(&packet), (32, 12, 4));
        assert_eq!(packet.payload(), &[1, 2, 3, 4][..len.saturating_sub(28)]);
    }
}

#[test]
fn a_cut_message_without_ports_is_metered() {
    let echo = ipv4(ICMP_NUMBER, ECHO);
    let packet = decode_cut(LinkType::RAW, &echo[..20], echo.len()).unwrap();
    assert_eq!(sizes(&packet), (31, 11, 3));
    assert_eq!(packet.payload(), []);
}
