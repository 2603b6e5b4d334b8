//! Flows that are shared out among meters: their labels are the same whatever the number of meters.
//!
//! A meter is a flow table with its part of one nDPI, in a thread of its own. It gets the flows of the detection modules in
//! that part, so that each module sees the same flows in the same order, wherever it is.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use nfstream::capture::{CaptureFiles, PacketSource as _, Received};
use nfstream::decode::{Decoder, Frame, LinkType};
use nfstream::dissect::{Licence, Ndpi, NdpiBuilder};
use nfstream::flow::{FlowKey, FlowRecord, FlowTable, FlowTableConfig};
use nfstream::{Dissector as _, Timestamp, sink_fn};

/// Detection modules of nDPI, whatever the number of meters.
const MODULES: NonZeroU32 = NonZeroU32::new(4).unwrap();

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// A frame for keeps, and the key of its flow.
struct Kept {
    timestamp: Timestamp,
    link_type: LinkType,
    wire_len: u32,
    data: Vec<u8>,
    key: Option<FlowKey>,
}

impl Kept {
    fn frame(&self) -> Frame<'_> {
        Frame {
            timestamp: self.timestamp,
            link_type: self.link_type,
            wire_len: self.wire_len,
            data: &self.data,
        }
    }
}

fn key_of(frame: &Frame<'_>) -> Option<FlowKey> {
    let packet = Decoder::new().decode(frame).ok()?;
    Some(FlowKey::of(&packet).0)
}

/// nDPI with the modules. Version 6.0 asks for the licence: tests are not for profit.
fn ndpi() -> NdpiBuilder {
    let builder = Ndpi::builder().licence(Licence::NotForProfit);
    builder.modules(MODULES)
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    let nanos = u64::try_from(by.as_nanos()).unwrap();
    Timestamp::from_nanos(time.as_nanos() + nanos)
}

/// The frames of a capture, as far as it can be read. Its first packet is seen at `start`, or when it was if that is `None`.
fn read(path: &Path, start: Option<Timestamp>) -> Vec<Kept> {
    let mut kept = Vec::new();
    let Ok(mut source) = CaptureFiles::open([path]) else {
        return kept;
    };
    let mut first = None;
    while let Ok(received) = source.receive() {
        let frames = match received {
            Received::Frames(frames) => frames,
            Received::End => break,
            _ => continue,
        };
        for frame in frames.iter() {
            let first = *first.get_or_insert(frame.timestamp);
            let shifted = start.map(|start| later(start, frame.timestamp.saturating_since(first)));
            kept.push(Kept {
                timestamp: shifted.unwrap_or(frame.timestamp),
                link_type: frame.link_type,
                wire_len: frame.wire_len,
                data: frame.data.to_vec(),
                key: key_of(&frame),
            });
        }
    }
    kept
}

/// What is known of the application of each flow, in the order of the text.
fn labels(frames: &[Kept], ndpi: Ndpi, meters: u32) -> Vec<String> {
    let modules = ndpi.max_parts();
    // No more meters than modules.
    let parts = ndpi.share_out(NonZeroU32::new(meters).unwrap());
    let count = NonZeroU32::new(u32::try_from(parts.len()).unwrap()).unwrap();
    assert_eq!(count.get(), meters.min(modules.get()));
    let mut labels: Vec<String> = thread::scope(|scope| {
        let meters: Vec<_> = (0..)
            .zip(parts)
            .map(|(meter, part)| {
                let mine = move |kept: &&Kept| {
                    let part = kept.key.map(|key| key.part(modules, count));
                    part == Some(meter)
                };
                scope.spawn(move || labels_of(frames.iter().filter(mine), part))
            })
            .collect();
        meters
            .into_iter()
            .flat_map(|meter| meter.join().unwrap())
            .collect()
    });
    labels.sort_unstable();
    labels
}

