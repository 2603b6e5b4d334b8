//! What a format of output does.

use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, Record, RecordEncoder, Schema};

use crate::ExportError;
use crate::values::Rewrite;

/// What flow records are written as.
///
/// [`Csv`](crate::Csv) is one; `JsonLines`, `Parquet` and `Arrow` come with features of this crate. Each can be written to
/// files with a [`FileSink`](crate::FileSink), and to any writer with a [`WriterSink`](crate::WriterSink). For a format of
/// your own, implement [`FlowSink`](nfstream_flow::FlowSink); this trait is for the formats of this crate alone.
pub trait Format: Encode {}

impl<F: Encode> Format for F {}

/// Turns records into the bytes of a file, one after the other. Bytes are appended to `out`, whoever takes them from there.
#[allow(unnameable_types, reason = "formats are those of this crate")]
pub trait Encode {
    /// Which columns all rows will have. Once, before anything else.
    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError>;

    /// What a file begins with.
    fn open(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError>;

    /// A row, now or later. After an error nothing of it is left; formats of columns take no more rows then.
    fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
        out: &mut Vec<u8>,
    ) -> Result<(), ExportError>;

    /// Time has come to `now`: rows that were kept back may have waited long enough.
    fn advance(&mut self, now: Timestamp, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let _ = (now, out);
        Ok(())
    }

    /// What a file ends with, and the rows that were kept back.
    fn close(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let _ = out;
        Ok(())
    }

    /// What makes rows elsewhere, all but their id: see [`FlowSink::encoder`](nfstream_flow::FlowSink::encoder).
    fn encoder<O: Record>(&self, rewrite: Option<&Rewrite>) -> Option<Box<dyn RecordEncoder<O>>> {
        let _ = rewrite;
        None
    }

    /// A row that an [encoder](Self::encoder) has made.
    fn push_encoded(&mut self, id: u64, row: &[u8], out: &mut Vec<u8>) -> Result<(), ExportError> {
        let _ = (row, out);
        unreachable!("record {id} is encoded for a format without encoder")
    }
}
