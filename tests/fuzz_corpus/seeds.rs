//! The inputs that fuzzing starts from: one for each way through the code, named by it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::frames::{block, ethernet, ip, join, pcap, tcp, udp};

/// The seeds of a target, by name.
pub(crate) fn of(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    match target {
        "decode" => decode(),
        "tunnel" => tunnel(),
        "file" => file(),
        "table" => table(),
        "ja4" => ja4(),
        "onnx" => onnx(),
        "plugins" => plugins(),
        "dissect" => dissect(),
        _ => panic!("no target is called {target}"),
    }
}

const V4: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)),
];
const V6: [IpAddr; 2] = [
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2)),
];

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ip(V4[0], V4[1], protocol, payload).1
}

fn ipv6(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ip(V6[0], V6[1], protocol, payload).1
}

fn tcp_syn() -> Vec<u8> {
    ipv4(6, &tcp(40_000, 443, 0x02, &[]))
}

fn dns() -> Vec<u8> {
    ipv4(17, &udp(50_000, 53, b"query"))
}

/// Link type by its place in the target's list, nothing cut off, frame.
fn as_link(link_type: u8, parts: &[&[u8]]) -> Vec<u8> {
    join(&[&[link_type, 0], &join(parts)])
}

fn decode() -> Vec<(&'static str, Vec<u8>)> {
    let ether = |vlans: &[u16], ethertype, payload: &[u8]| {
        as_link(0, &[&ethernet([1, 2], vlans, ethertype, payload)])
    };
    let raw = |packet: Vec<u8>| as_link(1, &[&packet]);
    let syn = tcp_syn();
    let wifi_llc = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let wifi = join(&[&[0x88, 1, 0, 0], &[2; 18], &[0, 0, 0, 0], &wifi_llc, &syn]);
    let hop_by_hop = [44, 0, 1, 4, 0, 0, 0, 0];
    let fragment = |offset: u8| [17, 0, 0, offset, 0, 0, 0, 9];
    let datagram = udp(1, 2, b"data");
    let nested = (0..17).fold(dns(), |inner, _| ipv4(4, &inner));
    let mut options = tcp_syn();
    options[0] = 0x46;
    options[3] += 4;
    options.splice(20..20, [1; 4]);
    let mut offloaded = tcp_syn();
    offloaded[2..4].fill(0);
    vec![
        ("ethernet-ipv4-tcp", ether(&[], 0x0800, &syn)),
        (
            "ethernet-ipv6-udp",
            ether(&[], 0x86dd, &ipv6(17, &datagram)),
        ),
        ("ethernet-two-vlan-tags", ether(&[7, 4_095], 0x0800, &dns())),
        (
            "ethernet-mpls-stack",
            ether(&[], 0x8847, &join(&[&[0, 1, 0, 9], &[0, 2, 1, 9], &syn])),
        ),
        (
            "ethernet-pppoe-session",
            ether(
                &[],
                0x8864,
                &join(&[&[0x11, 0, 0, 1, 0, 42, 0, 0x21], &syn]),
            ),
        ),
        (
            "ethernet-llc-snap",
            ether(&[], 48, &join(&[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &syn])),
        ),
        (
            "ethernet-padded",
            ether(&[], 0x0800, &join(&[&ipv4(17, &udp(1, 2, b"")), &[0; 18]])),
        ),
        ("ethernet-arp", ether(&[], 0x0806, &[0; 28])),
        ("ethernet-cut", vec![0, 3, 2, 0, 0]),
        (
            "raw-ipv4-icmp",
            raw(ipv4(1, &[8, 0, 0, 0, 0, 1, 0, 1, 7, 7])),
        ),
        (
            "raw-ipv6-icmpv6",
            raw(ipv6(58, &[128, 0, 0, 0, 0, 1, 0, 1])),
        ),
        ("raw-ipv4-sctp", raw(ipv4(132, &[0; 12]))),
        ("raw-ipv4-options", raw(options)),
        ("raw-ipv4-without-length", raw(offloaded)),
        ("raw-ipv4-in-ipv6", raw(ipv6(4, &dns()))),
        ("raw-ipv6-in-ipv4", raw(ipv4(41, &ipv6(17, &datagram)))),
        ("raw-nested-too-deep", raw(nested)),
        (
            "raw-later-fragment",
            raw({
                let mut later = dns();
                later[7] = 1;
                later
            }),
        ),
        (
            "raw-ipv6-extension-chain",
            raw(ipv6(0, &join(&[&hop_by_hop, &fragment(0), &datagram]))),
        ),
        (
            "raw-ipv6-later-fragment",
            raw(ipv6(44, &join(&[&fragment(8), &datagram]))),
        ),
        ("raw-ipv6-endless-extensions", raw(ipv6(0, &[0; 64]))),
        (
            "raw-truncated-ipv6",
            vec![1, 1, 0x60, 0, 0, 0, 0, 8, 17, 64, 0x20, 1],
        ),
        ("raw-snaplen-inside-tcp", join(&[&[1, 1], &tcp_syn()[..30]])),
        ("raw-no-ip", vec![1, 0, 0x15, 0, 0, 0]),
        ("null-little-endian", as_link(2, &[&[2, 0, 0, 0], &syn])),
        (
            "loop-ipv6",
            as_link(3, &[&[0, 0, 0, 24], &ipv6(17, &datagram)]),
        ),
        ("ppp-hdlc-framing", as_link(4, &[&[0xff, 3, 0, 0x21], &syn])),
        ("ppp-compressed-protocol", as_link(4, &[&[0x21], &syn])),
        ("cisco-hdlc", as_link(6, &[&[0x0f, 0, 8, 0], &syn])),
        (
            "linux-cooked",
            as_link(7, &[&[0, 0, 0, 1, 0, 6], &[2; 8], &[8, 0], &syn]),
        ),
        (
            "linux-cooked-2",
            as_link(8, &[&[8, 0, 0, 0], &[0; 16], &syn]),
        ),
        ("wifi-qos-data", as_link(9, &[&wifi])),
        ("radiotap", as_link(10, &[&[0, 0, 8, 0, 0, 0, 0, 0], &wifi])),
        ("unknown-link-type", as_link(13, &[&syn])),
    ]
}

