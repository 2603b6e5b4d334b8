//! The metering loop: source, decoder, flow table, sink.

use std::convert::Infallible;
use std::num::{NonZeroU32, NonZeroUsize};

use nfstream_capture::{Frames, Received};
use nfstream_decode::{Decoder, Packet, PacketFields, Timestamp};
use nfstream_flow::{
    Dissector, FlowEnd, FlowRecord, FlowSink, FlowTable, FlowTableConfig, LOOK_AHEAD, NFPlugin,
    ProcessLookup, Record, RecordEncoder, Schema,
};
use rayon::ThreadPoolBuilder;

use crate::engine::Position;
use crate::meters::Meters;
use crate::packets::PacketCounts;
use crate::source::{AnySource, Windows};
use crate::{BoxError, ConfigError, Summary};

/// One source, one decoder, one flow table or several.
pub(crate) struct Meter<P: NFPlugin, D: Dissector> {
    pub(crate) windows: Windows,
    decoder: Decoder,
    table: Table<P, D>,
    packets: PacketCounts,
    /// What a quiet source said last of the time.
    idle_until: Timestamp,
    errors_in_a_row: u32,
}

/// What puts packets into flows.
pub(crate) enum Table<P: NFPlugin, D: Dissector> {
    One(Box<FlowTable<P, D>>),
    Several(Meters<P, D>),
}

/// How many meters are to be at work: as many as are wanted, 0 for one a physical core, and no more than the dissector can be
/// shared out to.
pub(crate) fn meters<D: Dissector>(wanted: usize, dissector: &D) -> NonZeroU32 {
    let wanted = match wanted {
        // Of physical cores, only those that this process may use.
        0 => std::thread::available_parallelism()
            .map_or(1, NonZeroUsize::get)
            .min(num_cpus::get_physical()),
        wanted => wanted,
    };
    let wanted = u32::try_from(wanted).ok().and_then(NonZeroU32::new);
    wanted.map_or(NonZeroU32::MIN, |wanted| wanted.min(dissector.max_parts()))
}

impl<P: NFPlugin, D: Dissector> Table<P, D> {
    /// For so many meters.
    pub(crate) fn new(
        config: &FlowTableConfig,
        meters: NonZeroU32,
        plugin: P,
        dissector: D,
    ) -> Result<Self, ConfigError> {
        if meters == NonZeroU32::MIN {
            let table = FlowTable::with_dissector(config, plugin, dissector);
            return Ok(Self::One(Box::new(table)));
        }
        let threads = ThreadPoolBuilder::new()
            .num_threads(meters.get() as usize)
            .thread_name(|number| format!("nfstream-{number}"))
            .build()
            .map_err(|error| ConfigError::new("n_meters", error.to_string(), "fewer, or 1"))?;
        let shards = dissector.max_parts();
        let parts = dissector.share_out(meters);
        Ok(Self::Several(Meters::new(
            threads, config, &plugin, shards, parts,
        )))
    }

    /// Lets each meter ask a look-up of its own for the processes of flows.
    pub(crate) fn set_process_lookups(&mut self, lookup: impl Fn() -> Box<dyn ProcessLookup>) {
        match self {
            Self::One(table) => table.set_process_lookup(lookup()),
            Self::Several(meters) => meters.set_process_lookups(lookup),
        }
    }
}

/// A source that fails so often and yields nothing in between is given up: it would go on for ever.
const MAX_ERRORS_IN_A_ROW: u32 = 1 << 16;

/// The run so far, and how many records may come.
pub(crate) struct Tally {
    pub(crate) summary: Summary,
    records_left: u64,
}

/// Why no more packets are read.
pub(crate) enum Halt<E> {
    /// As many records as were asked for have been handed over.
    Enough,
    /// The sink's error.
    Sink(E),
}

impl<P: NFPlugin, D: Dissector> Meter<P, D> {
    pub(crate) fn new(source: Box<dyn AnySource>, decoder: Decoder, table: Table<P, D>) -> Self {
        Self {
            windows: Windows::new(source),
            decoder,
            table,
            packets: PacketCounts::default(),
            idle_until: Timestamp::EPOCH,
            errors_in_a_row: 0,
        }
    }

