//! Memory for flows: it grows by whole segments, and nothing in it ever moves.

#![allow(
    clippy::indexing_slicing,
    reason = "slot numbers come from the free list of the same table, so they are in range"
)]

use core::num::NonZeroU32;

use nfstream_features::SequenceEntry;

/// The place of one flow in every slab of a table. The first place of all is never used, so that an `Option<Slot>` takes
/// no more room than a `Slot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(NonZeroU32);

impl Slot {
    pub(crate) const fn new(index: NonZeroU32) -> Self {
        Self(index)
    }

    #[inline]
    fn index(self) -> u32 {
        self.0.get()
    }
}

/// log2 of the flows a segment holds.
const SEGMENT_BITS: u32 = 10;
/// Flows a segment holds.
pub(crate) const SEGMENT_LEN: u32 = 1 << SEGMENT_BITS;

/// One `T` a flow.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    segments: Vec<Box<[T; SEGMENT_LEN as usize]>>,
}

impl<T: Default> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self {
            segments: Vec::new(),
        }
    }

    /// Adds room for [`SEGMENT_LEN`] flows.
    pub(crate) fn grow(&mut self) {
        let segment = core::iter::repeat_with(T::default).take(SEGMENT_LEN as usize);
        let segment: Box<[T]> = segment.collect();
        self.segments.extend(segment.try_into().ok());
    }

    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> &T {
        let index = slot.index();
        &self.segments[(index >> SEGMENT_BITS) as usize][(index & (SEGMENT_LEN - 1)) as usize]
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut T {
        let index = slot.index();
        &mut self.segments[(index >> SEGMENT_BITS) as usize][(index & (SEGMENT_LEN - 1)) as usize]
    }
}

/// The first packets of each flow: a fixed number of places a flow.
#[derive(Debug)]
pub(crate) struct SequenceSlab {
    /// One allocation a flow, made when its slot is first used, and kept: a sequence may be as long as 65,535 places.
    sequences: Vec<Box<[SequenceEntry]>>,
    columns: usize,
}

impl SequenceSlab {
    pub(crate) const fn new(columns: u16) -> Self {
        Self {
            sequences: Vec::new(),
            columns: columns as usize,
        }
    }

    /// Adds room for [`SEGMENT_LEN`] flows; the places of a flow are allocated when its slot is first used.
    pub(crate) fn grow(&mut self) {
        let flows = self.sequences.len() + SEGMENT_LEN as usize;
        self.sequences.resize_with(flows, Box::default);
    }

    /// The places of a flow.
    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> &[SequenceEntry] {
        &self.sequences[slot.index() as usize]
    }

    /// Makes sure that a new flow has its places; what stands in them is of an earlier flow.
    pub(crate) fn start(&mut self, slot: Slot) {
        let places = &mut self.sequences[slot.index() as usize];
        if places.is_empty() {
            *places = vec![SequenceEntry::default(); self.columns].into_boxed_slice();
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> &mut [SequenceEntry] {
        &mut self.sequences[slot.index() as usize]
    }
}
