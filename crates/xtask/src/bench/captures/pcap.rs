//! Writing captures.

use std::io::{self, BufWriter, Write};

/// When the captures start, in seconds since the Unix epoch.
const START_SECONDS: u64 = 1_700_000_000;
const MICROS_PER_SECOND: u64 = 1_000_000;
/// The longest packet that a reader has to expect, in bytes.
const SNAPLEN: u32 = 65_535;
/// `LINKTYPE_ETHERNET`.
const ETHERNET: u32 = 1;

/// Writes a classic pcap file: little-endian, microseconds, Ethernet.
///
/// # Source
///
/// draft-ietf-opsawg-pcap §4 and §5.
#[derive(Debug)]
pub(super) struct PcapWriter<W: Write> {
    output: BufWriter<W>,
    packets: u64,
}

impl<W: Write> PcapWriter<W> {
    pub(super) fn new(output: W) -> io::Result<Self> {
        let mut output = BufWriter::with_capacity(1 << 20, output);
        output.write_all(&0xa1b2_c3d4_u32.to_le_bytes())?; // microseconds
        output.write_all(&[2, 0, 4, 0])?; // version 2.4
        output.write_all(&[0; 8])?; // reserved
        output.write_all(&SNAPLEN.to_le_bytes())?;
        output.write_all(&ETHERNET.to_le_bytes())?;
        Ok(Self { output, packets: 0 })
    }

    /// A frame, captured whole, so many microseconds after the start.
    pub(super) fn write(&mut self, micros: u64, frame: &[u8]) -> io::Result<()> {
        let too_large = |_| io::Error::from(io::ErrorKind::InvalidData);
        let seconds = START_SECONDS + micros / MICROS_PER_SECOND;
        let length = u32::try_from(frame.len()).map_err(too_large)?;
        let words = [
            u32::try_from(seconds).map_err(too_large)?,
            u32::try_from(micros % MICROS_PER_SECOND).map_err(too_large)?,
            length,
            length,
        ];
        for word in words {
            self.output.write_all(&word.to_le_bytes())?;
        }
        self.packets += 1;
        self.output.write_all(frame)
    }

    /// Writes what is buffered; how many packets there are.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.output.flush()?;
        Ok(self.packets)
    }
}
