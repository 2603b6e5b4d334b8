//! Several meters at the same time, with the same records in the same order as one.
//!
//! A window of frames is decoded in chunks, which any thread takes, and each packet is put aside for the meter whose flow it
//! belongs to. Then each meter puts its packets into their flows, in the order of the input, and makes rows of the records that are
//! due. At last the rows of all meters are merged. Nothing is shared while a meter works, so nothing is locked.

mod chunk;
mod rows;
mod worker;

use std::num::NonZeroU32;
use std::sync::Arc;

use nfstream_capture::Frames;
use nfstream_decode::{Decoder, Timestamp};
use nfstream_flow::{Dissector, FlowShard, FlowSink, FlowTableConfig, MAX_WAITING, NFPlugin, Turn};
use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use crate::meter::{Halt, Tallied};
use crate::packets::PacketCounts;
use crate::source::ReadAhead;
use chunk::{Chunk, Share};
use rows::Rows;
use worker::Worker;

/// Frames that are worth a chunk of their own.
const MIN_CHUNK: usize = 256;
/// Chunks for each meter: threads that are done early take those of others.
const CHUNKS_PER_METER: usize = 4;
/// Fewer packets than this are not worth waking threads for.
const MIN_PARALLEL: u64 = 512;

/// Meters that have a share of the flows each, and the threads that they work in.
pub(crate) struct Meters<P: NFPlugin, D: Dissector> {
    threads: Arc<ThreadPool>,
    share: Share,
    workers: Vec<Worker<P, D>>,
    /// Memory for the chunks of a window.
    chunks: Vec<Chunk<'static>>,
    /// Whether the sink was asked how it wants its rows.
    has_encoders: bool,
    max_active_flows: u64,
    clock: Timestamp,
    packets: u64,
    records: u64,
}

/// Packets up to which the meters work before their rows are merged.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// The number of the first packet behind it.
    end: u64,
    /// The time at its end.
    clock: Timestamp,
    then: Then,
}

/// What leaves at the end of a segment, besides what is due before its last packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Nothing.
    GoOn,
    /// What waits for other flows that are due at the same time.
    EndWaiting,
    /// Everything.
    Finish,
}

impl Segment {
    /// What comes next of the packets from number `start` to `end`, which is not part of them; `clock` is the time there.
    fn new(chunks: &[Chunk<'_>], start: u64, end: u64, clock: Timestamp) -> Self {
        let stop = (start / MAX_WAITING + 1) * MAX_WAITING;
        if end < stop {
            return Self {
                end,
                clock,
                then: Then::GoOn,
            };
        }
        let last = chunks.iter().rev().find(|chunk| chunk.first() < stop);
        Self {
            end: stop,
            clock: last.map_or(clock, |chunk| chunk.clock_before(stop)),
            then: Then::EndWaiting,
        }
    }
}

impl<P: NFPlugin, D: Dissector> Meters<P, D> {
    /// As many meters as there are parts of the dissector. Each has a copy of the plugin.
    pub(crate) fn new(
        threads: ThreadPool,
        config: &FlowTableConfig,
        plugin: &P,
        shards: NonZeroU32,
        parts: Vec<D>,
    ) -> Self {
        let meters = u32::try_from(parts.len()).ok().and_then(NonZeroU32::new);
        let workers = parts.into_iter().enumerate().map(|(number, dissector)| {
            let shard = FlowShard::new(config, plugin.clone(), dissector);
            Worker::new(number, shard)
        });
        Self {
            threads: Arc::new(threads),
            share: Share {
                shards,
                meters: meters.unwrap_or(NonZeroU32::MIN),
            },
            workers: workers.collect(),
            has_encoders: false,
            chunks: Vec::new(),
            max_active_flows: config.max_active_flows.get().into(),
            clock: Timestamp::EPOCH,
            packets: 0,
            records: 0,
        }
    }

    /// Meters a window of frames, while one of the threads reads the next one.
    pub(crate) fn window<K: FlowSink<P::Output>>(
        &mut self,
        decoder: Decoder,
        frames: Frames<'_>,
        read_ahead: Option<ReadAhead<'_>>,
        counts: &mut PacketCounts,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let threads = Arc::clone(&self.threads);
        threads.in_place_scope(|scope| {
            if let Some(read_ahead) = read_ahead {
                scope.spawn(|_| read_ahead.read());
            }
            self.meter(decoder, frames, counts, sink)
        })
    }

    fn meter<K: FlowSink<P::Output>>(
        &mut self,
        decoder: Decoder,
        frames: Frames<'_>,
        counts: &mut PacketCounts,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let mut chunks = std::mem::take(&mut self.chunks);
        self.decode(decoder, frames, &mut chunks);
        let mut end = self.packets;
        let mut clock = self.clock;
        for chunk in &mut chunks {
            (end, clock) = chunk.follow(end, clock);
            counts.merge(&chunk.counts);
        }
        for worker in &mut self.workers {
            worker.rewind();
        }
        let mut result = Ok(());
        while self.packets < end && result.is_ok() {
            let segment = Segment::new(&chunks, self.packets, end, clock);
            result = if self.can_share(segment.end - self.packets) {
                self.side_by_side(&chunks, segment, sink)
            } else {
                self.in_order(&chunks, segment, sink)
            };
            self.packets = segment.end;
            self.clock = segment.clock;
        }
        self.chunks = chunks.into_iter().map(Chunk::into_memory).collect();
        result
    }

