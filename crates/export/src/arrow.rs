//! Arrow's own formats for files and streams (IPC).

use core::fmt;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, Schema as ArrowSchema};
use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, Record, Schema};

use crate::ExportError;
use crate::format::Encode;
use crate::record_batch::{RecordBatchBuilder, Timestamps};
use crate::values::Rewrite;

/// Arrow's own formats (IPC): a [stream](Self::stream) or a [file](Self::file) of record batches.
///
/// Columns, types and metadata are those of [`Parquet`](crate::Parquet) files; nothing is compressed. Batches have 2,048 rows.
///
/// # Examples
///
/// ```
/// use nfstream_export::{Arrow, WriterSink};
/// use nfstream_flow::{FlowSink, FlowTableConfig};
///
/// let mut bytes = Vec::new();
/// let mut sink = WriterSink::new(&mut bytes, Arrow::stream());
/// FlowSink::<()>::begin(&mut sink, &FlowTableConfig::default().columns())?;
/// FlowSink::<()>::finish(&mut sink)?;
/// let batches = arrow_ipc::reader::StreamReader::try_new(&*bytes, None)?;
/// assert_eq!(batches.schema().field(0).name(), "id");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Arrow {
    kind: Kind,
    timestamps: Timestamps,
    builder: RecordBatchBuilder,
    /// `None`: no file is open.
    writer: Option<Writer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Stream,
    File,
}

impl Arrow {
    /// What a program can read from a pipe while flows are metered: `pyarrow.ipc.open_stream`, `polars.read_ipc_stream`. The
    /// usual ending of files is `.arrows`. Rows wait a second for others at most, by the time that the sink is
    /// [told](nfstream_flow::FlowSink::advance).
    pub fn stream() -> Self {
        Self::new(Kind::Stream)
    }

    /// What can be mapped into memory and read at any place, also called Feather version 2: `pandas.read_feather`,
    /// `polars.scan_ipc`. The usual endings are `.arrow` and `.feather`. A file that was not completed cannot be read.
    pub fn file() -> Self {
        Self::new(Kind::File)
    }

    /// The same format with times typed like this.
    #[must_use]
    pub fn timestamps(mut self, timestamps: Timestamps) -> Self {
        self.timestamps = timestamps;
        self
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            timestamps: Timestamps::default(),
            builder: RecordBatchBuilder::default(),
            writer: None,
        }
    }

    /// Writes the rows that there are.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        if let (Some(batch), Some(writer)) = (self.builder.finish()?, &mut self.writer) {
            writer.write(&batch).map_err(failed)?;
            out.append(writer.bytes());
        }
        Ok(())
    }
}

impl Encode for Arrow {
    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.builder = RecordBatchBuilder::new(schema, self.timestamps);
        Ok(())
    }

    fn open(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let mut writer = Writer::new(self.kind, self.builder.schema()).map_err(failed)?;
        out.append(writer.bytes());
        self.writer = Some(writer);
        Ok(())
    }

    fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
        out: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        self.builder.push(record, rewrite)?;
        if self.builder.is_full() {
            self.write(out)?;
        }
        Ok(())
    }

    fn advance(&mut self, now: Timestamp, out: &mut Vec<u8>) -> Result<(), ExportError> {
        // Who reads a file waits for its end.
        if self.kind == Kind::Stream && self.builder.advance(now) {
            self.write(out)?;
        }
        Ok(())
    }

    fn close(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        self.write(out)?;
        if let Some(mut writer) = self.writer.take() {
            writer.finish().map_err(failed)?;
            out.append(writer.bytes());
        }
        Ok(())
    }
}

/// Writes into memory, from where the bytes are taken.
enum Writer {
    Stream(Box<StreamWriter<Vec<u8>>>),
    File(Box<FileWriter<Vec<u8>>>),
}

impl Writer {
    fn new(kind: Kind, schema: &ArrowSchema) -> Result<Self, ArrowError> {
        Ok(match kind {
            Kind::Stream => Self::Stream(Box::new(StreamWriter::try_new(Vec::new(), schema)?)),
            Kind::File => Self::File(Box::new(FileWriter::try_new(Vec::new(), schema)?)),
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self {
            Self::Stream(writer) => writer.write(batch),
            Self::File(writer) => writer.write(batch),
        }
    }

    fn finish(&mut self) -> Result<(), ArrowError> {
        match self {
            Self::Stream(writer) => writer.finish(),
            Self::File(writer) => writer.finish(),
        }
    }

    /// What was written and not taken yet.
    fn bytes(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Stream(writer) => writer.get_mut(),
            Self::File(writer) => writer.get_mut(),
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

fn failed(error: ArrowError) -> ExportError {
    ExportError::format("Arrow", error)
}

#[cfg(test)]
mod tests;
