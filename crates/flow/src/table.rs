//! The metering process: packets in, flow records out.

use core::fmt;

use nfstream_decode::{Packet, Timestamp};

use crate::config::FlowTableConfig;
use crate::shard::{FlowShard, LOOK_AHEAD, Lookup, MAX_WAITING};
use crate::{Dissector, FlowSink, NFPlugin, ProcessLookup};

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
/// Flows that are due at the same time wait for each other, but not for ever: with every 65,536th packet those that wait
/// leave, before others that may be due at the same time.
///
/// # Memory
///
/// It grows with the number of flows that are alive at a time, by whole segments, and is used again. A flow takes 152
/// bytes, 12 to 24 for the index, 16 while its page of the calendar is put in order, 224 more with statistics, 16 more for
/// each packet of SPLT, with layer 7 88 more and what is known as text (64 bytes or the next power of two), 24 more with
/// processes, and what the states of plugins and dissector take. At most
/// [`max_active_flows`](FlowTableConfig::max_active_flows) are alive; those that wait for their turn ended with the last
/// 65,536 packets, or are due at the same moment. Once all this has grown, no packet allocates, but where more flows than
/// ever before have texts of such a length, or are due in the same 64th of the idle timeout.
pub struct FlowTable<P: NFPlugin = (), D: Dissector = ()> {
    pub(crate) flows: FlowShard<P, D>,
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
            flows: FlowShard::new(config, plugin, dissector),
            packets: 0,
            late_packets: 0,
            records: 0,
        }
    }

    /// From now on asks `lookup` which local program a flow belongs to, when the flow has ended. Without
    /// [`process_columns`](FlowTableConfig::process_columns) nothing is asked.
    pub fn set_process_lookup(&mut self, lookup: Box<dyn ProcessLookup>) {
        self.flows.set_process_lookup(lookup);
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
        let lookup = self.flows.lookup(packet);
        self.meter(&mut { *packet }, &lookup, Ok(()), sink)
    }

    /// Meters packets one after the other, as [`push`](Self::push) does, but faster: while the first are metered, memory
    /// already fetches what the others need. A few dozen packets at a time are best.
    ///
    /// The packets are changed: each is placed in its flow.
    ///
    /// # Errors
    ///
    /// The sink's first one: it did not take a record. That record is lost; all packets are metered, and the other flows are
    /// still in the table.
    ///
    /// # Panics
    ///
    /// Where a plugin does. The flow at hand is lost then, and the packets from there on may be; other flows are still in
    /// the table.
    pub fn push_all<S: FlowSink<P::Output>>(
        &mut self,
        packets: &mut [Packet<'_>],
        sink: &mut S,
    ) -> Result<(), S::Error> {
        let mut result = Ok(());
        let mut lookups = [Lookup::NONE; LOOK_AHEAD];
        for packets in packets.chunks_mut(LOOK_AHEAD) {
            let lookups = self.flows.look_ahead(&*packets, &mut lookups);
            for (packet, lookup) in packets.iter_mut().zip(lookups) {
                result = self.meter(packet, lookup, result, sink);
            }
        }
        result
    }

    /// Meters one packet whose flow may be known. The sink gets nothing more where it had an error before.
    #[inline]
    fn meter<S: FlowSink<P::Output>>(
        &mut self,
        packet: &mut Packet<'_>,
        lookup: &Lookup,
        earlier: Result<(), S::Error>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.flows.set_clock(packet.timestamp());
        let mut result = earlier.and_then(|()| self.release_past(sink));
        self.late_packets += u64::from(packet.timestamp() < self.clock());
        self.flows.meter(packet, lookup, self.packets);
        self.packets += 1;
        if self.packets.is_multiple_of(MAX_WAITING) {
            result = result.and_then(|()| self.release_waiting(sink));
        }
        result
    }

    /// Tells the table what time it is, for times when no packet does. Time never runs backwards: never tell it a time
    /// later than that of packets still to come, whose times would be rewritten to it.
    ///
    /// # Errors
    ///
    /// The sink's: it did not take a record. That record is lost, the others are still in the table.
    #[inline]
    pub fn advance<S: FlowSink<P::Output>>(
        &mut self,
        now: Timestamp,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        self.flows.set_clock(now);
        self.release_past(sink)
    }

    /// The input ended: every flow leaves.
    ///
    /// # Errors
    ///
    /// The sink's: it did not take a record. That record is lost, the others are still in the table.
    pub fn finish<S: FlowSink<P::Output>>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.release(u64::MAX, sink)
    }

    /// Hands over what was due before now: whatever else ends from now on is due now or later.
    #[inline]
    fn release_past<S: FlowSink<P::Output>>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        if self.flows.now() > self.flows.earliest_due() {
            self.release(self.flows.now() - 1, sink)
        } else {
            Ok(())
        }
    }

    /// Hands over what waits for other flows that are due at the same time.
    fn release_waiting<S: FlowSink<P::Output>>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        while self.flows.next_waiting().is_some() {
            self.hand_over(sink)?;
        }
        Ok(())
    }

    /// Hands over what is due by then, in order.
    fn release<S: FlowSink<P::Output>>(
        &mut self,
        last_due: u64,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        while self.flows.next_due_by(last_due).is_some() {
            self.hand_over(sink)?;
        }
        Ok(())
    }

    /// Hands over the record whose turn it is.
    fn hand_over<S: FlowSink<P::Output>>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        let id = self.records;
        self.records += 1;
        self.flows.hand_over(id, sink)
    }

    /// How many flows are alive.
    pub fn active_flows(&self) -> u32 {
        self.flows.active_flows()
    }

    /// The time of the newest packet, or what [`advance`](Self::advance) said.
    pub fn clock(&self) -> Timestamp {
        self.flows.clock()
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
        self.flows.undissected_flows()
    }

    /// The dissector.
    pub fn dissector(&self) -> &D {
        self.flows.dissector()
    }

    /// The plugins.
    pub fn plugin(&self) -> &P {
        self.flows.plugin()
    }
}

impl<P: NFPlugin, D: Dissector> fmt::Debug for FlowTable<P, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowTable")
            .field("flows", &self.flows)
            .field("packets", &self.packets)
            .field("late_packets", &self.late_packets)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
