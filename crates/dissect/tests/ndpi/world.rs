//! Packets into a table with nDPI, and what it says of the flows.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::time::Duration;

use nfstream_decode::{Decoder, Frame, LinkType, Timestamp};
use nfstream_dissect::{Licence, Ndpi, NdpiBuilder, ndpi_version};
use nfstream_flow::{
    Application, Dissector, FlowRecord, FlowSink, FlowTable, FlowTableConfig, NFPlugin,
    OwnedFlowRecord, Record, sink_fn,
};

use crate::conversation::Conversation;

/// NFStream's number of dissections.
pub(crate) const DEFAULT: u8 = 20;

/// Milliseconds since the epoch of the first packet.
const START: u64 = 1_700_000_000_000;

/// Version of the nDPI library, without what is behind the minor.
pub(crate) fn version() -> (u32, u32) {
    let mut numbers = ndpi_version().split('.').map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor),
        _ => panic!("the version of nDPI is {:?}", ndpi_version()),
    }
}

/// What nDPI 4.2 says, where other versions say something else.
pub(crate) fn is_4_2() -> bool {
    version() == (4, 2)
}

/// With the licence that nDPI 6.0 asks for: tests are not for profit. And with one module, which is sooner made.
pub(crate) fn builder() -> NdpiBuilder {
    let builder = Ndpi::builder().licence(Licence::NotForProfit);
    builder.modules(NonZeroU32::MIN)
}

pub(crate) fn ndpi() -> Ndpi {
    builder().build().unwrap()
}

/// Keeps every record.
pub(crate) fn keep<O: Record>(
    records: &mut Vec<OwnedFlowRecord<O>>,
) -> impl FlowSink<O, Error = Infallible> {
    sink_fn(|record: FlowRecord<'_, O>| {
        records.push(record.into_owned());
        Ok(())
    })
}

/// A table, and the records that have left it.
pub(crate) struct World<D: Dissector, P: NFPlugin = ()> {
    pub(crate) table: FlowTable<P, D>,
    pub(crate) records: Vec<OwnedFlowRecord<P::Output>>,
    millis: u64,
}

impl<D: Dissector> World<D> {
    pub(crate) fn new(dissector: D, n_dissections: u8) -> Self {
        Self::with_plugin(dissector, n_dissections, ())
    }
}

impl<D: Dissector, P: NFPlugin> World<D, P> {
    pub(crate) fn with_plugin(dissector: D, n_dissections: u8, plugin: P) -> Self {
        let mut config = FlowTableConfig::default();
        config.n_dissections = n_dissections;
        Self {
            table: FlowTable::with_dissector(&config, plugin, dissector),
            records: Vec::new(),
            millis: START,
        }
    }

    /// Meters the packets, a millisecond from each to the next.
    pub(crate) fn meter(&mut self, packets: &[Vec<u8>]) {
        let mut keep = keep(&mut self.records);
        for data in packets {
            self.millis += 1;
            let frame = Frame {
                timestamp: Timestamp::from_millis(self.millis),
                link_type: LinkType::RAW,
                wire_len: u32::try_from(data.len()).unwrap(),
                data,
            };
            let packet = Decoder::new().decode(&frame).unwrap();
            let Ok(()) = self.table.push(&packet, &mut keep);
        }
    }

    /// Every flow ends, for lack of packets.
    pub(crate) fn pause(&mut self) {
        self.millis += u64::try_from(Duration::from_mins(3).as_millis()).unwrap();
        let now = Timestamp::from_millis(self.millis);
        let mut keep = keep(&mut self.records);
        let Ok(()) = self.table.advance(now, &mut keep);
    }

    /// The input ends.
    pub(crate) fn finish(mut self) -> Vec<OwnedFlowRecord<P::Output>> {
        let Ok(()) = self.table.finish(&mut keep(&mut self.records));
        self.records
    }
}

/// The record of the one flow that this conversation is.
pub(crate) fn record_of(
    dissector: impl Dissector,
    n_dissections: u8,
    conversation: &Conversation,
) -> OwnedFlowRecord<()> {
    let mut world = World::new(dissector, n_dissections);
    world.meter(conversation.packets());
    let mut records = world.finish();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

/// What nDPI says of it.
pub(crate) fn check(conversation: &Conversation, check: impl FnOnce(Application<'_>)) {
    let record = record_of(ndpi(), DEFAULT, conversation);
    check(record.flow().application().unwrap());
}
