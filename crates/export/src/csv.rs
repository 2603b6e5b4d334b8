//! CSV as NFStream writes it.

mod address;
mod encoder;
mod file;
mod float;
mod integer;
mod options;
mod row;
mod rows;
mod short;
mod text;

use core::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, FlowSink, Record, RecordEncoder, Schema};

use crate::ExportError;
pub use file::CsvFile;
pub use options::CsvOptions;
use rows::Rows;

/// Writes flow records as CSV to any writer; for files, see [`CsvFile`].
///
/// Header and rows are those of NFStream 6.6.0:
///
/// | value | text |
/// |---|---|
/// | line end | CR LF, or [LF](LineEnding::Lf) |
/// | text | UTF-8; quoted where it contains a comma, a quote, CR or LF (RFC 4180 §2), quotes inside doubled |
/// | no value | empty |
/// | truth value | `True`, `False` |
/// | integer | decimal |
/// | floating-point number | as Python's `repr`: the shortest digits that read back as the same number, `2.0`, `1e-07`, `1e+22`, `nan`, `inf` |
/// | IP address | as the C library's `inet_ntop` |
/// | list | as Python's `str`: `"[0, 1, -1]"`, `[1]`, `[]`, `"['a', None]"` |
///
/// A run without flows gives a header without rows, where NFStream writes nothing at all.
///
/// Rows are collected and written some 128 KiB at a time, and whenever [time advances](FlowSink::advance); the writer needs
/// no buffer of its own. Once the buffer has grown to the longest row, no row allocates. What is buffered when the sink
/// is dropped without being finished is lost.
///
/// # Examples
///
/// ```
/// use nfstream_export::Csv;
/// use nfstream_flow::{FlowSink, FlowTableConfig};
///
/// let mut text = Vec::new();
/// let mut csv = Csv::new(&mut text);
/// let sink: &mut dyn FlowSink<(), Error = _> = &mut csv;
/// sink.begin(&FlowTableConfig::default().columns())?;
/// sink.finish()?;
/// assert!(text.starts_with(b"id,expiration_id,src_ip,src_mac,"));
/// # Ok::<(), nfstream_export::ExportError>(())
/// ```
pub struct Csv<W> {
    rows: Rows,
    writer: W,
    name: PathBuf,
}

/// What ends each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineEnding {
    /// Carriage return and line feed, as RFC 4180 and NFStream 6.6.0 have it.
    #[default]
    CrLf,
    /// Line feed alone.
    Lf,
}

impl<W: Write> Csv<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self::with_line_ending(writer, LineEnding::default())
    }

    /// Writes to `writer`, and ends lines with `line_ending`.
    pub fn with_line_ending(writer: W, line_ending: LineEnding) -> Self {
        Self {
            rows: Rows::new(line_ending),
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

    /// Writes what is buffered, for readers that wait for it, as [`FlowSink::advance`] does.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    pub fn flush(&mut self) -> Result<(), ExportError> {
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

impl<W> fmt::Debug for Csv<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Csv")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<O: Record, W: Write> FlowSink<O> for Csv<W> {
    type Error = ExportError;

    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.rows.set_columns(schema);
        self.rows.push_header();
        Ok(())
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), ExportError> {
        self.rows.push(&record)?;
        self.flush_if_full()
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        Some(Box::new(self.rows.encoder()))
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), ExportError> {
        self.rows.push_encoded(id, row)?;
        self.flush_if_full()
    }

    fn advance(&mut self, _now: Timestamp) -> Result<(), ExportError> {
        self.flush()
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.flush()
    }
}

/// Where NFStream puts the flows of a capture: beside it, as `<source>.csv`.
///
/// ```
/// # use std::path::Path;
/// let path = nfstream_export::default_path(Path::new("traces/dns.pcap"));
/// assert_eq!(path, Path::new("traces/dns.pcap.csv"));
/// ```
pub fn default_path(source: &Path) -> PathBuf {
    let mut path = source.as_os_str().to_owned();
    path.push(".csv");
    path.into()
}

#[cfg(test)]
mod tests;
