//! The captures that are measured: made here, the same on every machine.

mod few;
mod frame;
mod growth;
mod mix;
mod pcap;
mod recording;
mod small;
#[cfg(test)]
mod tests;
mod transfer;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::run::{Failure, root};
use pcap::PcapWriter;
use recording::Recording;

/// Goes into the names of files: raise it when what is generated changes, so that nobody measures an old file.
const VERSION: u32 = 1;

/// What a capture is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capture {
    /// Recorded conversations, replicated, among synthesised transfers: many protocols, sizes as in real traffic.
    Mix,
    /// The same without fragments, which the kernel puts together where several sockets share an interface.
    Whole,
    /// Small packets of a million flows that are alive at once, in an order that no cache likes.
    Small,
    /// A hundred large downloads.
    Few,
    /// Short flows at a constant rate, and so a constant number of them alive, for so many times ten minutes.
    Growth(u32),
}

impl Capture {
    /// The name in tables.
    pub(super) fn name(self) -> String {
        match self {
            Self::Mix => "mix".to_owned(),
            Self::Whole => "mix without fragments".to_owned(),
            Self::Small => "small".to_owned(),
            Self::Few => "few".to_owned(),
            Self::Growth(times) => format!("growth {times}x"),
        }
    }

    /// The file, which is made unless it is there.
    pub(super) fn file(self, folder: &Path, scale: Scale) -> Result<PathBuf, Failure> {
        let name = self.name().replace(' ', "-");
        let path = folder.join(format!("{name}-v{VERSION}-{scale}.pcap"));
        if !path.exists() {
            eprintln!("making {}", path.display());
            self.make(&path, scale)
                .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        }
        Ok(path)
    }

    /// Writes the file, which gets its name when it is complete.
    fn make(self, path: &Path, scale: Scale) -> io::Result<()> {
        let partial = path.with_extension("partial");
        let mut writer = PcapWriter::new(File::create(&partial)?)?;
        self.generate(scale, &mut writer)?;
        let packets = writer.finish()?;
        eprintln!("  {packets} packets, {} bytes", partial.metadata()?.len());
        fs::rename(partial, path)
    }

    fn generate<W: io::Write>(self, scale: Scale, writer: &mut PcapWriter<W>) -> io::Result<()> {
        match self {
            Self::Mix => mix::generate(scale.of(mix::STEPS), &recording()?, writer),
            Self::Whole => {
                let recording = recording()?.without_fragments();
                mix::generate(scale.of(mix::STEPS), &recording, writer)
            }
            Self::Small => small::generate(scale.of(small::FLOWS), writer),
            Self::Few => few::generate(scale.of(few::PAIRS), writer),
            Self::Growth(times) => {
                growth::generate(scale.of(growth::FLOWS_PER_MINUTE), times, writer)
            }
        }
    }
}

/// The bundled capture.
fn recording() -> io::Result<Recording> {
    Recording::parse(&fs::read(root().join("tests/data/mixed.pcap"))?)
}

/// How large captures are, in thousandths of their full size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale(u32);

impl Scale {
    pub(super) const FULL: Self = Self(1000);

    /// So many hundredths of the full size.
    pub(super) const fn hundredths(number: u32) -> Self {
        Self(10 * number)
    }

    /// From a decimal number with at most three places, such as `0.05`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let thousandths = format!("{fraction:0<3}");
        if thousandths.len() != 3 {
            return None;
        }
        let whole: u32 = whole.parse().ok()?;
        let scale = whole.checked_mul(1000)? + thousandths.parse::<u32>().ok()?;
        (1..=10_000).contains(&scale).then_some(Self(scale))
    }

    /// This part of a number, at least 1.
    fn of(self, full: u32) -> u32 {
        let part = u64::from(full) * u64::from(self.0) / 1000;
        u32::try_from(part).unwrap_or(u32::MAX).max(1)
    }
}

impl std::fmt::Display for Scale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

/// Reads a file once, so that it is in the page cache.
pub(super) fn read_once(path: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(failed)?;
    let mut buffer = vec![0; 1 << 20];
    while file.read(&mut buffer).map_err(failed)? > 0 {}
    Ok(())
}
