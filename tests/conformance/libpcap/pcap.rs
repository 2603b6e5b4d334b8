//! pcap files.

use nfstream_decode::{Frame, LinkType, Timestamp};

use super::{Cursor, MAX_SNAPLEN, ReadPacket, Reading, Refused, adjusted_snaplen};

/// A pcap file.
pub(super) struct Pcap<'a> {
    cursor: Cursor<'a>,
    nanoseconds: bool,
    header_len: usize,
    version: (u16, u16),
    snaplen: u32,
    link_type: LinkType,
}

impl<'a> Pcap<'a> {
    pub(super) fn open(file: &'a [u8]) -> Result<Self, Refused> {
        let mut cursor = Cursor::little_endian(file);
        let magic = cursor.u32().ok_or(Refused("no magic number"))?;
        cursor.big_endian = matches!(magic.swap_bytes(), 0xA1B2_C3D4 | 0xA1B2_CD34 | 0xA1B2_3C4D);
        let magic = if cursor.big_endian {
            magic.swap_bytes()
        } else {
            magic
        };
        let (nanoseconds, header_len) = match magic {
            0xA1B2_C3D4 => (false, 16),
            0xA1B2_CD34 => (false, 24),
            0xA1B2_3C4D => (true, 16),
            _ => return Err(Refused("unknown magic number")),
        };
        let mut header = cursor.split(20).ok_or(Refused("truncated file header"))?;
        let mut fields = || {
            let version = (header.u16()?, header.u16()?);
            let (_zone, _accuracy) = (header.u32()?, header.u32()?);
            Some((version, header.u32()?, header.u32()?))
        };
        let (version, snaplen, link_type) = fields().ok_or(Refused("truncated file header"))?;
        if !matches!(version, (2, ..=4) | (543, 0)) {
            return Err(Refused("unsupported version"));
        }
        // The upper bits that are cut off tell of frame check sequences; some reserved ones are left.
        let link_type = LinkType(u16::try_from(link_type & 0x03FF_FFFF).unwrap_or(u16::MAX));
        let mut snaplen = adjusted_snaplen(snaplen);
        if header_len == 24 && link_type == LinkType::ETHERNET {
            // Such files may hold packets with a made-up Ethernet header that the snaplen does not count.
            snaplen = (snaplen + 14).min(i32::MAX.cast_unsigned());
        }
        Ok(Self {
            cursor,
            nanoseconds,
            header_len,
            version,
            snaplen,
            link_type,
        })
    }

    pub(super) fn read(mut self) -> Reading<'a> {
        let mut reading = Reading::default();
        while !self.cursor.rest.is_empty() {
            match self.packet() {
                Some(packet) => reading.packets.push(packet),
                None => reading.errors += 1,
            }
        }
        reading
    }

    /// `None`: an error; what was read is gone.
    fn packet(&mut self) -> Option<ReadPacket<'a>> {
        let mut header = self.cursor.split(self.header_len)?;
        let (seconds, fraction) = (header.u32()?, header.u32()?);
        let mut lengths = (header.u32()?, header.u32()?);
        // The two changed places in version 2.3, but not in all files of that version.
        if self.version.1 < 3 || self.version.1 == 3 && lengths.0 > lengths.1 {
            lengths = (lengths.1, lengths.0);
        }
        let (captured_len, wire_len) = lengths;
        if captured_len > MAX_SNAPLEN {
            return None;
        }
        let data = self.cursor.split(captured_len as usize)?.rest;
        // Q3: both fields are signed in a file of the byte order of the machine that NFStream ran on, which was
        // little-endian; in the other one they are not.
        let signed = |field: u32| {
            if self.cursor.big_endian {
                i64::from(field)
            } else {
                i64::from(field.cast_signed())
            }
        };
        let fractions_per_ms = if self.nanoseconds { 1_000_000 } else { 1_000 };
        let time_ms = signed(seconds) * 1_000 + signed(fraction) / fractions_per_ms;
        let nanos = u64::from(fraction) * if self.nanoseconds { 1 } else { 1_000 };
        Some(ReadPacket {
            frame: Frame {
                timestamp: Timestamp::from_nanos(u64::from(seconds) * 1_000_000_000 + nanos),
                link_type: self.link_type,
                wire_len,
                data: data.get(..self.snaplen as usize).unwrap_or(data),
            },
            time_ms: time_ms.cast_unsigned(),
        })
    }
}
