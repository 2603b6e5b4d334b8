//! The numbered differences of docs/differences.md, and which packets show them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{fmt, fs, io};

use nfstream_capture::{CaptureFiles, PacketSource, Received};
use nfstream_decode::{DecodeError, Decoder, Frame, Layer, LinkType, Packet, Reason, Tunnel};

use crate::libpcap;
use crate::nfstream::{self, ModelPacket, TcpFlags};
use crate::ours::Key;

/// The number of a difference in docs/differences.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Difference(pub(crate) u8);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D{:02}", self.0)
    }
}

/// The packets of a capture that NFStream and we see differently, by the flows that they belong to.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    by_flow: BTreeMap<Key, Difference>,
}

impl Differences {
    /// Why a flow differs.
    pub(crate) fn of_flow(&self, key: &Key) -> Option<Difference> {
        self.by_flow.get(key).copied()
    }
}

/// A frame as our reader gives it, for keeps.
pub(crate) struct OwnFrame {
    frame: Frame<'static>,
    data: Vec<u8>,
}

impl OwnFrame {
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame {
            data: &self.data,
            ..self.frame
        }
    }
}

/// One packet of a capture, as we see it and as NFStream does; `None` for one that is not metered.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) ours: Option<Key>,
    pub(crate) model: Option<Key>,
    /// Where they differ, why.
    pub(crate) difference: Option<Difference>,
}

/// Reads a file with libpcap's model and with our reader, decodes each packet with both decoders, and gives each difference
/// its number.
///
/// # Panics
///
/// A packet differs, and no rule says why.
pub(crate) fn pairs(path: &PathBuf, decode_tunnels: bool) -> io::Result<Vec<Pair>> {
    let decoder = Decoder::new().decode_tunnels(decode_tunnels);
    let bytes = fs::read(path)?;
    let reading = libpcap::read(&bytes).unwrap_or_default();
    let mut theirs = reading.packets.iter().peekable();
    let mut pairs = Vec::new();
    for (number, own) in read(path).iter().enumerate() {
        let frame = own.frame();
        let decoded = decoder.decode(&frame);
        let paired = theirs
            .next_if(|read| (read.frame.data, read.frame.wire_len) == (frame.data, frame.wire_len));
        let model = paired.and_then(|read| nfstream::decode(&read.frame, decode_tunnels));
        let difference = match paired {
            None => Some(NOT_READ),
            Some(read) if same(decoded.as_ref().ok(), model.as_ref()) => {
                (read.time_ms != frame.timestamp.as_millis()).then_some(TIMES)
            }
            Some(_) => {
                let number_of = number_of(&frame, &decoded, model.as_ref());
                let what = || format!("{}, packet {number}: {decoded:?} {model:?}", path.display());
                assert!(number_of.is_some(), "{}", what());
                number_of
            }
        };
        pairs.push(Pair {
            ours: decoded.ok().as_ref().map(our_key),
            model: model.as_ref().map(model_key),
            difference,
        });
    }
    pairs.extend(theirs.map(|read| {
        Pair {
            ours: None,
            model: nfstream::decode(&read.frame, decode_tunnels)
                .as_ref()
                .map(model_key),
            difference: Some(NOT_READ),
        }
    }));
    Ok(pairs)
}

/// The packets of several files that differ.
pub(crate) fn differences(files: &[PathBuf], decode_tunnels: bool) -> io::Result<Differences> {
    let mut known = Differences::default();
    for path in files {
        for pair in pairs(path, decode_tunnels)? {
            if let Some(difference) = pair.difference {
                for key in pair.ours.into_iter().chain(pair.model) {
                    known.by_flow.entry(key).or_insert(difference);
                }
            }
        }
    }
    Ok(known)
}

fn our_key(packet: &Packet<'_>) -> Key {
    let mut ends = vec![
        (packet.src_ip(), packet.src_port()),
        (packet.dst_ip(), packet.dst_port()),
    ];
    ends.sort();
    (
        ends,
        packet.protocol(),
        packet.vlan_id(),
        packet.tunnel().id(),
    )
}

fn model_key(packet: &ModelPacket) -> Key {
    let mut ends = vec![
        (packet.src_ip, packet.src_port),
        (packet.dst_ip, packet.dst_port),
    ];
    ends.sort();
    (ends, packet.protocol, packet.vlan_id, packet.tunnel_id)
}

