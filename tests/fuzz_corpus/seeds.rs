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
