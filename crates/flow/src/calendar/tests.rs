//! The calendar against a plain list in the order in which flows were last seen.

use core::num::NonZeroU32;
use core::time::Duration;

use nfstream_features::TimeUnit;

use super::*;
use crate::slab::SEGMENT_LEN;

/// Numbers that look random (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ word >> 31) % limit
    }

    /// One of so many places, 0 where there is none.
    fn place(&mut self, places: usize) -> usize {
        usize::try_from(self.below(places.max(1) as u64)).unwrap()
    }
}

/// A calendar, and what it should be.
struct World {
    calendar: Calendar,
    entries: Slab<Entry>,
    /// The flow unseen for longest first.
    right: Vec<Slot>,
    unused: Vec<Slot>,
    packets: u64,
    now: Timestamp,
}

impl World {
    fn new(idle_timeout: Duration, time_unit: TimeUnit) -> Self {
        let config = FlowTableConfig {
            idle_timeout,
            time_unit,
            ..FlowTableConfig::default()
        };
        let mut world = Self {
            calendar: Calendar::new(&config),
            entries: Slab::new(),
            right: Vec::new(),
            unused: (1..SEGMENT_LEN)
                .filter_map(NonZeroU32::new)
                .map(Slot::new)
                .collect(),
            packets: 0,
            now: Timestamp::from_millis(1_700_000_000_000),
        };
        world.entries.grow();
        world.calendar.grow();
        world
    }

    fn count(&mut self, slot: Slot) {
        let entry = self.entries.get_mut(slot);
        entry.last_packet = self.packets;
        entry.src2dst.last_seen = self.now;
        self.packets += 1;
        self.right.retain(|&other| other != slot);
        self.right.push(slot);
    }

    fn start(&mut self) {
        if let Some(slot) = self.unused.pop() {
            self.count(slot);
            self.calendar.enter(&mut self.entries, slot);
        }
    }

    fn see(&mut self, number: usize) {
        if let Some(&slot) = self.right.get(number) {
            self.count(slot);
            if self.calendar.is_in_order(self.entries.get(slot).page) {
                self.calendar.move_up(&mut self.entries, slot);
            }
        }
    }

    fn remove(&mut self, slot: Slot) {
        self.calendar.remove(&self.entries, slot);
        self.right.retain(|&other| other != slot);
        self.unused.push(slot);
    }

    /// Ends what was not seen for the timeout, as the table does before each packet.
    fn advance(&mut self, nanos: u64, timeout: u64) {
        self.now = Timestamp::from_nanos(self.now.as_nanos() + nanos);
        loop {
            let last_seen = |slot: &Slot| self.entries.get(*slot).last_seen();
            let earliest = self.right.first().map(last_seen);
            let bound = self.calendar.earliest(&self.entries);
            assert_eq!(bound.is_some(), earliest.is_some());
            assert!(bound <= earliest, "{bound:?} is no bound of {earliest:?}");
            let is_due = |time: Timestamp| time.as_nanos() + timeout < self.now.as_nanos();
            if !bound.is_some_and(is_due) {
                return;
            }
            let front = self.calendar.front(&mut self.entries);
            assert_eq!(front, self.right.first().copied());
            match front.filter(|slot| is_due(self.entries.get(*slot).last_seen())) {
                Some(slot) => self.remove(slot),
                None => return,
            }
        }
    }
}

#[test]
fn flows_come_in_the_order_in_which_they_were_last_seen() {
    for (timeout, unit, step) in [
        (
            Duration::from_mins(2),
            TimeUnit::Milliseconds,
            1_000_000_000,
        ),
        (
            Duration::from_mins(2),
            TimeUnit::Milliseconds,
            20_000_000_000,
        ),
        (Duration::from_millis(3), TimeUnit::Milliseconds, 100_000),
        (Duration::from_millis(1), TimeUnit::Milliseconds, 2_000_000),
        (Duration::ZERO, TimeUnit::Milliseconds, 100_000),
        (Duration::from_nanos(70), TimeUnit::Nanoseconds, 3),
        (Duration::MAX, TimeUnit::Milliseconds, 1_000_000_000),
    ] {
        let mut numbers = Numbers(7);
        let mut world = World::new(timeout, unit);
        let unit = unit.nanos();
        let timeout = u64::try_from(timeout.as_nanos()).unwrap_or(1 << 60);
        for _ in 0..20_000 {
            let nanos = numbers.below(step);
            // Up to a unit later than the timeout, as times are truncated.
            world.advance(nanos, timeout + unit);
            match numbers.below(8) {
                0 | 1 => world.start(),
                2..7 => {
                    let number = numbers.place(world.right.len());
                    world.see(number);
                }
                // A full table, a plugin.
                _ => {
                    let front = world.calendar.front(&mut world.entries);
                    assert_eq!(front, world.right.first().copied());
                    let number = numbers.place(world.right.len());
                    if let Some(&slot) = world.right.get(number) {
                        world.remove(slot);
                    }
                }
            }
            assert_eq!(world.calendar.len() as usize, world.right.len());
        }
        for slot in world.right.clone() {
            assert_eq!(world.calendar.front(&mut world.entries), Some(slot));
            world.remove(slot);
        }
        assert_eq!(world.calendar.front(&mut world.entries), None);
    }
}

/// Flows that leave otherwise than by being idle, for longer than all pages span, and one that is silent.
#[test]
fn pages_are_used_again_while_a_flow_is_silent() {
    const TIMEOUT: u64 = 120_000_000_000;
    for timeout in [TIMEOUT, u64::MAX] {
        let mut world = World::new(Duration::from_nanos(TIMEOUT), TimeUnit::Milliseconds);
        for round in 0..1_000 {
            // Of two flows one is replaced, so that the first pages empty without being tidied.
            if timeout == TIMEOUT || round == 0 {
                world.advance(1_000_000_000, TIMEOUT + 1_000_000);
            } else {
                // Nobody asks what is due.
                world.now = Timestamp::from_nanos(world.now.as_nanos() + 1_000_000_000);
            }
            world.start();
            if round != 700 && world.right.len() > 2 {
                let slot = world.right[world.right.len() - 3];
                world.remove(slot);
            }
        }
        for slot in world.right.clone() {
            assert_eq!(world.calendar.front(&mut world.entries), Some(slot));
            world.remove(slot);
        }
    }
}

#[test]
fn the_end_of_time_is_a_page() {
    let mut world = World::new(Duration::ZERO, TimeUnit::Nanoseconds);
    world.now = Timestamp::MAX;
    world.start();
    let slot = world.calendar.front(&mut world.entries);
    assert_eq!(slot, world.right.first().copied());
    world.remove(slot.unwrap());
    assert_eq!(world.calendar.earliest(&world.entries), None);
}

/// A page whose flows are all seen again is left without a look at the others.
#[test]
fn flows_that_were_seen_since_move_once() {
    let mut world = World::new(Duration::from_secs(64), TimeUnit::Milliseconds);
    for _ in 0..100 {
        world.start();
    }
    world.now = Timestamp::from_nanos(world.now.as_nanos() + 30_000_000_000);
    let first_page = world.entries.get(world.right[0]).page;
    for _ in 0..100 {
        world.see(0);
        assert_eq!(world.entries.get(world.right[99]).page, first_page);
    }
    assert_eq!(
        world.calendar.front(&mut world.entries),
        world.right.first().copied()
    );
    let pages: Vec<_> = world
        .right
        .iter()
        .map(|&slot| world.entries.get(slot).page)
        .collect();
    assert!(pages.iter().all(|&page| page != first_page), "{pages:?}");
}
