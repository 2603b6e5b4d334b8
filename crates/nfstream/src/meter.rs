//! The metering loop: source, decoder, flow table, sink.

use std::num::{NonZeroU32, NonZeroUsize};

use nfstream_capture::{CaptureStats, Frames};
use nfstream_decode::{Decoder, Packet, PacketFields, Timestamp};
use nfstream_flow::{
    Dissector, FlowEnd, FlowRecord, FlowSink, FlowTable, FlowTableConfig, LOOK_AHEAD, NFPlugin,
    Record, RecordEncoder, Schema,
};
use rayon::ThreadPoolBuilder;

use crate::meters::Meters;
use crate::packets::PacketCounts;
use crate::source::Windows;
use crate::{BoxError, ConfigError, Summary};

/// One source, one decoder, one flow table or several.
pub(crate) struct Meter<P: NFPlugin, D: Dissector> {
    pub(crate) windows: Windows,
    pub(crate) decoder: Decoder,
    pub(crate) table: Table<P, D>,
    pub(crate) packets: PacketCounts,
    pub(crate) tally: Tally,
    /// What of the input could not be read.
    pub(crate) input_errors: Vec<BoxError>,
    pub(crate) errors_in_a_row: u32,
}

/// What puts packets into flows.
pub(crate) enum Table<P: NFPlugin, D: Dissector> {
    One(Box<FlowTable<P, D>>),
    Several(Meters<P, D>),
}

impl<P: NFPlugin, D: Dissector> Table<P, D> {
    /// For so many meters, 0 for one a physical core, and no more than the dissector can be shared out to.
    pub(crate) fn new(
        config: &FlowTableConfig,
        meters: usize,
        plugin: P,
        dissector: D,
    ) -> Result<Self, ConfigError> {
        let shards = dissector.max_parts();
        let wanted = match meters {
            // Of physical cores, only those that this process may use.
            0 => std::thread::available_parallelism()
                .map_or(1, NonZeroUsize::get)
                .min(num_cpus::get_physical()),
            wanted => wanted,
        };
        let wanted = u32::try_from(wanted).ok().and_then(NonZeroU32::new);
        let meters = wanted.map_or(NonZeroU32::MIN, |wanted| wanted.min(shards));
        if meters == NonZeroU32::MIN {
            let table = FlowTable::with_dissector(config, plugin, dissector);
            return Ok(Self::One(Box::new(table)));
        }
        let threads = ThreadPoolBuilder::new()
            .num_threads(meters.get() as usize)
            .thread_name(|number| format!("nfstream-{number}"))
            .build()
            .map_err(|error| ConfigError::new("n_meters", error.to_string(), "fewer, or 1"))?;
        let parts = dissector.share_out(meters);
        Ok(Self::Several(Meters::new(
            threads, config, &plugin, shards, parts,
        )))
    }
}

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
    /// Meters the next window of packets, or several; tells whether there may be more.
    pub(crate) fn step<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut K,
    ) -> Result<bool, Halt<K::Error>> {
        let Self {
            windows,
            decoder,
            table,
            packets,
            ..
        } = self;
        let sink = &mut self.tally.before(sink);
        let is_there = match table {
            Table::Several(meters) if windows.never_wait() => match windows.next_owned() {
                Ok(Some(first)) => {
                    meters.round(*decoder, first, windows, packets, sink)?;
                    Ok(true)
                }
                other => {
                    // The records of what was before come first.
                    meters.hand_over(sink)?;
                    other.map(|_| false)
                }
            },
            table => match windows.next() {
                Ok(Some(frames)) => {
                    match table {
                        Table::One(table) => push_all(table, *decoder, frames, packets, sink)?,
                        Table::Several(meters) => meters.window(*decoder, frames, packets, sink)?,
                    }
                    Ok(true)
                }
                other => other.map(|_| false),
            },
        };
        match is_there {
            Ok(is_there) => {
                self.errors_in_a_row = 0;
                Ok(is_there)
            }
            Err(error) => {
                self.input_errors.push(error);
                self.errors_in_a_row += 1;
                Ok(self.errors_in_a_row < MAX_ERRORS_IN_A_ROW)
            }
        }
    }

    /// No more packets: hands over what is left in the table.
    pub(crate) fn finish<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut K,
    ) -> Result<(), Halt<K::Error>> {
        let sink = &mut self.tally.before(sink);
        match &mut self.table {
            Table::One(table) => table.finish(sink),
            Table::Several(meters) => meters.finish(self.decoder, sink),
        }
    }

    pub(crate) fn capture_stats(&self) -> CaptureStats {
        self.windows.stats()
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
        summary.unknown_blocks = self.windows.unknown_blocks().to_vec();
        (summary.packets_late, summary.flows_undissected) = match &self.table {
            Table::One(table) => (table.late_packets(), table.undissected_flows()),
            Table::Several(meters) => (meters.late_packets(), meters.undissected_flows()),
        };
        summary
    }

    /// How many flows are alive.
    pub(crate) fn active_flows(&self) -> u64 {
        match &self.table {
            Table::One(table) => table.active_flows().into(),
            Table::Several(meters) => meters.active_flows(),
        }
    }
}

