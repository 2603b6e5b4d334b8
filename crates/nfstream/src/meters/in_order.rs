//! Several meters as one, where they have to ask each other.

use nfstream_decode::Timestamp;
use nfstream_flow::{Dissector, FlowShard, FlowSink, MAX_WAITING, NFPlugin, Turn};

use super::active_flows;
use super::chunk::Chunk;
use super::merger::Merger;
use super::round::Round;
use super::worker::Worker;
use crate::meter::{Halt, Tallied};

/// Meters that take one packet after the other, on the thread of the sink.
pub(super) struct InOrder<'a, P: NFPlugin, D: Dissector> {
    workers: &'a mut [Worker<P, D>],
    merger: &'a mut Merger<P::Output>,
    max_active_flows: u64,
    clock: Timestamp,
}

impl<'a, P: NFPlugin, D: Dissector> InOrder<'a, P, D> {
    /// These meters, and what has a number for each record. They are all at the same packet.
    pub(super) fn new(
        workers: &'a mut [Worker<P, D>],
        merger: &'a mut Merger<P::Output>,
        max_active_flows: u64,
    ) -> Self {
        Self {
            clock: workers.first().map_or(Timestamp::EPOCH, |it| it.clock),
            workers,
            merger,
            max_active_flows,
        }
    }

    /// Meters a round packet by packet, as one meter would.
    pub(super) fn round<K: FlowSink<P::Output>>(
        &mut self,
        round: &Round<'_>,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        self.merger.hand_over(sink)?;
        for number in 0.. {
            let Some(chunk) = round.chunk(number) else {
                break;
            };
            let first = self.workers.first().map_or(0, |it| it.first);
            for (meter, end) in chunk.meters().zip(first + 1..) {
                self.arrive(meter, chunk, sink)?;
                if end.is_multiple_of(MAX_WAITING) {
                    while self.hand_over_next(FlowShard::next_waiting, sink)? {}
                }
            }
            for worker in &mut *self.workers {
                worker.pass(chunk);
            }
        }
        Ok(())
    }

    /// Hands over what is due before that time.
    pub(super) fn advance<K: FlowSink<P::Output>>(
        &mut self,
        now: Timestamp,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        if now > self.clock {
            for worker in &mut *self.workers {
                worker.clock = now;
            }
            self.release_before(now, sink)?;
        }
        Ok(())
    }

    /// Meters the next packet of a meter, which is the next one of all.
    fn arrive<K: FlowSink<P::Output>>(
        &mut self,
        meter: usize,
        chunk: &Chunk<'_>,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let worker = self.workers.get(meter);
        let Some(arrival) = worker.and_then(|worker| worker.arrival(chunk, u64::MAX)) else {
            return Ok(());
        };
        // What is due changes with the time alone.
        if arrival.clock > self.clock {
            self.clock = arrival.clock;
            self.release_before(arrival.clock, sink)?;
        }
        let is_full = active_flows(self.workers) >= self.max_active_flows;
        let Some(worker) = self.workers.get_mut(meter) else {
            return Ok(());
        };
        let lookup = worker.shard.lookup(&arrival.packet);
        if is_full && worker.shard.is_new(&lookup) {
            self.end_longest_unseen();
        }
        if let Some(worker) = self.workers.get_mut(meter) {
            worker.meter(arrival, &lookup);
        }
        Ok(())
    }

    /// Ends the flow that was unseen for longest of all.
    fn end_longest_unseen(&mut self) {
        let shards = self.workers.iter_mut().map(|worker| &mut worker.shard);
        let longest = shards
            .filter_map(|shard| Some((shard.longest_unseen()?, shard)))
            .min_by_key(|(last_packet, _)| *last_packet);
        if let Some((_, shard)) = longest {
            shard.end_longest_unseen();
        }
    }

    /// Hands over what is due before that time.
    fn release_before<K: FlowSink<P::Output>>(
        &mut self,
        clock: Timestamp,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let mut is_due = false;
        for Worker { shard, .. } in &mut *self.workers {
            shard.set_clock(clock);
            is_due |= shard.now() > shard.earliest_due();
        }
        let next = |shard: &mut FlowShard<P, D>| shard.next_due_by(shard.now() - 1);
        while is_due && self.hand_over_next(next, sink)? {}
        Ok(())
    }

    /// Hands over the record whose turn is next; tells whether there was one.
    fn hand_over_next<K: FlowSink<P::Output>>(
        &mut self,
        next: impl Fn(&mut FlowShard<P, D>) -> Option<Turn>,
        sink: &mut Tallied<'_, K>,
    ) -> Result<bool, Halt<K::Error>> {
        let shards = self.workers.iter_mut().map(|worker| &mut worker.shard);
        let first = shards
            .filter_map(|shard| Some((next(shard)?, shard)))
            .min_by_key(|(turn, _)| *turn);
        let Some((_, shard)) = first else {
            return Ok(false);
        };
        shard.hand_over(self.merger.next_id(), sink)?;
        Ok(true)
    }
}