/// All frames of a file that we read.
pub(crate) fn read(path: &PathBuf) -> Vec<OwnFrame> {
    let mut source = CaptureFiles::open([path]).unwrap();
    let mut frames = Vec::new();
    loop {
        match source.receive() {
            Ok(Received::Frames(window)) => frames.extend(window.iter().map(|frame| OwnFrame {
                frame: Frame { data: &[], ..frame },
                data: frame.data.to_vec(),
            })),
            Ok(_) => return frames,
            Err(_) => {}
        }
    }
}

/// Whether both make the same of a packet.
fn same(ours: Option<&Packet<'_>>, model: Option<&ModelPacket>) -> bool {
    let (Some(ours), Some(model)) = (ours, model) else {
        return ours.is_none() && model.is_none();
    };
    let flags = TcpFlags::COLUMNS
        .iter()
        .all(|&(_, mask)| (ours.tcp_flags().bits() & mask != 0) == model.flags.has(mask));
    flags
        && (ours.src_ip(), ours.src_port(), ours.src_mac().0)
            == (model.src_ip, model.src_port, model.src_mac)
        && (ours.dst_ip(), ours.dst_port(), ours.dst_mac().0)
            == (model.dst_ip, model.dst_port, model.dst_mac)
        && (ours.protocol(), ours.vlan_id(), ours.tunnel().id())
            == (model.protocol, model.vlan_id, model.tunnel_id)
        && ours.raw_size() == u32::from(model.raw_size)
        && ours.ip_size() == u32::from(model.ip_size)
        && ours.transport_size() == u32::from(model.transport_size)
        && ours.payload_size() == u32::from(model.payload_size)
}

const TIMES: Difference = Difference(1);
const UNKNOWN_TYPES: Difference = Difference(2);
const SERVICE_TAGS: Difference = Difference(3);
const LLC: Difference = Difference(4);
const PPP: Difference = Difference(5);
const MPLS: Difference = Difference(6);
const LINK_TYPES: Difference = Difference(7);
const WIFI: Difference = Difference(8);
const SHORT_FRAMES: Difference = Difference(9);
const CUT_HEADERS: Difference = Difference(10);
const CUT_IPV6: Difference = Difference(11);
const NO_LENGTH: Difference = Difference(12);
const LARGE_PACKETS: Difference = Difference(13);
const IPV4_HEADER: Difference = Difference(14);
const NO_NEXT_HEADER: Difference = Difference(15);
const FRAGMENTS: Difference = Difference(16);
const TUNNELS_IN_IPV6: Difference = Difference(17);
const GTP: Difference = Difference(18);
const TZSP: Difference = Difference(19);
const CAPWAP: Difference = Difference(20);
const NOT_READ: Difference = Difference(21);

/// Why NFStream and we see a packet differently.
fn number_of(
    frame: &Frame<'_>,
    decoded: &Result<Packet<'_>, DecodeError>,
    model: Option<&ModelPacket>,
) -> Option<Difference> {
    let outside = Outside::of(frame);
    let (ours, error) = (decoded.as_ref().ok(), decoded.as_ref().err().copied());
    let tunnel = ours.map(Packet::tunnel);
    let tunnel_id = model.map(|model| model.tunnel_id);
    let layer = error.map(|error| error.layer);
    let reason = error.map(|error| error.reason);
    let on_port = |port| {
        ours.is_some_and(|packet| [packet.src_port(), packet.dst_port()].contains(&port))
            || model.is_some_and(|packet| [packet.src_port, packet.dst_port].contains(&port))
    };
    let rules = [
        (
            LINK_TYPES,
            [12, 14, 105, 108, 276].contains(&frame.link_type.0),
        ),
        (WIFI, frame.link_type == LinkType::IEEE802_11_RADIOTAP),
        (
            CUT_HEADERS,
            model.is_some_and(|model| model.reads_past_capture)
                || reason == Some(Reason::Truncated),
        ),
        (
            SHORT_FRAMES,
            model.is_none() && frame.data.len() < outside.link_header + 28,
        ),
        (SERVICE_TAGS, outside.has_service_tag),
        (
            TUNNELS_IN_IPV6,
            tunnel_id == Some(0)
                && tunnel.is_some_and(|tunnel| tunnel != Tunnel::None)
                && outside.ip_version == 6,
        ),
        (
            TZSP,
            tunnel_id == Some(3) || tunnel == Some(Tunnel::Tzsp) || on_port(37_008),
        ),
        (
            GTP,
            tunnel_id == Some(1) || tunnel == Some(Tunnel::Gtp) || on_port(2152),
        ),
        (
            CAPWAP,
            tunnel_id == Some(2) || tunnel == Some(Tunnel::Capwap) || on_port(5247),
        ),
        (
            PPP,
            [9, 50, 104].contains(&frame.link_type.0) || outside.is_pppoe,
        ),
        (LLC, outside.is_llc),
        (MPLS, outside.is_mpls),
        (
            UNKNOWN_TYPES,
            reason == Some(Reason::NotIp)
                && matches!(
                    layer,
                    Some(Layer::Ethernet | Layer::Vlan | Layer::LinuxCooked)
                ),
        ),
        (
            IPV4_HEADER,
            (layer, reason) == (Some(Layer::Ipv4), Some(Reason::Malformed)),
        ),
        (FRAGMENTS, reason == Some(Reason::Fragment)),
        (
            NO_NEXT_HEADER,
            ours.is_some_and(|packet| packet.protocol() == 59),
        ),
        (LARGE_PACKETS, frame.wire_len > 0xffff),
        (NO_LENGTH, outside.ip_length == 0),
        (
            CUT_IPV6,
            model.is_none() && ours.is_some() && outside.cut_ipv6,
        ),
    ];
    rules
        .iter()
        .find(|(_, applies)| *applies)
        .map(|(difference, _)| *difference)
}