fn tunnel() -> Vec<(&'static str, Vec<u8>)> {
    const GTP: u8 = 0;
    const TZSP: u8 = 4;
    const CAPWAP: u8 = 8;
    const FROM_TUNNEL_PORT: u8 = 1;
    const OVER_IPV6: u8 = 2;
    const CUT: u8 = 0x40;
    let of = |settings: u8, parts: &[&[u8]]| join(&[&[settings], &join(parts)]);
    let gtp_header = |flags: u8, length: u8| [flags, 255, 0, length, 0, 0, 0, 1];
    let (syn, six) = (tcp_syn(), ipv6(17, &udp(1, 2, b"data")));
    let frame = ethernet([3, 4], &[9], 0x0800, &dns());
    let wifi = join(&[
        &[0x08, 1, 0, 0],
        &[2; 18],
        &[0, 0],
        &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0],
        &syn,
    ]);
    let capwap = |length: u8, binding: u8, flags: u8| [0, length << 3, binding, flags, 0, 0, 0, 0];
    let gtp_in_gtp = ipv4(
        17,
        &udp(2_152, 2_152, &join(&[&gtp_header(0x30, 40), &syn])),
    );
    vec![
        ("gtp-ipv4", of(GTP, &[&gtp_header(0x30, 40), &syn])),
        (
            "gtp-ipv6-over-ipv6",
            of(GTP | OVER_IPV6, &[&gtp_header(0x30, 52), &six]),
        ),
        (
            "gtp-sequence-number",
            of(
                GTP | FROM_TUNNEL_PORT,
                &[&gtp_header(0x32, 44), &[0, 1, 0, 0], &syn],
            ),
        ),
        (
            "gtp-extension-chain",
            of(
                GTP,
                &[
                    &gtp_header(0x34, 56),
                    &[0, 0, 0, 0x85],
                    &[1, 0, 1, 0x40],
                    &[2, 1, 2, 3, 4, 5, 6, 0],
                    &syn,
                ],
            ),
        ),
        (
            "gtp-extension-of-no-length",
            of(GTP, &[&gtp_header(0x34, 8), &[0, 0, 0, 0x85], &[0; 4]]),
        ),
        (
            "gtp-echo-request",
            of(GTP, &[&[0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0]]),
        ),
        ("gtp-not-ip", of(GTP, &[&gtp_header(0x30, 4), &[0xff; 4]])),
        ("gtp-in-gtp", of(GTP, &[&gtp_header(0x30, 76), &gtp_in_gtp])),
        (
            "gtp-cut-inside-ip",
            of(GTP | CUT, &[&gtp_header(0x30, 40), &syn[..25]]),
        ),
        ("tzsp-ethernet", of(TZSP, &[&[1, 0, 0, 1, 1], &frame])),
        (
            "tzsp-ethernet-over-ipv6",
            of(TZSP | OVER_IPV6, &[&[1, 1, 0, 1, 0, 1], &frame]),
        ),
        (
            "tzsp-tags",
            of(TZSP, &[&[1, 0, 0, 1, 0, 0x0a, 2, 7, 7, 0x28, 0, 1], &frame]),
        ),
        ("tzsp-wifi", of(TZSP, &[&[1, 0, 0, 18, 1], &wifi])),
        ("tzsp-keep-alive", of(TZSP, &[&[1, 4, 0, 0]])),
        (
            "tzsp-tag-beyond-the-end",
            of(TZSP, &[&[1, 0, 0, 1, 0x0a, 200, 1]]),
        ),
        ("capwap-ethernet", of(CAPWAP, &[&capwap(2, 0, 0), &frame])),
        (
            "capwap-ethernet-over-ipv6",
            of(CAPWAP | OVER_IPV6, &[&capwap(2, 0, 0), &frame]),
        ),
        (
            "capwap-wifi",
            of(CAPWAP | FROM_TUNNEL_PORT, &[&capwap(2, 0b11, 0), &wifi]),
        ),
        (
            "capwap-wireless-information",
            of(
                CAPWAP,
                &[&capwap(4, 0b11, 0x10), &[4, 1, 2, 3, 4, 0, 0, 0], &wifi],
            ),
        ),
        (
            "capwap-keep-alive",
            of(CAPWAP, &[&capwap(2, 0b11, 0x08), &[0, 0, 0, 4]]),
        ),
        (
            "capwap-later-fragment",
            of(CAPWAP, &[&[0, 0x10, 0, 0x80, 0, 1, 0, 0x80], &frame]),
        ),
        (
            "capwap-encrypted",
            of(CAPWAP, &[&[1, 0, 0, 0, 0x16, 0xfe, 0xff, 0]]),
        ),
        (
            "capwap-header-beyond-the-end",
            of(CAPWAP, &[&capwap(31, 0, 0)]),
        ),
    ]
}

