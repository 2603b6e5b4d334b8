//! A flow that has ended.

use nfstream_features::{PacketSequence, SequenceEntry, Statistics};

use crate::applications::StoredApplication;
use crate::flow::{Entry, Flow, MacAddresses, Settings};
use crate::record::{Record, RowWriter};
use crate::{FlowEnd, FlowSink, FlowTableConfig, NFPlugin, Process, Schema};

/// A flow that has ended, as a sink gets it: borrowed from the table, with what the plugins made of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct FlowRecord<'a, O> {
    /// Number of the record, counted from 0 in the order of the output.
    pub id: u64,
    /// Why the flow ended.
    pub end: FlowEnd,
    /// The flow.
    pub flow: Flow<'a>,
    /// What the plugins made of it.
    pub output: O,
}

impl<'a, O> FlowRecord<'a, O> {
    /// `flow` has ended.
    pub(crate) fn new(id: u64, end: FlowEnd, flow: Flow<'a>, output: O) -> Self {
        Self {
            id,
            end,
            flow,
            output,
        }
    }

    /// Copies the flow out of the table.
    pub fn into_owned(self) -> OwnedFlowRecord<O> {
        OwnedFlowRecord {
            id: self.id,
            end: self.end,
            flow: OwnedFlow {
                entry: self.flow.entry.without_places(),
                macs: *self.flow.macs,
                statistics: self.flow.statistics.copied().map(Box::new),
                splt: self
                    .flow
                    .splt
                    .map(|splt| (splt.entries().into(), splt.columns())),
                application: self.flow.application.cloned().map(Box::new),
                process: self.flow.process.cloned().map(Box::new),
                settings: self.flow.settings,
            },
            output: self.output,
        }
    }
}

impl<O: Record> FlowRecord<'_, O> {
    /// Writes the row: a value for each column of [`schema`].
    pub fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        self.write_id(row);
        self.write_after_id(row);
    }

    /// Writes the row without its first column, the id: what is known before the order of the output is.
    pub fn write_after_id<W: RowWriter + ?Sized>(&self, row: &mut W) {
        self.flow.write(row);
        self.output.write(row);
        self.write_process(row);
    }
}

/// A flow that has ended, for keeps.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OwnedFlowRecord<O> {
    /// Number of the record, counted from 0 in the order of the output.
    pub id: u64,
    /// Why the flow ended.
    pub end: FlowEnd,
    /// What the plugins made of it.
    pub output: O,
    flow: OwnedFlow,
}

/// A flow out of its table.
#[derive(Clone, Debug)]
struct OwnedFlow {
    entry: Entry,
    macs: MacAddresses,
    statistics: Option<Box<Statistics>>,
    splt: Option<(Box<[SequenceEntry]>, usize)>,
    application: Option<Box<StoredApplication>>,
    process: Option<Box<Process>>,
    settings: Settings,
}

impl OwnedFlow {
    fn view(&self, end: FlowEnd) -> Flow<'_> {
        Flow {
            entry: &self.entry,
            macs: &self.macs,
            statistics: self.statistics.as_deref(),
            splt: self
                .splt
                .as_ref()
                .map(|(entries, columns)| PacketSequence::new(entries, *columns)),
            application: self.application.as_deref(),
            process: self.process.as_deref(),
            settings: self.settings,
            expire: false,
            end: Some(end),
        }
    }
}

impl<O> OwnedFlowRecord<O> {
    /// The flow.
    pub fn flow(&self) -> Flow<'_> {
        self.flow.view(self.end)
    }

    /// Hands the record to a sink, as number `id` of the output.
    ///
    /// # Errors
    ///
    /// The sink's: it did not take the record.
    pub fn hand_over<S: FlowSink<O>>(self, id: u64, sink: &mut S) -> Result<(), S::Error>
    where
        O: Record,
    {
        let flow = self.flow.view(self.end);
        sink.record(FlowRecord::new(id, self.end, flow, self.output))
    }

    /// The record as a sink gets it.
    pub fn as_record(&self) -> FlowRecord<'_, &O> {
        FlowRecord::new(self.id, self.end, self.flow(), &self.output)
    }
}

impl<R: Record> Record for &R {
    fn columns(schema: &mut Schema) {
        R::columns(schema);
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        (**self).write(row);
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        R::write_null(row);
    }
}

/// The columns of the records of a table with this configuration and plugin.
pub fn schema<P: NFPlugin>(config: &FlowTableConfig, plugin: &P) -> Schema {
    let mut schema = config.columns();
    schema.prefixed("udps.", |schema| plugin.columns(schema));
    config.declare_process(&mut schema);
    schema
}
