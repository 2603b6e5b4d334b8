//! One meter of a live capture.

use std::thread;
use std::time::Duration;

use nfstream_capture::{CaptureStats, Received, UnknownBlock};
use nfstream_decode::Decoder;
use nfstream_flow::{Dissector, FlowTable, NFPlugin};

use super::outlet::Outlet;
use crate::clock::Stopwatch;
use crate::engine::Position;
use crate::meter::push_all;
use crate::monitor::Counters;
use crate::packets::PacketCounts;
use crate::source::AnySource;
use crate::{BoxError, StopHandle};

/// How long a row waits for others at most while packets come.
const PASS_ON_AFTER: Duration = Duration::from_millis(40);

/// One source, one decoder, one flow table.
pub(crate) struct LiveMeter<P: NFPlugin, D: Dissector> {
    source: Box<dyn AnySource>,
    decoder: Decoder,
    table: FlowTable<P, D>,
    packets: PacketCounts,
    /// Since rows were passed on last.
    passed_on: Stopwatch,
}

/// What a meter leaves behind.
pub(super) struct MeterEnd {
    pub(super) packets: PacketCounts,
    pub(super) capture: CaptureStats,
    pub(super) unknown_blocks: Vec<UnknownBlock>,
    pub(super) packets_late: u64,
    pub(super) flows_undissected: u64,
    /// Why its source ended, if it was an error.
    pub(super) error: Option<BoxError>,
}

/// Tells all meters to end when one panics.
struct EndsAll<'a>(&'a StopHandle);

impl Drop for EndsAll<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

impl<P: NFPlugin, D: Dissector> LiveMeter<P, D> {
    pub(crate) fn new(
        source: Box<dyn AnySource>,
        decoder: Decoder,
        table: FlowTable<P, D>,
    ) -> Self {
        Self {
            source,
            decoder,
            table,
            packets: PacketCounts::default(),
            passed_on: Stopwatch::start(),
        }
    }

    /// Meters until the source ends, or until `end` says so or nobody wants records any more; then all flows leave. Where its
    /// source fails or something panics, it tells the others to end.
    pub(super) fn run(
        mut self,
        mut outlet: Outlet<P::Output>,
        counters: Option<&Counters>,
        end: &StopHandle,
    ) -> MeterEnd {
        let _ends_all = EndsAll(end);
        let mut error = None;
        loop {
            let is_over = end.is_stopped() || !outlet.is_open();
            if is_over && !self.source.stop() {
                break;
            }
            match self.step(&mut outlet) {
                Ok(true) => self.tell(counters),
                Ok(false) => break,
                Err(why) => {
                    error = Some(why);
                    // The others need not wait until all these flows have left.
                    end.stop();
                    break;
                }
            }
        }
        let Ok(()) = self.table.finish(&mut outlet);
        outlet.pass_on();
        self.tell(counters);
        MeterEnd {
            capture: self.source.stats(),
            unknown_blocks: self.source.unknown_blocks().to_vec(),
            packets_late: self.table.late_packets(),
            flows_undissected: self.table.undissected_flows(),
            packets: self.packets,
            error,
        }
    }

    /// Meters what has come; tells whether there may be more.
    fn step(&mut self, outlet: &mut Outlet<P::Output>) -> Result<bool, BoxError> {
        let table = &mut self.table;
        let is_idle = match self.source.receive()? {
            Received::Frames(frames) => {
                let Ok(()) = push_all(table, self.decoder, frames, &mut self.packets, outlet);
                false
            }
            Received::Idle(now) => {
                let Ok(()) = table.advance(now, outlet);
                true
            }
            Received::End => return Ok(false),
            // What else a source may have to say one day is nothing to meter.
            _ => false,
        };
        if is_idle || self.passed_on.elapsed() >= PASS_ON_AFTER {
            outlet.pass_on();
            self.passed_on = Stopwatch::start();
        }
        Ok(true)
    }

    /// Tells where it stands.
    fn tell(&self, counters: Option<&Counters>) {
        let position = Position {
            packets_read: self.packets.read,
            packets_ignored: self.packets.ignored.total(),
            active_flows: self.table.active_flows().into(),
            records: self.table.records(),
            capture: self.source.stats(),
            now: self.table.clock(),
        };
        if let Some(counters) = counters {
            counters.set(&position);
        }
    }
}
