//! Meters that know nothing of each other: each has a source, a thread, a flow table, plugins and a dissector of its own.
//!
//! Only their rows come together: batch by batch, through a queue that holds few of them. A sink that is slow fills the queue,
//! which stops the meters, which fills the system's buffers: then the system drops packets and counts them. Memory does not grow.

mod meter;
mod outlet;

use std::any::Any;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nfstream_flow::{Dissector, FlowSink, NFPlugin, Record};

use crate::clock;
use crate::engine::{Position, sum};
use crate::meter::{Halt, Tallied};
use crate::monitor::Counters;
use crate::packets::PacketCounts;
use crate::rows::Rows;
use crate::{BoxError, StopHandle, Summary};
pub(crate) use meter::LiveMeter;
use meter::MeterEnd;
use outlet::{Batch, Outlet};

/// How long to wait for rows before saying what time it is.
const TICK: Duration = Duration::from_millis(50);
/// Batches of rows that wait for the sink, a meter.
const BATCHES_AHEAD: usize = 2;

/// Meters that know nothing of each other.
pub(crate) struct LiveMeters<P: NFPlugin, D: Dissector> {
    state: State<P, D>,
    /// Tells the meters to end.
    end: StopHandle,
    counters: Arc<[Counters]>,
    /// Records that were handed over.
    records: u64,
    ended: Vec<MeterEnd>,
}

enum State<P: NFPlugin, D: Dissector> {
    /// Before the first step, in which the sink tells how it wants its rows.
    Ready(Vec<LiveMeter<P, D>>),
    Running(Running<P::Output>),
    Over,
}

/// Meters at work.
struct Running<O: Record> {
    batches: Receiver<Batch<O>>,
    /// Where empty batches go back to, a meter.
    empties: Vec<SyncSender<Rows<O>>>,
    threads: Vec<JoinHandle<MeterEnd>>,
}

impl<P: NFPlugin, D: Dissector> LiveMeters<P, D> {
    /// These meters; each tells its own counters where it stands.
    pub(crate) fn new(meters: Vec<LiveMeter<P, D>>, counters: Arc<[Counters]>) -> Self {
        Self {
            state: State::Ready(meters),
            end: StopHandle::default(),
            counters,
            records: 0,
            ended: Vec::new(),
        }
    }

    /// Takes no more packets in than have come already.
    pub(crate) fn stop(&self) {
        self.end.stop();
    }

    /// Hands over the next batch of rows, if one comes soon; tells whether there may be more.
    ///
    /// # Panics
    ///
    /// Where a meter did.
    pub(crate) fn step<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
        errors: &mut Vec<BoxError>,
    ) -> Result<bool, Halt<K::Error>> {
        if let State::Ready(meters) = &mut self.state {
            let meters = std::mem::take(meters);
            self.state = State::Running(self.start(meters, sink, errors));
        }
        let State::Running(running) = &mut self.state else {
            return Ok(false);
        };
        match running.batches.recv_timeout(TICK) {
            Ok(Batch { meter, mut rows }) => {
                while !rows.is_empty() {
                    rows.hand_over(self.records, sink)?;
                    self.records += 1;
                }
                rows.clear();
                if let Some(empties) = running.empties.get(meter) {
                    let _ = empties.try_send(rows);
                }
                Ok(true)
            }
            Err(RecvTimeoutError::Timeout) => Ok(true),
            Err(RecvTimeoutError::Disconnected) => {
                self.join(errors);
                Ok(false)
            }
        }
    }

    /// Sets the meters to work.
    fn start<K: FlowSink<P::Output>>(
        &self,
        meters: Vec<LiveMeter<P, D>>,
        sink: &Tallied<'_, K>,
        errors: &mut Vec<BoxError>,
    ) -> Running<P::Output> {
        let (queue, batches) = sync_channel(BATCHES_AHEAD * meters.len());
        let (mut empties, mut threads) = (Vec::new(), Vec::new());
        for (number, meter) in meters.into_iter().enumerate() {
            let (give_back, unused) = sync_channel(BATCHES_AHEAD * 2);
            let outlet = Outlet::new(number, sink.encoder(), queue.clone(), unused);
            let (counters, end) = (Arc::clone(&self.counters), self.end.clone());
            let thread = thread::Builder::new()
                .name(format!("nfstream-{number}"))
                .spawn(move || meter.run(outlet, counters.get(number), &end));
            match thread {
                Ok(thread) => threads.push(thread),
                Err(error) => {
                    errors.push(error.into());
                    self.end.stop();
                }
            }
            empties.push(give_back);
        }
        Running {
            batches,
            empties,
            threads,
        }
    }

    /// Waits for meters that have been told to end, or have nothing more to hand over; a panic of one goes on here.
    fn join(&mut self, errors: &mut Vec<BoxError>) {
        if let Some(payload) = self.wind_up(errors) {
            resume_unwind(payload);
        }
    }

    /// Waits for meters as [`join`](Self::join) does, and gives the first panic of one.
    fn wind_up(&mut self, errors: &mut Vec<BoxError>) -> Option<Box<dyn Any + Send>> {
        let State::Running(running) = std::mem::replace(&mut self.state, State::Over) else {
            return None;
        };
        let Running {
            batches, threads, ..
        } = running;
        // Whoever waits for room in the queue sees that nobody listens.
        drop(batches);
        let mut panic = None;
        for thread in threads {
            match thread.join() {
                Ok(mut end) => {
                    if let Some(error) = end.error.take() {
                        add_new(error, errors);
                    }
                    self.ended.push(end);
                }
                Err(payload) => panic = panic.or(Some(payload)),
            }
        }
        panic
    }

    pub(crate) fn position(&self) -> Position {
        let mut position = Position {
            now: clock::now(),
            ..Position::default()
        };
        for counters in &*self.counters {
            position.add(&counters.position());
        }
        position
    }

    /// Ends what still runs, and writes down what was counted.
    pub(crate) fn conclude(&mut self, summary: &mut Summary, errors: &mut Vec<BoxError>) {
        self.stop();
        self.join(errors);
        let mut packets = PacketCounts::default();
        let captures = self.ended.iter().map(|end| end.capture);
        summary.capture = captures.reduce(sum).unwrap_or_default();
        for end in self.ended.drain(..) {
            packets.merge(&end.packets);
            summary.unknown_blocks.extend(end.unknown_blocks);
            summary.packets_late += end.packets_late;
            summary.flows_undissected += end.flows_undissected;
        }
        summary.set_packets(&packets);
    }
}

/// Adds an error that says what no other one does: an interface that goes away does so for each of its sockets.
fn add_new(error: BoxError, errors: &mut Vec<BoxError>) {
    let text = error.to_string();
    if !errors.iter().any(|known| known.to_string() == text) {
        errors.push(error);
    }
}

/// Meters end with their flows, whose plugins see it.
impl<P: NFPlugin, D: Dissector> Drop for LiveMeters<P, D> {
    fn drop(&mut self) {
        self.stop();
        // A panic has nobody left to be told.
        let _ = self.wind_up(&mut Vec::new());
    }
}