    /// The input ended: every flow leaves.
    pub(crate) fn finish<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let segment = Segment {
            end: self.packets,
            clock: self.clock,
            then: Then::Finish,
        };
        self.side_by_side(&[], segment, sink)
    }

    /// How many flows are alive.
    pub(crate) fn active_flows(&self) -> u64 {
        let flows = self
            .workers
            .iter()
            .map(|it| u64::from(it.shard.active_flows()));
        flows.sum()
    }

    /// Packets that were older than one before them.
    pub(crate) fn late_packets(&self) -> u64 {
        self.workers.iter().map(|it| it.late_packets).sum()
    }

    /// Flows that were not looked into for their application.
    pub(crate) fn undissected_flows(&self) -> u64 {
        let flows = self.workers.iter().map(|it| it.shard.undissected_flows());
        flows.sum()
    }

    /// Decodes a window chunk by chunk.
    fn decode<'a>(&self, decoder: Decoder, frames: Frames<'a>, chunks: &mut Vec<Chunk<'a>>) {
        let share = self.share;
        let most = self.workers.len() * CHUNKS_PER_METER;
        let length = frames.len().div_ceil(most).max(MIN_CHUNK);
        chunks.resize_with(frames.len().div_ceil(length), Chunk::default);
        let decode = |(chunk, locations): (&mut Chunk<'a>, _)| {
            chunk.decode(decoder, Frames::new(frames.buffer(), locations), share);
        };
        if let [chunk] = chunks.as_mut_slice() {
            decode((chunk, frames.locations()));
        } else {
            let locations = frames.locations().par_chunks(length);
            self.threads
                .install(|| chunks.par_iter_mut().zip(locations).for_each(decode));
        }
    }

    /// Whether meters can take so many packets without asking each other: none has to end a flow because all together have
    /// too many.
    fn can_share(&self, packets: u64) -> bool {
        packets >= MIN_PARALLEL && self.active_flows() + packets <= self.max_active_flows
    }

    /// Meters a segment, all meters at the same time.
    fn side_by_side<K: FlowSink<P::Output>>(
        &mut self,
        chunks: &[Chunk<'_>],
        segment: Segment,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        if !self.has_encoders {
            for worker in &mut self.workers {
                worker.rows = Rows::new(sink.encoder());
            }
            self.has_encoders = true;
        }
        loop {
            let workers = &mut self.workers;
            self.threads.install(|| {
                workers
                    .par_iter_mut()
                    .for_each(|worker| worker.work(chunks, &segment));
            });
            self.merge(sink)?;
            if self.workers.iter().all(|worker| worker.is_done) {
                return Ok(());
            }
        }
    }

    /// Hands over the rows that the meters have made, as far as their order is certain.
    fn merge<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        // What a meter that is not done makes next comes behind its last row.
        let paused = self.workers.iter().filter(|worker| !worker.is_done);
        let certain = paused.filter_map(|worker| worker.rows.last()).min();
        loop {
            let next = self.workers.iter_mut().filter_map(|worker| {
                let turn = worker.rows.first()?;
                Some((turn, &mut worker.rows))
            });
            match next.min_by_key(|(turn, _)| *turn) {
                Some((turn, rows)) if certain.is_none_or(|certain| turn <= certain) => {
                    let id = self.records;
                    self.records += 1;
                    rows.hand_over(id, sink)?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Meters a segment packet by packet, as one meter would.
    fn in_order<K: FlowSink<P::Output>>(
        &mut self,
        chunks: &[Chunk<'_>],
        segment: Segment,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        for chunk in chunks {
            for number in self.packets.max(chunk.first())..segment.end.min(chunk.end()) {
                let meter = chunk.meter_of(number).unwrap_or_default();
                self.arrive(meter, chunks, sink)?;
            }
        }
        if segment.then == Then::EndWaiting {
            while self.hand_over_next(FlowShard::next_waiting, sink)? {}
        }
        Ok(())
    }

    /// Meters the next packet of a meter, which is the next one of all.
    fn arrive<K: FlowSink<P::Output>>(
        &mut self,
        meter: usize,
        chunks: &[Chunk<'_>],
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let worker = self.workers.get_mut(meter);
        let Some(arrival) = worker.and_then(|worker| worker.arrival(chunks)) else {
            return Ok(());
        };
        // What is due changes with the time alone.
        if arrival.clock > self.clock {
            self.clock = arrival.clock;
            self.release_before(arrival.clock, sink)?;
        }
        let is_full = self.active_flows() >= self.max_active_flows;
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
        for Worker { shard, .. } in &mut self.workers {
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
        let id = self.records;
        self.records += 1;
        shard.hand_over(id, sink)?;
        Ok(true)
    }
}
