//! A model of libpcap 1.10.3's reading of capture files, as NFStream drives it: after an error it asks for the next packet.
//!
//! It yields the packets that NFStream got, which are not all that a file holds (Q33), with the times that NFStream
//! reckons, which depend on the file's byte order (Q3).

mod pcap;
mod pcapng;

use std::fmt;

use nfstream_decode::Frame;

use pcap::Pcap;
use pcapng::Pcapng;

/// `\n\r\r\n`, the start of a pcapng file.
const BLOCK_SECTION: u32 = 0x0A0D_0D0A;

/// The largest packet that libpcap takes from a file, whatever the link type (of those that occur here).
const MAX_SNAPLEN: u32 = 262_144;

/// Why a file was refused; the text is not libpcap's.
#[derive(Debug)]
pub(crate) struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What NFStream got out of a file.
#[derive(Debug, Default)]
pub(crate) struct Reading<'a> {
    pub(crate) packets: Vec<ReadPacket<'a>>,
    /// How often libpcap reported an error in the place of a packet.
    pub(crate) errors: usize,
}

/// A packet that NFStream got.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadPacket<'a> {
    pub(crate) frame: Frame<'a>,
    /// The frame's time as NFStream reckons it, in milliseconds (Q2, Q3).
    pub(crate) time_ms: u64,
}

/// Reads a whole file.
pub(crate) fn read(file: &[u8]) -> Result<Reading<'_>, Refused> {
    let mut cursor = Cursor::little_endian(file);
    if cursor.u32() == Some(BLOCK_SECTION) {
        Ok(Pcapng::open(file)?.read())
    } else {
        Ok(Pcap::open(file)?.read())
    }
}

/// How libpcap reads a snaplen: 0 and what does not fit its signed integer mean the largest.
fn adjusted_snaplen(snaplen: u32) -> u32 {
    if snaplen == 0 || snaplen > i32::MAX.cast_unsigned() {
        MAX_SNAPLEN
    } else {
        snaplen
    }
}

/// The rest of a file or of a part of it, and its byte order.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    rest: &'a [u8],
    big_endian: bool,
}

impl<'a> Cursor<'a> {
    fn little_endian(rest: &'a [u8]) -> Self {
        Self {
            rest,
            big_endian: false,
        }
    }

    /// The next `len` bytes. Where there are fewer, these are lost: that is how a read at the end of a file fails.
    fn split(&mut self, len: usize) -> Option<Self> {
        let (head, rest) = self.rest.split_at_checked(len).unwrap_or_default();
        let complete = self.rest.len() >= len;
        self.rest = rest;
        complete.then_some(Self {
            rest: head,
            ..*self
        })
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.split(2)?.rest.try_into().ok()?;
        Some(if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn u32(&mut self) -> Option<u32> {
        let bytes = self.split(4)?.rest.try_into().ok()?;
        Some(if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }
}
