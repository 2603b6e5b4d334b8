//! Our fingerprints of TLS against Wireshark's, of the first hello of a flow.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use nfstream::dissect::ndpi_version;
use nfstream_decode::Packet;

use super::classes::{Class, Compared, Frames};
use super::dissected::{Dissected, Key, dissect, key, spelled};
use super::threads::in_parallel;
use crate::corpus::Corpus;
use crate::figures::hold_for_version;

/// The least that must be equal, in percent, whatever explains the rest.
const LEAST: usize = 97;

/// Who says hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// Fingerprints of the first hellos of a flow; empty where there is none.
#[derive(Clone, Debug, Default)]
struct Hellos {
    client: String,
    server: String,
}

impl Hellos {
    /// The hellos of a capture by flow.
    fn of_text(text: &str) -> BTreeMap<Key, Self> {
        let mut lines = text.lines();
        let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        let mut flows: BTreeMap<Key, Self> = BTreeMap::new();
        for line in lines {
            let cells: Vec<&str> = line.split('\t').collect();
            let cell = |name: &str| {
                let column = columns.iter().position(|column| *column == name).unwrap();
                cells.get(column).copied().unwrap_or_default()
            };
            // Of several the last one is the innermost.
            let last = |name: &str| cell(name).rsplit(',').next().unwrap_or_default();
            let protocol = if cell("tcp.srcport").is_empty() {
                17
            } else {
                6
            };
            let port = |side: &str| {
                let transport = if protocol == 6 { "tcp" } else { "udp" };
                let port = last(&format!("{transport}.{side}port"));
                port.parse().unwrap()
            };
            // Nothing tells which one is inside of the other, where both versions occur.
            for version in ["ip", "ipv6"] {
                let ip = |side: &str| last(&format!("{version}.{side}")).parse::<IpAddr>();
                let (Ok(src), Ok(dst)) = (ip("src"), ip("dst")) else {
                    continue;
                };
                let src = (spelled(src), port("src"));
                let dst = (spelled(dst), port("dst"));
                let hellos = flows.entry(key(src, dst, protocol)).or_default();
                for (first, hello) in [
                    (&mut hellos.client, cell("tls.handshake.ja3")),
                    (&mut hellos.server, cell("tls.handshake.ja3s")),
                ] {
                    if first.is_empty() {
                        hello.split(',').next().unwrap().clone_into(first);
                    }
                }
            }
        }
        flows
    }
}

/// Why our fingerprint is not Wireshark's.
fn why_different(side: Side, theirs: &str, ours: &Dissected, frames: &mut Frames) -> Option<Class> {
    let shows_hello = |packet: &Packet<'_>| hello(packet, side).is_some();
    if theirs.is_empty() {
        return frames
            .has_packet(&ours.key, shows_hello)
            .then_some(Class::UnseenHello);
    }
    (side == Side::Client && frames.has_packet(&ours.key, is_long)).then_some(Class::LongHello)
}

/// The hello that the payload of a packet starts with: behind the headers of record and handshake (RFC 5246 §6.2.1, §7.4;
/// RFC 6347 §4.1, §4.2.2).
fn hello<'a>(packet: &Packet<'a>, side: Side) -> Option<&'a [u8]> {
    const HANDSHAKE: u8 = 22;
    let message = match side {
        Side::Client => 1,
        Side::Server => 2,
    };
    let (record_header, handshake_header) = match packet.payload() {
        [HANDSHAKE, 3, ..] => (5, 4),
        [HANDSHAKE, 0xfe, ..] => (13, 12),
        _ => return None,
    };
    let handshake = packet.payload().get(record_header..)?;
    (*handshake.first()? == message).then_some(())?;
    handshake.get(handshake_header..)
}

/// Whether the cipher suites of a client's hello alone, in decimal, are more than nDPI 4.2 makes a JA3 of.
fn is_long(packet: &Packet<'_>) -> bool {
    const VERSION_AND_RANDOM: usize = 2 + 32;
    const LONGEST: usize = 1_023;

    let suites = || -> Option<&[u8]> {
        let hello = hello(packet, Side::Client)?;
        let session_id = usize::from(*hello.get(VERSION_AND_RANDOM)?);
        let suites = hello.get(VERSION_AND_RANDOM + 1 + session_id..)?;
        let length = usize::from(u16::from_be_bytes([*suites.first()?, *suites.get(1)?]));
        // What is not in this packet is left out.
        let suites = suites.get(2..)?;
        Some(suites.get(..length).unwrap_or(suites))
    };
    let text: usize = suites()
        .unwrap_or_default()
        .chunks_exact(2)
        .map(|suite| u16::from_be_bytes([suite[0], suite[1]]).to_string().len() + "-".len())
        .sum();
    text > LONGEST
}

#[test]
fn hellos_of_wireshark() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let mut captures = Vec::new();
    for capture in corpus.captures()? {
        if let Some(text) = corpus.hellos(&capture.name)? {
            captures.push((capture, Hellos::of_text(&text)));
        }
    }
    let flows = in_parallel(&captures, |(capture, _)| dissect(&capture.path));
    let mut compared = [Compared::default(), Compared::default()];
    let (mut only_theirs, mut unexplained) = ([0; 2], Vec::new());
    for ((capture, hellos), ours) in captures.iter().zip(&flows) {
        let mut frames = Frames::of(capture.path.clone());
        for ours in ours {
            // One column of ours has the fingerprints of several protocols.
            let is_tls = !ours.application.starts_with("SSH");
            let theirs = hellos.get(&ours.key).cloned().unwrap_or_default();
            for (number, (side, own, theirs)) in [
                (Side::Client, &ours.client_ja3, theirs.client),
                (Side::Server, &ours.server_fingerprint, theirs.server),
            ]
            .into_iter()
            .enumerate()
            {
                if own.is_empty() || !is_tls {
                    only_theirs[number] += usize::from(!theirs.is_empty());
                    continue;
                }
                let why = || why_different(side, &theirs, ours, &mut frames);
                let difference = (*own != theirs).then(why);
                if difference == Some(None) {
                    let name = &capture.name;
                    unexplained.push(format!("{name}: {side:?} {theirs:?}, ours {ours:?}"));
                } else {
                    compared[number].add(difference.flatten());
                }
            }
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    assert!(compared.iter().all(|compared| compared.is_at_least(LEAST)));
    let ([client, server], [client_only, server_only]) = (compared, only_theirs);
    let line = format!(
        "Wireshark's hellos: JA3 {client}, {client_only} only Wireshark's; JA3S {server}, {server_only} only Wireshark's"
    );
    hold_for_version(ndpi_version(), &line)
}
