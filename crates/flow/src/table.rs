//! The metering process: packets in, flow records out.

mod dissections;
mod ended;

use core::num::NonZeroU32;

use hashbrown::HashTable;
use nfstream_decode::{Direction, Packet, Timestamp};
use nfstream_features::TimeUnit;

use crate::config::FlowTableConfig;
use crate::flow::Entry;
use crate::flows::{Flows, FreeSlots};
use crate::recency::Recency;
use crate::slab::{SEGMENT_LEN, Slab, Slot};
use crate::{Dissector, FlowEnd, FlowKey, FlowRecord, FlowSink, NFPlugin};
use dissections::Dissections;
use ended::{Ended, EndedFlows};

/// Flows that may wait to be put in order, besides those that are alive.
const MAX_WAITING: u32 = 1 << 16;
/// The same for tables of few flows.
const MIN_WAITING: u32 = 1 << 12;

/// Groups packets into flows, and hands each flow to a sink once it has ended.
///
/// It calls [`FlowSink::record`] alone; whoever drives the table calls the sink's `begin` (with [`schema`](crate::schema))
/// and `finish`. Flows that are alive when the table is dropped are lost: call [`finish`](Self::finish) first.
///
/// # Time
///
/// The table's clock is packet time and never runs backwards: a packet older than one before it counts as simultaneous
/// with that, as in NFStream. One packet with a time far in the future therefore stops the clock for all that follow;
/// [`late_packets`](Self::late_packets) tells. Timeouts are compared in whole
/// [units](FlowTableConfig::time_unit), as NFStream does.
///
/// # Order of records
///
/// A flow is *due* at the time when it was last seen plus the idle timeout; one that the active timeout, a plugin or a full
/// table ends is due at that moment. Records leave in the order of (due, first packet), and `id` counts them. What a flow
/// contains never depends on when it is found to be due.
///
/// Flows that are due at the same time wait for each other. When more wait than the table has room for, those that wait
/// leave at once, before others that may be due at the same time.
///
/// # Memory
///
/// It grows with the number of flows that are alive at a time, by whole segments, and is used again. A flow takes 140
/// bytes, 288 more with statistics, 16 more for each packet of SPLT, with layer 7 88 more and what is known as text (64
/// bytes or the next power of two), what the states of plugins and dissector take, and 8 to 16 for the index; there are at
/// most [`max_active_flows`](FlowTableConfig::max_active_flows) of them, and as many waiting for their turn, but no less
/// than 4,096 and no more than 65,536 of those. Once all this has grown, no packet allocates, but where more flows than ever
/// before have texts of such a length.
#[derive(Debug)]
pub struct FlowTable<P: NFPlugin = (), D: Dissector = ()> {
    time_unit: TimeUnit,
    /// In time units.
    idle_timeout: u64,
    /// In time units.
    active_timeout: u64,
    max_active_flows: NonZeroU32,

    plugin: P,
    flows: Flows,
    states: Slab<Option<P::State>>,
    dissections: Dissections<D>,
    free: FreeSlots,
    /// The slots of the flows that are alive, by the hash of their key.
    index: HashTable<Slot>,
    hasher: ahash::RandomState,
    /// The same flows in the order in which they were last seen.
    recency: Recency,
    /// Flows that have ended and wait for their turn.
    ended: EndedFlows<P::Output>,

    clock: Timestamp,
    /// No flow is due before this, in time units.
    next_due: u64,
    packets: u64,
    late_packets: u64,
    records: u64,
}

impl<P: NFPlugin> FlowTable<P> {
    /// An empty table, without layer 7.
    pub fn new(config: &FlowTableConfig, plugin: P) -> Self {
        Self::with_dissector(config, plugin, ())
    }
}

impl<P: NFPlugin, D: Dissector> FlowTable<P, D> {
    /// An empty table that looks into the first [`n_dissections`](FlowTableConfig::n_dissections) packets of each flow.
    pub fn with_dissector(config: &FlowTableConfig, plugin: P, dissector: D) -> Self {
        Self {
            time_unit: config.time_unit,
            idle_timeout: config.ticks(config.idle_timeout),
            active_timeout: config.ticks(config.active_timeout),
            max_active_flows: config.max_active_flows,
            plugin,
            flows: Flows::new(config),
            states: Slab::new(),
            dissections: Dissections::new(dissector, config.n_dissections),
            free: FreeSlots::default(),
            index: HashTable::new(),
            hasher: ahash::RandomState::new(),
            recency: Recency::default(),
            ended: EndedFlows::new(),
            clock: Timestamp::EPOCH,
            next_due: u64::MAX,
            packets: 0,
            late_packets: 0,
            records: 0,
        }
    }

