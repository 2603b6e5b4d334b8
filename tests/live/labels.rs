//! Applications that nDPI finds, wherever a flow goes.

use std::convert::Infallible;

use nfstream::capture::{CaptureFiles, PacketSource, Received};
use nfstream::decode::Decoder;
use nfstream::dissect::{Licence, Ndpi};
use nfstream::flow::{FlowKey, FlowRecord};
use nfstream::{Builder, Streamer, sink_fn};

use crate::script::{Packet, Script, Step};
use crate::watchdog::watched;
use crate::world::rows::TextRow;

/// The frames of a capture. Its times are whole milliseconds then: all sources have the same.
fn frames() -> Vec<(Packet, Option<FlowKey>)> {
    let mut source = CaptureFiles::open(["tests/data/mixed.pcap"]).unwrap();
    let mut frames = Vec::new();
    loop {
        match source.receive().unwrap() {
            Received::Frames(window) => frames.extend(window.iter().map(|frame| {
                let packet = Decoder::new().decode(&frame).ok();
                let key = packet.map(|packet| FlowKey::of(&packet).0);
                ((frame.timestamp.as_millis(), frame.data.to_vec()), key)
            })),
            Received::End => return frames,
            _ => {}
        }
    }
}

/// A source of those frames whose flows are wanted.
fn source(wanted: impl Fn(usize) -> bool) -> Script {
    let mut keys = Vec::new();
    let mut steps = Vec::new();
    for (packet, key) in frames() {
        let known = keys.iter().position(|it| *it == key);
        let flow = known.unwrap_or_else(|| {
            keys.push(key);
            keys.len() - 1
        });
        if wanted(flow) {
            steps.push(Step::Frames(vec![packet]));
        }
    }
    assert!(steps.len() > 20 && keys.len() > 20);
    Script::new(steps)
}

fn rows(builder: Builder) -> Vec<Vec<String>> {
    let ndpi = Ndpi::builder().licence(Licence::NotForProfit);
    let builder = builder
        .dissector(ndpi.build().unwrap())
        .fingerprint_columns(true)
        .risk_column(true);
    let mut rows = Vec::new();
    let sink = sink_fn(|record: FlowRecord<'_, ()>| {
        let mut row = TextRow::of(&record);
        row.remove(0);
        rows.push(row);
        Ok::<_, Infallible>(())
    });
    builder.build().unwrap().run(sink).unwrap();
    rows.sort();
    rows
}

#[test]
fn are_the_same_however_flows_are_spread() {
    watched(|| {
        let offline = rows(Streamer::builder().packet_source(source(|_| true)));
        for name in ["DNS", "HTTP", "TLS", "QUIC", "SSH"] {
            let known = offline.iter().filter(|row| row.iter().any(|it| it == name));
            assert!(known.count() > 0, "{name}");
        }
        // By turns, and neighbours together.
        for size in [1, 5, 13] {
            let half = |which| source(move |flow| flow / size % 2 == which);
            let spread = rows(Streamer::builder().packet_sources([half(0), half(1)]));
            let difference = offline
                .iter()
                .zip(&spread)
                .find(|(one, other)| one != other);
            assert_eq!(difference, None, "{size} at a time");
            assert_eq!(offline.len(), spread.len());
        }
    });
}
