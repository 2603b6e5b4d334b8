//! Flows in the order in which they were last seen.

use crate::flow::Entry;
use crate::slab::{Slab, Slot};

/// A doubly linked list through the entries of a slab, the flow unseen for longest in front.
///
/// Packet time never runs backwards, so the flow that was just seen belongs at the back, and idle flows are found in
/// front without a scan.
#[derive(Debug, Default)]
pub(crate) struct Recency {
    front: Option<Slot>,
    back: Option<Slot>,
    len: u32,
}

/// The neighbours of an entry in the list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Links {
    before: Option<Slot>,
    behind: Option<Slot>,
}

impl Recency {
    /// The flow unseen for longest.
    #[inline]
    pub(crate) fn front(&self) -> Option<Slot> {
        self.front
    }

    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    #[inline]
    pub(crate) fn push_back(&mut self, entries: &mut Slab<Entry>, slot: Slot) {
        entries.get_mut(slot).links = Links {
            before: self.back,
            behind: None,
        };
        match self.back {
            Some(back) => entries.get_mut(back).links.behind = Some(slot),
            None => self.front = Some(slot),
        }
        self.back = Some(slot);
        self.len += 1;
    }

    #[inline]
    pub(crate) fn remove(&mut self, entries: &mut Slab<Entry>, slot: Slot) {
        let Links { before, behind } = entries.get(slot).links;
        match before {
            Some(before) => entries.get_mut(before).links.behind = behind,
            None => self.front = behind,
        }
        match behind {
            Some(behind) => entries.get_mut(behind).links.before = before,
            None => self.back = before,
        }
        self.len -= 1;
    }

    #[inline]
    pub(crate) fn move_to_back(&mut self, entries: &mut Slab<Entry>, slot: Slot) {
        if self.back != Some(slot) {
            self.remove(entries, slot);
            self.push_back(entries, slot);
        }
    }
}