    /// Meters one packet.
    ///
    /// # Errors
    ///
    /// The sink's: it did not take a record. That record is lost; the packet is metered all the same, and the other flows
    /// are still in the table.
    ///
    /// # Panics
    ///
    /// Where a plugin does. The flow at hand is lost then, and the packet may be; the others are still in the table.
    pub fn push<S: FlowSink<P::Output>>(
        &mut self,
        packet: &Packet<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let released = self.advance(packet.timestamp(), sink);
        self.late_packets += u64::from(packet.timestamp() < self.clock);
        self.meter(packet);
        released?;
        if self.ended.len() >= self.max_waiting() {
            self.ended.sort();
            while let Some(flow) = self.ended.pop() {
                self.hand_over(flow, sink)?;
            }
        }
        Ok(())
    }

    /// Tells the table what time it is, for times when no packet does. Time never runs backwards: never tell it a time
    /// later than that of packets still to come, whose times would be rewritten to it.
    ///
    /// # Errors
    ///
    /// The sink's: it did not take a record. That record is lost, the others are still in the table.
    pub fn advance<S: FlowSink<P::Output>>(
        &mut self,
        now: Timestamp,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.clock = self.clock.max(now);
        let now = self.now();
        if now > self.next_due {
            // Whatever else ends from now on is due now or later.
            self.release(now - 1, sink)?;
            self.next_due = u64::MAX;
            if let Some(slot) = self.recency.front() {
                self.release_after(self.due(slot));
            }
        }
        Ok(())
    }

