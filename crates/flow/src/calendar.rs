//! Flows in the order in which they were last seen.

use nfstream_decode::Timestamp;

use crate::config::FlowTableConfig;
use crate::flow::Entry;
use crate::slab::{Slab, Slot};

/// Pages that an idle timeout takes, more or less.
const PAGES_OF_TIMEOUT: u64 = 64;
/// Pages there are, which are used again and again: more than the idle timeout takes.
const PAGES: usize = 128;

/// The flows that are alive, on pages of a calendar.
///
/// A flow is entered on the page of the time at which it was last seen, and stays there when packets come. When its page
/// is the first one that is left, the page is tidied: flows that were seen since then move to the page where they belong,
/// and the others are put in order. From then on that page is kept in order, so that the flow unseen for longest is found
/// in front of it.
///
/// So a packet changes nothing here, unless its flow was about to be idle, and no flow moves more often than it has
/// packets.
#[derive(Debug)]
pub(crate) struct Calendar {
    pages: [Page; PAGES],
    /// A bit for each page that has flows.
    used: u128,
    /// The place of the page that is in order: the first one that is used.
    in_order: Option<u8>,
    /// The number of a page at or before the first one that is used, counted from the epoch.
    first: u64,
    /// What a page spans, in nanoseconds.
    span: u64,
    neighbours: Slab<Neighbours>,
    len: u32,
    /// Memory for putting a page in order.
    order: Vec<(u64, Slot)>,
}

/// A doubly linked list of slots.
#[derive(Clone, Copy, Debug, Default)]
struct Page {
    front: Option<Slot>,
    back: Option<Slot>,
}

/// The neighbours of a slot on its page.
#[derive(Clone, Copy, Debug, Default)]
struct Neighbours {
    before: Option<Slot>,
    behind: Option<Slot>,
}

impl Calendar {
    /// An empty calendar for flows with this idle timeout.
    pub(crate) fn new(config: &FlowTableConfig) -> Self {
        let unit = config.time_unit.nanos();
        let timeout = config.ticks(config.idle_timeout).saturating_mul(unit);
        Self {
            pages: [Page::default(); PAGES],
            used: 0,
            in_order: None,
            first: 0,
            span: (timeout / PAGES_OF_TIMEOUT).saturating_add(unit),
            neighbours: Slab::new(),
            len: 0,
            order: Vec::new(),
        }
    }

    /// Adds room for one segment of flows.
    pub(crate) fn grow(&mut self) {
        self.neighbours.grow();
    }

    /// How many flows there are.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Enters a flow that was just seen.
    pub(crate) fn enter(&mut self, entries: &mut Slab<Entry>, slot: Slot) {
        let number = self.number_of(entries.get(slot).last_seen());
        self.first = self.first_used().map_or(number, |(first, _)| first);
        self.len += 1;
        let place = self.place_within_reach(number);
        entries.get_mut(slot).page = place;
        self.append(place, slot);
    }

    /// Takes a flow out.
    pub(crate) fn remove(&mut self, entries: &Slab<Entry>, slot: Slot) {
        self.len -= 1;
        let place = entries.get(slot).page;
        let Neighbours { before, behind } = *self.neighbours.get(slot);
        let Some(page) = self.pages.get_mut(usize::from(place)) else {
            return;
        };
        match before {
            Some(before) => self.neighbours.get_mut(before).behind = behind,
            None => page.front = behind,
        }
        match behind {
            Some(behind) => self.neighbours.get_mut(behind).before = before,
            None => page.back = before,
        }
        if page.front.is_none() {
            self.used &= !(1 << place);
            self.in_order = self.in_order.filter(|&in_order| in_order != place);
        }
    }

    /// Whether the page at this place is kept in order: flows that are seen there have to [move up](Self::move_up).
    #[inline]
    pub(crate) fn is_in_order(&self, page: u8) -> bool {
        self.in_order == Some(page)
    }

    /// A flow on the page that is in order was seen.
    pub(crate) fn move_up(&mut self, entries: &mut Slab<Entry>, slot: Slot) {
        self.remove(entries, slot);
        self.enter(entries, slot);
    }

    /// No flow was last seen before this. `None`: there is no flow.
    pub(crate) fn earliest(&self, entries: &Slab<Entry>) -> Option<Timestamp> {
        let (number, page) = self.first_used()?;
        if self.in_order == Some(place_of(number)) {
            return page.front.map(|slot| entries.get(slot).last_seen());
        }
        Some(Timestamp::from_nanos(number.saturating_mul(self.span)))
    }

    /// The flow unseen for longest.
    pub(crate) fn front(&mut self, entries: &mut Slab<Entry>) -> Option<Slot> {
        loop {
            let (number, page) = self.first_used()?;
            if self.in_order == Some(place_of(number)) {
                return page.front;
            }
            self.first = number;
            self.tidy(entries, number);
        }
    }

    /// The first page that has flows, and its number.
    #[inline]
    fn first_used(&self) -> Option<(u64, &Page)> {
        if self.used == 0 {
            return None;
        }
        let used = self.used.rotate_right(u32::from(place_of(self.first)));
        let number = self.first.saturating_add(used.trailing_zeros().into());
        let page = self.pages.get(usize::from(place_of(number)))?;
        Some((number, page))
    }

    /// Where the page with this number is. One so far behind the first that its place is another one's is not to be had yet:
    /// the last one will do, whose flows move on when it is the first.
    fn place_within_reach(&self, number: u64) -> u8 {
        let last = self.first.saturating_add(PAGES as u64 - 1);
        place_of(number.clamp(self.first, last))
    }

    /// Moves flows that were seen since they were entered to the pages where they belong, and puts the others in order.
    fn tidy(&mut self, entries: &mut Slab<Entry>, number: u64) {
        let place = place_of(number);
        let end = number.saturating_add(1).saturating_mul(self.span);
        let mut order = core::mem::take(&mut self.order);
        order.clear();
        let page = self.pages.get_mut(usize::from(place));
        let mut next = page.and_then(|page| core::mem::take(page).front);
        self.used &= !(1 << place);
        while let Some(slot) = next {
            next = self.neighbours.get(slot).behind;
            let entry = entries.get_mut(slot);
            let seen_since = entry.last_seen().as_nanos() >= end;
            let belongs = self.place_within_reach(self.number_of(entry.last_seen()));
            // The last page of all has no end.
            if seen_since && belongs != place {
                entry.page = belongs;
                self.append(belongs, slot);
            } else {
                order.push((entry.last_packet, slot));
            }
        }
        order.sort_unstable_by_key(|&(last_packet, _)| last_packet);
        for &(_, slot) in &order {
            self.append(place, slot);
        }
        self.in_order = (!order.is_empty()).then_some(place);
        self.order = order;
    }

    /// Puts a flow behind the others on a page.
    fn append(&mut self, place: u8, slot: Slot) {
        let Some(page) = self.pages.get_mut(usize::from(place)) else {
            return;
        };
        *self.neighbours.get_mut(slot) = Neighbours {
            before: page.back,
            behind: None,
        };
        match page.back {
            Some(back) => self.neighbours.get_mut(back).behind = Some(slot),
            None => page.front = Some(slot),
        }
        page.back = Some(slot);
        self.used |= 1 << place;
    }

    /// The number of the page of a time.
    fn number_of(&self, time: Timestamp) -> u64 {
        time.as_nanos() / self.span
    }
}

/// Where the page with this number is.
#[allow(clippy::cast_possible_truncation, reason = "a remainder of 128 fits")]
#[inline]
fn place_of(number: u64) -> u8 {
    (number % PAGES as u64) as u8
}

#[cfg(test)]
mod tests;
