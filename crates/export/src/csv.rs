//! CSV as NFStream writes it.

mod quote;
mod row;

use std::path::{Path, PathBuf};

use nfstream_flow::{FlowRecord, Record, Schema};

use crate::lines::Lines;
use crate::text::integer;
use crate::values::{self, Rewrite};
use row::Row;

/// CSV as NFStream 6.6.0 writes it.
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
/// | time | integer in the unit of its column, 0 where there is none |
/// | list | as Python's `str`: `"[0, 1, -1]"`, `[1]`, `[]`, `"['a', None]"` |
///
/// A run without flows gives a header without rows, where NFStream writes nothing at all.
///
/// # Examples
///
/// ```
/// use nfstream_export::{Csv, WriterSink};
/// use nfstream_flow::{FlowSink, FlowTableConfig};
///
/// let mut text = Vec::new();
/// let mut csv = WriterSink::new(&mut text, Csv::default());
/// let sink: &mut dyn FlowSink<(), Error = _> = &mut csv;
/// sink.begin(&FlowTableConfig::default().columns())?;
/// sink.finish()?;
/// assert!(text.starts_with(b"id,expiration_id,src_ip,src_mac,"));
/// # Ok::<(), nfstream_export::ExportError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Csv {
    line_ending: LineEnding,
    /// The header line.
    header: Vec<u8>,
    columns: usize,
    /// The list that is being written.
    list: Vec<u8>,
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

impl LineEnding {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::CrLf => b"\r\n",
            Self::Lf => b"\n",
        }
    }
}

impl Csv {
    /// The same format with this end of lines. Default: CR LF.
    #[must_use]
    pub fn line_ending(mut self, line_ending: LineEnding) -> Self {
        self.line_ending = line_ending;
        self
    }
}

impl Lines for Csv {
    fn set_columns(&mut self, schema: &Schema) {
        self.columns = schema.columns().len();
        self.header.clear();
        for (index, column) in schema.columns().iter().enumerate() {
            if index > 0 {
                self.header.push(b',');
            }
            quote::push_cell(&mut self.header, column.name.as_bytes());
        }
        self.header.extend_from_slice(self.line_ending.bytes());
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn push_header(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.header);
    }

    fn push_id(&self, id: u64, out: &mut Vec<u8>) {
        integer::push(out, id);
    }

    fn push_rest<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
        out: &mut Vec<u8>,
    ) -> usize {
        let mut row = Row::new(out, &mut self.list);
        values::write_after_id(record, rewrite, &mut row);
        let values = row.values();
        out.extend_from_slice(self.line_ending.bytes());
        values
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