/// What the outside of a frame shows: a look of its own, to keep the rules apart from the decoders.
#[derive(Debug, Default)]
struct Outside {
    link_header: usize,
    has_service_tag: bool,
    is_pppoe: bool,
    is_mpls: bool,
    is_llc: bool,
    ip_version: u8,
    /// Total length (IPv4) or payload length (IPv6) of the outermost IP header; 1 without one.
    ip_length: u16,
    /// Whether an IPv6 packet goes beyond what was captured: the outermost or one in it.
    cut_ipv6: bool,
}

impl Outside {
    fn of(frame: &Frame<'_>) -> Self {
        let data = frame.data;
        let word = |at: usize| {
            data.get(at..at + 2)
                .map_or(0, |bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
        };
        let mut outside = Self {
            ip_length: 1,
            ..Self::default()
        };
        let (mut at, mut ethertype) = match frame.link_type {
            LinkType::ETHERNET => (14, word(12)),
            LinkType::LINUX_SLL => (16, word(14)),
            LinkType::NULL => (4, 0x0800),
            _ => (0, 0x0800),
        };
        outside.link_header = at;
        while [0x8100, 0x88a8, 0x9100, 0x9200].contains(&ethertype) {
            outside.has_service_tag |= ethertype != 0x8100;
            ethertype = word(at + 2);
            at += 4;
        }
        outside.is_llc = frame.link_type == LinkType::ETHERNET && ethertype <= 1500;
        outside.is_pppoe = ethertype == 0x8864;
        outside.is_mpls = [0x8847, 0x8848].contains(&ethertype);
        outside.ip_version = data.get(at).map_or(0, |byte| byte >> 4);
        outside.ip_length = match outside.ip_version {
            4 => word(at + 2),
            6 => word(at + 4),
            _ => 1,
        };
        let ends = |at: usize| at + 40 + usize::from(word(at + 4)) > data.len();
        let inner = at + usize::from(data.get(at).map_or(0, |byte| byte & 0x0f)) * 4;
        outside.cut_ipv6 = match outside.ip_version {
            6 => ends(at),
            4 => data.get(inner).is_some_and(|byte| byte >> 4 == 6) && ends(inner),
            _ => false,
        };
        outside
    }
}

/// Every number that explains something has its row in docs/differences.md, and every test that a row names exists.
#[test]
fn differences_are_documented_and_tested() -> io::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/differences.md"))?;
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| D"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    for number in 1..=NOT_READ.0 {
        let name = Difference(number).to_string();
        assert!(
            rows.iter().any(|row| row.get(1) == Some(&name.as_str())),
            "{name}"
        );
    }
    let mut sources = String::new();
    let mut folders = vec![root.join("crates"), root.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources += &fs::read_to_string(path)?;
            }
        }
    }
    for row in &rows {
        let [.., tests, _] = row.as_slice() else {
            panic!("{row:?}");
        };
        for test in tests.split('`').skip(1).step_by(2) {
            assert!(
                sources.contains(&format!("fn {test}(")),
                "{} names {test}",
                row[1]
            );
        }
    }
    Ok(())
}