/// What one meter finds.
fn labels_of<'a>(frames: impl Iterator<Item = &'a Kept>, ndpi: Ndpi) -> Vec<String> {
    let mut config = FlowTableConfig::default();
    config.n_dissections = 20;
    let mut table = FlowTable::with_dissector(&config, (), ndpi);
    let mut labels = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, ()>| {
        let flow = &record.flow;
        labels.push(format!(
            "{:?} {:?} {} {} {}: {:?}",
            flow.source(),
            flow.destination(),
            flow.protocol(),
            flow.vlan_id(),
            flow.first_seen().as_nanos(),
            flow.application()
        ));
        Ok::<_, Infallible>(())
    });
    let decoder = Decoder::new();
    for kept in frames {
        let packet = decoder.decode(&kept.frame()).unwrap();
        let Ok(()) = table.push(&packet, &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    labels
}

/// The labels, which are the same for any number of meters.
fn assert_same_for_any_number_of_meters(frames: &[Kept], ndpi: &NdpiBuilder) -> Vec<String> {
    let found = |meters| labels(frames, ndpi.build().unwrap(), meters);
    let alone = found(1);
    for meters in [2, 3, 4, 16] {
        let found = found(meters);
        assert_eq!(found.len(), alone.len());
        for (found, alone) in found.iter().zip(&alone) {
            assert_eq!(found, alone, "{meters} meters");
        }
    }
    alone
}

/// Puts another address into a frame wherever the one of a client stands.
fn replace(data: &mut [u8], client: IpAddr, other: IpAddr) {
    fn replace<const N: usize>(data: &mut [u8], client: [u8; N], other: [u8; N]) {
        for at in 0..data.len().saturating_sub(N) {
            if data[at..at + N] == client {
                data[at..at + N].copy_from_slice(&other);
            }
        }
    }
    match (client, other) {
        (IpAddr::V4(client), IpAddr::V4(other)) => replace(data, client.octets(), other.octets()),
        (IpAddr::V6(client), IpAddr::V6(other)) => replace(data, client.octets(), other.octets()),
        _ => panic!("addresses of one version"),
    }
}

/// How many clients make the recorded capture at the same time.
const CLIENTS: u8 = 20;

/// The recorded capture as all of these clients would have made it.
fn recorded_of_all_clients() -> Vec<Kept> {
    let recorded = read(&Path::new(REPOSITORY).join("tests/data/mixed.pcap"), None);
    assert_eq!(recorded.len(), 507);
    let mut frames = Vec::new();
    for kept in recorded {
        for number in 0..CLIENTS {
            let mut data = kept.data.clone();
            for network in [[192, 0, 2], [198, 51, 100]] {
                let [a, b, c] = network;
                let other = Ipv4Addr::new(a, b, c, 100 + number);
                replace(&mut data, Ipv4Addr::new(a, b, c, 10).into(), other.into());
            }
            for prefix in ["2001:db8::", "2001:db8:42::"] {
                let prefix = prefix.parse::<Ipv6Addr>().unwrap().to_bits();
                let host = |number: u128| Ipv6Addr::from_bits(prefix + number).into();
                replace(&mut data, host(0x10), host(0x100 + u128::from(number)));
            }
            let mut frame = kept.frame();
            frame.data = &data;
            let key = key_of(&frame);
            frames.push(Kept { data, key, ..kept });
        }
    }
    frames
}

#[test]
fn labels_of_recorded_traffic_do_not_depend_on_the_number_of_meters() {
    let frames = recorded_of_all_clients();
    let keys = frames.iter().filter_map(|kept| kept.key);
    let shards: BTreeSet<_> = keys.map(|key| key.shard(MODULES)).collect();
    assert_eq!(shards.len(), 4, "each module has something to do");

    let labels = assert_same_for_any_number_of_meters(&frames, &ndpi());
    assert!(labels.len() > 40 * usize::from(CLIENTS));
    for name in [
        "DNS", "HTTP", "TLS", "QUIC", "SSH", "NTP", "ICMP", "Unknown",
    ] {
        let of_name = format!("name: \"{name}\"");
        let flows = labels
            .iter()
            .filter(|label| label.contains(&of_name))
            .count();
        assert!(flows >= usize::from(CLIENTS), "{flows} flows of {name}");
    }
}

/// Nor does which flows there was no room for.
#[test]
fn flows_without_room_do_not_depend_on_the_number_of_meters() {
    let ndpi = ndpi().max_flows(40);
    let labels = assert_same_for_any_number_of_meters(&recorded_of_all_clients(), &ndpi);
    let refused = labels.iter().filter(|label| label.ends_with(": None"));
    let refused = refused.count();
    assert!((100..labels.len() - 100).contains(&refused), "{refused}");
}

/// Captures of others, where they are to be had; see the conformance tests.
fn captures() -> io::Result<Option<Vec<PathBuf>>> {
    let packed = Path::new(REPOSITORY).join("../shared/conformance");
    if !packed.is_dir() {
        let rule = "=".repeat(100);
        // Not by `eprintln`, whose output is only seen when a test fails.
        writeln!(
            io::stderr(),
            "{rule}\nSKIPPED: labels by meters are NOT TESTED over captures of others: there is no {}\n{rule}",
            packed.display()
        )?;
        return Ok(None);
    }
    let target = Path::new(REPOSITORY).join("target");
    fs::create_dir_all(&target)?;
    let lock = File::create(target.join("conformance.lock"))?;
    lock.lock()?;
    let root = target.join("conformance");
    let status = Command::new(packed.join("unpack.sh")).arg(&root).status()?;
    assert!(status.success());
    let mut paths = Vec::new();
    for entry in fs::read_dir(root.join("captures"))? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(Some(paths))
}

/// One capture after another, an hour between them, as one stream of packets.
#[test]
fn labels_of_captures_of_others_do_not_depend_on_the_number_of_meters() {
    /// Larger ones take long.
    const LARGEST: u64 = 300_000;
    let Some(paths) = captures().unwrap() else {
        return;
    };
    let mut frames: Vec<Kept> = Vec::new();
    let mut start = Timestamp::from_millis(1_000_000_000_000);
    // Some of all, and those whose flows nDPI labels by other flows.
    let by_others = ["bittorrent", "stun", "teams", "tinc", "whatsapp", "zoom"];
    for (number, path) in paths.iter().enumerate() {
        let name = path.to_string_lossy().to_lowercase();
        let wanted = number % 20 == 0 || by_others.iter().any(|part| name.contains(part));
        if !wanted || fs::metadata(path).unwrap().len() > LARGEST {
            continue;
        }
        let capture = read(path, Some(start));
        let last = capture.iter().map(|kept| kept.timestamp).max();
        start = later(last.unwrap_or(start), Duration::from_hours(1));
        frames.extend(capture);
    }
    let labels_found = assert_same_for_any_number_of_meters(&frames, &ndpi());
    let known = labels_found
        .iter()
        .filter(|label| !label.contains("name: \"Unknown\""));
    let known = known.count();
    assert!(
        known > 100,
        "{known} of {} flows are known",
        labels_found.len()
    );

    // Were it not for the fixed number of modules, labels would not be the same.
    let one_module = ndpi().modules(NonZeroU32::MIN).build().unwrap();
    assert_ne!(labels(&frames, one_module, 1), labels_found);
}
