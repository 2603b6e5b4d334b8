//! Several meters at the same time, with the same records in the same order as one.
//!
//! Frames are read and decoded in chunks, each by the meter that needs it first, and each packet is put aside for the meter whose flow it
//! belongs to. Each meter puts its packets into their flows, in the order of the input, and makes rows of the records that are due. Meanwhile
//! rows that were made before are merged. Meters wait for each other at the end of a round only: a
//! window, or several where they can be read without waiting for others.

mod chunk;
mod in_order;
mod merger;
mod round;
mod worker;

use std::mem;
use std::num::NonZeroU32;
use std::sync::OnceLock;

use nfstream_capture::{Frames, OwnedFrames};
use nfstream_decode::{Decoder, Timestamp};
use nfstream_flow::{Dissector, FlowShard, FlowSink, FlowTableConfig, NFPlugin, ProcessLookup};
use rayon::ThreadPool;

use crate::meter::{Halt, Tallied};
use crate::packets::PacketCounts;
use crate::source::Windows;
use chunk::{Chunk, Share};
use in_order::InOrder;
use merger::Merger;
use round::Round;
use worker::Worker;

/// Windows that a round has at most.
const WINDOWS_AT_ONCE: usize = 32;
/// Fewer frames than this are not worth waking threads for.
const MIN_PARALLEL: usize = 512;

/// Meters that have a share of the flows each, and the threads that they work in.
pub(crate) struct Meters<P: NFPlugin, D: Dissector> {
    threads: ThreadPool,
    share: Share,
    workers: Vec<Worker<P, D>>,
    merger: Merger<P::Output>,
    /// Memory for the chunks of a round.
    memory: Vec<Chunk<'static>>,
    /// Whether the sink was asked how it wants its rows.
    has_encoders: bool,
    max_active_flows: u64,
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
        let merger = Merger::new(parts.len());
        let workers = parts.into_iter().enumerate().map(|(number, dissector)| {
            let shard = FlowShard::new(config, plugin.clone(), dissector);
            Worker::new(number, shard)
        });
        Self {
            threads,
            share: Share {
                shards,
                meters: meters.unwrap_or(NonZeroU32::MIN),
            },
            workers: workers.collect(),
            merger,
            memory: Vec::new(),
            has_encoders: false,
            max_active_flows: config.max_active_flows.get().into(),
        }
    }

    /// Lets each meter ask a look-up of its own for the processes of flows.
    pub(crate) fn set_process_lookups(&mut self, lookup: impl Fn() -> Box<dyn ProcessLookup>) {
        for worker in &mut self.workers {
            worker.shard.set_process_lookup(lookup());
        }
    }

    /// Meters a window of frames.
    pub(crate) fn window<K: FlowSink<P::Output>>(
        &mut self,
        decoder: Decoder,
        frames: Frames<'_>,
        counts: &mut PacketCounts,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let memory = mem::take(&mut self.memory);
        let round = Round::of(frames, decoder, self.share, memory);
        let result = if frames.len() >= MIN_PARALLEL && self.has_room(frames.len()) {
            self.side_by_side(&round, sink)
        } else {
            self.in_order(&round, sink)
        };
        self.memory = round.into_memory(counts);
        result?;
        self.merger.hand_over(sink)
    }

    /// Meters a window and some of those behind it, which the meters read when they come to them. Rows may be kept for
    /// [`hand_over`](Self::hand_over).
    pub(crate) fn round<K: FlowSink<P::Output>>(
        &mut self,
        decoder: Decoder,
        first: OwnedFrames,
        windows: &mut Windows,
        counts: &mut PacketCounts,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let frames = first.frames().len();
        if !self.has_room(frames) {
            let result = self.window(decoder, first.frames(), counts, sink);
            windows.give_back(first);
            return result;
        }
        let room = self.room() - frames as u64;
        let read: Vec<_> = (0..WINDOWS_AT_ONCE).map(|_| OnceLock::new()).collect();
        if let Some(place) = read.first() {
            let _ = place.set(first);
        }
        let memory = mem::take(&mut self.memory);
        let round = Round::of_source(windows, room, &read, decoder, self.share, memory);
        let result = self.side_by_side(&round, sink);
        self.memory = round.into_memory(counts);
        for window in read.into_iter().filter_map(OnceLock::into_inner) {
            windows.give_back(window);
        }
        result
    }

    /// Hands over the rows that were kept.
    pub(crate) fn hand_over<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        self.merger.hand_over(sink)
    }

    /// Hands over what is due before that time, as no packet tells the time.
    pub(crate) fn advance<K: FlowSink<P::Output>>(
        &mut self,
        now: Timestamp,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        self.merger.hand_over(sink)?;
        InOrder::new(&mut self.workers, &mut self.merger, self.max_active_flows).advance(now, sink)
    }

    /// The input ended: every flow leaves.
    pub(crate) fn finish<K: FlowSink<P::Output>>(
        &mut self,
        decoder: Decoder,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let mut round = Round::of(Frames::new(&[], &[]), decoder, self.share, Vec::new());
        round.is_last = true;
        self.side_by_side(&round, sink)?;
        self.merger.hand_over(sink)
    }

    /// How many flows are alive.
    pub(crate) fn active_flows(&self) -> u64 {
        active_flows(&self.workers)
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

    /// Whether meters can take so many frames without asking each other: none has to end a flow because all together have
    /// too many.
    fn has_room(&self, frames: usize) -> bool {
        frames as u64 <= self.room()
    }

    /// How many more flows there may be.
    fn room(&self) -> u64 {
        self.max_active_flows.saturating_sub(self.active_flows())
    }

    /// Meters a round, all meters at the same time, while rows that were made before are merged.
    fn side_by_side<K: FlowSink<P::Output>>(
        &mut self,
        round: &Round<'_>,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let Self {
            threads,
            workers,
            merger,
            ..
        } = self;
        for worker in &mut *workers {
            if !self.has_encoders {
                worker.encoder = sink.encoder();
            }
            worker.rewind();
        }
        self.has_encoders = true;
        while workers.iter().any(|worker| !worker.is_done) {
            threads.in_place_scope(|scope| {
                for (number, worker) in workers.iter_mut().enumerate() {
                    if !worker.is_done && merger.has_room(number) {
                        scope.spawn(|_| worker.work(round));
                    }
                }
                merger.hand_over(sink)
            })?;
            merger.take(workers);
        }
        Ok(())
    }

    /// Meters a round packet by packet, on this thread.
    fn in_order<K: FlowSink<P::Output>>(
        &mut self,
        round: &Round<'_>,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        for worker in &mut self.workers {
            worker.rewind();
        }
        InOrder::new(&mut self.workers, &mut self.merger, self.max_active_flows).round(round, sink)
    }
}

/// How many flows are alive.
fn active_flows<P: NFPlugin, D: Dissector>(workers: &[Worker<P, D>]) -> u64 {
    let flows = workers.iter().map(|it| u64::from(it.shard.active_flows()));
    flows.sum()
}
