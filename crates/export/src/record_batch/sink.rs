//! Record batches that wait to be taken.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, FlowSink, Record, Schema};

use super::{RecordBatchBuilder, Timestamps};
use crate::ExportError;
use crate::values::Rewrite;

/// A sink that makes record batches of 2,048 flows, and keeps them until they are [taken](Self::next_batch).
///
/// In a live capture a batch is made after a second at the latest, of as many flows as there are.
///
/// # Examples
///
/// ```
/// use nfstream_decode::{Packet, PacketFields};
/// use nfstream_export::RecordBatchSink;
/// use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig};
///
/// let config = FlowTableConfig::default();
/// let mut table = FlowTable::new(&config, ());
/// let mut sink = RecordBatchSink::default();
/// FlowSink::<()>::begin(&mut sink, &config.columns())?;
/// table.push(&Packet::from(PacketFields::default()), &mut sink)?;
/// table.finish(&mut sink)?;
/// FlowSink::<()>::finish(&mut sink)?;
/// let batch = sink.next_batch().unwrap();
/// assert_eq!((batch.num_rows(), batch.num_columns()), (1, 29));
/// # Ok::<(), nfstream_export::ExportError>(())
/// ```
#[derive(Debug, Default)]
pub struct RecordBatchSink {
    timestamps: Timestamps,
    #[cfg(feature = "anonymize")]
    anonymizer: Option<crate::Anonymizer>,
    rewrite: Option<Rewrite>,
    builder: RecordBatchBuilder,
    ready: VecDeque<RecordBatch>,
}

impl RecordBatchSink {
    /// The same sink with times typed like this.
    #[must_use]
    pub fn timestamps(mut self, timestamps: Timestamps) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// The same sink with some columns anonymised.
    #[cfg(feature = "anonymize")]
    #[must_use]
    pub fn anonymize(mut self, anonymizer: crate::Anonymizer) -> Self {
        self.anonymizer = Some(anonymizer);
        self
    }

    /// The columns of the batches: none until the sink is told them ([`FlowSink::begin`]).
    pub fn schema(&self) -> &SchemaRef {
        self.builder.schema()
    }

    /// Takes the oldest batch.
    pub fn next_batch(&mut self) -> Option<RecordBatch> {
        self.ready.pop_front()
    }

    /// Makes a batch of the rows that there are.
    fn complete(&mut self) -> Result<(), ExportError> {
        self.ready.extend(self.builder.finish()?);
        Ok(())
    }
}

impl<O: Record> FlowSink<O> for RecordBatchSink {
    type Error = ExportError;

    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        #[cfg(feature = "anonymize")]
        if let Some(anonymizer) = &self.anonymizer {
            let (schema, rewrite) = anonymizer.apply_to(schema)?;
            self.rewrite = Some(rewrite);
            self.builder = RecordBatchBuilder::new(&schema, self.timestamps);
            return Ok(());
        }
        self.builder = RecordBatchBuilder::new(schema, self.timestamps);
        Ok(())
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), ExportError> {
        self.builder.push(&record, self.rewrite.as_mut())?;
        if self.builder.is_full() {
            self.complete()?;
        }
        Ok(())
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), ExportError> {
        if self.builder.advance(now) {
            self.complete()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.complete()
    }
}
