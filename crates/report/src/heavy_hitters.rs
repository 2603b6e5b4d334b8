//! The names with the most bytes, among any number of names.

use core::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use crate::shares::bounded;
use crate::tally::Tally;

/// How many names have a counter.
pub(crate) const COUNTERS: usize = 1_024;

/// The names with the most bytes, among any number of names: Space-Saving.
///
/// A name without a counter takes over the one with the fewest bytes, with what that had counted as its possible error. With
/// `k` counters and `N` bytes in all, each name of more than `N / k` bytes has a counter, no error is above `N / k`, and
/// what was counted since a name has its counter is a lower bound of its bytes, packets and flows. Nothing is inexact
/// before there are more than `k` names.
///
/// # Source
///
/// A. Metwally, D. Agrawal, A. El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005.
#[derive(Clone, Debug)]
pub(crate) struct HeavyHitters {
    capacity: usize,
    places: HashMap<Arc<str>, usize, ahash::RandomState>,
    counters: Vec<Counter>,
    /// Every counter's place, by what it counted when that was last looked at: less or equal to what it has now.
    smallest: BinaryHeap<Reverse<(u64, usize)>>,
    /// Whether a name may have gone without a counter.
    has_overflowed: bool,
}

/// What is known of one name.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    pub(crate) name: Arc<str>,
    /// What was counted since the name has this counter: at least so much there was.
    pub(crate) tally: Tally,
    /// Bytes that it may have had before, at most.
    pub(crate) error: u64,
    /// Whether it has its counter from the beginning: the figures are exact.
    pub(crate) is_exact: bool,
}

impl Counter {
    /// Bytes that the name had at most.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.tally.bytes.saturating_add(self.error)
    }
}

impl HeavyHitters {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            places: HashMap::default(),
            counters: Vec::new(),
            smallest: BinaryHeap::new(),
            has_overflowed: false,
        }
    }

    pub(crate) fn add(&mut self, name: &str, tally: Tally) {
        let name = bounded(name);
        let known = self.places.get(name);
        if let Some(counter) = known.and_then(|&place| self.counters.get_mut(place)) {
            counter.tally += tally;
        } else if self.counters.len() < self.capacity {
            self.insert(name.into(), tally);
        } else {
            self.has_overflowed = true;
            // Without bytes there is nothing to take a counter over with.
            if tally.bytes > 0 {
                self.take_over(name.into(), tally);
            }
        }
    }

    /// Whether every name has an exact counter.
    pub(crate) fn is_exact(&self) -> bool {
        !self.has_overflowed
    }

    /// How many names have a counter.
    pub(crate) fn len(&self) -> usize {
        self.counters.len()
    }

    /// The counters, those first that counted the most bytes for sure.
    pub(crate) fn ranked(&self) -> Vec<&Counter> {
        let mut ranked: Vec<&Counter> = self.counters.iter().collect();
        ranked.sort_by(|a, b| {
            let counted = |counter: &Counter| (counter.tally.bytes, counter.tally.packets);
            counted(b)
                .cmp(&counted(a))
                .then_with(|| a.name.cmp(&b.name))
        });
        ranked
    }

    fn insert(&mut self, name: Arc<str>, tally: Tally) {
        let place = self.counters.len();
        self.smallest.push(Reverse((tally.bytes, place)));
        self.places.insert(Arc::clone(&name), place);
        self.counters.push(Counter {
            name,
            tally,
            error: 0,
            is_exact: true,
        });
    }

    /// Gives the counter with the fewest bytes to another name.
    fn take_over(&mut self, name: Arc<str>, tally: Tally) {
        while let Some(mut smallest) = self.smallest.peek_mut() {
            let Reverse((bytes, place)) = *smallest;
            let Some(counter) = self.counters.get_mut(place) else {
                return;
            };
            if counter.most_bytes() > bytes {
                // It has grown since: put it where it belongs, and look again.
                *smallest = Reverse((counter.most_bytes(), place));
                continue;
            }
            self.places.remove(&counter.name);
            self.places.insert(Arc::clone(&name), place);
            *counter = Counter {
                name,
                tally,
                error: bytes,
                is_exact: false,
            };
            return;
        }
    }
}

impl Default for HeavyHitters {
    fn default() -> Self {
        Self::new(COUNTERS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flow(bytes: u64) -> Tally {
        Tally {
            flows: 1,
            packets: 2,
            bytes,
        }
    }

    /// The exact figures of a few names.
    fn exact(flows: &[(u8, u64)]) -> HashMap<String, Tally> {
        let mut sums: HashMap<String, Tally> = HashMap::new();
        for &(name, bytes) in flows {
            *sums.entry(name.to_string()).or_default() += flow(bytes);
        }
        sums
    }

    proptest! {
        #[test]
        fn bounds_hold(
            flows in prop::collection::vec((0..40_u8, prop_oneof![Just(0), 1..100_u64, Just(10_000)]), 0..400),
            capacity in 1..20_usize,
        ) {
            let mut hitters = HeavyHitters::new(capacity);
            for &(name, bytes) in &flows {
                hitters.add(&name.to_string(), flow(bytes));
            }
            let sums = exact(&flows);
            let all: u64 = sums.values().map(|sum| sum.bytes).sum();
            let bound = all / capacity as u64;
            prop_assert!(hitters.len() <= capacity);
            prop_assert_eq!(hitters.is_exact(), sums.len() <= capacity);
            for counter in &hitters.counters {
                let right = sums[&*counter.name];
                prop_assert!(counter.tally.bytes <= right.bytes && right.bytes <= counter.most_bytes());
                prop_assert!(counter.tally.packets <= right.packets && counter.tally.flows <= right.flows);
                prop_assert!(counter.error <= bound);
                if counter.is_exact {
                    prop_assert_eq!(counter.tally, right);
                }
            }
            for (name, sum) in sums.iter().filter(|(_, sum)| sum.bytes > bound) {
                prop_assert!(hitters.places.contains_key(name.as_str()), "{name} has {sum:?} of {all}");
            }
            // What the counters hold at most is all that there was.
            if all > 0 {
                let most: u64 = hitters.counters.iter().map(Counter::most_bytes).sum();
                prop_assert_eq!(most, all);
            }
        }
    }

    #[test]
    fn the_heaviest_comes_first_and_the_lightest_goes() {
        let mut hitters = HeavyHitters::new(3);
        for (name, bytes) in [("b", 5), ("c", 9), ("a", 4), ("new", 1)] {
            hitters.add(name, flow(bytes));
        }
        let ranked = hitters.ranked();
        let names: Vec<&str> = ranked.iter().map(|counter| &*counter.name).collect();
        assert_eq!(names, ["c", "b", "new"]);
        assert_eq!(ranked[2].error, 4);
        assert_eq!(ranked[2].tally.bytes, 1);
        assert!(!hitters.is_exact());
    }
}
