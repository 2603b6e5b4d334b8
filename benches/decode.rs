//! The decoder on the frames of the bundled capture: as they are, and each inside a GTP-U tunnel.
//!
//! `cargo bench --bench decode`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nfstream_capture::{CaptureFiles, PacketSource, Received};
use nfstream_decode::{Decoder, Frame, LinkType, Timestamp};

/// Every frame of the bundled capture.
fn recorded_frames() -> Vec<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mixed.pcap");
    let mut source = CaptureFiles::open([path]).expect("the bundled capture is there");
    let mut recorded = Vec::new();
    while let Received::Frames(frames) = source.receive().expect("it is sound") {
        recorded.extend(frames.iter().map(|frame| frame.data.to_vec()));
    }
    recorded
}

/// The IPv4 packets among the frames, each in Ethernet, IPv4, UDP and GTP-U.
fn tunnelled(frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let ipv4 = frames
        .iter()
        .filter(|frame| frame.get(12..14) == Some(&[0x08, 0x00]));
    let wrap = |frame: &Vec<u8>| {
        let inner = &frame[14..];
        let length = |headers: usize| u16::try_from(inner.len() + headers).unwrap().to_be_bytes();
        let mut outer = vec![0; 12];
        outer.extend([0x08, 0x00, 0x45, 0]);
        outer.extend(length(36));
        outer.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        outer.extend([0x08, 0x68, 0x08, 0x68]);
        outer.extend(length(16));
        outer.extend([0, 0, 0x30, 0xff]);
        outer.extend(length(0));
        outer.extend([0, 0, 0, 1]);
        outer.extend(inner);
        outer
    };
    ipv4.map(wrap).collect()
}

fn decode(criterion: &mut Criterion) {
    let recorded = recorded_frames();
    let tunnelled = tunnelled(&recorded);
    let mut group = criterion.benchmark_group("decode");
    for (name, frames) in [("recorded", &recorded), ("gtp", &tunnelled)] {
        group.throughput(Throughput::Elements(frames.len() as u64));
        group.bench_function(name, |bencher| {
            let decoder = Decoder::new();
            bencher.iter(|| {
                for data in frames {
                    let frame = Frame {
                        timestamp: Timestamp::EPOCH,
                        link_type: LinkType::ETHERNET,
                        wire_len: data.len() as u32,
                        data,
                    };
                    let _ = black_box(decoder.decode(black_box(&frame)));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
