//! Which format a stream has, and what the formats' parsers have in common.

use nfstream_decode::LinkType;

use crate::pcap::{self, Pcap};
use crate::pcapng::Pcapng;
use crate::{Damage, FrameLocation, Part};

/// How many bytes [`describe`] wants, where there are so many.
pub(crate) const DESCRIBABLE: usize = 8;

/// A parser and its state.
#[derive(Debug)]
pub(crate) enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// How far a parser came.
#[derive(Debug)]
pub(crate) struct Step {
    /// How many bytes are done with.
    pub(crate) consumed: usize,
    pub(crate) stop: Stop,
}

/// Why a parser stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The window is full.
    Full,
    /// The next part, which starts at `consumed`, is longer than the bytes at hand.
    Needs { part: Part, bytes: usize },
    /// What starts at `consumed` is damaged, and nothing behind it can be read.
    Lost(Damage),
    /// A damaged part started at `at`; it is consumed and reading can go on behind it.
    PassedOver { at: usize, damage: Damage },
}

impl Format {
    /// Recognises the format by the first four bytes.
    pub(crate) fn recognise(magic: [u8; 4]) -> Option<Self> {
        if let Some(variant) = pcap::Variant::recognise(magic) {
            Some(Self::Pcap(Pcap::new(variant)))
        } else {
            Pcapng::recognise(magic).map(Self::Pcapng)
        }
    }

    /// Parses what lies complete in `bytes`, until `frames` holds `most`; frames are located relative to `bytes`.
    pub(crate) fn step(
        &mut self,
        bytes: &[u8],
        frames: &mut Vec<FrameLocation>,
        most: usize,
    ) -> Step {
        match self {
            Self::Pcap(pcap) => pcap.step(bytes, frames, most),
            Self::Pcapng(pcapng) => pcapng.step(bytes, frames, most),
        }
    }

    pub(crate) fn unknown_blocks(&self) -> u64 {
        match self {
            Self::Pcap(_) => 0,
            Self::Pcapng(pcapng) => pcapng.unknown_blocks(),
        }
    }

    /// Offset and type of the first unknown block; it is told once.
    pub(crate) fn take_first_unknown(&mut self) -> Option<(u64, u32)> {
        match self {
            Self::Pcap(_) => None,
            Self::Pcapng(pcapng) => pcapng.take_first_unknown(),
        }
    }
}

/// The link type that a file's number means.
///
/// # Source
///
/// `pcap/dlt.h` of libpcap: `DLT_RAW` is 14 on OpenBSD and 12 on all others, and some programs wrote that in place of
/// `LINKTYPE_RAW`.
pub(crate) fn link_type(number: u16) -> LinkType {
    match number {
        12 | 14 => LinkType::RAW,
        other => LinkType(other),
    }
}

/// What a file that is no capture looks like, in words.
pub(crate) fn describe(bytes: &[u8]) -> String {
    const KNOWN: [(&[u8], &str); 10] = [
        (b"BZh", "bzip2 data"),
        (b"\xfd7zXZ\0", "xz data"),
        (b"PK\x03\x04", "a zip archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"snoop\0\0\0", "a snoop capture"),
        (b"GMBU", "a Network Monitor capture"),
        (b"RTSS", "a Network Monitor capture"),
        (b"\xa1\x2b\x3c\x4d", "a Navtel capture"),
        (b"\x4d\x3c\x2b\xa1", "a Navtel capture"),
        (b"\x7fELF", "a program"),
    ];
    if let Some((_, name)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*name).to_owned();
    }
    let shown = bytes
        .get(..bytes.len().min(DESCRIBABLE))
        .unwrap_or_default();
    let text = shown
        .iter()
        .all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    if text {
        format!("text that starts with {:?}", String::from_utf8_lossy(shown))
    } else {
        format!("unknown data that starts with {shown:02x?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_ip_has_three_numbers() {
        assert_eq!([12, 14, 101].map(link_type), [LinkType::RAW; 3]);
        assert_eq!(link_type(1), LinkType::ETHERNET);
        assert_eq!(link_type(147), LinkType(147));
    }

    #[test]
    fn other_files_are_named() {
        assert_eq!(describe(b"BZh91AY"), "bzip2 data");
        assert_eq!(describe(b"hi\n"), r#"text that starts with "hi\n""#);
        assert_eq!(describe(&[0, 1]), "unknown data that starts with [00, 01]");
    }
}
