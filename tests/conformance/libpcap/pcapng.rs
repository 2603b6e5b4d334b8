//! pcapng files.

use nfstream_decode::{Frame, LinkType, Timestamp};

use super::{BLOCK_SECTION, Cursor, ReadPacket, Reading, Refused, adjusted_snaplen};

/// The largest pcapng block that libpcap takes, and the largest first section header.
const MAX_BLOCK_LEN: u32 = 16 * 1024 * 1024;
const MAX_SECTION_LEN: u32 = 1024 * 1024;

const BLOCK_INTERFACE: u32 = 1;
const BLOCK_OLD_PACKET: u32 = 2;
const BLOCK_SIMPLE_PACKET: u32 = 3;
const BLOCK_ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER_MAGIC: u32 = 0x1A2B_3C4D;

/// A pcapng file.
pub(super) struct Pcapng<'a> {
    cursor: Cursor<'a>,
    link_type: LinkType,
    snaplen: u32,
    /// The interfaces of this section that were accepted. One that is refused takes no number (Q33).
    interfaces: Vec<Clock>,
}

struct Block<'a> {
    kind: u32,
    body: Cursor<'a>,
}

impl<'a> Pcapng<'a> {
    /// Reads up to the first interface.
    pub(super) fn open(file: &'a [u8]) -> Result<Self, Refused> {
        let mut reader = Self {
            cursor: Cursor::little_endian(file),
            link_type: LinkType(0),
            snaplen: 0,
            interfaces: Vec::new(),
        };
        reader
            .first_section()
            .ok_or(Refused("broken first section header"))?;
        while !reader.cursor.rest.is_empty() {
            let mut block = reader.block().ok_or(Refused("broken block"))?;
            match block.kind {
                BLOCK_INTERFACE => {
                    let interface = block.body.interface();
                    let clock = Clock::read(block.body);
                    (reader.link_type, reader.snaplen) =
                        interface.ok_or(Refused("broken interface"))?;
                    reader
                        .interfaces
                        .push(clock.ok_or(Refused("broken options"))?);
                    return Ok(reader);
                }
                BLOCK_OLD_PACKET | BLOCK_SIMPLE_PACKET | BLOCK_ENHANCED_PACKET => {
                    return Err(Refused("packet before any interface"));
                }
                _ => {}
            }
        }
        Err(Refused("no interface"))
    }

    /// The first section header decides on the byte order; the length at its end is not looked at.
    fn first_section(&mut self) -> Option<()> {
        let mut magic = self.cursor;
        magic.split(8)?;
        self.cursor.big_endian = magic.u32()? == BYTE_ORDER_MAGIC.swap_bytes();
        let (_kind, len) = (self.cursor.u32()?, self.cursor.u32()?);
        let mut body = self.cursor.split((len as usize).checked_sub(8)?)?;
        let sound = (28..=MAX_SECTION_LEN).contains(&len)
            && body.u32()? == BYTE_ORDER_MAGIC
            && matches!((body.u16()?, body.u16()?), (1, 0 | 2));
        sound.then_some(())
    }

