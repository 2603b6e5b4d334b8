//! Fingerprints of TLS clients against those of nDPI, which NFStream 6.6.0 shows in its column `client_fingerprint`.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use nfstream::flow::OwnedFlowRecord;
use nfstream::plugins::{Ja4, Ja4Columns};

use crate::corpus::{Capture, Corpus};
use crate::golden::Table;
use crate::records;

/// Why a part of a fingerprint of ours, or all of it, is not nDPI's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// Without extensions that count nDPI hashes the empty list; the specification wants zeros.
    EmptyList,
    /// The client names an address as server. To nDPI that is no name; to the specification the extension counts.
    AddressAsServerName,
    /// nDPI 4.11 says `d` where there is no extension with a server name.
    NoServerName,
    /// nDPI 4.11 takes the first two characters of the application protocol (or `0` for the second), in the place of the first and the last.
    ApplicationProtocol,
    /// nDPI takes the highest number of the versions of DTLS, which is the oldest.
    VersionOfDtls,
    /// nDPI finds the hello behind STARTTLS, and takes what it can read of a malformed one.
    NotRead,
    /// Google's T050, whose frames are not those of QUIC.
    GoogleQuic,
    /// nDPI makes no fingerprint of so many cipher suites.
    ManySuites,
    /// nDPI takes the flow, of which other packets are damaged, for something else.
    Damaged,
}

/// Why two fingerprints differ, part by part; an empty one is none. `None`: nothing explains a part.
fn classes(theirs: &str, ours: &str) -> Option<Vec<Class>> {
    if theirs.is_empty() {
        let has_many = ours.get(4..6)? == "99";
        return Some(vec![if has_many {
            Class::ManySuites
        } else {
            Class::Damaged
        }]);
    }
    if ours.is_empty() {
        let is_quic = theirs.starts_with('q');
        return Some(vec![if is_quic {
            Class::GoogleQuic
        } else {
            Class::NotRead
        }]);
    }
    // Carrier, version, server name, counts, application protocol, hashes.
    let parts = [0..1, 1..3, 3..4, 4..8, 8..10, 10..24, 24..36];
    let parts = parts.map(|part| (theirs.get(part.clone()), ours.get(part)));
    let different = parts.into_iter().filter(|(theirs, ours)| theirs != ours);
    different
        .map(|(theirs, ours)| match (theirs?, ours?) {
            ("d2", "d3") => Some(Class::VersionOfDtls),
            ("i", "d") => Some(Class::AddressAsServerName),
            ("d", "i") => Some(Class::NoServerName),
            ("e3b0c44298fc", "000000000000") => Some(Class::EmptyList),
            (theirs, ours) if theirs.len() == 2 && theirs.as_bytes()[0] == ours.as_bytes()[0] => {
                Some(Class::ApplicationProtocol)
            }
            _ => None,
        })
        .collect()
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Compared {
    equal: usize,
    different: usize,
    /// A fingerprint may differ for several reasons.
    reasons: BTreeMap<Class, usize>,
    /// Of flows that the other side has not.
    only_ours: usize,
    unexplained: Vec<String>,
}

impl Compared {
    fn add(&mut self, capture: &Capture, theirs: &str, ours: &str) {
        if theirs == ours {
            self.equal += 1;
        } else if let Some(classes) = classes(theirs, ours) {
            self.different += 1;
            for class in classes {
                *self.reasons.entry(class).or_default() += 1;
            }
        } else {
            let line = format!("{}: {theirs:?}, ours {ours:?}", capture.name);
            self.unexplained.push(line);
        }
    }
}

/// The fingerprint; empty where there is none.
fn text(record: &OwnedFlowRecord<Ja4Columns>) -> String {
    let ja4 = record.output.ja4;
    ja4.map_or(String::new(), |ja4| ja4.to_string())
}

fn is_ja4(text: &str) -> bool {
    let dashes = text.match_indices('_').map(|(place, _)| place);
    text.len() == 36 && dashes.eq([10, 23])
}

/// Compares with NFStream's tables.
fn compare(
    captures: &[Capture],
    golden: impl Fn(&str) -> io::Result<Option<Table>>,
) -> io::Result<Compared> {
    let mut compared = Compared::default();
    for capture in captures {
        let Some(golden) = golden(&capture.name)? else {
            continue;
        };
        // By ends, VLAN and first time; several in the order of their end.
        let mut ours: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in records(&capture.path, Ja4::new()) {
            let flow = record.flow();
            let key = format!(
                "{} {} {} {} {} {} {}",
                flow.src_ip(),
                flow.src_port(),
                flow.dst_ip(),
                flow.dst_port(),
                flow.protocol(),
                flow.vlan_id(),
                flow.first_seen().as_millis(),
            );
            ours.entry(key).or_default().insert(0, text(&record));
        }
        for row in 0..golden.rows.len() {
            let key = [
                "src_ip",
                "src_port",
                "dst_ip",
                "dst_port",
                "protocol",
                "vlan_id",
                "bidirectional_first_seen_ms",
            ]
            .map(|column| golden.cell(row, column))
            .join(" ");
            let own = ours.get_mut(&key).and_then(Vec::pop).unwrap_or_default();
            // The column has the fingerprints of SSH and DHCP, too.
            let theirs = golden.cell(row, "client_fingerprint");
            let theirs = if is_ja4(theirs) { theirs } else { "" };
            if !(theirs.is_empty() && own.is_empty()) {
                compared.add(capture, theirs, &own);
            }
        }
        let alone = ours.values().flatten();
        compared.only_ours += alone.filter(|own| !own.is_empty()).count();
    }
    Ok(compared)
}

#[test]
fn fingerprints_of_nfstream() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let compared = compare(&corpus.captures()?, |name| corpus.golden("c6", name))?;
    // NFStream 6.6.0 carries nDPI 5.0. Two of the flows it has not, as it reads no SLL2.
    let known = Compared {
        equal: 413,
        different: 23,
        reasons: BTreeMap::from([
            (Class::EmptyList, 7),
            (Class::AddressAsServerName, 11),
            (Class::VersionOfDtls, 1),
            (Class::NotRead, 1),
            (Class::GoogleQuic, 1),
            (Class::ManySuites, 2),
        ]),
        only_ours: 2,
        unexplained: Vec::new(),
    };
    assert_eq!(compared, known);
    Ok(())
}