fn file() -> Vec<(&'static str, Vec<u8>)> {
    let in_pieces = |piece: u8, parts: &[&[u8]]| join(&[&[piece], &join(parts)]);
    let (syn, query) = (tcp_syn(), dns());
    let records: [(u64, u32, &[u8]); 2] = [(1_000_000_007, 40, &syn), (2_500_000_000, 900, &query)];
    let plain = pcap(101, &records);
    let mut big_endian: Vec<u8> = Vec::new();
    big_endian.extend(0xa1b2_c3d4_u32.to_be_bytes());
    big_endian.extend([
        0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 101,
    ]);
    for field in [1_u32, 5, 40, 40] {
        big_endian.extend(field.to_be_bytes());
    }
    big_endian.extend(&syn);
    let mut overlong = plain.clone();
    overlong[32..36].fill(0xff);
    let section = block(
        0x0a0d_0d0a,
        &[&0x1a2b_3c4d_u32.to_le_bytes(), &[1, 0, 0, 0], &[0xff; 8]],
    );
    let interface =
        |link_type: u8, options: &[u8]| block(1, &[&[link_type, 0, 0, 0, 0, 0, 4, 0], options]);
    let enhanced = |number: u8, captured: u8, data: &[u8]| {
        let fixed = [
            [number, 0, 0, 0],
            [1, 0, 0, 0],
            [9; 4],
            [captured, 0, 0, 0],
            [60, 0, 0, 0],
        ];
        block(6, &[fixed.as_flattened(), data])
    };
    let simple = block(3, &[&40_u32.to_le_bytes(), &syn]);
    let nanos = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    let offset = [14, 0, 8, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let two_interfaces = join(&[
        &section,
        &interface(101, &nanos),
        &interface(1, &[]),
        &enhanced(0, 40, &syn),
        &enhanced(1, 4, &[1, 2, 3, 4]),
    ]);
    let mut wrong_trailer = enhanced(0, 40, &syn);
    let end = wrong_trailer.len() - 1;
    wrong_trailer[end] = 7;
    vec![
        ("pcap-nanoseconds", in_pieces(255, &[&plain])),
        ("pcap-in-single-bytes", in_pieces(0, &[&plain])),
        ("pcap-big-endian", in_pieces(6, &[&big_endian])),
        ("pcap-without-packets", in_pieces(255, &[&pcap(1, &[])])),
        ("pcap-cut-inside-a-record", in_pieces(9, &[&plain[..60]])),
        ("pcap-record-too-long", in_pieces(255, &[&overlong])),
        ("pcapng-two-interfaces", in_pieces(255, &[&two_interfaces])),
        (
            "pcapng-two-sections",
            in_pieces(
                30,
                &[&two_interfaces, &section, &interface(101, &offset), &simple],
            ),
        ),
        (
            "pcapng-damaged-blocks",
            in_pieces(
                255,
                &[
                    &section,
                    &interface(101, &[]),
                    &wrong_trailer,
                    &enhanced(7, 40, &syn),
                    &enhanced(0, 200, &syn),
                    &simple,
                ],
            ),
        ),
        (
            "pcapng-unknown-blocks",
            in_pieces(
                255,
                &[
                    &section,
                    &block(0x99, &[&[1; 5]]),
                    &interface(101, &[]),
                    &block(4, &[&[0; 4]]),
                    &simple,
                ],
            ),
        ),
        (
            "pcapng-block-length",
            in_pieces(255, &[&section, &[6, 0, 0, 0, 7, 0, 0, 0]]),
        ),
        ("empty", in_pieces(255, &[])),
        ("text", in_pieces(255, &[b"no capture"])),
        ("gzip", in_pieces(255, &[&gzip(&plain)])),
        ("gzip-cut", in_pieces(3, &[&gzip(&plain)[..60]])),
        ("zstd-raw-block", in_pieces(255, &[&zstd(&plain)])),
        (
            "zstd-behind-a-skippable-frame",
            in_pieces(
                2,
                &[
                    &[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3],
                    &zstd(&two_interfaces),
                ],
            ),
        ),
        (
            "lz4-without-blocks",
            in_pieces(
                255,
                &[&[0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0, 0, 0, 0]],
            ),
        ),
    ]
}

/// A gzip member with one stored block (RFC 1952 §2.3, RFC 1951 §3.2.4).
fn gzip(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    join(&[
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        content,
        &crc32(content).to_le_bytes(),
        &u32::from(length).to_le_bytes(),
    ])
}

/// The checksum of gzip (RFC 1952 §8).
fn crc32(content: &[u8]) -> u32 {
    !content.iter().fold(u32::MAX, |checksum, &byte| {
        (0..8).fold(checksum ^ u32::from(byte), |checksum, _| {
            (checksum >> 1) ^ (0xedb8_8320 * (checksum & 1))
        })
    })
}

/// A zstd frame with one raw block (RFC 8878 §3.1.1).
fn zstd(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let block_header = (length << 3 | 1).to_le_bytes();
    // A single segment with its length in four bytes.
    join(&[
        &[0x28, 0xb5, 0x2f, 0xfd, 0xa0],
        &length.to_le_bytes(),
        &block_header[..3],
        content,
    ])
}

fn table() -> Vec<(&'static str, Vec<u8>)> {
    /// Milliseconds and nanoseconds; no bound on flows; all analyses and the tunnel column.
    const MILLIS: u8 = 0;
    const NANOS: u8 = 2;
    const ALL: u8 = 7;
    const NEVER: u8 = 255;
    /// 8 ns shifted by 18 and by 21 bits: some 2 and 17 ms.
    const TWO_MILLIS: u8 = 0x68;
    const SEVENTEEN_MILLIS: u8 = 0x78;
    /// A step of so many times 2²⁰ ns, about a millisecond.
    const FORWARD: u8 = 8;
    const BACKWARD: u8 = 2;
    const CLOCK: u8 = 0x80 | FORWARD;
    let of = |settings: [u8; 5], events: &[[u8; 6]]| join(&[&settings, events.as_flattened()]);
    let there = |step: u8, millis: u8| [step, millis, 0b0100, 0b0110, 0, 60];
    let back = |step: u8, millis: u8| [step, millis, 0b0001, 0b1001, 0, 90];
    let other = |step: u8, millis: u8| [step, millis, 0b1000, 0b0110, 0b0000_0110, 40];
    let six = |step: u8, millis: u8| [step, millis, 0b0100, 0b0110, 0b0101_0001, 40];
    let talk = [
        there(FORWARD, 100),
        back(FORWARD, 1),
        other(FORWARD, 0),
        there(FORWARD, 1),
        six(FORWARD, 1),
        back(FORWARD, 0),
    ];
    vec![
        ("both-directions", of([MILLIS, NEVER, NEVER, 0, ALL], &talk)),
        (
            "idle-timeout",
            of(
                [MILLIS, TWO_MILLIS, NEVER, 0, ALL],
                &[
                    there(FORWARD, 9),
                    back(FORWARD, 1),
                    other(FORWARD, 2),
                    there(FORWARD, 2),
                    back(FORWARD, 30),
                ],
            ),
        ),
        (
            "active-timeout",
            of(
                [MILLIS, NEVER, SEVENTEEN_MILLIS, 0, 0],
                &[
                    there(FORWARD, 9),
                    back(FORWARD, 9),
                    there(FORWARD, 9),
                    back(FORWARD, 1),
                    other(FORWARD, 40),
                ],
            ),
        ),
        ("no-timeouts", of([MILLIS, 0, 0, 0, ALL], &talk)),
        (
            "forced-by-the-second-packet",
            of([MILLIS, NEVER, NEVER, 0, ALL | 0x20], &talk),
        ),
        (
            "each-packet-a-flow",
            of([MILLIS, NEVER, NEVER, 0, 0x10], &talk),
        ),
        (
            "full-table",
            of([MILLIS, SEVENTEEN_MILLIS, NEVER, 1, ALL], &talk),
        ),
        (
            "backwards",
            of(
                [MILLIS, TWO_MILLIS, SEVENTEEN_MILLIS, 0, ALL],
                &[
                    there(FORWARD, 100),
                    back(BACKWARD, 50),
                    other(BACKWARD, 200),
                    there(0, 0),
                    back(FORWARD, 1),
                ],
            ),
        ),
        (
            "clock-without-packets",
            of(
                [MILLIS, TWO_MILLIS, NEVER, 0, ALL],
                &[
                    there(FORWARD, 9),
                    other(FORWARD, 1),
                    there(CLOCK, 1),
                    there(CLOCK, 1),
                    back(FORWARD, 0),
                    there(CLOCK, 9),
                ],
            ),
        ),
        (
            "end-of-time",
            of(
                [NANOS, SEVENTEEN_MILLIS, NEVER, 0, ALL],
                &[
                    there(1, 9),
                    back(1, 4),
                    other(1, 0),
                    there(1, 0),
                    back(0, 0),
                ],
            ),
        ),
        (
            "equal-ends",
            of(
                [MILLIS, NEVER, NEVER, 0, ALL],
                &[
                    [FORWARD, 1, 0b0101, 0b0101, 0, 40],
                    [FORWARD, 1, 0b0101, 0b0101, 0, 41],
                    [FORWARD, 1, 0b0101, 0b1001, 0, 42],
                ],
            ),
        ),
    ]
}

/// A packet of the dissector's target: control, flags, port, content.
type Fed<'a> = (u8, u8, u16, &'a [u8]);

