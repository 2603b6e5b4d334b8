//! What turns packets into records.

use nfstream_capture::CaptureStats;
use nfstream_decode::Timestamp;
use nfstream_flow::{Dissector, FlowSink, NFPlugin};

use crate::live::LiveMeters;
use crate::meter::{Halt, Meter, Tallied};
use crate::{BoxError, Summary};

/// What turns packets into records: one source for all meters, or one for each.
pub(crate) enum Engine<P: NFPlugin, D: Dissector> {
    /// The output is in the order that packets define.
    OneSource(Box<Meter<P, D>>),
    /// Meters know nothing of each other.
    Live(LiveMeters<P, D>),
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub(crate) packets_read: u64,
    pub(crate) packets_ignored: u64,
    pub(crate) active_flows: u64,
    /// Records of flows that have ended.
    pub(crate) records: u64,
    pub(crate) capture: CaptureStats,
    /// What time it is, by packets or by the wall clock.
    pub(crate) now: Timestamp,
}

impl Position {
    /// Adds where another meter of the same interface stands.
    pub(crate) fn add(&mut self, other: &Self) {
        self.packets_read += other.packets_read;
        self.packets_ignored += other.packets_ignored;
        self.active_flows += other.active_flows;
        self.records += other.records;
        self.capture = sum(self.capture, other.capture);
    }
}

/// What two sources counted.
pub(crate) fn sum(one: CaptureStats, other: CaptureStats) -> CaptureStats {
    let mut both = one;
    both.bytes_read += other.bytes_read;
    both.bytes_total = match (one.bytes_total, other.bytes_total) {
        (Some(one), Some(other)) => Some(one + other),
        _ => None,
    };
    both.packets_filtered += other.packets_filtered;
    both.unknown_blocks += other.unknown_blocks;
    match (&mut both.live, &other.live) {
        (Some(live), Some(other)) => live.add(other),
        (live, other) => *live = live.or(*other),
    }
    both
}

impl<P: NFPlugin, D: Dissector> Engine<P, D> {
    /// Takes no more packets in than have come already.
    pub(crate) fn stop(&mut self) {
        match self {
            Self::OneSource(meter) => meter.windows.stop(),
            Self::Live(meters) => meters.stop(),
        }
    }

    /// Goes on a bit; tells whether there may be more. What of the input cannot be read is added to `errors`.
    pub(crate) fn step<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
        errors: &mut Vec<BoxError>,
    ) -> Result<bool, Halt<K::Error>> {
        match self {
            Self::OneSource(meter) => meter.step(sink, errors),
            Self::Live(meters) => meters.step(sink, errors),
        }
    }

    /// No more packets: hands over what is left.
    pub(crate) fn finish<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        match self {
            Self::OneSource(meter) => meter.finish(sink),
            Self::Live(_) => Ok(()),
        }
    }

    pub(crate) fn position(&self) -> Position {
        match self {
            Self::OneSource(meter) => meter.position(),
            Self::Live(meters) => meters.position(),
        }
    }

    /// Ends what still runs, and writes down what was counted.
    pub(crate) fn conclude(&mut self, summary: &mut Summary, errors: &mut Vec<BoxError>) {
        match self {
            Self::OneSource(meter) => meter.conclude(summary),
            Self::Live(meters) => meters.conclude(summary, errors),
        }
    }
}
