//! Where flows are, by the hash of their key.

use core::iter;

use crate::slab::Slot;

/// A hash table of slots: it knows hashes, not keys, so it is one array of eight bytes a place, and a look-up mostly reads
/// a single cache line.
///
/// A slot stands at the place that its hash says, or else at the next free one behind that (linear probing). When one
/// leaves, those behind it move up, so that no marks of what was there are left, and the table grows with the slots that are in it alone.
#[derive(Debug)]
pub(crate) struct Index {
    /// As many as a power of two, and at least a quarter of them empty.
    places: Box<[Place]>,
    len: usize,
}

/// A slot and the hash it is found by, or neither.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    hash: u32,
    slot: Option<Slot>,
}

impl Index {
    /// A table without room.
    pub(crate) fn new() -> Self {
        Self {
            places: Box::default(),
            len: 0,
        }
    }

    /// Makes room for so many slots altogether.
    pub(crate) fn reserve(&mut self, slots: usize) {
        let wanted = (slots + slots / 2 + 1).next_power_of_two();
        if wanted > self.places.len() {
            let larger = iter::repeat_n(Place::default(), wanted).collect();
            let places = core::mem::replace(&mut self.places, larger);
            self.len = 0;
            for Place { hash, slot } in places {
                if let Some(slot) = slot {
                    self.insert(hash, slot);
                }
            }
        }
    }

    /// The first slot with this hash that is the right one.
    #[inline]
    pub(crate) fn find(&self, hash: u32, is_right: impl Fn(Slot) -> bool) -> Option<Slot> {
        let mut at = self.home(hash);
        loop {
            let place = self.places.get(at)?;
            let slot = place.slot?;
            if place.hash == hash && is_right(slot) {
                return Some(slot);
            }
            at = self.next(at);
        }
    }

    /// Adds a slot. There has to be room for it.
    pub(crate) fn insert(&mut self, hash: u32, slot: Slot) {
        let mut at = self.home(hash);
        while self
            .places
            .get(at)
            .is_some_and(|place| place.slot.is_some())
        {
            at = self.next(at);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = Place {
                hash,
                slot: Some(slot),
            };
            self.len += 1;
        }
    }

    /// Takes a slot out.
    pub(crate) fn remove(&mut self, hash: u32, slot: Slot) {
        let mut empty = self.home(hash);
        loop {
            match self.places.get(empty).and_then(|place| place.slot) {
                Some(other) if other == slot => break,
                Some(_) => empty = self.next(empty),
                None => return,
            }
        }
        self.len -= 1;
        let mut at = self.next(empty);
        while let Some(&place) = self.places.get(at).filter(|place| place.slot.is_some()) {
            // It may move up unless its home lies behind the empty place.
            if self.distance(self.home(place.hash), at) >= self.distance(empty, at) {
                if let Some(target) = self.places.get_mut(empty) {
                    *target = place;
                }
                empty = at;
            }
            at = self.next(at);
        }
        if let Some(place) = self.places.get_mut(empty) {
            *place = Place::default();
        }
    }

    /// The place that a hash says.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        hash as usize & self.places.len().wrapping_sub(1)
    }

    #[inline]
    fn next(&self, at: usize) -> usize {
        (at + 1) & self.places.len().wrapping_sub(1)
    }

    /// How many steps it is from one place to another.
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.places.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU32;
    use std::collections::HashMap;

    use super::*;

    fn slot(number: u32) -> Slot {
        Slot::new(NonZeroU32::new(number).unwrap())
    }

    /// Slots come and go, with few hashes, many hashes, and hashes at the end of the table.
    #[test]
    fn it_finds_what_is_in_it() {
        for hash_of in [
            (|number| number % 7) as fn(u32) -> u32,
            |number| number.wrapping_mul(0x9e37_79b9),
            |number| u32::MAX - number % 3,
            |number| number / 2 % 64 + 60,
        ] {
            let mut index = Index::new();
            let mut right: HashMap<u32, u32> = HashMap::new();
            let mut state = 1_u32;
            for step in 0..20_000 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let number = 1 + (state >> 16) % 200;
                let hash = hash_of(number);
                if right.remove(&number).is_some() {
                    index.remove(hash, slot(number));
                } else {
                    index.reserve(right.len() + 1);
                    index.insert(hash, slot(number));
                    right.insert(number, hash);
                }
                assert_eq!(index.len, right.len());
                if step % 100 == 0 {
                    for number in 1..=200 {
                        let found = index.find(hash_of(number), |other| other == slot(number));
                        assert_eq!(found.is_some(), right.contains_key(&number), "{number}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_found_or_removed() {
        let mut index = Index::new();
        assert_eq!(index.find(0, |_| true), None);
        index.remove(0, slot(1));
        index.reserve(1);
        index.insert(5, slot(1));
        index.remove(5, slot(2));
        index.remove(6, slot(1));
        assert_eq!(index.find(5, |_| false), None);
        assert_eq!(index.find(5, |_| true), Some(slot(1)));
    }

    /// There is always an empty place, so that each search ends.
    #[test]
    fn a_quarter_of_the_places_is_empty() {
        for slots in 1..1_000 {
            let mut index = Index::new();
            index.reserve(slots);
            assert!(slots * 4 <= index.places.len() * 3, "{slots}");
            assert!(index.places.len() <= 4 * slots, "{slots}");
        }
    }
}
