//! A sink that writes to any writer.

use core::fmt;
use std::io::Write;
use std::path::PathBuf;

use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, FlowSink, Record, RecordEncoder, Schema};

use crate::ExportError;
use crate::format::Format;
use crate::rows::Rows;

/// Writes flow records in a [`Format`] to any writer; for files, see [`FileSink`](crate::FileSink).
///
/// Bytes are collected and written some 128 KiB at a time, and what rows there are whenever [time advances](FlowSink::advance); the
/// writer needs no buffer of its own. Once the buffer has grown to the longest row, no row of text allocates. What is
/// buffered when the sink is dropped without being finished is lost.
///
/// # Examples
///
/// ```
/// use nfstream_export::{Csv, LineEnding, WriterSink};
/// use nfstream_flow::{FlowSink, FlowTableConfig};
///
/// let mut text = Vec::new();
/// let mut sink = WriterSink::new(&mut text, Csv::default().line_ending(LineEnding::Lf));
/// FlowSink::<()>::begin(&mut sink, &FlowTableConfig::default().columns())?;
/// FlowSink::<()>::finish(&mut sink)?;
/// assert!(text.ends_with(b",dst2src_bytes\n"));
/// # Ok::<(), nfstream_export::ExportError>(())
/// ```
pub struct WriterSink<W, F> {
    rows: Rows<F>,
    writer: W,
    name: PathBuf,
}

impl<W: Write, F: Format> WriterSink<W, F> {
    /// Writes to `writer` in `format`.
    pub fn new(writer: W, format: F) -> Self {
        Self {
            rows: Rows::new(format),
            writer,
            name: PathBuf::from("output"),
        }
    }

    /// The same sink with a name for the output, for error messages. Default: `output`.
    #[must_use]
    pub fn named(mut self, name: impl Into<PathBuf>) -> Self {
        self.name = name.into();
        self
    }

    /// The same sink with some columns anonymised.
    #[cfg(feature = "anonymize")]
    #[must_use]
    pub fn anonymize(mut self, anonymizer: crate::Anonymizer) -> Self {
        self.rows.anonymize(anonymizer);
        self
    }

    /// Writes what is buffered, for readers that wait for it.
    fn flush(&mut self) -> Result<(), ExportError> {
        self.rows
            .write_to(&mut self.writer)
            .map_err(|source| ExportError::Write {
                path: self.name.clone(),
                source,
            })
    }

    fn flush_if_full(&mut self) -> Result<(), ExportError> {
        if self.rows.is_full() {
            self.flush()?;
        }
        Ok(())
    }
}

impl<W, F> fmt::Debug for WriterSink<W, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterSink")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<O: Record, W: Write, F: Format> FlowSink<O> for WriterSink<W, F> {
    type Error = ExportError;

    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.rows.begin(schema)?;
        self.rows.open()
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), ExportError> {
        self.rows.push(&record)?;
        self.flush_if_full()
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        self.rows.encoder()
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), ExportError> {
        self.rows.push_encoded(id, row)?;
        self.flush_if_full()
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), ExportError> {
        self.rows.advance(now)?;
        self.flush()
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.rows.close()?;
        self.flush()
    }
}
