//! Flow records as Arrow record batches.

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use nfstream_export::{ExportError, RecordBatchSink};
use nfstream_flow::{Dissector, FlowSink, NFPlugin};

use crate::streamer::outcome;
use crate::{Streamer, Summary};

/// An iterator of record batches, and a [`RecordBatchReader`]: what `DataFusion`, `Polars`, `DuckDB` and, through the Arrow C stream
/// interface, Python take. (NFStream: `to_pandas`, without the file in between.)
///
/// Batches have 2,048 flows; in a live capture they come after a second at the latest, with as many as there are. Those of one
/// window of packets are kept, and at the end of the input those of all flows that are left, as
/// [`FlowRecords`](crate::FlowRecords) does.
///
/// Where part of the input could not be read, or a record is not of the columns that its plugin declares, an error comes after the
/// last batch: the [`Error`](crate::Error) that [`Streamer::run`] has, as [`ArrowError::ExternalError`].
///
/// # Panics
///
/// Where a plugin, a dissector or a source does.
///
/// # Examples
///
/// ```
/// use nfstream::Streamer;
///
/// let streamer = Streamer::builder().source("tests/data/small.pcap").build()?;
/// let mut batches = streamer.record_batches()?;
/// let mut flows = 0;
/// for batch in &mut batches {
///     flows += batch?.num_rows();
/// }
/// assert_eq!(flows, 5);
/// assert_eq!(batches.summary().unwrap().packets_read, 38);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RecordBatches<P: NFPlugin = (), D: Dissector = ()> {
    /// Taken when the input has ended.
    streamer: Option<Streamer<P, D>>,
    sink: RecordBatchSink,
    /// What comes after the last batch.
    error: Option<ArrowError>,
    summary: Option<Summary>,
}

impl<P: NFPlugin, D: Dissector> Streamer<P, D> {
    /// Meters the input as it is asked for, into record batches.
    ///
    /// # Errors
    ///
    /// Those of [`record_batches_of`](Self::record_batches_of), which columns as they are do not give rise to.
    pub fn record_batches(self) -> Result<RecordBatches<P, D>, ExportError> {
        self.record_batches_of(RecordBatchSink::default())
    }

    /// The same, made by this sink: with integers for times, or anonymised.
    ///
    /// # Errors
    ///
    /// The sink cannot make batches of these columns: one is to be anonymised that is not there.
    pub fn record_batches_of(
        self,
        mut sink: RecordBatchSink,
    ) -> Result<RecordBatches<P, D>, ExportError> {
        FlowSink::<P::Output>::begin(&mut sink, self.schema())?;
        Ok(RecordBatches {
            streamer: Some(self),
            sink,
            error: None,
            summary: None,
        })
    }
}

impl<P: NFPlugin, D: Dissector> RecordBatches<P, D> {
    /// The run as a whole, once the last batch has come.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }
}

impl<P: NFPlugin, D: Dissector> Iterator for RecordBatches<P, D> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.sink.next_batch() {
                return Some(Ok(batch));
            }
            let Some(streamer) = &mut self.streamer else {
                return self.error.take().map(Err);
            };
            let stepped = streamer.step(&mut self.sink);
            if let Ok(true) = stepped {
                continue;
            }
            let (summary, errors) = streamer.conclude();
            self.summary = Some(summary.clone());
            self.streamer = None;
            let finished = stepped.and_then(|_| FlowSink::<P::Output>::finish(&mut self.sink));
            let outcome = outcome(finished, errors, summary).err();
            self.error = outcome.map(|error| ArrowError::from_external_error(error.into()));
        }
    }
}

impl<P: NFPlugin, D: Dissector> RecordBatchReader for RecordBatches<P, D> {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(self.sink.schema())
    }
}