    /// Meters the next window of packets, or several; tells whether there may be more.
    pub(crate) fn step<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
        errors: &mut Vec<BoxError>,
    ) -> Result<bool, Halt<K::Error>> {
        match self.next(sink)? {
            Ok(is_there) => {
                self.errors_in_a_row = 0;
                Ok(is_there)
            }
            Err(error) => {
                errors.push(error);
                self.errors_in_a_row += 1;
                Ok(self.errors_in_a_row < MAX_ERRORS_IN_A_ROW)
            }
        }
    }

    /// Meters what comes next; tells whether something came. The inner error is the source's.
    fn next<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
    ) -> Result<Result<bool, BoxError>, Halt<K::Error>> {
        let Self {
            windows,
            decoder,
            table,
            packets,
            ..
        } = self;
        if let Table::Several(meters) = table
            && windows.never_wait()
        {
            return match windows.next_owned() {
                Ok(Some(first)) => {
                    meters.round(*decoder, first, windows, packets, sink)?;
                    Ok(Ok(true))
                }
                other => {
                    // The records of what was before come first.
                    meters.hand_over(sink)?;
                    Ok(other.map(|_| false))
                }
            };
        }
        match windows.next() {
            Ok(Received::Frames(frames)) => match table {
                Table::One(table) => push_all(table, *decoder, frames, packets, sink)?,
                Table::Several(meters) => meters.window(*decoder, frames, packets, sink)?,
            },
            Ok(Received::Idle(now)) => {
                self.idle_until = now;
                match table {
                    Table::One(table) => table.advance(now, sink)?,
                    Table::Several(meters) => meters.advance(now, sink)?,
                }
            }
            Ok(Received::End) => return Ok(Ok(false)),
            // What else a source may have to say one day is nothing to meter.
            Ok(_) => {}
            Err(error) => return Ok(Err(error)),
        }
        Ok(Ok(true))
    }

    /// No more packets: hands over what is left in the table.
    pub(crate) fn finish<K: FlowSink<P::Output>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        match &mut self.table {
            Table::One(table) => table.finish(sink),
            Table::Several(meters) => meters.finish(self.decoder, sink),
        }
    }

    pub(crate) fn position(&self) -> Position {
        let newest = self.packets.time_span.map(|(_, newest)| newest);
        Position {
            packets_read: self.packets.read,
            packets_ignored: self.packets.ignored.total(),
            active_flows: self.active_flows(),
            records: 0,
            capture: self.windows.stats(),
            now: newest.unwrap_or_default().max(self.idle_until),
        }
    }

    /// Writes down what was counted.
    pub(crate) fn conclude(&mut self, summary: &mut Summary) {
        summary.set_packets(&self.packets);
        summary.capture = self.windows.stats();
        summary.unknown_blocks = self.windows.unknown_blocks().to_vec();
        (summary.packets_late, summary.flows_undissected) = match &self.table {
            Table::One(table) => (table.late_packets(), table.undissected_flows()),
            Table::Several(meters) => (meters.late_packets(), meters.undissected_flows()),
        };
    }

    /// How many flows are alive.
    fn active_flows(&self) -> u64 {
        match &self.table {
            Table::One(table) => table.active_flows().into(),
            Table::Several(meters) => meters.active_flows(),
        }
    }
}

/// Flows that are left end, so that their plugins see it.
impl<P: NFPlugin, D: Dissector> Drop for Meter<P, D> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = self.finish(&mut Tally::new(u64::MAX).before(&mut Nowhere));
        }
    }
}

/// Takes records that nobody wants any more, also those that were encoded for somebody.
struct Nowhere;

impl<O: Record> FlowSink<O> for Nowhere {
    type Error = Infallible;

    fn record(&mut self, _: FlowRecord<'_, O>) -> Result<(), Infallible> {
        Ok(())
    }

    fn encoded(&mut self, _: u64, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Decodes frames and puts them into the flows of one table.
pub(crate) fn push_all<P: NFPlugin, D: Dissector, S: FlowSink<P::Output>>(
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
    /// For at most so many records.
    pub(crate) fn new(max_records: u64) -> Self {
        Self {
            summary: Summary::default(),
            records_left: max_records,
        }
    }

    pub(crate) fn before<'a, K>(&'a mut self, sink: &'a mut K) -> Tallied<'a, K> {
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