fn dissect() -> Vec<(&'static str, Vec<u8>)> {
    const SERVER: u8 = 0x04;
    const RAW: u8 = 0;
    const TCP: u8 = 1 << 3;
    const UDP: u8 = 2 << 3;
    const TCP6: u8 = 3 << 3;
    const UDP6: u8 = 4 << 3;
    const LATER: u8 = 1 << 6;
    const ANEW: u8 = 3 << 6;
    const OTHER: u8 = 1;
    const SYN: u8 = 0x02;
    const SYN_ACK: u8 = 0x12;
    const ACK: u8 = 0x18;
    const GO_ON: u8 = 0x80;
    let of = |settings: u8, fed: &[Fed<'_>]| {
        let mut input = vec![settings];
        for (control, flags, port, content) in fed {
            input.extend([*control, *flags]);
            input.extend(port.to_be_bytes());
            input.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
            input.extend(*content);
        }
        input
    };
    // A handshake, then what client (even places) and server say in turns.
    let talk = |form: u8, port: u16, texts: &[&[u8]]| {
        let mut fed: Vec<Fed<'_>> = vec![
            (form, SYN, port, &[]),
            (form | SERVER, SYN_ACK, port, &[]),
            (form | LATER, 0x10, port, &[]),
        ];
        for (number, text) in texts.iter().enumerate() {
            let from = if number % 2 == 0 { 0 } else { SERVER };
            fed.push((form | from | LATER, ACK, port, text));
        }
        of(20, &fed)
    };
    let query = dns_message(0x0100, 1, 0, b"\x03www\x07example\x03com\x00");
    let answer = join(&[
        &dns_message(0x8180, 1, 1, b"\x03www\x07example\x03com\x00"),
        &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7],
    ]);
    let hello = tls_hello("www.example.com");
    let server_hello = tls_server_hello();
    let request = b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\n\r\n";
    let response = b"HTTP/1.1 200 OK\r\nServer: test\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n<html>";
    let handshake = join(&[
        b"\x13BitTorrent protocol",
        &[0; 8],
        &[0xaa; 20],
        b"-XX0001-abcdefghijkl",
    ]);
    let short_header = ipv4(6, &tcp(40_000, 51_413, 0x18, &[])[..10]);
    let long_offset = {
        let mut segment = tcp(40_000, 51_413, 0x18, b"0123456789");
        segment[12] = 0xf0;
        ipv4(6, &segment)
    };
    // A second flow of the same ends gets its name from the cache after eight packets, and nDPI asks for more of it.
    let after_torrent = |fed: &[Fed<'_>]| {
        let mut all: Vec<Fed<'_>> = vec![
            (TCP, SYN, 51_413, &[]),
            (TCP | SERVER, SYN_ACK, 51_413, &[]),
            (TCP, ACK, 51_413, &handshake),
            (TCP | ANEW, SYN, 51_413, &[]),
            (TCP | SERVER, SYN_ACK, 51_413, &[]),
        ];
        all.extend([(TCP | LATER, ACK, 51_413, b"\x01\x82\x03\x84zzzz".as_slice()); 9]);
        all.extend(fed);
        of(20, &all)
    };
    let datagram_of_udp = ipv4(17, &udp(40_000, 51_413, b"other protocol"));
    let six_to_the_same = ipv6(6, &tcp(40_000, 51_413, 0x18, b"other version"));
    let node_query: &[u8] =
        b"d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe";
    let node_answer: &[u8] =
        b"d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:\xc0\x00\x02\x09\x1a\xe1ee1:t2:aa1:y1:re";
    let kexinit = ssh_kexinit();
    let dhcp = |kind: u8| {
        join(&[
            &[kind, 1, 6, 0, 1, 2, 3, 4],
            &[0; 20],
            &[2, 0, 0, 0, 0, 1],
            &[0; 202],
            &[0x63, 0x82, 0x53, 0x63],
            &[53, 1, kind * 2 - 1],
            &[55, 4, 1, 3, 6, 15],
            b"\x0c\x04host",
            b"\x3c\x08MSFT 5.0",
            &[255],
        ])
    };
    let quic = join(&[
        &[0xc3, 0, 0, 0, 1, 8],
        &[0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08],
        &[0, 0, 0x44, 0x9e],
        &[0x5a; 1_182],
    ]);
    let hop_by_hop = [44, 0, 1, 4, 0, 0, 0, 0];
    let fragment = |offset: u8| [17, 0, 0, offset, 0, 0, 0, 9];
    let dns_datagram = udp(50_000, 53, &query);
    let chained = ipv6(0, &join(&[&hop_by_hop, &fragment(1), &dns_datagram]));
    let later_six = ipv6(44, &join(&[&fragment(8), &dns_datagram]));
    let endless = ipv6(0, &[0; 64]);
    let (first_four, later_four) = {
        let mut first = ipv4(17, &dns_datagram);
        first[6] = 0x20;
        let mut later = ipv4(17, &dns_datagram);
        later[7] = 3;
        (first, later)
    };
    let mut options = ipv4(17, &join(&[&[1; 4], &dns_datagram]));
    options[0] = 0x46;
    let mut too_long = ipv4(17, &dns_datagram);
    too_long[2..4].copy_from_slice(&[0xff, 0xff]);
    let mut no_length = ipv4(17, &dns_datagram);
    no_length[2..4].fill(0);
    let cut_header = &ipv4(17, &dns_datagram)[..22];
    vec![
        (
            "dns",
            of(20, &[(UDP, 0, 53, &query), (UDP | SERVER, 0, 53, &answer)]),
        ),
        (
            "dns-over-ipv6",
            of(
                20,
                &[(UDP6, 0, 53, &query), (UDP6 | SERVER, 0, 53, &answer)],
            ),
        ),
        ("tls", talk(TCP, 443, &[&hello, &server_hello])),
        ("tls-over-ipv6", talk(TCP6, 443, &[&hello, &server_hello])),
        (
            "tls-hello-in-two-segments",
            talk(TCP, 443, &[&hello[..60], &[], &hello[60..], &server_hello]),
        ),
        (
            "tls-on-another-port",
            talk(TCP, 5_000, &[&hello, b"no TLS"]),
        ),
        ("http", talk(TCP, 80, &[request, response])),
        ("http-over-ipv6", talk(TCP6, 8_080, &[request, response])),
        (
            "http-in-pieces",
            talk(TCP, 80, &[&request[..30], &[], &request[30..]]),
        ),
        (
            "bittorrent-then-short-tcp-header",
            after_torrent(&[(RAW, 0, 0, &short_header)]),
        ),
        (
            "bittorrent-then-long-data-offset",
            after_torrent(&[(RAW, 0, 0, &long_offset)]),
        ),
        (
            "bittorrent-then-udp",
            after_torrent(&[(RAW, 0, 0, &datagram_of_udp)]),
        ),
        (
            "bittorrent-then-ipv6",
            after_torrent(&[
                (RAW, 0, 0, &six_to_the_same),
                (TCP | SERVER, ACK, 51_413, &handshake),
            ]),
        ),
        (
            "bittorrent-peers-and-a-flow-to-one",
            of(
                20,
                &[
                    (UDP, 0, 6_881, node_query),
                    (UDP | SERVER, 0, 6_881, node_answer),
                    (UDP | OTHER, 0, 6_881, b"unknown"),
                    (TCP | OTHER | ANEW, SYN, 6_881, &[]),
                    (TCP | OTHER, ACK, 6_881, b"unknown too"),
                ],
            ),
        ),
        (
            "dhcp",
            of(
                20,
                &[(UDP, 0, 67, &dhcp(1)), (UDP | SERVER, 0, 67, &dhcp(2))],
            ),
        ),
        (
            "ssh",
            talk(
                TCP,
                22,
                &[
                    b"SSH-2.0-OpenSSH_9.2\r\n",
                    b"SSH-2.0-OpenSSH_9.3\r\n",
                    &kexinit,
                    &kexinit,
                ],
            ),
        ),
        (
            "quic",
            of(20, &[(UDP, 0, 443, &quic), (UDP6 | OTHER, 0, 443, &quic)]),
        ),
        (
            "tinc",
            talk(
                TCP,
                655,
                &[
                    b"0 alpha 17\n",
                    b"0 beta 17\n",
                    b"1 94 64 0 0 1A2B3C4D\n",
                    b"1 94 64 0 0 1A2B3C4D",
                ],
            ),
        ),
        (
            "tinc-over-ipv6-then-udp",
            of(
                20,
                &[
                    (TCP6, SYN, 655, &[]),
                    (TCP6, ACK, 655, b"0 alpha 17\n"),
                    (TCP6 | SERVER, ACK, 655, b"0 beta 17\n"),
                    (TCP6, ACK, 655, b"1 94 64 0 0 1A\n"),
                    (TCP6 | SERVER, ACK, 655, b"1 94 64 0 0 1B\n"),
                    (UDP6 | OTHER, 0, 655, b"tunnelled"),
                ],
            ),
        ),
        (
            "smtp-to-tls",
            talk(
                TCP,
                25,
                &[
                    &[],
                    b"220 mail.example.com ESMTP\r\n",
                    b"EHLO client\r\n",
                    b"250-mail.example.com\r\n250 STARTTLS\r\n",
                    b"STARTTLS\r\n",
                    b"220 ready\r\n",
                    &hello,
                    &server_hello,
                ],
            ),
        ),
        (
            "telnet",
            talk(
                TCP,
                23,
                &[
                    b"\xff\xfd\x18\xff\xfb\x1f",
                    b"login: ",
                    b"root\r\n",
                    b"Password: ",
                    b"x\r\n",
                ],
            ),
        ),
        (
            "ipv6-extension-headers",
            of(
                20,
                &[
                    (RAW, 0, 0, &chained),
                    (RAW, 0, 0, &later_six),
                    (RAW | OTHER, 0, 0, &endless),
                ],
            ),
        ),
        (
            "ipv4-fragments",
            of(20, &[(RAW, 0, 0, &first_four), (RAW, 0, 0, &later_four)]),
        ),
        (
            "malformed-headers",
            of(
                20,
                &[
                    (RAW, 0, 0, &options),
                    (RAW | 1, 0, 0, &too_long),
                    (RAW | 2, 0, 0, &no_length),
                    (RAW | 3, 0, 0, cut_header),
                    (RAW | 3, 0, 0, &[]),
                    (RAW | 3, 0, 0, &[0x15]),
                    (RAW | 3, 0, 0, &[0x60; 39]),
                ],
            ),
        ),
        (
            "given-up-and-going-on",
            of(
                GO_ON | 1,
                &[
                    (TCP, SYN, 443, &[]),
                    (TCP, ACK, 443, &hello),
                    (TCP | SERVER, ACK, 443, &server_hello),
                    (TCP | ANEW, ACK, 80, request),
                ],
            ),
        ),
    ]
}

