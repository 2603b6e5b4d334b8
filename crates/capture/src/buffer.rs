//! The one buffer that a stream is read into and that frames are lent from.

use std::io::{self, Read};
use std::mem;
use std::ops::RangeInclusive;

/// How much a window holds where nothing else is said.
pub(crate) const WINDOW_SIZE: usize = 256 * 1024;

/// Below the least a window would be hardly more than a packet; below the greatest, offsets of 32 bits reach everywhere.
const WINDOW_SIZES: RangeInclusive<usize> = 4 * 1024..=1 << 30;

/// Bytes of a stream that are not consumed yet.
///
/// It holds a window. Beyond that it grows only when it is full of bytes that are really there, by doubling; so what it
/// holds is at most twice the longest record or block that the formats allow, and a window.
#[derive(Debug)]
pub(crate) struct Buffer {
    window_size: usize,
    storage: Vec<u8>,
    start: usize,
    end: usize,
    /// The offset in the stream of `storage[start]`.
    offset: u64,
}

impl Buffer {
    /// Sets how much a window holds from now on: this, or the nearest that can be.
    pub(crate) fn set_window_size(&mut self, bytes: usize) {
        self.window_size = bytes.clamp(*WINDOW_SIZES.start(), *WINDOW_SIZES.end());
    }

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
        // The rest of a window, or a further one: the same whatever the storage has room for.
        let limit = if self.end < self.window_size {
            self.window_size
        } else {
            self.end + self.window_size
        };
        grow(&mut self.storage, limit);
        let room = self.storage.get_mut(self.end..limit).unwrap_or_default();
        let read = stream.read(room)?.min(room.len());
        self.end += read;
        Ok(read > 0)
    }

    /// Goes on in `storage`, with the unread bytes, and gives its own, whole, for it. Tells where the unread bytes start there.
    pub(crate) fn exchange(&mut self, storage: &mut Vec<u8>) -> usize {
        let unread = self.unread();
        let length = unread.len();
        if length > 0 {
            grow(storage, length.max(self.window_size));
            if let Some(front) = storage.get_mut(..length) {
                front.copy_from_slice(unread);
            }
        }
        mem::swap(&mut self.storage, storage);
        self.end = length;
        mem::take(&mut self.start)
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

    /// How much a window holds, where no record or block is longer.
    pub(crate) fn window_size(&self) -> usize {
        self.window_size
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

impl Default for Buffer {
    fn default() -> Self {
        Self {
            window_size: WINDOW_SIZE,
            storage: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
        }
    }
}

/// Gives `storage` room for `size` bytes.
fn grow(storage: &mut Vec<u8>, size: usize) {
    if storage.capacity() == 0 {
        // Zeros from the system, where `resize` would write them.
        *storage = vec![0; size];
    } else if storage.len() < size {
        storage.resize(size.max(storage.len() * 2), 0);
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
        assert_eq!(buffer.capacity(), WINDOW_SIZE);
        buffer.fill(&mut stream).unwrap();
        assert_eq!(buffer.capacity(), 2 * WINDOW_SIZE);
    }

    #[test]
    fn it_reads_a_window_at_a_time_however_much_it_has_room_for() {
        let mut buffer = Buffer::default();
        buffer.set_window_size(4_096);
        let mut stream = io::repeat(7);
        for windows in 1..=5 {
            buffer.fill(&mut stream).unwrap();
            assert_eq!(buffer.unread().len(), windows * 4_096);
        }
        assert_eq!(buffer.capacity(), 8 * 4_096);
        buffer.consume(buffer.unread().len() - 1);
        buffer.fill(&mut stream).unwrap();
        assert_eq!(buffer.unread().len(), 4_096);
    }

    #[test]
    fn an_exchange_moves_the_unread_bytes_only() {
        let mut stream = io::Cursor::new([1, 2, 3, 4]).chain(io::Cursor::new([5]));
        let mut buffer = Buffer::default();
        buffer.fill(&mut stream).unwrap();
        buffer.consume(1);
        buffer.consume(2);
        let address = buffer.unread().as_ptr().wrapping_sub(3);
        let mut storage = Vec::new();
        assert_eq!(buffer.exchange(&mut storage), 3);
        assert_eq!(
            (storage.as_ptr(), &storage[..3]),
            (address, [1, 2, 3].as_slice())
        );
        buffer.fill(&mut stream).unwrap();
        assert_eq!((buffer.unread(), buffer.offset()), ([4, 5].as_slice(), 3));
    }

    #[test]
    fn window_sizes_have_limits() {
        let mut buffer = Buffer::default();
        for (wanted, taken) in [(0, 4 << 10), (1 << 22, 1 << 22), (usize::MAX, 1 << 30)] {
            buffer.set_window_size(wanted);
            assert_eq!(buffer.window_size(), taken);
        }
    }
}
