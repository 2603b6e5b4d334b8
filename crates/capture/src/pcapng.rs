//! The pcapng format.
//!
//! # Source
//!
//! draft-ietf-opsawg-pcapng; the section numbers below are its.

mod interface;

use crate::bytes::{ByteOrder, offset};
use crate::format::{Step, Stop};
use crate::{Damage, FrameLocation, Part};

use self::interface::Interface;

/// The same in both byte orders (§4.1).
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// §4.1.
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// The longest block that libpcap reads (`INITIAL_MAX_BLOCKSIZE`).
const MAX_BLOCK: u32 = 16 * 1024 * 1024;
/// Type and length; the length again at the end (§3.1).
const BLOCK_HEADER: usize = 8;
const LEAST_BLOCK: u32 = 12;
/// Block header, magic number, version, section length, block trailer.
const LEAST_SECTION_HEADER: u32 = 28;

/// The most interfaces that a section can describe: a bound for memory, far above what anything writes.
const MAX_INTERFACES: usize = 65_536;

/// Parses one pcapng.
#[derive(Debug)]
pub(crate) struct Pcapng {
    order: ByteOrder,
    /// The interfaces that the section described so far; `None` where the description is damaged.
    interfaces: Vec<Option<Interface>>,
    /// Of the bytes to parse next, in the stream.
    offset: u64,
    unknown_blocks: u64,
    /// Offset and type of the first of them.
    first_unknown: Option<(u64, u32)>,
}

impl Pcapng {
    pub(crate) fn recognise(magic: [u8; 4]) -> Option<Self> {
        (u32::from_le_bytes(magic) == SECTION_HEADER).then_some(Self {
            order: ByteOrder::Little,
            interfaces: Vec::new(),
            offset: 0,
            unknown_blocks: 0,
            first_unknown: None,
        })
    }

    pub(crate) fn unknown_blocks(&self) -> u64 {
        self.unknown_blocks
    }

    /// Offset and type of the first unknown block; it is told once.
    pub(crate) fn take_first_unknown(&mut self) -> Option<(u64, u32)> {
        self.first_unknown.take()
    }

    pub(crate) fn step(
        &mut self,
        bytes: &[u8],
        frames: &mut Vec<FrameLocation>,
        most: usize,
    ) -> Step {
        let mut at = 0;
        let stop = loop {
            if frames.len() >= most {
                break Stop::Full;
            }
            let rest = bytes.get(at..).unwrap_or_default();
            let (block_type, length) = match self.block_header(rest) {
                Ok(header) => header,
                Err(stop) => break stop,
            };
            let Some(block) = rest.get(..length as usize) else {
                break Stop::Needs {
                    part: Part::Block,
                    bytes: length as usize,
                };
            };
            let start = at;
            match self.block(block_type, length, block, start, frames) {
                Ok(()) => {}
                // What follows a section header means nothing without it.
                Err(damage) if block_type == SECTION_HEADER => break Stop::Lost(damage),
                Err(damage) => {
                    at += block.len();
                    break Stop::PassedOver { at: start, damage };
                }
            }
            at += block.len();
        };
        self.offset += at as u64;
        Step { consumed: at, stop }
    }

    /// Type and (plausible) length of the block that `rest` starts with. A section header sets the byte order.
    fn block_header(&mut self, rest: &[u8]) -> Result<(u32, u32), Stop> {
        let needs = |bytes| Stop::Needs {
            part: Part::BlockHeader,
            bytes,
        };
        let &[t0, t1, t2, t3, l0, l1, l2, l3] = rest.first_chunk().ok_or(needs(BLOCK_HEADER))?;
        let block_type = self.order.u32([t0, t1, t2, t3]);
        let mut least = LEAST_BLOCK;
        if block_type == SECTION_HEADER {
            let &[.., m0, m1, m2, m3] = rest
                .first_chunk::<{ BLOCK_HEADER + 4 }>()
                .ok_or(needs(BLOCK_HEADER + 4))?;
            let found = [m0, m1, m2, m3];
            self.order = ByteOrder::BOTH
                .into_iter()
                .find(|order| order.u32(found) == BYTE_ORDER_MAGIC)
                .ok_or(Stop::Lost(Damage::ByteOrderMagic { found }))?;
            least = LEAST_SECTION_HEADER;
        }
        let length = self.order.u32([l0, l1, l2, l3]);
        if length < least || length > MAX_BLOCK || !length.is_multiple_of(4) {
            return Err(Stop::Lost(Damage::BlockLength {
                block_type,
                length,
                least,
                limit: MAX_BLOCK,
            }));
        }
        Ok((block_type, length))
    }

