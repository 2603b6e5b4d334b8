//! Flows from their first packet to their record.

mod dissections;
mod ended;

use core::fmt;
use core::hint::black_box;
use core::num::NonZeroU32;

use nfstream_decode::{Direction, Packet, Timestamp};

use crate::calendar::Calendar;
use crate::clock::Clock;
use crate::config::FlowTableConfig;
use crate::flow::Entry;
use crate::flows::{Flows, FreeSlots};
use crate::index::Index;
use crate::slab::{SEGMENT_LEN, Slab, Slot};
use crate::{Dissector, FlowEnd, FlowKey, FlowRecord, FlowSink, NFPlugin, ProcessLookup};
use dissections::Dissections;
use ended::{Ended, EndedFlows};
pub use ended::{MAX_WAITING, Turn};

/// Packets whose flows are looked for at the same time: enough to keep memory busy, few enough for the first cache.
pub const LOOK_AHEAD: usize = 32;

/// A share of the flows of an input: all that a [`FlowTable`](crate::FlowTable) does but for the order of packets and
/// records, which those who drive several shards at the same time see to.
///
/// All packets of a flow go to one shard (see [`FlowKey::part`]). For each packet, in the order of the input, the driver
/// tells the shard the [time](Self::set_clock), hands over or puts aside the records that are [due](Self::next_due_by)
/// before it, and lets it [meter](Self::meter) the packet.
///
/// What a flow contains does not depend on the number of shards, and [`Turn`] puts the records of all in the one order that
/// a single table has.
pub struct FlowShard<P: NFPlugin = (), D: Dissector = ()> {
    clock: Clock,
    max_active_flows: NonZeroU32,

    plugin: P,
    flows: Flows,
    states: Slab<Option<P::State>>,
    dissections: Dissections<D>,
    /// Only where there are columns for what it says.
    process_lookup: Option<Box<dyn ProcessLookup>>,
    free: FreeSlots,
    /// The slots of the flows that are alive, by the hash of their key.
    index: Index,
    hasher: ahash::RandomState,
    /// The same flows in the order in which they were last seen.
    calendar: Calendar,
    /// Flows that have ended and wait for their turn.
    ended: EndedFlows<P::Output>,
    /// No record is due before this, in time units.
    next_due: u64,
}

/// What a packet's flow is looked for with, and where it probably is: see [`FlowShard::look_ahead`].
#[derive(Clone, Copy, Debug)]
pub struct Lookup {
    key: FlowKey,
    hash: u32,
    sender_is_first: bool,
    candidate: Option<Slot>,
}

impl Lookup {
    /// What looks for nothing.
    pub const NONE: Self = Self {
        key: FlowKey::UNUSED,
        hash: 0,
        sender_is_first: true,
        candidate: None,
    };

    /// The key of the packet.
    pub fn key(&self) -> &FlowKey {
        &self.key
    }
}

impl<P: NFPlugin, D: Dissector> FlowShard<P, D> {
    /// An empty shard.
    pub fn new(config: &FlowTableConfig, plugin: P, dissector: D) -> Self {
        Self {
            clock: Clock::new(config),
            max_active_flows: config.max_active_flows,
            plugin,
            flows: Flows::new(config),
            states: Slab::new(),
            dissections: Dissections::new(dissector, config.n_dissections),
            process_lookup: None,
            free: FreeSlots::default(),
            index: Index::new(),
            hasher: ahash::RandomState::new(),
            calendar: Calendar::new(config),
            ended: EndedFlows::new(),
            next_due: u64::MAX,
        }
    }

    /// From now on asks `lookup` which local program a flow belongs to. Without
    /// [`process_columns`](FlowTableConfig::process_columns) nothing is asked.
    pub fn set_process_lookup(&mut self, lookup: Box<dyn ProcessLookup>) {
        self.process_lookup = self.flows.processes.is_some().then_some(lookup);
    }

    /// What to look for a packet's flow with.
    #[inline]
    pub fn lookup(&self, packet: &Packet<'_>) -> Lookup {
        let (key, sender_is_first) = FlowKey::of(packet);
        Lookup {
            key,
            hash: self.hash(&key),
            sender_is_first,
            candidate: None,
        }
    }