/// A message with one question (RFC 1035 §4.1): what it is, counts, name.
fn dns_message(flags: u16, questions: u8, answers: u8, name: &[u8]) -> Vec<u8> {
    join(&[
        &[0x12, 0x34],
        &flags.to_be_bytes(),
        &[0, questions, 0, answers, 0, 0, 0, 0],
        name,
        &[0, 1, 0, 1],
    ])
}

/// The content behind its length in two bytes.
fn counted(content: &[u8]) -> Vec<u8> {
    join(&[
        &u16::try_from(content.len()).unwrap().to_be_bytes(),
        content,
    ])
}

/// A handshake message in a record (RFC 8446 §4, §5.1).
fn tls_handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let message = join(&[&[kind, 0], &counted(body)]);
    join(&[&[22, 3, 1], &counted(&message)])
}

/// RFC 8446 §4.1.2, with server name, groups, point formats, application protocols and versions.
fn tls_hello(host: &str) -> Vec<u8> {
    let name = join(&[&[0], &counted(host.as_bytes())]);
    let extensions = join(&[
        &[0, 0],
        &counted(&counted(&name)),
        &[0, 10],
        &counted(&counted(&[0, 29, 0, 23])),
        &[0, 11],
        &counted(&[1, 0]),
        &[0, 13],
        &counted(&counted(&[4, 3, 8, 4])),
        &[0, 16],
        &counted(&counted(b"\x02h2\x08http/1.1")),
        &[0, 43],
        &counted(&[4, 3, 4, 3, 3]),
    ]);
    tls_handshake(
        1,
        &join(&[
            &[3, 3],
            &[7; 32],
            &[0],
            &counted(&[0x13, 1, 0x13, 2, 0xc0, 0x2f]),
            &[1, 0],
            &counted(&extensions),
        ]),
    )
}

