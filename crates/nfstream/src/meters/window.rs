//! A window of frames, decoded bit by bit by those who meter it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use nfstream_capture::Frames;
use nfstream_decode::Decoder;

use super::chunk::{Chunk, Share};
use crate::packets::PacketCounts;

/// Frames of a chunk: so few that what one core has decoded still lies in its cache when it is metered.
const CHUNK: usize = 512;

/// A window of frames, decoded chunk by chunk by whoever needs the next one first.
pub(super) struct Window<'a> {
    decoder: Decoder,
    frames: Frames<'a>,
    share: Share,
    chunks: Vec<OnceLock<Chunk<'a>>>,
    /// The first chunk that nobody has begun to decode.
    next: AtomicUsize,
    /// Memory for chunks.
    memory: Mutex<Vec<Chunk<'a>>>,
    /// Whether nothing comes behind it.
    pub(super) is_last: bool,
}

impl<'a> Window<'a> {
    /// A window of which nothing is decoded yet.
    pub(super) fn new(
        decoder: Decoder,
        frames: Frames<'a>,
        share: Share,
        memory: Vec<Chunk<'static>>,
    ) -> Self {
        let chunks = frames.len().div_ceil(CHUNK);
        Self {
            decoder,
            frames,
            share,
            chunks: (0..chunks).map(|_| OnceLock::new()).collect(),
            next: AtomicUsize::new(0),
            memory: Mutex::new(memory),
            is_last: false,
        }
    }

    /// How many chunks it has.
    pub(super) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// The chunk with this number, if there is one. While another thread decodes it, this one decodes those behind it.
    pub(super) fn chunk(&self, number: usize) -> Option<&Chunk<'a>> {
        let chunk = self.chunks.get(number)?;
        while chunk.get().is_none() && self.decode_next() {}
        Some(chunk.get_or_init(|| self.decode(number)))
    }

    /// Decodes the next chunk; tells whether there was one.
    pub(super) fn decode_next(&self) -> bool {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let chunk = self.chunks.get(number);
        // Whoever wants it meanwhile waits for it.
        chunk
            .map(|chunk| chunk.get_or_init(|| self.decode(number)))
            .is_some()
    }

    /// The memory of its chunks, for another window; what they counted is added to `counts`.
    pub(super) fn into_memory(self, counts: &mut PacketCounts) -> Vec<Chunk<'static>> {
        let decoded = self.chunks.into_iter().filter_map(OnceLock::into_inner);
        let decoded = decoded.inspect(|chunk| counts.merge(&chunk.counts));
        let unused = self.memory.into_inner().unwrap_or_default();
        decoded.chain(unused).map(Chunk::into_memory).collect()
    }

    fn decode(&self, number: usize) -> Chunk<'a> {
        let memory = self.memory.lock().ok().and_then(|mut memory| memory.pop());
        let mut chunk = memory.unwrap_or_default();
        let locations = self.frames.locations().chunks(CHUNK).nth(number);
        let frames = Frames::new(self.frames.buffer(), locations.unwrap_or_default());
        chunk.decode(self.decoder, frames, self.share);
        chunk
    }
}