    /// What to look for the flows of the next packets with, up to [`LOOK_AHEAD`] of them.
    ///
    /// It fetches into the processor's cache what they will need, all at the same time: one after the other, each would have
    /// to wait for memory.
    #[inline]
    pub fn look_ahead<'a, 'p>(
        &self,
        packets: impl IntoIterator<Item = &'p Packet<'p>>,
        lookups: &'a mut [Lookup; LOOK_AHEAD],
    ) -> &'a [Lookup] {
        let mut ahead = 0;
        for (lookup, packet) in lookups.iter_mut().zip(packets) {
            *lookup = self.lookup(packet);
            ahead += 1;
        }
        let lookups = lookups.get_mut(..ahead).unwrap_or_default();
        for lookup in &mut *lookups {
            // The first whose hash is the same: almost always the one, and to be sure would take its entry already.
            lookup.candidate = self.index.find(lookup.hash, |_| true);
        }
        for slot in lookups.iter().filter_map(|lookup| lookup.candidate) {
            self.flows.touch(slot);
            if size_of::<P::State>() > 0 {
                black_box(self.states.get(slot).is_some());
            }
        }
        lookups
    }

    /// Tells the shard what time it is by the clock of the whole input, which never runs backwards.
    #[inline]
    pub fn set_clock(&mut self, clock: Timestamp) {
        self.clock.set(clock);
    }

    /// The time that the clock says.
    #[inline]
    pub fn clock(&self) -> Timestamp {
        self.clock.time()
    }

    /// The clock in [time units](FlowTableConfig::time_unit).
    #[inline]
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// Puts a packet into its flow: the packet with this number in the input, at the time that the clock says.
    ///
    /// # Panics
    ///
    /// Where a plugin does. The flow at hand is lost then, the others are still in the shard.
    #[inline]
    pub fn meter(&mut self, packet: &mut Packet<'_>, lookup: &Lookup, number: u64) {
        if let Some(slot) = self.find(lookup) {
            match self.timed_out(slot) {
                None => return self.update(slot, packet, lookup.sender_is_first, number),
                Some((end, due)) => self.end(slot, end, due),
            }
        }
        self.start(packet, lookup, number);
    }

    /// What the index knows a key by.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "half of the hash is enough"
    )]
    #[inline]
    fn hash(&self, key: &FlowKey) -> u32 {
        self.hasher.hash_one(key) as u32
    }

    /// The flow that is alive and has this key.
    #[inline]
    fn find(&self, lookup: &Lookup) -> Option<Slot> {
        let entries = &self.flows.entries;
        let is_right = |slot: Slot| {
            let entry = entries.get(slot);
            entry.is_alive && entry.key == lookup.key
        };
        match lookup.candidate {
            Some(slot) if is_right(slot) => Some(slot),
            _ => self.index.find(lookup.hash, is_right),
        }
    }

    /// A new flow, with its first packet.
    #[inline(never)]
    fn start(&mut self, packet: &mut Packet<'_>, lookup: &Lookup, number: u64) {
        if self.active_flows() >= self.max_active_flows.get() {
            self.end_longest_unseen();
        }
        let slot = self.allocate();
        let entry = Entry::new(lookup.key, lookup.hash, lookup.sender_is_first, number);
        self.flows.start(slot, entry, packet);
        let time = self.clock.time();
        packet.place_in_flow(time, Direction::Src2Dst, time);
        self.flows.count(slot, packet);
        if self.dissections.start(slot, &lookup.key) {
            self.dissect(slot, packet);
        }
        if let Some(processes) = &mut self.process_lookup {
            processes.flow_started(&lookup.key);
        }
        let mut flow = self.flows.view(slot);
        let state = self.plugin.on_init(packet, &mut flow);
        let expire = flow.expire;

        // Alive only now: a hook that panics leaves no flow half made.
        *self.states.get_mut(slot) = Some(state);
        let entries = &mut self.flows.entries;
        entries.get_mut(slot).is_alive = true;
        self.calendar.enter(entries, slot);
        self.index.insert(lookup.hash, slot);
        if expire {
            self.end(slot, FlowEnd::Forced, self.now());
        } else {
            self.next_due = self.next_due.min(self.clock.due(time));
        }
    }

    /// A later packet of a flow.
    #[inline]
    fn update(&mut self, slot: Slot, packet: &mut Packet<'_>, sender_is_first: bool, number: u64) {
        let entry = self.flows.entries.get_mut(slot);
        entry.last_packet = number;
        let (page, in_dissection) = (entry.page, entry.in_dissection);
        let direction = entry.direction(sender_is_first);
        packet.place_in_flow(self.clock.time(), direction, entry.last_seen());
        self.flows.count(slot, packet);
        if self.calendar.is_in_order(page) {
            self.calendar.move_up(&mut self.flows.entries, slot);
        }
        if in_dissection {
            self.dissect(slot, packet);
        }

        let mut flow = self.flows.view(slot);
        if let Some(state) = self.states.get_mut(slot) {
            self.plugin.on_update(packet, &mut flow, state);
        }
        if flow.expire {
            self.end(slot, FlowEnd::Forced, self.now());
        }
    }

    /// Looks into a packet of a flow for its application.
    fn dissect(&mut self, slot: Slot, packet: &Packet<'_>) {
        if let Some(applications) = &mut self.flows.applications {
            let entry = self.flows.entries.get_mut(slot);
            let number = entry.src2dst.packets + entry.dst2src.packets;
            entry.in_dissection = self.dissections.dissect(slot, packet, number, applications);
        }
    }

    /// Whether a flow had ended by now, why, and when it was due.
    #[inline]
    fn timed_out(&self, slot: Slot) -> Option<(FlowEnd, u64)> {
        let entry = self.flows.entries.get(slot);
        if self.clock.is_idle(entry.last_seen()) {
            Some((FlowEnd::Idle, self.clock.due(entry.last_seen())))
        } else if self.clock.is_old(entry.src2dst.first_seen) {
            Some((FlowEnd::Active, self.now()))
        } else {
            None
        }
    }

    /// Whether a packet with this key would start a flow without ending one.
    pub fn is_new(&self, lookup: &Lookup) -> bool {
        self.find(lookup).is_none()
    }

    /// The number of the last packet of the flow that was unseen for longest.
    pub fn longest_unseen(&mut self) -> Option<u64> {
        let slot = self.calendar.front(&mut self.flows.entries)?;
        Some(self.flows.entries.get(slot).last_packet)
    }

    /// Ends the flow that was unseen for longest, to make room for another one.
    pub fn end_longest_unseen(&mut self) {
        if let Some(slot) = self.calendar.front(&mut self.flows.entries) {
            let last_seen = self.flows.entries.get(slot).last_seen();
            if self.clock.is_idle(last_seen) {
                self.end(slot, FlowEnd::Idle, self.clock.due(last_seen));
            } else {
                self.end(slot, FlowEnd::Resources, self.now());
            }
        }
    }

    /// A flow is no longer alive; its record leaves when nothing can come before it.
    fn end(&mut self, slot: Slot, end: FlowEnd, due: u64) {
        let entry = self.flows.entries.get_mut(slot);
        entry.is_alive = false;
        let (first_packet, in_dissection) = (entry.first_packet, entry.in_dissection);
        self.index.remove(entry.hash, slot);
        self.calendar.remove(&self.flows.entries, slot);
        if in_dissection && let Some(applications) = &mut self.flows.applications {
            self.dissections.finish(slot, applications);
        }
        if let Some(state) = self.states.get_mut(slot).take() {
            if let Some(lookup) = &mut self.process_lookup {
                let process = lookup.process_of(&self.flows.view_of_ended(slot, end));
                if let Some(processes) = &mut self.flows.processes {
                    processes.set(slot, process);
                }
            }
            let flow = self.flows.view_of_ended(slot, end);
            let output = self.plugin.on_expire(&flow, state);
            self.ended.push(Ended {
                turn: Turn { due, first_packet },
                slot,
                end,
                output,
            });
            self.next_due = self.next_due.min(due);
        }
    }

    /// No record is due before this, in [time units](FlowTableConfig::time_unit).
    #[inline]
    pub fn earliest_due(&self) -> u64 {
        self.next_due
    }

    /// The turn of the next record that is due by then, in [time units](FlowTableConfig::time_unit).
    ///
    /// Flows end here moment by moment, so that not all that are due have to wait at the same time.
    pub fn next_due_by(&mut self, last_due: u64) -> Option<Turn> {
        let waiting = self.ended.next().map(|turn| turn.due);
        let limit = waiting.map_or(last_due, |due| due.min(last_due));
        if let Some((_, first_due)) = self.front_due_by(limit) {
            while let Some((slot, due)) = self.front_due_by(first_due) {
                let last_seen = self.flows.entries.get(slot).last_seen();
                let end = if self.clock.is_idle(last_seen) {
                    FlowEnd::Idle
                } else {
                    FlowEnd::EndOfInput
                };
                self.end(slot, end, due);
            }
        }
        let next = self.ended.next();
        let alive = self.calendar.earliest(&self.flows.entries);
        let alive = alive.map_or(u64::MAX, |last_seen| self.clock.due(last_seen));
        self.next_due = next.map_or(alive, |turn| turn.due.min(alive));
        next.filter(|turn| turn.due <= last_due)
    }

    /// The flow unseen for longest and when it is due, if it is due by then.
    fn front_due_by(&mut self, last_due: u64) -> Option<(Slot, u64)> {
        let earliest = self.calendar.earliest(&self.flows.entries)?;
        if self.clock.due(earliest) > last_due {
            return None;
        }
        let slot = self.calendar.front(&mut self.flows.entries)?;
        let due = self.clock.due(self.flows.entries.get(slot).last_seen());
        (due <= last_due).then_some((slot, due))
    }

    /// The turn of the next record whose flow has ended, due or not.
    pub fn next_waiting(&mut self) -> Option<Turn> {
        self.ended.next()
    }

    /// Hands the record whose turn it is to the sink, as number `id` of the output.
    ///
    /// # Errors
    ///
    /// The sink's: it did not take the record, which is lost.
    pub fn hand_over<S: FlowSink<P::Output>>(
        &mut self,
        id: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let Some(Ended {
            slot, end, output, ..
        }) = self.ended.pop()
        else {
            return Ok(());
        };
        // Nothing takes the place before the record is gone.
        self.free.give_back(slot);
        let flow = self.flows.view_of_ended(slot, end);
        let taken = sink.record(FlowRecord::new(id, end, flow, output));
        self.flows.clear(slot);
        taken
    }

    /// How many flows are alive.
    #[inline]
    pub fn active_flows(&self) -> u32 {
        self.calendar.len()
    }

    /// Flows that were not looked into for their application, because the dissector had no room for them.
    pub fn undissected_flows(&self) -> u64 {
        self.dissections.refused()
    }

    /// The dissector.
    pub fn dissector(&self) -> &D {
        self.dissections.dissector()
    }

    /// The plugins.
    pub fn plugin(&self) -> &P {
        &self.plugin
    }

    /// For how many flows there is room without growing.
    #[cfg(test)]
    pub(crate) fn places(&mut self) -> usize {
        self.free.grow(0)
    }

    /// The key of the flow whose place is taken next.
    #[cfg(test)]
    pub(crate) fn last_used(&mut self) -> Option<FlowKey> {
        let slot = self.free.take()?;
        self.free.give_back(slot);
        Some(self.flows.entries.get(slot).key)
    }

    /// A slot for a new flow.
    fn allocate(&mut self) -> Slot {
        loop {
            if let Some(slot) = self.free.take() {
                return slot;
            }
            self.flows.grow();
            self.states.grow();
            self.dissections.grow();
            self.calendar.grow();
            let total = self.free.grow(SEGMENT_LEN);
            let most = usize::try_from(MAX_WAITING).unwrap_or(usize::MAX);
            self.ended.reserve(total.min(most));
            self.index.reserve(total);
        }
    }
}

impl<P: NFPlugin, D: Dissector> Drop for FlowShard<P, D> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.plugin.cleanup();
        }
    }
}

impl<P: NFPlugin, D: Dissector> fmt::Debug for FlowShard<P, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowShard")
            .field("active_flows", &self.active_flows())
            .field("clock", &self.clock.time())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
