//! Captures, read back and decoded.

use std::collections::HashMap;
use std::net::IpAddr;

use nfstream_capture::{CaptureFiles, Input, PacketSource, Received};
use nfstream_decode::{Decoder, Packet, Reason};

use super::*;

/// What tells flows apart: both ends in an order of their own, protocol and VLAN.
type Key = ([(IpAddr, u16); 2], u8, u16);

/// What is in a capture.
#[derive(Debug, Default)]
struct Content {
    packets: u64,
    fragments: u64,
    bytes: u64,
    frame_lengths: Vec<u32>,
    /// How many packets a flow has.
    flows: HashMap<Key, u32>,
    nanos: Vec<u64>,
}

fn generated(capture: Capture, scale: Scale) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = PcapWriter::new(&mut file).unwrap();
    capture.generate(scale, &mut writer).unwrap();
    writer.finish().unwrap();
    file
}

fn content(file: Vec<u8>) -> Content {
    let input = Input::reader(io::Cursor::new(file), "generated");
    let mut source = CaptureFiles::open([input]).unwrap();
    let mut content = Content::default();
    while let Received::Frames(frames) = source.receive().unwrap() {
        for frame in frames.iter() {
            content.packets += 1;
            content.bytes += u64::from(frame.wire_len);
            content.frame_lengths.push(frame.wire_len);
            content.nanos.push(frame.timestamp.as_nanos());
            match Decoder::new().decode(&frame) {
                Ok(packet) => *content.flows.entry(key(&packet)).or_default() += 1,
                // The recording has some, which nobody can tell the flow of.
                Err(error) if error.reason == Reason::Fragment => content.fragments += 1,
                Err(error) => panic!("{error}"),
            }
        }
    }
    content
}

fn key(packet: &Packet<'_>) -> Key {
    let mut ends = [
        (packet.src_ip(), packet.src_port()),
        (packet.dst_ip(), packet.dst_port()),
    ];
    ends.sort_unstable();
    (ends, packet.protocol(), packet.vlan_id())
}

#[test]
fn captures_are_the_same_every_time() {
    let scale = Scale(2);
    for capture in [
        Capture::Mix,
        Capture::Whole,
        Capture::Small,
        Capture::Few,
        Capture::Growth(1),
    ] {
        assert!(
            generated(capture, scale) == generated(capture, scale),
            "{}",
            capture.name()
        );
    }
}

#[test]
fn mix_is_replicas_and_transfers() {
    let of_steps = |steps: u32| {
        content(generated(
            Capture::Mix,
            Scale(steps * 1000 / mix::STEPS + 1),
        ))
    };
    let one = of_steps(0);
    let ten = of_steps(10);
    let transfers = mix::TRANSFERS_PER_STEP as usize;
    let recorded = one.flows.len() - transfers;
    assert!(recorded > 45, "{recorded}");
    assert_eq!(ten.flows.len(), 10 * one.flows.len());
    assert_eq!(ten.fragments, 10 * one.fragments);
    assert!(ten.fragments < ten.packets / 50);
    assert!(ten.nanos.is_sorted());
    let bytes_per_packet = ten.bytes / ten.packets;
    assert!((400..800).contains(&bytes_per_packet), "{bytes_per_packet}");
}

#[test]
fn whole_is_mix_without_fragments() {
    let of = |capture| content(generated(capture, Scale(1)));
    let (mix, whole) = (of(Capture::Mix), of(Capture::Whole));
    assert!(mix.fragments > 0 && whole.fragments == 0);
    assert!(whole.packets + 2 * mix.fragments >= mix.packets);
    assert!(whole.packets + mix.fragments < mix.packets);
}

#[test]
fn small_has_ten_packets_of_64_bytes_a_flow() {
    let content = content(generated(Capture::Small, Scale(1)));
    assert_eq!(content.flows.len(), 1000);
    assert!(
        content
            .flows
            .values()
            .all(|packets| *packets == small::PACKETS_PER_FLOW)
    );
    assert!(content.frame_lengths.iter().all(|length| *length == 64));
    let tcp = content
        .flows
        .keys()
        .filter(|(_, protocol, _)| *protocol == 6);
    assert_eq!(tcp.count(), 700);
    let (first, last) = (content.nanos[0], content.nanos[content.nanos.len() - 1]);
    assert!(content.nanos.is_sorted());
    assert!(last - first < 10_000_000_000);
}

#[test]
fn few_is_a_hundred_downloads() {
    let content = content(generated(Capture::Few, Scale(1)));
    assert_eq!(content.packets, 5000);
    assert_eq!(content.flows.len(), few::FLOWS as usize);
    let pairs = content.frame_lengths.chunks_exact(2);
    assert!(pairs.into_iter().all(|pair| pair == [1514, 66]));
    assert!(content.nanos.is_sorted());
}

#[test]
fn growth_is_more_of_the_same() {
    let one = content(generated(Capture::Growth(1), Scale(10)));
    let four = content(generated(Capture::Growth(4), Scale(10)));
    assert_eq!(one.flows.len(), 480);
    assert_eq!(four.flows.len(), 4 * one.flows.len());
    for content in [one, four] {
        assert!(content.nanos.is_sorted());
        assert!(
            content
                .flows
                .values()
                .all(|packets| *packets == growth::PACKETS_PER_FLOW)
        );
    }
}

#[test]
fn scales_are_thousandths() {
    assert_eq!(Scale::parse("1"), Some(Scale::FULL));
    assert_eq!(Scale::parse("0.05"), Some(Scale(50)));
    assert_eq!(Scale::parse("2.5"), Some(Scale(2500)));
    for wrong in ["0", "0.0001", "-1", "x", "1e3", "11", ""] {
        assert_eq!(Scale::parse(wrong), None, "{wrong}");
    }
    assert_eq!(Scale(50).to_string(), "0.050");
    assert_eq!((Scale(50).of(1000), Scale(1).of(10)), (50, 1));
}
