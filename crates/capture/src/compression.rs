//! Decompression, recognised by content.

mod lz4;
mod zstd;

use std::fmt;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use self::lz4::Lz4;
use self::zstd::Zstd;

/// How much of a compressed file is read at a time.
const STORED_READ_SIZE: usize = 64 * 1024;

/// RFC 1952 §2.3.1, with the only method that exists.
const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// RFC 8878 §3.1.1.
const ZSTD_MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();
/// LZ4 frame format, "Magic Number".
const LZ4_MAGIC: [u8; 4] = 0x184d_2204_u32.to_le_bytes();
/// RFC 8878 §3.1.2; the lowest four bits are free. lz4 has the same.
const SKIPPABLE_MAGIC: u32 = 0x184d_2a50;

/// How a capture file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
    /// The lz4 frame format.
    Lz4,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        })
    }
}

/// The decompressed content of `R`. What `R` is, its first bytes tell when the first read asks for them.
pub(crate) struct Stream<R: Read> {
    state: State<R>,
    /// Whether a read goes on until it has brought all that was asked for.
    filling: bool,
    /// What went wrong behind the bytes that a read brought.
    failure: Option<io::Error>,
}

enum State<R: Read> {
    Fresh(Counted<R>),
    Plain(Head<R>),
    Gzip(MultiGzDecoder<BufReader<Head<R>>>),
    Zstd(Box<Zstd<BufReader<Head<R>>>>),
    Lz4(Box<Lz4<BufReader<Head<R>>>>),
    /// Recognition failed; there is nothing more to read.
    Failed,
}

/// A stream with its first bytes put back.
type Head<R> = Chain<Cursor<Vec<u8>>, Counted<R>>;

impl<R: Read> Stream<R> {
    pub(crate) fn new(read: R) -> Self {
        Self {
            state: State::Fresh(Counted {
                inner: read,
                bytes: 0,
                failed: false,
            }),
            filling: false,
            failure: None,
        }
    }

    /// The same stream, read until all that was asked for is there or the stream ends: for inputs that never keep one
    /// waiting. Decompressors bring little at a time.
    pub(crate) fn filling(mut self) -> Self {
        self.filling = true;
        self
    }

    /// How the stream is compressed, as far as it has been read.
    pub(crate) fn compression(&self) -> Option<Compression> {
        match &self.state {
            State::Fresh(_) | State::Plain(_) | State::Failed => None,
            State::Gzip(_) => Some(Compression::Gzip),
            State::Zstd(_) => Some(Compression::Zstd),
            State::Lz4(_) => Some(Compression::Lz4),
        }
    }

    /// How many stored bytes were read.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.counted().map_or(0, |counted| counted.bytes)
    }

    /// Whether it was the stored bytes that could not be read, and not the decompressor that refused them.
    pub(crate) fn source_failed(&self) -> bool {
        self.counted().is_none_or(|counted| counted.failed)
    }

    fn counted(&self) -> Option<&Counted<R>> {
        Some(match &self.state {
            State::Fresh(counted) => counted,
            State::Plain(head) => head.get_ref().1,
            State::Gzip(decoder) => decoder.get_ref().get_ref().get_ref().1,
            State::Zstd(decoder) => decoder.get_ref().get_ref().get_ref().1,
            State::Lz4(decoder) => decoder.get_ref()?.get_ref().get_ref().1,
            State::Failed => return None,
        })
    }

    /// Recognises what the stream is.
    fn open(mut stored: Counted<R>) -> io::Result<State<R>> {
        let mut magic = read_magic(&mut stored)?;
        // Frames to be skipped may precede both zstd and lz4 (pzstd writes one first).
        while let Some(&first) = magic.first_chunk::<4>()
            && is_skippable(first)
        {
            skip_frame_content(&mut stored)?;
            magic = read_magic(&mut stored)?;
        }
        let compression = recognise(&magic);
        let head = Cursor::new(magic).chain(stored);
        Ok(match compression {
            None => State::Plain(head),
            Some(Compression::Gzip) => State::Gzip(MultiGzDecoder::new(buffered(head))),
            Some(Compression::Zstd) => State::Zstd(Box::new(Zstd::new(buffered(head)))),
            Some(Compression::Lz4) => State::Lz4(Box::new(Lz4::new(buffered(head)))),
        })
    }
}

impl<R: Read> Stream<R> {
    fn read_once(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let State::Fresh(_) = self.state
            && let State::Fresh(stored) = std::mem::replace(&mut self.state, State::Failed)
        {
            self.state = Self::open(stored)?;
        }
        match &mut self.state {
            State::Fresh(_) | State::Failed => Ok(0),
            State::Plain(head) => head.read(into),
            State::Gzip(decoder) => decoder.read(into),
            State::Zstd(decoder) => decoder.read(into),
            State::Lz4(decoder) => decoder.read(into),
        }
    }
}

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut filled = self.read_once(into)?;
        let mut last = filled;
        while self.filling
            && last > 0
            && let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty())
        {
            match self.read_once(rest) {
                Ok(read) => {
                    filled += read;
                    last = read;
                }
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        Ok(filled)
    }
}

impl<R: Read> fmt::Debug for Stream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

/// Counts what is read. Interrupted reads are repeated here, because not every decompressor can go on behind one.
struct Counted<R> {
    inner: R,
    bytes: u64,
    failed: bool,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(into) {
                Ok(read) => {
                    self.bytes += read as u64;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        }
    }
}

fn buffered<R: Read>(head: R) -> BufReader<R> {
    BufReader::with_capacity(STORED_READ_SIZE, head)
}

fn recognise(magic: &[u8]) -> Option<Compression> {
    if magic.starts_with(&GZIP_MAGIC) {
        Some(Compression::Gzip)
    } else if magic == ZSTD_MAGIC {
        Some(Compression::Zstd)
    } else if magic == LZ4_MAGIC {
        Some(Compression::Lz4)
    } else {
        None
    }
}

/// The first four bytes, or as many as there are.
fn read_magic(read: impl Read) -> io::Result<Vec<u8>> {
    let mut magic = Vec::with_capacity(4);
    read.take(4).read_to_end(&mut magic)?;
    Ok(magic)
}

fn is_skippable(magic: [u8; 4]) -> bool {
    u32::from_le_bytes(magic) & !0xf == SKIPPABLE_MAGIC
}

/// Passes over the rest of a frame to be skipped, behind its magic number.
fn skip_frame_content(read: &mut impl Read) -> io::Result<()> {
    let mut length = [0; 4];
    read.read_exact(&mut length)?;
    skip(read, u32::from_le_bytes(length))
}

fn skip(read: &mut impl Read, length: u32) -> io::Result<()> {
    let length = u64::from(length);
    if io::copy(&mut read.take(length), &mut io::sink())? < length {
        return Err(cut("a frame that is to be skipped"));
    }
    Ok(())
}

fn cut(inside: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        format!("the data ends inside {inside}"),
    )
}

fn at_end(read: &mut impl BufRead) -> io::Result<bool> {
    Ok(read.fill_buf()?.is_empty())
}

#[cfg(test)]
mod tests;
