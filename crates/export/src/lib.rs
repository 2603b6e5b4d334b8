//! Sinks for flow records: what turns them into files.
//!
//! A sink is a destination and a format:
//!
//! | destination | |
//! |---|---|
//! | [`FileSink`] | a file, or several, by their flows or by time ([`Split`]), each under its final name only when it is complete |
//! | [`WriterSink`] | any [`Write`](std::io::Write) |
//!
//! | format | feature | |
//! |---|---|---|
//! | [`Csv`] | | CSV as NFStream writes it |
//! | `JsonLines` | `json` | an object a line |
//! | `Parquet` | `parquet` | typed columns, compressed |
//! | `Arrow` | `arrow` | Arrow's file format, and its stream format for pipes |
//!
//! With the feature `arrow`, `RecordBatchSink` makes record batches for programs that work on them, and with `anonymize` every sink
//! can hash columns or replace addresses (`Anonymizer`). [`FileOutput`] is a file that gets its name when it is complete, for sinks of
//! your own: they implement [`FlowSink`](nfstream_flow::FlowSink) and, for rows, [`RowWriter`](nfstream_flow::record::RowWriter).
//!
//! Sinks know no particular plugin: they write whatever columns the [`Schema`](nfstream_flow::Schema) declares. A pipe whose
//! reader has gone away is an error like others, which [`ExportError::is_broken_pipe`] tells apart.
//!
//! # Examples
//!
//! ```
//! use nfstream_decode::{Decoder, Frame, LinkType, Timestamp};
//! use nfstream_export::{Csv, LineEnding, WriterSink};
//! use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig, schema};
//!
//! let bytes = [
//!     0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
//!     0xc0, 0, 0, 53, 0, 8, 0, 0, // UDP
//! ];
//! let frame = Frame {
//!     timestamp: Timestamp::from_millis(1_700_000_000_000),
//!     link_type: LinkType::RAW,
//!     wire_len: 28,
//!     data: &bytes,
//! };
//!
//! let mut text = Vec::new();
//! let mut csv = WriterSink::new(&mut text, Csv::default().line_ending(LineEnding::Lf));
//! let config = FlowTableConfig::default();
//! let mut table = FlowTable::new(&config, ());
//! FlowSink::<()>::begin(&mut csv, &schema(&config, &()))?;
//! table.push(&Decoder::new().decode(&frame)?, &mut csv)?;
//! table.finish(&mut csv)?;
//! FlowSink::<()>::finish(&mut csv)?;
//!
//! let text = String::from_utf8(text)?;
//! let (header, row) = text.split_once('\n').unwrap();
//! assert!(header.starts_with("id,expiration_id,src_ip,src_mac,src_oui,src_port,dst_ip,"));
//! assert!(row.starts_with("0,0,192.0.2.1,00:00:00:00:00:00,00:00:00,49152,192.0.2.2,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "anonymize")]
pub mod anonymize;
#[cfg(feature = "arrow")]
mod arrow;
mod csv;
mod error;
mod file_sink;
mod format;
#[cfg(feature = "json")]
mod json_lines;
mod lines;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "arrow")]
mod record_batch;
mod rows;
mod series;
mod split;
#[cfg(test)]
mod testing;
mod text;
mod values;
mod writer_sink;

#[cfg(feature = "anonymize")]
pub use anonymize::{AnonymizationKey, Anonymizer};
#[cfg(feature = "arrow")]
pub use arrow::Arrow;
pub use csv::{Csv, LineEnding, default_path};
pub use error::ExportError;
pub use file_sink::FileSink;
pub use format::Format;
#[cfg(feature = "json")]
pub use json_lines::JsonLines;
pub use nfstream_decode::UtcTime;
pub use output::{FileOutput, is_stream};
#[cfg(feature = "parquet")]
pub use parquet::Parquet;
#[cfg(feature = "arrow")]
pub use record_batch::{RecordBatchSink, Timestamps};
pub use split::Split;
pub use writer_sink::WriterSink;
