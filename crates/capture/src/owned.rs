//! A window of frames that can leave its source.

use std::mem;
use std::ops::Range;

use nfstream_decode::Frame;

use crate::bytes::offset;
use crate::{FrameLocation, Frames};

/// A window of frames that owns its bytes and its index, to be filled again and again.
///
/// [`PacketSource::receive_into`](crate::PacketSource::receive_into) fills it; a source of one's own can with
/// [`push`](Self::push). It holds less than 4 GiB.
#[derive(Debug, Default)]
pub struct OwnedFrames {
    /// Initialised as far as it ever was: the window is a part of it.
    storage: Vec<u8>,
    /// What the index counts in.
    window: Range<usize>,
    index: Vec<FrameLocation>,
}

impl OwnedFrames {
    /// Takes all frames away. What was allocated is kept.
    pub fn clear(&mut self) {
        self.window = 0..0;
        self.index.clear();
    }

    /// Copies a frame behind the others.
    pub fn push(&mut self, frame: &Frame<'_>) {
        let Frame {
            timestamp,
            link_type,
            wire_len,
            data,
        } = *frame;
        self.storage.truncate(self.window.end);
        self.index.push(FrameLocation {
            timestamp,
            wire_len,
            offset: offset(self.window.len()),
            captured_len: offset(data.len()),
            link_type,
        });
        self.storage.extend_from_slice(data);
        self.window.end = self.storage.len();
    }

    /// Takes those frames away that `keep` does not want. It is asked in the order of the capture, and no bytes move.
    pub fn retain(&mut self, mut keep: impl FnMut(&Frame<'_>) -> bool) {
        let buffer = self.storage.get(self.window.clone()).unwrap_or_default();
        self.index.retain(|location| keep(&location.frame(buffer)));
    }

    /// The frames.
    pub fn frames(&self) -> Frames<'_> {
        let buffer = self.storage.get(self.window.clone()).unwrap_or_default();
        Frames::new(buffer, &self.index)
    }

    /// Exchanges the index with that of a source; `storage` does so with the bytes, and tells where the window lies in
    /// what it gives.
    pub(crate) fn exchange(
        &mut self,
        index: &mut Vec<FrameLocation>,
        storage: impl FnOnce(&mut Vec<u8>) -> Range<usize>,
    ) {
        self.window = storage(&mut self.storage);
        mem::swap(&mut self.index, index);
    }

    #[cfg(test)]
    pub(crate) fn capacities(&self) -> [usize; 2] {
        [self.storage.capacity(), self.index.capacity()]
    }
}

#[cfg(test)]
mod tests;
