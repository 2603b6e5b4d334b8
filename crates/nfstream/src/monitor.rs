//! How a run is doing, for whoever wants to know meanwhile.

mod memory;
pub(crate) mod metrics;
pub(crate) mod report;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use nfstream_capture::{CaptureStats, LiveStats};
use nfstream_decode::Timestamp;

use crate::clock::Stopwatch;
use crate::engine::Position;

/// Where one meter stands, told by it and read by others.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    packets_read: AtomicU64,
    packets_ignored: AtomicU64,
    active_flows: AtomicU64,
    records: AtomicU64,
    packets_received: AtomicU64,
    packets_dropped: AtomicU64,
    packets_dropped_by_interface: AtomicU64,
    bytes_read: AtomicU64,
    is_live: AtomicBool,
}

impl Counters {
    pub(crate) fn set(&self, position: &Position) {
        let set = |counter: &AtomicU64, value| counter.store(value, Ordering::Relaxed);
        set(&self.packets_read, position.packets_read);
        set(&self.packets_ignored, position.packets_ignored);
        set(&self.active_flows, position.active_flows);
        set(&self.records, position.records);
        set(&self.bytes_read, position.capture.bytes_read);
        if let Some(live) = position.capture.live {
            set(&self.packets_received, live.packets_received);
            set(&self.packets_dropped, live.packets_dropped);
            set(
                &self.packets_dropped_by_interface,
                live.packets_dropped_by_interface,
            );
            self.is_live.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn position(&self) -> Position {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut capture = CaptureStats::default();
        capture.bytes_read = get(&self.bytes_read);
        if self.is_live.load(Ordering::Relaxed) {
            let mut live = LiveStats::default();
            live.packets_received = get(&self.packets_received);
            live.packets_dropped = get(&self.packets_dropped);
            live.packets_dropped_by_interface = get(&self.packets_dropped_by_interface);
            capture.live = Some(live);
        }
        Position {
            packets_read: get(&self.packets_read),
            packets_ignored: get(&self.packets_ignored),
            active_flows: get(&self.active_flows),
            records: get(&self.records),
            capture,
            now: Timestamp::EPOCH,
        }
    }
}

/// Looks at a run from elsewhere, while it goes on: see [`Streamer::monitor`](crate::Streamer::monitor).
#[derive(Clone, Debug)]
pub struct Monitor {
    counters: Arc<[Counters]>,
    since: Stopwatch,
}

impl Monitor {
    pub(crate) fn new(counters: Arc<[Counters]>) -> Self {
        Self {
            counters,
            since: Stopwatch::start(),
        }
    }

    /// How the run is doing now. Figures are at most a window of packets or a tenth of a second old.
    pub fn report(&self) -> PerformanceReport {
        let mut all = Position::default();
        let mut meters = Vec::with_capacity(self.counters.len());
        for counters in &*self.counters {
            let position = counters.position();
            meters
                .push(position.packets_read - position.packets_ignored.min(position.packets_read));
            all.add(&position);
        }
        let live = all.capture.live.unwrap_or_default();
        PerformanceReport {
            elapsed: self.since.elapsed(),
            flows_expired: all.records,
            active_flows: all.active_flows,
            packets_received: live.packets_received,
            packets_processed: meters.iter().sum(),
            packets_ignored: all.packets_ignored,
            packets_dropped: live.packets_dropped,
            packets_dropped_by_interface: live.packets_dropped_by_interface,
            resident_memory_bytes: memory::resident_bytes(),
            meters,
        }
    }
}

/// A run in figures, while it goes on. As text it is a line of JSON, as NFStream's `performance_report` prints it: the same keys
/// first, then ours.
///
/// ```
/// # let report = nfstream::Streamer::builder().source("tests/data/mixed.pcap").build()?.monitor().report();
/// assert!(report.to_string().starts_with(r#"{"flows_expired": 0, "packets_processed": 0, "#));
/// assert!(report.to_prometheus().contains("\nnfstream_packets_metered_total 0\n"));
/// # Ok::<(), nfstream::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PerformanceReport {
    /// Wall time since the run was built.
    pub elapsed: Duration,
    /// Records of flows that have ended.
    pub flows_expired: u64,
    /// Flows that are alive.
    pub active_flows: u64,
    /// Packets that the system received, those that it dropped among them; 0 where the source is not live.
    pub packets_received: u64,
    /// Packets that count in a flow.
    pub packets_processed: u64,
    /// Packets that cannot be metered.
    pub packets_ignored: u64,
    /// Packets that the system dropped because nobody took them in time.
    pub packets_dropped: u64,
    /// Packets that the interface or its driver dropped.
    pub packets_dropped_by_interface: u64,
    /// Memory of this process that is in RAM, in bytes; `None` where the system does not tell.
    pub resident_memory_bytes: Option<u64>,
    /// Packets that each meter counted in a flow; where several share one source, those of all together.
    pub meters: Vec<u64>,
}

impl fmt::Display for PerformanceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{{\"flows_expired\": {}, \"packets_processed\": {}, \"packets_ignored\": {}, \
             \"packets_dropped_filtered_by_kernel\": {}, \"meters_packets_processing_balance\": {:?}, \
             \"active_flows\": {}, \"packets_received\": {}, \"packets_dropped_by_interface\": {}, ",
            self.flows_expired,
            self.packets_processed,
            self.packets_ignored,
            self.packets_dropped,
            self.meters,
            self.active_flows,
            self.packets_received,
            self.packets_dropped_by_interface,
        )?;
        match self.resident_memory_bytes {
            Some(bytes) => write!(f, "\"resident_memory_bytes\": {bytes}, ")?,
            None => write!(f, "\"resident_memory_bytes\": null, ")?,
        }
        write!(f, "\"elapsed_s\": {:.3}}}", self.elapsed.as_secs_f64())
    }
}