    /// Reads the whole block that starts at `start`; `leading` is its length.
    fn block(
        &mut self,
        block_type: u32,
        leading: u32,
        block: &[u8],
        start: usize,
        frames: &mut Vec<FrameLocation>,
    ) -> Result<(), Damage> {
        let (body, trailing) = block
            .get(BLOCK_HEADER..)
            .and_then(<[u8]>::split_last_chunk)
            .map_or((&[] as &[u8], 0), |(body, &trailing)| {
                (body, self.order.u32(trailing))
            });
        if leading != trailing {
            if block_type == INTERFACE_DESCRIPTION {
                self.add_interface(None)?;
            }
            return Err(Damage::BlockTrailer {
                block_type,
                leading,
                trailing,
            });
        }
        let at = start + BLOCK_HEADER;
        match block_type {
            SECTION_HEADER => self.start_section(body)?,
            INTERFACE_DESCRIPTION => self.describe_interface(body)?,
            ENHANCED_PACKET => {
                let name = "an enhanced packet block";
                frames.push(self.packet(name, body, at, ByteOrder::u32)?);
            }
            PACKET => {
                let interface =
                    |order: ByteOrder, [n0, n1, ..]: [u8; 4]| order.u16([n0, n1]).into();
                frames.push(self.packet("a packet block", body, at, interface)?);
            }
            SIMPLE_PACKET => frames.push(self.simple_packet(body, at)?),
            other if carries_no_packet(other) => {}
            other => self.count_unknown(other, start),
        }
        Ok(())
    }

    fn count_unknown(&mut self, block_type: u32, at: usize) {
        if self.unknown_blocks == 0 {
            self.first_unknown = Some((self.offset + at as u64, block_type));
        }
        self.unknown_blocks += 1;
    }

    /// §4.1. The section's length is not needed: its end is where the next one starts.
    fn start_section(&mut self, body: &[u8]) -> Result<(), Damage> {
        let version = (
            self.order.u16_at(body, 4).unwrap_or_default(),
            self.order.u16_at(body, 6).unwrap_or_default(),
        );
        // 1.2 was written by some, and means the same.
        if !matches!(version, (1, 0 | 2)) {
            return Err(Damage::Version {
                format: "pcapng",
                major: version.0,
                minor: version.1,
                known: "1.0 and 1.2",
            });
        }
        self.interfaces.clear();
        Ok(())
    }

    /// §4.2. A damaged description takes its number all the same.
    fn describe_interface(&mut self, body: &[u8]) -> Result<(), Damage> {
        let interface = Interface::parse(self.order, body);
        self.add_interface(interface.as_ref().ok().copied())?;
        interface.map(drop)
    }

    fn add_interface(&mut self, interface: Option<Interface>) -> Result<(), Damage> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(Damage::TooManyInterfaces {
                limit: MAX_INTERFACES,
            });
        }
        self.interfaces.push(interface);
        Ok(())
    }

    /// §4.3 and appendix A; the two differ in how the interface is numbered.
    fn packet(
        &self,
        name: &'static str,
        body: &[u8],
        at: usize,
        interface: impl Fn(ByteOrder, [u8; 4]) -> u32,
    ) -> Result<FrameLocation, Damage> {
        const FIXED: usize = 20;
        let order = self.order;
        let Some(&[number, high, low, captured_len, wire_len]) = body.as_chunks().0.first_chunk()
        else {
            return Err(too_short(name, body, FIXED));
        };
        let interface = self.interface(interface(order, number))?;
        let captured_len = order.u32(captured_len);
        let room = body.len() - FIXED;
        if captured_len as usize > room {
            return Err(Damage::CapturedBeyondBlock {
                length: captured_len,
                room,
            });
        }
        Ok(FrameLocation {
            timestamp: interface
                .timestamp(u64::from(order.u32(high)) << 32 | u64::from(order.u32(low))),
            wire_len: order.u32(wire_len),
            offset: offset(at + FIXED),
            captured_len,
            link_type: interface.link_type,
        })
    }

    /// §4.4. There is no captured length: it is what snaplen and block leave of the original one.
    fn simple_packet(&self, body: &[u8], at: usize) -> Result<FrameLocation, Damage> {
        const FIXED: usize = 4;
        let Some(wire_len) = self.order.u32_at(body, 0) else {
            return Err(too_short("a simple packet block", body, FIXED));
        };
        let interface = self.interface(0)?;
        let snaplen = if interface.snaplen == 0 {
            u32::MAX
        } else {
            interface.snaplen
        };
        let room = offset(body.len() - FIXED);
        Ok(FrameLocation {
            timestamp: nfstream_decode::Timestamp::EPOCH,
            wire_len,
            offset: offset(at + FIXED),
            captured_len: wire_len.min(snaplen).min(room),
            link_type: interface.link_type,
        })
    }

    fn interface(&self, number: u32) -> Result<&Interface, Damage> {
        self.interfaces
            .get(number as usize)
            .and_then(Option::as_ref)
            .ok_or(Damage::UnknownInterface {
                interface: number,
                described: self.interfaces.len(),
            })
    }
}

fn too_short(block: &'static str, body: &[u8], least: usize) -> Damage {
    Damage::BlockTooShort {
        block,
        length: body.len(),
        least,
    }
}

/// Whether a block of this type is known, and known to hold no packet.
fn carries_no_packet(block_type: u32) -> bool {
    matches!(
        block_type,
        // Name resolution, interface statistics (§4.5, §4.6), IRIG time, ARINC 429, journal entry, decryption secrets.
        4 | 5 | 7..=10
        // Hone's events, sysdig's.
        | 0x101 | 0x102 | 0x201..=0x221
        // Custom blocks (§4.9).
        | 0x0bad | 0x4000_0bad
    )
}

#[cfg(test)]
mod tests;
