//! Flows in the order in which they were last seen.

use core::hint::black_box;

use crate::slab::{Slab, Slot};

/// A doubly linked list of slots, the flow unseen for longest in front.
///
/// Packet time never runs backwards, so the flow that was just seen belongs at the back, and idle flows are found in
/// front without a scan. The links lie apart from the flows: a packet touches those of its flow and of two neighbours, and
/// eight bytes a flow stay in the cache where whole entries would not.
#[derive(Debug)]
pub(crate) struct Recency {
    links: Slab<Links>,
    front: Option<Slot>,
    back: Option<Slot>,
    len: u32,
}

/// The neighbours of a slot in the list.
#[derive(Clone, Copy, Debug, Default)]
struct Links {
    before: Option<Slot>,
    behind: Option<Slot>,
}

impl Default for Recency {
    fn default() -> Self {
        Self {
            links: Slab::new(),
            front: None,
            back: None,
            len: 0,
        }
    }
}

impl Recency {
    /// Adds room for one segment of flows.
    pub(crate) fn grow(&mut self) {
        self.links.grow();
    }

    /// The flow unseen for longest.
    #[inline]
    pub(crate) fn front(&self) -> Option<Slot> {
        self.front
    }

    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    pub(crate) fn push_back(&mut self, slot: Slot) {
        *self.links.get_mut(slot) = Links {
            before: self.back,
            behind: None,
        };
        match self.back {
            Some(back) => self.links.get_mut(back).behind = Some(slot),
            None => self.front = Some(slot),
        }
        self.back = Some(slot);
        self.len += 1;
    }

    #[inline]
    pub(crate) fn remove(&mut self, slot: Slot) {
        let Links { before, behind } = *self.links.get(slot);
        match before {
            Some(before) => self.links.get_mut(before).behind = behind,
            None => self.front = behind,
        }
        match behind {
            Some(behind) => self.links.get_mut(behind).before = before,
            None => self.back = before,
        }
        self.len -= 1;
    }

    #[inline]
    pub(crate) fn move_to_back(&mut self, slot: Slot) {
        if self.back != Some(slot) {
            self.remove(slot);
            self.push_back(slot);
        }
    }

    /// Reads what [`move_to_back`](Self::move_to_back) will change.
    #[inline]
    pub(crate) fn touch(&self, slot: Slot) {
        let Links { before, behind } = *self.links.get(slot);
        for neighbour in [before, behind].into_iter().flatten() {
            black_box(self.links.get(neighbour).before);
        }
    }
}
