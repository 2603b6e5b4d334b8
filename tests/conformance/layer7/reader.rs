//! Our flows against those of ndpiReader, nDPI's own program.
//!
//! Its flows have no timeouts. Its table leaves out categories, and flows without a name; they come from the list that it
//! prints, where the program is installed.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io;
use std::process::{Command, Stdio};

use nfstream::dissect::ndpi_version;

use super::classes::{Class, Classes, Compared, Frames};
use super::dissected::{Dissected, Key, dissect, key};
use super::threads::in_parallel;
use crate::corpus::{Capture, Corpus, say_skipped};
use crate::figures::hold_for_version;
use crate::golden::Table;

/// The program.
const PROGRAM: &str = "ndpiReader";

/// The version of nDPI whose answers there are.
const VERSION: &str = "4.2";

/// The least that must be equal, in percent, whatever explains the rest.
const LEAST: usize = 99;

/// A flow of ndpiReader.
struct Reference {
    key: Key,
    /// Where it is told.
    vlan_id: Option<u16>,
    /// Where it is told.
    first_seen_ms: Option<u64>,
    values: Vec<(Value, String)>,
}

/// What is compared of a pair of flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Application,
    Category,
    ServerName,
    ClientJa3,
    ServerJa3,
    ClientHassh,
    ServerHassh,
}

/// All of a capture.
type References = Vec<Reference>;

impl Reference {
    /// The flows of its table.
    fn of_table(table: &Table) -> References {
        let reference = |row| {
            let text = |column: &str| {
                assert!(table.column(column).is_some(), "{column}");
                table.cell(row, column).to_owned()
            };
            let port = |column: &str| text(column).parse().unwrap();
            // One column of ours has the fingerprints of several protocols.
            let is_ssh = !(text("ssh_client_hassh") + &text("ssh_server_hassh")).is_empty();
            let fingerprints = if is_ssh {
                [
                    (Value::ClientHassh, text("ssh_client_hassh")),
                    (Value::ServerHassh, text("ssh_server_hassh")),
                ]
            } else {
                [
                    (Value::ClientJa3, text("ja3c")),
                    (Value::ServerJa3, text("ja3s")),
                ]
            };
            let names = [
                (Value::Application, text("ndpi_proto")),
                (Value::ServerName, text("server_name_sni")),
            ];
            Self {
                key: key(
                    (text("src_ip"), port("src_port")),
                    (text("dst_ip"), port("dst_port")),
                    text("protocol").parse().unwrap(),
                ),
                vlan_id: None,
                first_seen_ms: Some(text("first_seen").replace('.', "").parse().unwrap()),
                values: names.into_iter().chain(fingerprints).collect(),
            }
        };
        (0..table.rows.len()).map(reference).collect()
    }

    /// The flows of its list.
    fn of_text(text: &str) -> Vec<Self> {
        text.lines().filter_map(Self::of_line).collect()
    }

    /// A line such as `\t1\tUDP 10.0.0.1:5000 <-> [2001:db8::1]:53 [VLAN: 5][proto: 5/DNS][cat: Network/14][1 pkts/…`.
    ///
    /// # Panics
    ///
    /// It is a flow's, and cannot be taken apart.
    fn of_line(line: &str) -> Option<Self> {
        let (number, flow) = line.strip_prefix('\t')?.split_once('\t')?;
        number.parse::<u32>().ok()?;
        // What follows may be text from packets.
        let (head, _) = flow.split_once(" pkts/")?;
        let flow = || -> Option<Self> {
            let (ends, _) = head
                .split_once(" [VLAN: ")
                .or_else(|| head.split_once(" [proto: "))?;
            let (protocol, ends) = ends.split_once(' ')?;
            let (a, b) = ends
                .split_once(" <-> ")
                .or_else(|| ends.split_once(" -> "))?;
            let label = |name| head.split_once(name)?.1.split(']').next();
            let application = label("[proto: ")?.split_once('/')?.1;
            let category = match label("[cat: ") {
                Some(category) => category.rsplit_once('/')?.0,
                None => "Unspecified",
            };
            Some(Self {
                key: key(end(a)?, end(b)?, protocol_number(protocol)?),
                vlan_id: Some(label("[VLAN: ").unwrap_or("0").parse().ok()?),
                first_seen_ms: None,
                values: vec![
                    (Value::Application, application.to_owned()),
                    (Value::Category, category.to_owned()),
                ],
            })
        };
        Some(flow().unwrap_or_else(|| panic!("{line}")))
    }
}

/// An address and a port.
fn end(text: &str) -> Option<(String, u16)> {
    let (ip, port) = text.rsplit_once(':')?;
    let ip = ip.trim_start_matches('[').trim_end_matches(']');
    Some((ip.to_owned(), port.parse().ok()?))
}