    pub(super) fn read(mut self) -> Reading<'a> {
        let mut reading = Reading::default();
        while !self.cursor.rest.is_empty() {
            match self.packet() {
                Some(packet) => reading.packets.extend(packet),
                None => reading.errors += 1,
            }
        }
        reading
    }

    /// The next block: a packet, none, or (outer `None`) an error.
    #[expect(clippy::option_option, reason = "errors carry nothing here")]
    fn packet(&mut self) -> Option<Option<ReadPacket<'a>>> {
        let mut block = self.block()?;
        let body = &mut block.body;
        let (interface, ticks, captured_len, wire_len) = match block.kind {
            BLOCK_ENHANCED_PACKET => {
                let (interface, ticks) = (body.u32()?, body.ticks()?);
                (interface, ticks, body.u32()?, body.u32()?)
            }
            BLOCK_OLD_PACKET => {
                let (interface, _drops) = (u32::from(body.u16()?), body.u16()?);
                let ticks = body.ticks()?;
                (interface, ticks, body.u32()?, body.u32()?)
            }
            BLOCK_SIMPLE_PACKET => {
                let wire_len = body.u32()?;
                (0, 0, wire_len.min(self.snaplen), wire_len)
            }
            BLOCK_INTERFACE => {
                // Raw IP has two numbers, and the one of the first interface is compared with the other.
                if body.interface()? != (self.link_type, self.snaplen)
                    || self.link_type == LinkType::RAW
                {
                    return None;
                }
                let clock = Clock::read(block.body)?;
                self.interfaces.push(clock);
                return Some(None);
            }
            BLOCK_SECTION => {
                self.section(block.body)?;
                return Some(None);
            }
            _ => return Some(None),
        };
        let clock = self.interfaces.get(interface as usize)?;
        if captured_len > self.snaplen {
            return None;
        }
        let (timestamp, time_ms) = clock.time(ticks);
        Some(Some(ReadPacket {
            frame: Frame {
                timestamp,
                link_type: self.link_type,
                wire_len,
                data: block.body.split(captured_len as usize)?.rest,
            },
            time_ms,
        }))
    }

    /// `None`: an error; the cursor stands where libpcap goes on.
    fn block(&mut self) -> Option<Block<'a>> {
        let mut header = self.cursor.split(8)?;
        let (kind, len) = (header.u32()?, header.u32()?);
        if len < 12 || len % 4 != 0 || len > MAX_BLOCK_LEN {
            return None;
        }
        let body = self.cursor.split(len as usize - 8)?;
        let mut trailer = body;
        let body = trailer.split(body.rest.len().checked_sub(4)?)?;
        (trailer.u32()? == len).then_some(Block { kind, body })
    }

    /// Another section starts without interfaces, and in the byte order of the first one or not at all.
    fn section(&mut self, mut body: Cursor<'a>) -> Option<()> {
        let (magic, version) = (body.u32()?, body.u16()?);
        body.split(10)?;
        (magic == BYTE_ORDER_MAGIC && version == 1).then(|| self.interfaces.clear())
    }
}

/// How an interface counts time.
struct Clock {
    ticks_per_second: u64,
    binary: bool,
    offset_seconds: u64,
}

impl Clock {
    /// From the options of an interface description.
    fn read(mut options: Cursor<'_>) -> Option<Self> {
        let mut clock = Self {
            ticks_per_second: 1_000_000,
            binary: false,
            offset_seconds: 0,
        };
        while !options.rest.is_empty() {
            let (code, len) = (options.u16()?, usize::from(options.u16()?));
            let mut value = options.split(len.next_multiple_of(4))?;
            match code {
                0 => break,
                9 => {
                    let resolution = *value.rest.first()?;
                    let exponent = u32::from(resolution & 0x7F);
                    clock.binary = resolution & 0x80 != 0;
                    let base: u64 = if clock.binary { 2 } else { 10 };
                    clock.ticks_per_second = base.checked_pow(exponent)?;
                }
                14 => {
                    let halves = (u64::from(value.u32()?), u64::from(value.u32()?));
                    clock.offset_seconds = if options.big_endian {
                        halves.0 << 32 | halves.1
                    } else {
                        halves.1 << 32 | halves.0
                    };
                }
                _ => {}
            }
        }
        Some(clock)
    }

    /// The time in microseconds, and in milliseconds, truncated and reckoned in 64 bits that may overflow.
    fn time(&self, ticks: u64) -> (Timestamp, u64) {
        let seconds = (ticks / self.ticks_per_second).wrapping_add(self.offset_seconds);
        let fraction = ticks % self.ticks_per_second;
        let micros = if self.binary || self.ticks_per_second < 1_000_000 {
            fraction.wrapping_mul(1_000_000) / self.ticks_per_second
        } else {
            fraction / (self.ticks_per_second / 1_000_000)
        };
        let timestamp =
            Timestamp::from_micros(seconds.saturating_mul(1_000_000).saturating_add(micros));
        (
            timestamp,
            seconds.wrapping_mul(1_000).wrapping_add(micros / 1_000),
        )
    }
}

impl Cursor<'_> {
    /// A time in two halves, the high one first in either byte order.
    fn ticks(&mut self) -> Option<u64> {
        Some(u64::from(self.u32()?) << 32 | u64::from(self.u32()?))
    }

    /// Link type and snaplen of an interface description; the cursor stands at its options.
    fn interface(&mut self) -> Option<(LinkType, u32)> {
        let link_type = LinkType(self.u16()?);
        let _reserved = self.u16()?;
        Some((link_type, adjusted_snaplen(self.u32()?)))
    }
}
