//! What is metered before the meters wait for each other: decoded bit by bit by those who meter it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use nfstream_capture::{Frames, OwnedFrames};
use nfstream_decode::Decoder;

use super::chunk::{Chunk, Share};
use crate::packets::PacketCounts;
use crate::source::Windows;

/// Frames of a chunk, where they are there already: so few that all meters find something to decode.
const CHUNK: usize = 512;

/// Bytes that are read in a round, a window more or less: a bound on memory where windows are larger than usual.
const BYTES: usize = 8 << 20;

/// Frames, decoded chunk by chunk by whoever needs the next one first.
pub(super) struct Round<'a> {
    decoder: Decoder,
    share: Share,
    parts: Parts<'a>,
    chunks: Vec<OnceLock<Chunk<'a>>>,
    /// Memory for chunks.
    memory: Mutex<Vec<Chunk<'a>>>,
    /// Whether nothing comes behind it.
    pub(super) is_last: bool,
}

/// The frames of each chunk.
enum Parts<'a> {
    /// Frames that are there.
    Split {
        frames: Frames<'a>,
        /// The first chunk that nobody has begun to decode.
        next: AtomicUsize,
    },
    /// Windows of a source, each read by whoever decodes it: it is in the cache of that core then.
    Read {
        reader: Mutex<Reader<'a>>,
        read: &'a [OnceLock<OwnedFrames>],
    },
}

struct Reader<'a> {
    windows: &'a mut Windows,
    /// The first chunk that nobody has begun to decode.
    next: usize,
    /// How many more bytes are to be read, a window more or less.
    bytes: usize,
    /// How many more frames there may be.
    room: u64,
}

impl<'a> Round<'a> {
    /// Frames that are there.
    pub(super) fn of(
        frames: Frames<'a>,
        decoder: Decoder,
        share: Share,
        memory: Vec<Chunk<'static>>,
    ) -> Self {
        let chunks = frames.len().div_ceil(CHUNK);
        let next = AtomicUsize::new(0);
        let parts = Parts::Split { frames, next };
        Self::new(parts, chunks, decoder, share, memory)
    }

    /// The next windows of a source, to be read into `read`, until there is no place or [`BYTES`] have been read, and no more
    /// than `room` frames. Those that are there come first.
    pub(super) fn of_source(
        windows: &'a mut Windows,
        room: u64,
        read: &'a [OnceLock<OwnedFrames>],
        decoder: Decoder,
        share: Share,
        memory: Vec<Chunk<'static>>,
    ) -> Self {
        let reader = Mutex::new(Reader {
            windows,
            next: 0,
            bytes: BYTES,
            room,
        });
        let parts = Parts::Read { reader, read };
        Self::new(parts, read.len(), decoder, share, memory)
    }

    fn new(
        parts: Parts<'a>,
        chunks: usize,
        decoder: Decoder,
        share: Share,
        memory: Vec<Chunk<'static>>,
    ) -> Self {
        Self {
            decoder,
            share,
            parts,
            chunks: (0..chunks).map(|_| OnceLock::new()).collect(),
            memory: Mutex::new(memory),
            is_last: false,
        }
    }

    /// The chunk with this number, if there is one. While another thread decodes it, this one decodes those behind it.
    pub(super) fn chunk(&self, number: usize) -> Option<&Chunk<'a>> {
        let chunk = self.chunks.get(number)?;
        while chunk.get().is_none()
            && let Some((next, frames)) = self.parts.next()
        {
            self.decode(next, frames);
        }
        self.decode(number, self.parts.get(number)?)
    }

    /// The chunk with this number, which has these frames; waits where another thread decodes it.
    fn decode(&self, number: usize, frames: Frames<'a>) -> Option<&Chunk<'a>> {
        let chunk = self.chunks.get(number)?;
        Some(chunk.get_or_init(|| {
            let memory = self.memory.lock().ok().and_then(|mut memory| memory.pop());
            let mut chunk = memory.unwrap_or_default();
            chunk.decode(self.decoder, frames, self.share);
            chunk
        }))
    }

    /// The memory of its chunks, for another round; what they counted is added to `counts`.
    pub(super) fn into_memory(self, counts: &mut PacketCounts) -> Vec<Chunk<'static>> {
        let decoded = self.chunks.into_iter().filter_map(OnceLock::into_inner);
        let decoded = decoded.inspect(|chunk| counts.merge(&chunk.counts));
        let unused = self.memory.into_inner().unwrap_or_default();
        decoded.chain(unused).map(Chunk::into_memory).collect()
    }
}

impl<'a> Parts<'a> {
    /// The next ones that nobody has begun to decode.
    fn next(&self) -> Option<(usize, Frames<'a>)> {
        match self {
            Self::Split { next, .. } => {
                let number = next.fetch_add(1, Ordering::Relaxed);
                Some((number, self.get(number)?))
            }
            Self::Read { reader, read } => {
                let mut reader = reader.lock().ok()?;
                let number = reader.next;
                let place = read.get(number)?;
                if place.get().is_none() {
                    let room = reader.room;
                    let window = match reader.bytes {
                        0 => None,
                        _ => reader.windows.next_within(room),
                    }?;
                    let frames = window.frames();
                    reader.room -= frames.len() as u64;
                    reader.bytes = reader.bytes.saturating_sub(frames.buffer().len());
                    let _ = place.set(window);
                }
                reader.next += 1;
                Some((number, self.get(number)?))
            }
        }
    }

    /// The frames of a chunk, if they are there.
    fn get(&self, number: usize) -> Option<Frames<'a>> {
        match self {
            Self::Split { frames, .. } => {
                let locations = frames.locations().chunks(CHUNK).nth(number)?;
                Some(Frames::new(frames.buffer(), locations))
            }
            Self::Read { read, .. } => read.get(number)?.get().map(OwnedFrames::frames),
        }
    }
}