/// ndpiReader's names of protocols; the others are numbers.
fn protocol_number(name: &str) -> Option<u8> {
    match name {
        "ICMP" => Some(1),
        "IGMP" => Some(2),
        "TCP" => Some(6),
        "UDP" => Some(17),
        "ICMPV6" => Some(58),
        "VRRP" => Some(112),
        number => number.parse().ok(),
    }
}

impl Value {
    fn of(self, ours: &Dissected) -> &str {
        match self {
            Self::Application => &ours.application,
            Self::Category => &ours.category,
            Self::ServerName => &ours.server_name,
            Self::ClientJa3 => &ours.client_ja3,
            Self::ClientHassh => &ours.client_fingerprint,
            Self::ServerJa3 | Self::ServerHassh => &ours.server_fingerprint,
        }
    }

    /// Whether flows without it do not count, lest they hide those with it.
    fn is_fingerprint(self) -> bool {
        !matches!(self, Self::Application | Self::Category | Self::ServerName)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Application => "application",
            Self::Category => "category",
            Self::ServerName => "server name",
            Self::ClientJa3 => "JA3",
            Self::ServerJa3 => "JA3S",
            Self::ClientHassh => "HASSH of clients",
            Self::ServerHassh => "HASSH of servers",
        })
    }
}

/// What was compared so far.
#[derive(Debug, Default)]
struct Tally {
    flows: usize,
    paired: usize,
    unpaired: Classes,
    values: BTreeMap<Value, Compared>,
    /// What nothing explains.
    unexplained: Vec<String>,
}

impl Tally {
    /// Compares the flows of one capture.
    fn compare(&mut self, capture: &Capture, references: &[Reference], ours: &[Dissected]) {
        let mut frames = Frames::of(capture.path.clone());
        let ours_of_key = by_key(ours, |ours| &ours.key);
        for (key, references) in by_key(references, |reference| &reference.key) {
            let ours = ours_of_key.get(key).map_or(&[][..], Vec::as_slice);
            let are_alone = references.len() == 1 && ours.len() == 1;
            for reference in references {
                self.flows += 1;
                let mut candidates = ours.iter().filter(|ours| {
                    are_alone
                        || reference.vlan_id.is_none_or(|id| id == ours.vlan_id)
                            && reference
                                .first_seen_ms
                                .is_none_or(|time| time == ours.first_seen_ms)
                });
                let name = &capture.name;
                match (candidates.next(), candidates.next()) {
                    (Some(ours), None) => {
                        self.paired += 1;
                        self.compare_pair(name, reference, ours, &mut frames);
                    }
                    (Some(_), Some(_)) => {
                        self.unexplained.push(format!("{name}: several {key:?}"));
                    }
                    (None, _) => match frames.why_missing(key) {
                        Some(class) => self.unpaired.add(class),
                        None => self
                            .unexplained
                            .push(format!("{name}: only theirs {key:?}")),
                    },
                }
            }
        }
    }

    fn compare_pair(
        &mut self,
        capture: &str,
        reference: &Reference,
        ours: &Dissected,
        frames: &mut Frames,
    ) {
        for (value, theirs) in &reference.values {
            let own = value.of(ours);
            if value.is_fingerprint() && theirs.is_empty() && own.is_empty() {
                continue;
            }
            let difference = (theirs != own).then(|| frames.why_different(*value, theirs, ours));
            if difference == Some(None) {
                self.unexplained
                    .push(format!("{capture}: {value} {theirs:?}, ours {ours:?}"));
            } else {
                let compared = self.values.entry(*value).or_default();
                compared.add(difference.flatten());
            }
        }
    }

    /// Says how it went, and panics where something is not explained, is not what is committed, or is too little.
    fn finish(&self, what: &str) -> io::Result<()> {
        let Self {
            flows,
            paired,
            unpaired,
            values,
            unexplained,
        } = self;
        let shown: Vec<_> = unexplained.iter().take(30).collect();
        assert!(
            unexplained.is_empty(),
            "{} differences are not explained, such as {shown:#?}",
            unexplained.len()
        );
        let mut line = format!("{what}: {paired} of {flows} flows paired{unpaired}; equal:");
        for (number, (value, compared)) in values.iter().enumerate() {
            let separator = if number == 0 { "" } else { ";" };
            write!(line, "{separator} {value} {compared}").unwrap();
            assert!(
                value.is_fingerprint() || compared.is_at_least(LEAST),
                "{value}: {compared}"
            );
        }
        hold_for_version(ndpi_version(), &line)
    }
}