/// RFC 8446 §4.1.3, and an empty certificate behind it.
fn tls_server_hello() -> Vec<u8> {
    let hello = join(&[
        &[3, 3],
        &[9; 32],
        &[0],
        &[0xc0, 0x2f],
        &[0],
        &counted(&[0xff, 1, 0, 1, 0]),
    ]);
    let certificate = join(&[&[0, 0, 6, 0, 0, 3], &[0x30, 1, 0]]);
    join(&[&tls_handshake(2, &hello), &tls_handshake(11, &certificate)])
}

/// RFC 4253 §6, §7.1.
fn ssh_kexinit() -> Vec<u8> {
    let lists = [
        "curve25519-sha256",
        "ssh-ed25519",
        "aes128-ctr,aes256-ctr",
        "aes128-ctr",
        "hmac-sha2-256",
        "hmac-sha2-256",
        "none",
        "none",
        "",
        "",
    ];
    let mut message = join(&[&[20], &[0x42; 16]]);
    for list in lists {
        message.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
        message.extend(list.as_bytes());
    }
    message.extend([0; 5]);
    let padding = 4;
    let length = u32::try_from(message.len() + padding + 1).unwrap();
    join(&[&length.to_be_bytes(), &[4], &message, &[0; 4]])
}

fn plugins() -> Vec<(&'static str, Vec<u8>)> {
    const DHCP: u8 = 0;
    const MDNS: u8 = 1;
    const FROM_PORT: u8 = 2;
    const OVER_IPV6: u8 = 4;
    const WITH_ADDRESS: u8 = 8;
    let cookie = [99, 130, 83, 99];
    let dhcp = |options: &[u8]| {
        join(&[
            &[1, 1, 6, 0],
            &[0; 104],
            &[60, 1, b'a', 255],
            &[0; 124],
            &cookie,
            options,
        ])
    };
    let answers =
        |count: u8, records: &[u8]| join(&[&[0, 0, 0x84, 0, 0, 0, 0, count, 0, 0, 0, 0], records]);
    // The root, PTR, IN, two minutes, the length of the data.
    let ptr = |data: &[u8]| {
        join(&[
            &[
                0,
                0,
                12,
                0,
                1,
                0,
                0,
                0,
                120,
                0,
                u8::try_from(data.len()).unwrap(),
            ],
            data,
        ])
    };
    let request = [
        &[53, 1, 3, 50, 4, 192, 0, 2, 9, 55, 3, 1, 3, 6][..],
        &[
            57, 2, 5, 220, 77, 5, 4, b'i', b'P', b'X', b'E', 12, 2, 0xff, 0, 255,
        ],
    ];
    let pair = join(&[&ptr(b"\x01a\x05local\0"), &ptr(&[1, b'b', 0xc0, 25])]);
    vec![
        (
            "dhcp-request",
            join(&[&[DHCP | WITH_ADDRESS], &dhcp(&request.concat())]),
        ),
        (
            "dhcp-options-in-file",
            join(&[&[DHCP], &dhcp(&[53, 1, 1, 52, 1, 1, 60, 1, b'b', 255])]),
        ),
        ("mdns-compressed", join(&[&[MDNS], &answers(2, &pair)])),
        (
            "mdns-circle",
            join(&[
                &[MDNS | FROM_PORT | OVER_IPV6],
                &answers(1, &ptr(&[1, b'a', 0xc0, 23])),
            ]),
        ),
    ]
}

