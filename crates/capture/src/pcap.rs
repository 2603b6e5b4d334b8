//! The classic pcap format.
//!
//! # Source
//!
//! draft-ietf-opsawg-pcap §4 and §5; for the versions before 2.4 and the modified format, libpcap's `sf-pcap.c`; for the
//! IXIA format, Wireshark's `wiretap/libpcap.c`.

use nfstream_decode::{LinkType, Timestamp};

use crate::bytes::{ByteOrder, offset};
use crate::format::{Step, Stop, link_type};
use crate::{Damage, FrameLocation, Part};

/// The longest record that libpcap reads (`MAXIMUM_SNAPLEN`).
const MAX_CAPTURED_LEN: u32 = 262_144;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: u32 = 16;
/// The modified format's record header goes on with interface index, protocol and packet type.
const MODIFIED_RECORD_HEADER: u32 = 24;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// What a magic number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variant {
    order: ByteOrder,
    file_header: usize,
    record_header: u32,
    /// How many nanoseconds the fraction of a second counts in.
    fraction_nanos: u64,
}

impl Variant {
    pub(crate) fn recognise(magic: [u8; 4]) -> Option<Self> {
        /// An IXIA file header ends with the total size of the records.
        const IXIA_FILE_HEADER: usize = FILE_HEADER + 4;

        ByteOrder::BOTH.into_iter().find_map(|order| {
            let (file_header, record_header, fraction_nanos) = match order.u32(magic) {
                0xa1b2_c3d4 => (FILE_HEADER, RECORD_HEADER, 1_000),
                0xa1b2_3c4d => (FILE_HEADER, RECORD_HEADER, 1),
                // Alexey Kuznetsov's.
                0xa1b2_cd34 => (FILE_HEADER, MODIFIED_RECORD_HEADER, 1_000),
                // IXIA's lcap, from hardware and from software.
                0x1c00_01ac => (IXIA_FILE_HEADER, RECORD_HEADER, 1),
                0x1c00_01ab => (IXIA_FILE_HEADER, RECORD_HEADER, 1_000),
                _ => return None,
            };
            Some(Self {
                order,
                file_header,
                record_header,
                fraction_nanos,
            })
        })
    }
}

/// Whether a record has the length on the wire where the captured length belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LengthsSwapped {
    No,
    /// Version 2.3 changed the order, but not every writer of 2.3 did.
    IfLarger,
    Yes,
}

/// Parses one classic pcap.
#[derive(Debug)]
pub(crate) struct Pcap {
    variant: Variant,
    /// `None` until the file header was read.
    header: Option<Header>,
}

#[derive(Clone, Copy, Debug)]
struct Header {
    lengths_swapped: LengthsSwapped,
    link_type: LinkType,
}

impl Pcap {
    pub(crate) fn new(variant: Variant) -> Self {
        Self {
            variant,
            header: None,
        }
    }

    pub(crate) fn step(
        &mut self,
        bytes: &[u8],
        frames: &mut Vec<FrameLocation>,
        most: usize,
    ) -> Step {
        if let Some(header) = self.header {
            return self.records(header, bytes, 0, frames, most);
        }
        let needed = self.variant.file_header;
        let Some(fields) = bytes
            .first_chunk::<FILE_HEADER>()
            .filter(|_| bytes.len() >= needed)
        else {
            return Step {
                consumed: 0,
                stop: Stop::Needs {
                    part: Part::FileHeader,
                    bytes: needed,
                },
            };
        };
        match Header::parse(self.variant.order, fields) {
            Ok(header) => {
                self.header = Some(header);
                self.records(header, bytes, needed, frames, most)
            }
            Err(damage) => Step {
                consumed: 0,
                stop: Stop::Lost(damage),
            },
        }
    }

    fn records(
        &self,
        header: Header,
        bytes: &[u8],
        at: usize,
        frames: &mut Vec<FrameLocation>,
        most: usize,
    ) -> Step {
        // A loop for each byte order, so that it is not asked for field by field.
        match self.variant.order {
            ByteOrder::Little => {
                self.records_of(u32::from_le_bytes, header, bytes, at, frames, most)
            }
            ByteOrder::Big => self.records_of(u32::from_be_bytes, header, bytes, at, frames, most),
        }
    }

    fn records_of(
        &self,
        integer: impl Fn([u8; 4]) -> u32,
        header: Header,
        bytes: &[u8],
        start: usize,
        frames: &mut Vec<FrameLocation>,
        most: usize,
    ) -> Step {
        let record_header = self.variant.record_header;
        let mut rest = bytes.get(start..).unwrap_or_default();
        // As narrow as the offsets of frames, so that none has to be converted.
        let mut at = offset(start);
        let stop = loop {
            if frames.len() >= most {
                break Stop::Full;
            }
            let Some(&[seconds, fraction, captured_len, wire_len]) = rest
                .as_chunks()
                .0
                .first_chunk()
                .filter(|_| rest.len() >= record_header as usize)
            else {
                break Stop::Needs {
                    part: Part::RecordHeader,
                    bytes: record_header as usize,
                };
            };
            let mut captured_len = integer(captured_len);
            let mut wire_len = integer(wire_len);
            if match header.lengths_swapped {
                LengthsSwapped::No => false,
                LengthsSwapped::IfLarger => captured_len > wire_len,
                LengthsSwapped::Yes => true,
            } {
                (captured_len, wire_len) = (wire_len, captured_len);
            }
            if captured_len > MAX_CAPTURED_LEN {
                break Stop::Lost(Damage::RecordTooLong {
                    length: captured_len,
                    limit: MAX_CAPTURED_LEN,
                });
            }
            let length = record_header + captured_len;
            let Some(behind) = rest.get(length as usize..) else {
                break Stop::Needs {
                    part: Part::Record,
                    bytes: length as usize,
                };
            };
            // Both products and their sum stay far below 2^64.
            let nanos = u64::from(integer(seconds)) * NANOS_PER_SECOND
                + u64::from(integer(fraction)) * self.variant.fraction_nanos;
            frames.push(FrameLocation {
                timestamp: Timestamp::from_nanos(nanos),
                wire_len,
                offset: at + record_header,
                captured_len,
                link_type: header.link_type,
            });
            at += length;
            rest = behind;
        };
        Step {
            consumed: at as usize,
            stop,
        }
    }
}

impl Header {
    fn parse(order: ByteOrder, fields: &[u8; FILE_HEADER]) -> Result<Self, Damage> {
        let &[
            _,
            _,
            _,
            _,
            major0,
            major1,
            minor0,
            minor1,
            ..,
            n0,
            n1,
            n2,
            n3,
        ] = fields;
        let version = (order.u16([major0, major1]), order.u16([minor0, minor1]));
        let lengths_swapped = match version {
            // 543.0 is what DG/UX wrote.
            (2, 0..=2) | (543, 0) => LengthsSwapped::Yes,
            (2, 3) => LengthsSwapped::IfLarger,
            (2, 4) => LengthsSwapped::No,
            (major, minor) => {
                return Err(Damage::Version {
                    format: "pcap",
                    major,
                    minor,
                    known: "2.0 to 2.4 and 543.0",
                });
            }
        };
        // Above the lowest 16 bits lies the length of the frame check sequence.
        let network = order.u32([n0, n1, n2, n3]);
        let number = u16::try_from(network & 0xffff).unwrap_or_default();
        Ok(Self {
            lengths_swapped,
            link_type: link_type(number),
        })
    }
}

#[cfg(test)]
mod tests;