/// Decodes frames and puts them into the flows of one table.
fn push_all<P: NFPlugin, D: Dissector, S: FlowSink<P::Output>>(
    table: &mut FlowTable<P, D>,
    decoder: Decoder,
    frames: Frames<'_>,
    counts: &mut PacketCounts,
    sink: &mut S,
) -> Result<(), S::Error> {
    let mut packets = [Packet::from(PacketFields::default()); LOOK_AHEAD];
    let mut taken = 0;
    for frame in frames.iter() {
        if let Some(place) = packets.get_mut(taken) {
            taken += usize::from(counts.decode_into(decoder, &frame, place));
        }
        if taken == LOOK_AHEAD {
            table.push_all(&mut packets, sink)?;
            taken = 0;
        }
    }
    table.push_all(packets.get_mut(..taken).unwrap_or_default(), sink)
}

impl Tally {
    fn before<'a, K>(&'a mut self, sink: &'a mut K) -> Tallied<'a, K> {
        Tallied { tally: self, sink }
    }
}

/// Counts records on their way to a sink, and stops after so many.
pub(crate) struct Tallied<'a, K> {
    tally: &'a mut Tally,
    sink: &'a mut K,
}

impl<O: Record, K: FlowSink<O>> FlowSink<O> for Tallied<'_, K> {
    type Error = Halt<K::Error>;

    fn begin(&mut self, schema: &Schema) -> Result<(), Self::Error> {
        self.sink.begin(schema).map_err(Halt::Sink)
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Self::Error> {
        let (end, packets) = (record.end, record.flow.bidirectional().packets);
        self.hand_over(end, packets, |sink| sink.record(record))
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        self.sink.encoder()
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), Self::Error> {
        self.sink.advance(now).map_err(Halt::Sink)
    }
}

impl<K> Tallied<'_, K> {
    /// A record that an encoder of the sink has encoded.
    pub(crate) fn encoded_record<O: Record>(
        &mut self,
        id: u64,
        row: &[u8],
        end: FlowEnd,
        packets: u64,
    ) -> Result<(), Halt<K::Error>>
    where
        K: FlowSink<O>,
    {
        self.hand_over(end, packets, |sink| sink.encoded(id, row))
    }

    /// Lets the sink have a record, if it is to have one more.
    fn hand_over<E>(
        &mut self,
        end: FlowEnd,
        packets: u64,
        write: impl FnOnce(&mut K) -> Result<(), E>,
    ) -> Result<(), Halt<E>> {
        if self.tally.records_left == 0 {
            return Err(Halt::Enough);
        }
        write(self.sink).map_err(Halt::Sink)?;
        self.tally.summary.count_record(end, packets);
        self.tally.records_left -= 1;
        match self.tally.records_left {
            0 => Err(Halt::Enough),
            _ => Ok(()),
        }
    }
}
