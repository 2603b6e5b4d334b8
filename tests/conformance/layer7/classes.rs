//! Why an answer of ours differs from another program's, and the rules that find it out.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{AddrParseError, IpAddr};
use std::path::PathBuf;

use nfstream_decode::{DecodeError, Decoder, Packet, Reason};

use super::dissected::{Key, key, spelled};
use crate::difference::{OwnFrame, read};

/// Why an answer differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// The other program shows a packet that has another one inside, which is what we show.
    InnerPacket,
    /// The other program shows a packet that we ignore.
    Ignored(Reason),
    /// The other program takes GTP′ (protocol type 0) for GTP-U, and shows what it takes for the packet inside (see D18).
    GtpPrime,
    /// A transport header of the flow contradicts itself: such packets are kept from nDPI.
    UnsoundHeader,
    /// ndpiReader shows the client's banner of SSH in the place of a server name.
    SshBanner,
    /// ndpiReader shows the JA3S of DTLS only beside a JA3.
    ServerAlone,
    /// Wireshark shows no hello, though a packet starts with one: presumably it takes the port for another protocol's.
    UnseenHello,
    /// nDPI 4.2 makes JA3 of a text of at most 1,023 bytes, and leaves out what does not fit.
    LongHello,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InnerPacket => f.write_str("packets inside"),
            Self::Ignored(reason) => write!(f, "ignored packets ({reason})"),
            Self::GtpPrime => f.write_str("GTP′"),
            Self::UnsoundHeader => f.write_str("unsound headers"),
            Self::SshBanner => f.write_str("SSH banners"),
            Self::ServerAlone => f.write_str("servers alone"),
            Self::UnseenHello => f.write_str("unseen hellos"),
            Self::LongHello => f.write_str("long hellos"),
        }
    }
}

/// How often each class occurred.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes(BTreeMap<Class, usize>);

impl Classes {
    pub(super) fn add(&mut self, class: Class) {
        *self.0.entry(class).or_default() += 1;
    }
}

impl fmt::Display for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (class, count) in &self.0 {
            write!(f, ", {count} by {class}")?;
        }
        Ok(())
    }
}

/// What was compared of one kind.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pairs: usize,
    equal: usize,
    explained: Classes,
}

impl Compared {
    /// Counts a pair: `None` for an equal one, else its class.
    pub(super) fn add(&mut self, difference: Option<Class>) {
        self.pairs += 1;
        match difference {
            None => self.equal += 1,
            Some(class) => self.explained.add(class),
        }
    }

    /// Whether as many are equal as must be.
    pub(super) fn is_at_least(&self, percent: usize) -> bool {
        self.pairs > 0 && self.equal * 100 >= self.pairs * percent
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pairs,
            equal,
            explained,
        } = self;
        let percent = percent(*equal, *pairs);
        write!(f, "{equal} of {pairs} ({percent}{explained})")
    }
}

/// With two digits behind the point, rounded down: only what is all equal is 100 %.
pub(super) fn percent(part: usize, whole: usize) -> String {
    let hundredths = part * 10_000 / whole.max(1);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// The frames of a capture, read once, and only where a difference asks for them.
pub(super) struct Frames {
    path: PathBuf,
    frames: Option<Vec<OwnFrame>>,
}

impl Frames {
    pub(super) fn of(path: PathBuf) -> Self {
        Self { path, frames: None }
    }

    /// Why no flow of ours has this key: the first frame with its addresses and ports tells.
    pub(super) fn why_missing(&mut self, missing: &Key) -> Option<Class> {
        let headers = [header(missing, 0, 1).ok()?, header(missing, 1, 0).ok()?];
        self.first(|data, decoded| {
            let is_header = |window: &[u8]| headers.iter().any(|header| header == window);
            let shown = data.windows(headers[0].len()).position(is_header)?;
            let packet = match decoded {
                Ok(packet) => packet,
                Err(error) => return Some(Class::Ignored(error.reason)),
            };
            let ours = packet.ip_packet().as_ptr().addr() - data.as_ptr().addr();
            if shown < ours {
                Some(Class::InnerPacket)
            } else {
                is_gtp_prime(packet).then_some(Class::GtpPrime)
            }
        })
    }

    /// Whether a packet of a flow is kept from nDPI.
    pub(super) fn has_unsound_header(&mut self, of: &Key) -> bool {
        self.has_packet(of, is_unsound)
    }

    /// Whether a packet of a flow is such.
    pub(super) fn has_packet(&mut self, of: &Key, rule: impl Fn(&Packet<'_>) -> bool) -> bool {
        let found = self.first(|_, decoded| {
            let packet = decoded.as_ref().ok()?;
            (key_of(packet) == *of && rule(packet)).then_some(())
        });
        found.is_some()
    }

    fn first<T>(
        &mut self,
        rule: impl Fn(&[u8], &Result<Packet<'_>, DecodeError>) -> Option<T>,
    ) -> Option<T> {
        let frames = self.frames.get_or_insert_with(|| read(&self.path));
        frames.iter().find_map(|own| {
            let frame = own.frame();
            rule(frame.data, &Decoder::new().decode(&frame))
        })
    }
}

fn key_of(packet: &Packet<'_>) -> Key {
    key(
        (spelled(packet.src_ip()), packet.src_port()),
        (spelled(packet.dst_ip()), packet.dst_port()),
        packet.protocol(),
    )
}

/// What headers have from one end of a flow to the other: addresses, and behind them ports, where the protocol has some.
fn header(of: &Key, from: usize, to: usize) -> Result<Vec<u8>, AddrParseError> {
    let (ends, protocol) = of;
    let mut header = Vec::new();
    for (ip, _) in [&ends[from], &ends[to]] {
        match ip.parse()? {
            IpAddr::V4(ip) => header.extend(ip.octets()),
            IpAddr::V6(ip) => header.extend(ip.octets()),
        }
    }
    if [6, 17].contains(protocol) {
        for (_, port) in [&ends[from], &ends[to]] {
            header.extend(port.to_be_bytes());
        }
    }
    Ok(header)
}

/// Version 1 and protocol type 0 (TS 32.295 §6.1.1), on the port of GTP-U.
fn is_gtp_prime(packet: &Packet<'_>) -> bool {
    const PORT: u16 = 2152;
    let version_and_type = packet.payload().first().map(|byte| byte >> 4);
    [packet.src_port(), packet.dst_port()].contains(&PORT) && version_and_type == Some(0b0010)
}

/// Whether the lengths of a transport header contradict what there is of the packet: a look of its own, at headers of
/// IPv4 with options and of IPv6 without extensions.
fn is_unsound(packet: &Packet<'_>) -> bool {
    let bytes = packet.ip_packet();
    let word = |at: usize| {
        bytes.get(at..at + 2).map_or(0, |bytes| {
            usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
        })
    };
    let (header, end) = match bytes.first().map(|byte| byte >> 4) {
        Some(4) => (usize::from(bytes[0] & 0x0f) * 4, word(2)),
        Some(6) => (40, 40 + word(4)),
        _ => return false,
    };
    let transport = bytes.get(header..end.min(bytes.len())).unwrap_or_default();
    match packet.protocol() {
        6 => {
            let offset = transport
                .get(12)
                .map_or(0, |byte| usize::from(byte >> 4) * 4);
            offset < 20 || offset > transport.len()
        }
        17 => transport.len() < 8,
        _ => false,
    }
}
