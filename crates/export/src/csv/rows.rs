//! Rows on their way to a writer.

use std::io::{self, Write};

use nfstream_flow::{FlowRecord, Record, Schema};

use super::encoder::{RowEncoder, wrong_values};
use super::{LineEnding, integer, text};
use crate::ExportError;

/// Rows are handed over when there are this many bytes of them: enough that system calls cost nothing, few enough to
/// stay in a cache.
const FULL: usize = 128 * 1024;

/// Room for a row behind that, so that the buffer seldom grows.
const ROOM: usize = 8 * 1024;

/// Header and rows on their way to a writer, in a buffer that is used again and again.
#[derive(Debug)]
pub(super) struct Rows {
    encoder: RowEncoder,
    /// The header line.
    header: Vec<u8>,
    /// Whole rows, and the one that is being written.
    buffer: Vec<u8>,
}

impl Rows {
    pub(super) fn new(line_ending: LineEnding) -> Self {
        Self {
            encoder: RowEncoder::new(line_ending),
            header: Vec::new(),
            buffer: Vec::with_capacity(FULL + ROOM),
        }
    }

    /// Says which columns rows have.
    pub(super) fn set_columns(&mut self, schema: &Schema) {
        self.encoder.set_columns(schema);
        self.header.clear();
        for (index, column) in schema.columns().iter().enumerate() {
            if index > 0 {
                self.header.push(b',');
            }
            text::push_cell(&mut self.header, column.name.as_bytes());
        }
        self.header.extend_from_slice(self.encoder.line_ending());
    }

    /// Appends the header line.
    pub(super) fn push_header(&mut self) {
        self.buffer.extend_from_slice(&self.header);
    }

    /// Appends a row.
    pub(super) fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
    ) -> Result<(), ExportError> {
        let start = self.buffer.len();
        self.push_id(record.id);
        let result = self.encoder.push(record, &mut self.buffer);
        result.map_err(|values| {
            self.buffer.truncate(start);
            self.wrong_length(record.id, values)
        })
    }

    /// Appends a row that an [encoder](Self::encoder) has made.
    pub(super) fn push_encoded(&mut self, id: u64, row: &[u8]) -> Result<(), ExportError> {
        if let Some(values) = wrong_values(row) {
            return Err(self.wrong_length(id, values));
        }
        self.push_id(id);
        self.buffer.extend_from_slice(row);
        Ok(())
    }

    /// What makes rows with the same columns elsewhere.
    pub(super) fn encoder(&self) -> RowEncoder {
        self.encoder.clone()
    }

    /// Whether it is time to hand the rows over.
    pub(super) fn is_full(&self) -> bool {
        self.buffer.len() >= FULL
    }

    /// Hands all rows over. What the writer did not take is lost.
    pub(super) fn write_to<W: Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.buffer.is_empty() {
            return writer.flush();
        }
        let result = writer.write_all(&self.buffer);
        self.buffer.clear();
        result.and_then(|()| writer.flush())
    }

    fn push_id(&mut self, id: u64) {
        integer::push(&mut self.buffer, id);
    }

    fn wrong_length(&self, id: u64, values: usize) -> ExportError {
        ExportError::RowLength {
            id,
            values,
            columns: self.encoder.columns(),
        }
    }
}

#[cfg(test)]
mod tests {
    use nfstream_flow::record::{Column, ColumnType};

    use super::*;

    #[test]
    fn names_are_quoted_like_values() {
        let mut schema = Schema::default();
        schema.push(Column::new("a", ColumnType::Int));
        schema.push(Column::new("b,\"c\"", ColumnType::Int));
        let mut rows = Rows::new(LineEnding::CrLf);
        rows.set_columns(&schema);
        rows.push_header();
        assert_eq!(rows.buffer, b"a,\"b,\"\"c\"\"\"\r\n");
    }
}
