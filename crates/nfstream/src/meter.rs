//! The metering loop: source, decoder, flow table, sink.

use nfstream_capture::{CaptureStats, Received};
use nfstream_decode::{Decoder, Packet, PacketFields};
use nfstream_flow::{Dissector, FlowRecord, FlowSink, FlowTable, NFPlugin, Record, Schema};

use crate::packets::PacketCounts;
use crate::source::AnySource;
use crate::{BoxError, Summary};

/// One source, one decoder, one flow table.
pub(crate) struct Meter<P: NFPlugin, D: Dissector> {
    pub(crate) source: Box<dyn AnySource>,
    pub(crate) decoder: Decoder,
    pub(crate) table: FlowTable<P, D>,
    pub(crate) packets: PacketCounts,
    pub(crate) tally: Tally,
    /// What of the input could not be read.
    pub(crate) input_errors: Vec<BoxError>,
    pub(crate) errors_in_a_row: u32,
}

/// Packets that are decoded, and then put into their flows, at a time.
const BATCH: usize = 32;

/// A source that fails so often and yields nothing in between is given up: it would go on for ever.
const MAX_ERRORS_IN_A_ROW: u32 = 1 << 16;

/// The run so far, and how many records may come.
pub(crate) struct Tally {
    pub(crate) summary: Summary,
    pub(crate) records_left: u64,
}

/// Why no more packets are read.
pub(crate) enum Halt<E> {
    /// As many records as were asked for have been handed over.
    Enough,
    /// The sink's error.
    Sink(E),
}

impl<P: NFPlugin, D: Dissector> Meter<P, D> {
    /// Meters one window of packets; tells whether there may be more.
    pub(crate) fn step<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut K,
    ) -> Result<bool, Halt<K::Error>> {
        let frames = match self.source.receive() {
            Ok(Received::Frames(frames)) => frames,
            Ok(Received::End) => return Ok(false),
            Ok(_) => return Ok(true),
            Err(error) => {
                self.input_errors.push(error);
                self.errors_in_a_row += 1;
                return Ok(self.errors_in_a_row < MAX_ERRORS_IN_A_ROW);
            }
        };
        self.errors_in_a_row = 0;
        let mut batch = [Packet::from(PacketFields::default()); BATCH];
        let mut taken = 0;
        for frame in frames.iter() {
            let Some(packet) = self.packets.decode(&self.decoder, &frame) else {
                continue;
            };
            if let Some(place) = batch.get_mut(taken) {
                *place = packet;
                taken += 1;
            }
            if taken == BATCH {
                self.table
                    .push_all(&mut batch, &mut self.tally.before(sink))?;
                taken = 0;
            }
        }
        let rest = batch.get_mut(..taken).unwrap_or_default();
        self.table.push_all(rest, &mut self.tally.before(sink))?;
        Ok(true)
    }

    /// No more packets: hands over what is left in the table.
    pub(crate) fn finish<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut K,
    ) -> Result<(), Halt<K::Error>> {
        self.table.finish(&mut self.tally.before(sink))
    }

    pub(crate) fn capture_stats(&self) -> CaptureStats {
        self.source.stats()
    }

    /// Takes the summary out, complete with what the source counted.
    pub(crate) fn take_summary(&mut self) -> Summary {
        let mut summary = std::mem::take(&mut self.tally.summary);
        let packets = std::mem::take(&mut self.packets);
        summary.packets_read = packets.read;
        summary.packets_metered = packets.metered;
        summary.bytes_metered = packets.bytes_metered;
        summary.packets_ignored = packets.ignored;
        summary.time_span = packets.time_span;
        summary.capture = self.capture_stats();
        summary.unknown_blocks = self.source.unknown_blocks().to_vec();
        summary.packets_late = self.table.late_packets();
        summary.flows_undissected = self.table.undissected_flows();
        summary
    }
}

impl Tally {
    fn before<'a, K>(&'a mut self, sink: &'a mut K) -> Tallied<'a, K> {
        Tallied { tally: self, sink }
    }
}

/// Counts records on their way to a sink, and stops after so many.
struct Tallied<'a, K> {
    tally: &'a mut Tally,
    sink: &'a mut K,
}

impl<O: Record, K: FlowSink<O>> FlowSink<O> for Tallied<'_, K> {
    type Error = Halt<K::Error>;

    fn begin(&mut self, schema: &Schema) -> Result<(), Self::Error> {
        self.sink.begin(schema).map_err(Halt::Sink)
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Self::Error> {
        if self.tally.records_left == 0 {
            return Err(Halt::Enough);
        }
        let (end, packets) = (record.end, record.flow.bidirectional().packets);
        self.sink.record(record).map_err(Halt::Sink)?;
        self.tally.summary.count_record(end, packets);
        self.tally.records_left -= 1;
        match self.tally.records_left {
            0 => Err(Halt::Enough),
            _ => Ok(()),
        }
    }
}
