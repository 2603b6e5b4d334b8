//! Rows on their way to a writer.

use std::io::{self, Write};

use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, Record, RecordEncoder, Schema};

use crate::ExportError;
use crate::format::Format;
use crate::values::Rewrite;

/// Bytes are handed over when there are this many of them: enough that system calls cost nothing, few enough to stay in a
/// cache.
const FULL: usize = 128 * 1024;

/// Room for a row behind that, so that the buffer seldom grows.
const ROOM: usize = 8 * 1024;

/// Rows in a format on their way to a writer, in a buffer that is used again and again.
#[derive(Debug)]
pub(crate) struct Rows<F> {
    format: F,
    #[cfg(feature = "anonymize")]
    anonymizer: Option<crate::Anonymizer>,
    rewrite: Option<Rewrite>,
    buffer: Vec<u8>,
}

impl<F: Format> Rows<F> {
    pub(crate) fn new(format: F) -> Self {
        Self {
            format,
            #[cfg(feature = "anonymize")]
            anonymizer: None,
            rewrite: None,
            buffer: Vec::with_capacity(FULL + ROOM),
        }
    }

    #[cfg(feature = "anonymize")]
    pub(crate) fn anonymize(&mut self, anonymizer: crate::Anonymizer) {
        self.anonymizer = Some(anonymizer);
    }

    /// Says which columns rows have.
    pub(crate) fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        #[cfg(feature = "anonymize")]
        if let Some(anonymizer) = &self.anonymizer {
            let (schema, rewrite) = anonymizer.apply_to(schema)?;
            self.rewrite = Some(rewrite);
            return self.format.begin(&schema);
        }
        self.format.begin(schema)
    }

    /// Begins a file.
    pub(crate) fn open(&mut self) -> Result<(), ExportError> {
        self.format.open(&mut self.buffer)
    }

    /// Appends a row.
    pub(crate) fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
    ) -> Result<(), ExportError> {
        let rewrite = self.rewrite.as_mut();
        self.format.push(record, rewrite, &mut self.buffer)
    }

    /// Appends a row that an [encoder](Self::encoder) has made.
    pub(crate) fn push_encoded(&mut self, id: u64, row: &[u8]) -> Result<(), ExportError> {
        self.format.push_encoded(id, row, &mut self.buffer)
    }

    /// What makes rows with the same columns elsewhere.
    pub(crate) fn encoder<O: Record>(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        self.format.encoder(self.rewrite.as_ref())
    }

    /// Tells the time.
    pub(crate) fn advance(&mut self, now: Timestamp) -> Result<(), ExportError> {
        self.format.advance(now, &mut self.buffer)
    }

    /// Ends a file.
    pub(crate) fn close(&mut self) -> Result<(), ExportError> {
        self.format.close(&mut self.buffer)
    }

    /// Whether it is time to hand the bytes over.
    pub(crate) fn is_full(&self) -> bool {
        self.buffer.len() >= FULL
    }

    /// Hands all bytes over. What the writer did not take is lost.
    pub(crate) fn write_to<W: Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.buffer.is_empty() {
            return writer.flush();
        }
        let result = writer.write_all(&self.buffer);
        self.buffer.clear();
        result.and_then(|()| writer.flush())
    }
}
