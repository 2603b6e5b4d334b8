//! The decoder on the packets of the bundled capture: in frames of each kind, and inside each tunnel.
//!
//! `cargo bench --bench decode`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nfstream_capture::{CaptureFiles, PacketSource, Received};
use nfstream_decode::{Decoder, Frame, LinkType, Timestamp};

#[path = "common/wrap.rs"]
mod wrap;

/// Every frame of the bundled capture, which is Ethernet.
fn recorded_frames() -> Vec<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mixed.pcap");
    let mut source = CaptureFiles::open([path]).expect("the bundled capture is there");
    let mut recorded = Vec::new();
    while let Received::Frames(frames) = source.receive().expect("it is sound") {
        recorded.extend(frames.iter().map(|frame| frame.data.to_vec()));
    }
    recorded
}

/// The IP packets in frames of this EtherType that can be metered: no fragments.
fn ip_packets(frames: &[Vec<u8>], ethertype: [u8; 2]) -> Vec<&[u8]> {
    let packets = frames
        .iter()
        .filter(|frame| frame[12..14] == ethertype)
        .map(|frame| &frame[14..]);
    packets
        .filter(|packet| decodes(LinkType::RAW, packet))
        .collect()
}

fn frame(link_type: LinkType, data: &[u8]) -> Frame<'_> {
    Frame {
        timestamp: Timestamp::EPOCH,
        link_type,
        wire_len: data.len() as u32,
        data,
    }
}

fn decodes(link_type: LinkType, data: &[u8]) -> bool {
    Decoder::new().decode(&frame(link_type, data)).is_ok()
}

/// Name, link type, the headers around an IP packet.
type Kind = (&'static str, LinkType, fn(&[u8]) -> Vec<u8>);

const LINKS: &[Kind] = &[
    ("ethernet", LinkType::ETHERNET, wrap::ethernet),
    ("vlan", LinkType::ETHERNET, wrap::vlan),
    ("qinq", LinkType::ETHERNET, wrap::qinq),
    ("mpls", LinkType::ETHERNET, wrap::mpls),
    ("pppoe", LinkType::ETHERNET, wrap::pppoe),
    ("linux_cooked", LinkType::LINUX_SLL, wrap::linux_cooked),
    (
        "linux_cooked_v2",
        LinkType::LINUX_SLL2,
        wrap::linux_cooked_v2,
    ),
    ("raw_ip", LinkType::RAW, wrap::nothing),
    ("loopback", LinkType::NULL, wrap::loopback),
    ("ppp", LinkType::PPP, wrap::ppp),
    ("wifi", LinkType::IEEE802_11, wrap::wifi),
    ("radiotap", LinkType::IEEE802_11_RADIOTAP, wrap::radiotap),
];

const TUNNELS: &[Kind] = &[
    ("ip_in_ip", LinkType::ETHERNET, wrap::ip_in_ip),
    ("gtp", LinkType::ETHERNET, wrap::gtp),
    ("capwap", LinkType::ETHERNET, wrap::capwap),
    ("tzsp", LinkType::ETHERNET, wrap::tzsp),
];

const IPV6: &[Kind] = &[("ethernet", LinkType::ETHERNET, wrap::ethernet_ipv6)];

fn decode(criterion: &mut Criterion) {
    let recorded = recorded_frames();
    // All that was on the wire, with what is not metered.
    run(criterion, "recorded", "all", LinkType::ETHERNET, &recorded);
    let ipv4 = ip_packets(&recorded, [0x08, 0x00]);
    let ipv6 = ip_packets(&recorded, [0x86, 0xdd]);
    for (group, kinds, packets) in [
        ("link", LINKS, &ipv4),
        ("tunnel", TUNNELS, &ipv4),
        ("ipv6", IPV6, &ipv6),
    ] {
        for &(name, link_type, wrap) in kinds {
            let frames: Vec<_> = packets.iter().map(|packet| wrap(packet)).collect();
            assert!(frames.iter().all(|data| decodes(link_type, data)), "{name}");
            run(criterion, group, name, link_type, &frames);
        }
    }
}

fn run(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    link_type: LinkType,
    frames: &[Vec<u8>],
) {
    let mut group = criterion.benchmark_group(format!("decode/{group}"));
    group.throughput(Throughput::Elements(frames.len() as u64));
    group.bench_function(name, |bencher| {
        let decoder = Decoder::new();
        bencher.iter(|| {
            for data in frames {
                let _ = black_box(decoder.decode(black_box(&frame(link_type, data))));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
