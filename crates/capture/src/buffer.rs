//! The one buffer that a stream is read into and that frames are lent from.

use std::io::{self, Read};

/// How much is asked of the stream at a time.
pub(crate) const READ_SIZE: usize = 256 * 1024;

/// Bytes of a stream that are not consumed yet.
///
/// It grows only when it is full of bytes that are really there, by doubling; so what it holds is at most twice the
/// longest record or block that the formats allow.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    storage: Vec<u8>,
    start: usize,
    end: usize,
    /// The offset in the stream of `storage[start]`.
    offset: u64,
}

impl Buffer {
    /// Forgets the content for another stream; the storage stays.
    pub(crate) fn reset(&mut self) {
        self.start = 0;
        self.end = 0;
        self.offset = 0;
    }

    /// Reads once, which may bring fewer bytes than there is room for, and tells whether the stream went on.
    pub(crate) fn fill(&mut self, stream: &mut impl Read) -> io::Result<bool> {
        if self.start > 0 {
            self.storage.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.storage.len() {
            let size = (self.storage.len() * 2).max(READ_SIZE);
            self.storage.resize(size, 0);
        }
        let room = self.storage.get_mut(self.end..).unwrap_or_default();
        let read = stream.read(room)?.min(room.len());
        self.end += read;
        Ok(read > 0)
    }

    /// Marks the first `count` bytes as consumed. They stay where they are until the next [`Self::fill`].
    pub(crate) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// The bytes that are not consumed, and the `consumed` ones before them.
    pub(crate) fn with_consumed(&self, consumed: usize) -> &[u8] {
        self.storage
            .get(self.start.saturating_sub(consumed)..self.end)
            .unwrap_or_default()
    }

    pub(crate) fn unread(&self) -> &[u8] {
        self.with_consumed(0)
    }

    /// The offset in the stream of the first unread byte.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.storage.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_moves_to_the_front_and_offsets_go_on() {
        let mut stream = io::Cursor::new([1, 2, 3]).chain(io::Cursor::new([4, 5]));
        let mut buffer = Buffer::default();
        assert!(buffer.fill(&mut stream).unwrap());
        buffer.consume(2);
        assert_eq!(buffer.with_consumed(2), [1, 2, 3]);
        assert!(buffer.fill(&mut stream).unwrap());
        assert_eq!(
            (buffer.unread(), buffer.offset()),
            ([3, 4, 5].as_slice(), 2)
        );
        assert!(!buffer.fill(&mut stream).unwrap());
    }

    #[test]
    fn it_grows_only_when_full() {
        let mut stream = io::repeat(7);
        let mut buffer = Buffer::default();
        buffer.fill(&mut stream).unwrap();
        buffer.consume(1);
        buffer.fill(&mut stream).unwrap();
        assert_eq!(buffer.capacity(), READ_SIZE);
        buffer.fill(&mut stream).unwrap();
        assert_eq!(buffer.capacity(), 2 * READ_SIZE);
    }
}