impl Frames {
    /// Why a value of a flow of ours is not ndpiReader's.
    fn why_different(&mut self, value: Value, theirs: &str, ours: &Dissected) -> Option<Class> {
        match value {
            Value::ServerName if theirs.starts_with("SSH-") && ours.server_name.is_empty() => {
                Some(Class::SshBanner)
            }
            Value::ServerJa3
                if ours.application.starts_with("DTLS")
                    && theirs.is_empty()
                    && ours.client_ja3.is_empty() =>
            {
                Some(Class::ServerAlone)
            }
            _ if self.has_unsound_header(&ours.key) => Some(Class::UnsoundHeader),
            _ => None,
        }
    }
}

/// The flows of each key.
fn by_key<T, K: Ord>(flows: &[T], key: impl Fn(&T) -> &K) -> BTreeMap<&K, Vec<&T>> {
    let mut by_key: BTreeMap<&K, Vec<&T>> = BTreeMap::new();
    for flow in flows {
        by_key.entry(key(flow)).or_default().push(flow);
    }
    by_key
}

/// What the program prints of a capture, if it is installed and of the version that is asked for.
fn run(capture: &Capture) -> io::Result<String> {
    let output = Command::new(PROGRAM)
        .args(["-t", "-v", "2", "-i"])
        .arg(&capture.path)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let name = &capture.name;
        return Err(io::Error::other(format!("{name}: {}", output.status)));
    }
    // It shows what packets hold.
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The version that the program says it is; empty where it cannot be run.
fn program_version() -> String {
    let help = Command::new(PROGRAM)
        .arg("-h")
        .stdin(Stdio::null())
        .output();
    let help = help.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let help = help.unwrap_or_default();
    let version = help
        .split_once("nDPI ")
        .and_then(|(_, rest)| rest.split_whitespace().next());
    version.unwrap_or_default().to_owned()
}

/// The captures that there is a table of ndpiReader for, with its flows; `None`, and a message that nobody can miss, where
/// they cannot be compared.
fn references() -> io::Result<Option<Vec<(Capture, References)>>> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(None);
    };
    let version = ndpi_version();
    if !version.starts_with(VERSION) {
        say_skipped(&format!(
            "ndpiReader's flows: nDPI is {version}, not {VERSION}"
        ))?;
        return Ok(None);
    }
    let mut references = Vec::new();
    for capture in corpus.captures()? {
        if let Some(table) = corpus.reader_flows(&capture.name)? {
            references.push((capture, Reference::of_table(&table)));
        }
    }
    Ok(Some(references))
}

#[test]
fn flows_of_ndpi_reader() -> io::Result<()> {
    let Some(references) = references()? else {
        return Ok(());
    };
    let flows = in_parallel(&references, |(capture, _)| dissect(&capture.path));
    let mut tally = Tally::default();
    for ((capture, references), ours) in references.iter().zip(&flows) {
        tally.compare(capture, references, ours);
    }
    tally.finish("ndpiReader's table")?;

    let version = program_version();
    if !version.starts_with(VERSION) {
        let found = if version.is_empty() {
            "no version"
        } else {
            &version
        };
        return say_skipped(&format!(
            "categories: they need {PROGRAM} {VERSION} (Debian: libndpi-bin), and {found} is installed"
        ));
    }
    let texts = in_parallel(&references, |(capture, _)| run(capture));
    let mut tally = Tally::default();
    for (((capture, _), text), ours) in references.iter().zip(texts).zip(&flows) {
        tally.compare(capture, &Reference::of_text(&text?), ours);
    }
    tally.finish("ndpiReader's list")
}

#[test]
fn a_line_of_the_list_is_taken_apart() {
    let line = "\t2\tUDP [fe80::1]:5353 -> 10.0.0.1:53 [VLAN: 5][proto: 5.228/DNS.PlayStore][ClearText][Confidence: DPI][cat: Software/Update/19][1 pkts/97 bytes -> 0 pkts/0 bytes][Hostname/SNI: [cat: x/1]]";
    let flow = Reference::of_line(line).unwrap();
    let ends = [("10.0.0.1".to_owned(), 53), ("fe80::1".to_owned(), 5353)];
    assert_eq!((flow.key, flow.vlan_id), ((ends, 17), Some(5)));
    let values = [
        (Value::Application, "DNS.PlayStore".to_owned()),
        (Value::Category, "Software/Update".to_owned()),
    ];
    assert_eq!(flow.values, values);
    let unknown =
        "\t1\t132 1.2.3.4:0 <-> 1.2.3.5:0 [proto: 0/Unknown][Confidence: Unknown][1 pkts/60 bytes";
    let flow = Reference::of_line(unknown).unwrap();
    assert_eq!((flow.key.1, flow.vlan_id), (132, Some(0)));
    assert_eq!(flow.values[1].1, "Unspecified");
    assert!(Reference::of_line("\tUnique flows:          1").is_none());
}