    /// The input ended: every flow leaves.
    ///
    /// # Errors
    ///
    /// The sink's: it did not take a record. That record is lost, the others are still in the table.
    pub fn finish<S: FlowSink<P::Output>>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.release(u64::MAX, sink)
    }

    /// How many flows are alive.
    pub fn active_flows(&self) -> u32 {
        self.recency.len()
    }

    /// The time of the newest packet, or what [`advance`](Self::advance) said.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// How many records have left.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Packets that were older than one before them, and counted as simultaneous with that.
    pub fn late_packets(&self) -> u64 {
        self.late_packets
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

    /// Puts a packet into its flow.
    #[inline]
    fn meter(&mut self, packet: &Packet<'_>) {
        let number = self.packets;
        self.packets += 1;
        let (key, sender_is_first) = FlowKey::of(packet);
        let hash = self.hasher.hash_one(key);
        let entries = &self.flows.entries;
        if let Some(&slot) = self.index.find(hash, |&slot| entries.get(slot).key == key) {
            match self.timed_out(slot) {
                None => return self.update(slot, packet, sender_is_first),
                Some((end, due)) => self.end(slot, end, due),
            }
        }
        self.start(Entry::new(key, sender_is_first, number), hash, packet);
    }

    /// A new flow, with its first packet.
    fn start(&mut self, entry: Entry, hash: u64, packet: &Packet<'_>) {
        if self.recency.len() >= self.max_active_flows.get() {
            self.end_longest_unseen();
        }
        let slot = self.allocate();
        self.flows.start(slot, entry, packet);
        let mut packet = *packet;
        packet.place_in_flow(self.clock, Direction::Src2Dst, self.clock);
        self.flows
            .count(slot, &packet, self.clock, Direction::Src2Dst);
        if self.dissections.start(slot, &entry.key) {
            self.dissect(slot, &packet);
        }
        let mut flow = self.flows.view(slot);
        let state = self.plugin.on_init(&packet, &mut flow);
        let expire = flow.expire;

        // Alive only now: a hook that panics leaves no flow half made.
        *self.states.get_mut(slot) = Some(state);
        let entries = &mut self.flows.entries;
        self.recency.push_back(entries, slot);
        self.index.insert_unique(hash, slot, |&slot| {
            self.hasher.hash_one(entries.get(slot).key)
        });
        if expire {
            self.end(slot, FlowEnd::Forced, self.now());
        } else {
            self.release_after(self.due(slot));
        }
    }

    /// A later packet of a flow.
    #[inline]
    fn update(&mut self, slot: Slot, packet: &Packet<'_>, sender_is_first: bool) {
        let entry = self.flows.entries.get(slot);
        let direction = entry.direction(sender_is_first);
        let mut packet = *packet;
        packet.place_in_flow(self.clock, direction, entry.last_seen());
        self.flows.count(slot, &packet, self.clock, direction);
        self.recency.move_to_back(&mut self.flows.entries, slot);
        if self.flows.entries.get(slot).in_dissection {
            self.dissect(slot, &packet);
        }

        let mut flow = self.flows.view(slot);
        if let Some(state) = self.states.get_mut(slot) {
            self.plugin.on_update(&packet, &mut flow, state);
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
        if self.is_idle(slot) {
            return Some((FlowEnd::Idle, self.due(slot)));
        }
        let now = self.now();
        let first_seen = self.flows.entries.get(slot).src2dst.first_seen;
        let age = now - self.time_unit.truncate(first_seen);
        (age >= self.active_timeout).then_some((FlowEnd::Active, now))
    }

    /// Makes room in a full table.
    fn end_longest_unseen(&mut self) {
        if let Some(slot) = self.recency.front() {
            if self.is_idle(slot) {
                self.end(slot, FlowEnd::Idle, self.due(slot));
            } else {
                self.end(slot, FlowEnd::Resources, self.now());
            }
        }
    }

    /// A flow is no longer alive; its record leaves when nothing can come before it.
    fn end(&mut self, slot: Slot, end: FlowEnd, due: u64) {
        let entry = self.flows.entries.get(slot);
        let (first_packet, in_dissection) = (entry.first_packet, entry.in_dissection);
        let hash = self.hasher.hash_one(entry.key);
        if let Ok(place) = self.index.find_entry(hash, |&other| other == slot) {
            place.remove();
        }
        self.recency.remove(&mut self.flows.entries, slot);
        if in_dissection && let Some(applications) = &mut self.flows.applications {
            self.dissections.finish(slot, applications);
        }
        if let Some(state) = self.states.get_mut(slot).take() {
            let mut flow = self.flows.view(slot);
            flow.end = Some(end);
            let output = self.plugin.on_expire(&flow, state);
            self.ended.push(Ended {
                due,
                first_packet,
                slot,
                end,
                output,
            });
            self.release_after(due);
        }
    }

    /// Hands over what is due by then, in order. All that wait already are.
    ///
    /// Flows leave moment by moment, so that their places are free for the next ones.
    fn release<S: FlowSink<P::Output>>(
        &mut self,
        last_due: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.ended.sort();
        loop {
            let alive = self.recency.front().map(|slot| self.due(slot));
            let alive = alive.filter(|&due| due <= last_due);
            let Some(due) = alive.into_iter().chain(self.ended.next_due()).min() else {
                return Ok(());
            };
            while let Some(slot) = self.recency.front().filter(|&slot| self.due(slot) == due) {
                let end = if self.is_idle(slot) {
                    FlowEnd::Idle
                } else {
                    FlowEnd::EndOfInput
                };
                self.end(slot, end, due);
            }
            self.ended.sort_due_at(due);
            while self.ended.next_due() == Some(due) {
                let Some(flow) = self.ended.pop() else { break };
                self.hand_over(flow, sink)?;
            }
        }
    }

    /// A record that is due then leaves as soon as the clock has gone on.
    #[inline]
    fn release_after(&mut self, due: u64) {
        self.next_due = self.next_due.min(due);
    }

    /// Hands a flow that has ended to the sink.
    fn hand_over<S: FlowSink<P::Output>>(
        &mut self,
        flow: Ended<P::Output>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let Ended {
            slot, end, output, ..
        } = flow;
        let id = self.records;
        self.records += 1;
        // Nothing takes the place before the record is gone.
        self.free.give_back(slot);
        let taken = sink.record(FlowRecord::new(id, end, self.flows.view(slot), output));
        self.flows.clear(slot);
        taken
    }

    /// How many flows may wait for their turn.
    fn max_waiting(&self) -> usize {
        self.max_active_flows.get().clamp(MIN_WAITING, MAX_WAITING) as usize
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
            let total = self.free.grow(SEGMENT_LEN);
            self.ended.reserve(total.min(self.max_waiting()));
            // With room for twice the flows, the index cleans up after removals in place instead of growing.
            let entries = &self.flows.entries;
            self.index.reserve(2 * total - self.index.len(), |&slot| {
                self.hasher.hash_one(entries.get(slot).key)
            });
        }
    }

    /// The clock in time units.
    #[inline]
    fn now(&self) -> u64 {
        self.time_unit.truncate(self.clock)
    }

    /// Whether a flow has had no packet for as long as the idle timeout.
    #[inline]
    fn is_idle(&self, slot: Slot) -> bool {
        let last_seen = self.flows.entries.get(slot).last_seen();
        self.now() - self.time_unit.truncate(last_seen) >= self.idle_timeout
    }

    /// When a flow is due if no packet comes, in time units.
    #[inline]
    fn due(&self, slot: Slot) -> u64 {
        let last_seen = self.flows.entries.get(slot).last_seen();
        self.time_unit
            .truncate(last_seen)
            .saturating_add(self.idle_timeout)
    }
}

impl<P: NFPlugin, D: Dissector> Drop for FlowTable<P, D> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.plugin.cleanup();
        }
    }
}

#[cfg(test)]
mod tests;