/// Those of QUIC, whose packets are encrypted, are beside these: the first packet of RFC 9001 §A.2, and a hello over two packets
/// of versions 1 and 2.
fn ja4() -> Vec<(&'static str, Vec<u8>)> {
    const TCP: u8 = 0;
    const UDP: u8 = 1;
    const SYN: u8 = 0x02;
    const RST: u8 = 0x04;
    const ACK: u8 = 0x10;
    const SERVER: u8 = 0x80;
    let of = |protocol: u8, packets: &[(u8, u16, &[u8])]| {
        let mut input = vec![protocol];
        for (control, offset, payload) in packets {
            let length = u16::try_from(payload.len()).unwrap();
            input.push(*control);
            input.extend(offset.to_be_bytes());
            input.extend(length.to_be_bytes());
            input.extend(*payload);
        }
        input
    };
    let suites: &[u8] = &[0, 6, 0x1a, 0x1a, 0x13, 0x01, 0xc0, 0x2b, 1, 0];
    let extensions: &[u8] = &[
        0, 57, // their length
        0x2a, 0x2a, 0, 0, // GREASE
        0, 0, 0, 7, 0, 5, 0, 0, 2, b'a', b'b', // server name
        0, 16, 0, 5, 0, 3, 2, b'h', b'2', // application protocols
        0, 43, 0, 7, 6, 0x3a, 0x3a, 3, 4, 3, 3, // supported versions
        0, 13, 0, 6, 0, 4, 4, 3, 8, 4, // signature algorithms
        0, 21, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, // padding
    ];
    let body = join(&[&[3, 3], &[7; 32], &[0], suites, extensions]);
    let length = u8::try_from(body.len()).unwrap();
    let message = join(&[&[1, 0, 0, length], &body]);
    let record = |content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        join(&[&[22, 3, 1, 0, length], content])
    };
    let whole = record(&message);
    let (front, back) = whole.split_at(60);
    let front_length = u16::try_from(front.len()).unwrap();
    let records = join(&[
        &record(&message[..3]),
        &record(&message[3..50]),
        &record(&message[50..]),
    ]);
    let answer = record(&[2, 0, 0, 2, 3, 3]);

    let cookie_body = join(&[
        &[0xfe, 0xfd],
        &[7; 32],
        &[0],
        &[2, 8, 8],
        suites,
        extensions,
    ]);
    let fragment = |from: usize, to: usize| {
        let [length, from_byte, size] =
            [cookie_body.len(), from, to - from].map(|value| u8::try_from(value).unwrap());
        let header = [1, 0, 0, length, 0, 1, 0, 0, from_byte, 0, 0, size];
        let content = join(&[&header, &cookie_body[from..to]]);
        let record_length = u8::try_from(content.len()).unwrap();
        join(&[
            &[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, record_length],
            &content,
        ])
    };
    let stun: &[u8] = &[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 9, 9];
    vec![
        (
            "tcp-connection",
            of(
                TCP,
                &[
                    (SYN, u16::MAX, &[]),
                    (SERVER | SYN | ACK, u16::MAX, &[]),
                    (ACK, 0, &[]),
                    (ACK, 0, &whole),
                    (SERVER | ACK, 0, &answer),
                ],
            ),
        ),
        ("tcp-records", of(TCP, &[(ACK, 0, &records)])),
        (
            "tcp-out-of-order",
            of(
                TCP,
                &[(ACK, 0, &[]), (ACK, front_length, back), (ACK, 0, front)],
            ),
        ),
        (
            "tcp-overlap",
            of(TCP, &[(ACK, 0, front), (ACK, 30, &whole[30..])]),
        ),
        (
            "tcp-answer-first",
            of(TCP, &[(SERVER | SYN | ACK, 0, &[]), (ACK, 0, &whole)]),
        ),
        (
            "tcp-too-far",
            of(
                TCP,
                &[(ACK, 0, front), (ACK, 16_384, &[0]), (ACK, 60, back)],
            ),
        ),
        (
            "tcp-reset",
            of(TCP, &[(ACK, 0, &[]), (RST, 0, &[1]), (ACK, 0, &whole)]),
        ),
        (
            "tcp-other",
            of(TCP, &[(ACK, 0, b"GET /"), (SERVER | ACK, 0, b"HTTP")]),
        ),
        (
            "dtls-fragments",
            of(
                UDP,
                &[
                    (0, 0, stun),
                    (0, 0, &fragment(50, cookie_body.len())),
                    (0, 0, &fragment(0, 50)),
                ],
            ),
        ),
        (
            "quic-unknown-version",
            of(
                UDP,
                &[
                    (0, 0, &[0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 1, 9, 0]),
                    (SERVER, 0, &[0xc0, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 1]),
                ],
            ),
        ),
    ]
}

/// Of each kind the smallest of those that are tested.
fn onnx() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (
            "linear-regressor",
            include_bytes!("../data/models/linear_regressor.onnx").to_vec(),
        ),
        (
            "logistic",
            include_bytes!("../data/models/logistic_binary.onnx").to_vec(),
        ),
        (
            "network",
            include_bytes!("../data/models/network.onnx").to_vec(),
        ),
        (
            "trees",
            include_bytes!("../data/models/xgboost_binary.onnx").to_vec(),
        ),
    ]
}
