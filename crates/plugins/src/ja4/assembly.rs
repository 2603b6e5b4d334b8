//! Puts a stream together from pieces that come in any order.

/// The most of a stream that is put together, in bytes, headers of records included: eight times a large hello of today, which
/// has some 2,000 bytes with a post-quantum key share.
pub(super) const MAX_STREAM: usize = 16 * 1024;
/// The least room that is made at once: a hello of today fits in.
const LEAST_CAPACITY: usize = 2_048;

/// The beginning of a stream, with gaps.
///
/// What was put together is never changed by what comes later: of pieces that overlap the first one counts once all
/// before it is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Assembly {
    bytes: Vec<u8>,
    /// A bit for each byte that has come.
    present: Vec<u64>,
    ready: usize,
}

/// A piece that ends behind [`MAX_STREAM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooFar;

impl Assembly {
    /// Takes a piece that belongs at this offset, or nothing of it.
    pub(super) fn insert(&mut self, offset: u64, piece: &[u8]) -> Result<(), TooFar> {
        let start = usize::try_from(offset).map_err(|_| TooFar)?;
        let end = start
            .checked_add(piece.len())
            .filter(|end| *end <= MAX_STREAM)
            .ok_or(TooFar)?;
        let known = self.ready.saturating_sub(start);
        let Some(piece) = piece.get(known..).filter(|piece| !piece.is_empty()) else {
            return Ok(());
        };
        let start = start + known;
        self.make_room(end);
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(piece);
        }
        self.mark(start, end);
        Ok(())
    }

    /// What there is without a gap.
    pub(super) fn ready(&self) -> &[u8] {
        self.bytes.get(..self.ready).unwrap_or_default()
    }

    /// The same, to be changed in place.
    pub(super) fn ready_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.ready).unwrap_or_default()
    }

    fn make_room(&mut self, end: usize) {
        if end <= self.bytes.len() {
            return;
        }
        if end > self.bytes.capacity() {
            // Powers of two, so that the bound is one and growing is linear.
            let capacity = end.next_power_of_two().max(LEAST_CAPACITY);
            self.bytes.reserve_exact(capacity - self.bytes.len());
            self.present.resize(capacity.div_ceil(64), 0);
        }
        self.bytes.resize(end, 0);
    }

    /// Notes that the bytes from `start` to `end`, of which there is at least one, have come.
    fn mark(&mut self, start: usize, end: usize) {
        let (first, last) = (start / 64, (end - 1) / 64);
        for (number, word) in self
            .present
            .iter_mut()
            .enumerate()
            .take(last + 1)
            .skip(first)
        {
            let from = if number == first { start % 64 } else { 0 };
            let to = if number == last { (end - 1) % 64 } else { 63 };
            *word |= u64::MAX << from & u64::MAX >> (63 - to);
        }
        while let Some(word) = self.present.get(self.ready / 64) {
            let bit = self.ready % 64;
            let run = (word >> bit).trailing_ones() as usize;
            self.ready += run;
            if bit + run < 64 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_gap_holds_back_what_is_behind_it() {
        let mut assembly = Assembly::default();
        assembly.insert(3, b"def").unwrap();
        assert_eq!(assembly.ready(), b"");
        assembly.insert(0, b"ab").unwrap();
        assert_eq!(assembly.ready(), b"ab");
        assembly.insert(2, b"c").unwrap();
        assert_eq!(assembly.ready(), b"abcdef");
    }

    #[test]
    fn what_is_ready_stays_as_it_is() {
        let mut assembly = Assembly::default();
        assembly.insert(0, b"abc").unwrap();
        assembly.insert(0, b"xyzde").unwrap();
        assert_eq!(assembly.ready(), b"abcde");
    }

    #[test]
    fn there_is_room_for_so_much_and_no_more() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.insert(u64::MAX, b"a"), Err(TooFar));
        assert_eq!(assembly.insert(MAX_STREAM as u64, b"a"), Err(TooFar));
        assert_eq!(assembly.insert(MAX_STREAM as u64 - 1, b"a"), Ok(()));
        assert_eq!(assembly.bytes.capacity(), MAX_STREAM);
        assert_eq!(assembly.insert(0, &[b'b'; MAX_STREAM - 1]), Ok(()));
        assert_eq!(assembly.ready().len(), MAX_STREAM);
    }

    proptest! {
        #[test]
        fn it_is_the_stream_that_was_cut_up(pieces in vec((0_usize..300, 0_usize..150), 0..40)) {
            let stream: Vec<u8> = (0..450_u16).map(|number| number.to_le_bytes()[0]).collect();
            let mut present = [false; 451];
            let mut assembly = Assembly::default();
            for (start, length) in pieces {
                assembly.insert(start as u64, &stream[start..start + length]).unwrap();
                present[start..start + length].fill(true);
                let ready = present.iter().position(|present| !present).unwrap();
                prop_assert_eq!(assembly.ready(), &stream[..ready]);
            }
        }
    }
}