#[test]
fn fingerprints_of_nfstream_in_malformed_captures() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let compared = compare(&corpus.bad_captures()?, |name| {
        corpus.golden_bad("c6", name)
    })?;
    let known = Compared {
        equal: 38,
        different: 9,
        reasons: BTreeMap::from([
            (Class::EmptyList, 1),
            (Class::AddressAsServerName, 2),
            (Class::NotRead, 4),
            (Class::ManySuites, 1),
            (Class::Damaged, 1),
        ]),
        only_ours: 1,
        unexplained: Vec::new(),
    };
    assert_eq!(compared, known);
    Ok(())
}

/// Both ends, the lower one first, and the protocol.
type Ends = ([(IpAddr, u16); 2], String);

/// The flows with a fingerprint that `ndpiReader` reports: `1 TCP 192.0.2.1:5000 <-> [2001:db8::1]:443 […][JA4: …]`.
fn reported(report: &str) -> Vec<(Ends, String)> {
    let flow = |line: &str| -> Option<(Ends, String)> {
        let (_, ja4) = line.split_once("[JA4: ")?;
        let (ja4, _) = ja4.split_once(']')?;
        let mut words = line.split_whitespace().skip(1);
        let (protocol, one, _, other) =
            (words.next()?, words.next()?, words.next()?, words.next()?);
        let end = |text: &str| -> Option<(IpAddr, u16)> {
            let (ip, port) = text.rsplit_once(':')?;
            let ip = ip.trim_matches(['[', ']']);
            Some((ip.parse().ok()?, port.parse().ok()?))
        };
        let mut ends = [end(one)?, end(other)?];
        ends.sort_unstable();
        Some(((ends, protocol.to_owned()), ja4.to_owned()))
    };
    report.lines().filter_map(flow).collect()
}

#[test]
fn fingerprints_of_ndpi() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let mut compared = Compared::default();
    for capture in corpus.captures()? {
        let Some(report) = corpus.reader_report(&capture.name)? else {
            continue;
        };
        let mut ours: BTreeMap<Ends, Vec<String>> = BTreeMap::new();
        for record in records(&capture.path, Ja4::new()) {
            let flow = record.flow();
            let mut ends = [
                (flow.src_ip(), flow.src_port()),
                (flow.dst_ip(), flow.dst_port()),
            ];
            ends.sort_unstable();
            let protocol = if flow.protocol() == 6 { "TCP" } else { "UDP" };
            let key = (ends, protocol.to_owned());
            ours.entry(key).or_default().push(text(&record));
        }
        for (ends, theirs) in reported(&report) {
            let own = ours.get(&ends).cloned().unwrap_or_default();
            // Time-outs may make several flows of one of nDPI's.
            let own = own.iter().find(|own| !own.is_empty());
            compared.add(&capture, &theirs, own.map_or("", String::as_str));
        }
    }
    // The two large classes are 4.11's own: nDPI 5.0 agrees with us about them.
    let known = Compared {
        equal: 150,
        different: 186,
        reasons: BTreeMap::from([
            (Class::EmptyList, 2),
            (Class::AddressAsServerName, 5),
            (Class::NoServerName, 38),
            (Class::ApplicationProtocol, 146),
            (Class::VersionOfDtls, 1),
            (Class::GoogleQuic, 1),
        ]),
        only_ours: 0,
        unexplained: Vec::new(),
    };
    assert_eq!(compared, known);
    Ok(())
}
