//! Formats of one line a row.

use nfstream_flow::{FlowRecord, Record, RecordEncoder, Schema};

use crate::ExportError;
use crate::format::Encode;
use crate::text::integer;
use crate::values::Rewrite;

/// A format of text with one line a row, which begins with the row's id: lines can be made before the id is known.
#[allow(unnameable_types, reason = "formats are those of this crate")]
pub trait Lines: Clone + Send + 'static {
    /// Which columns rows have.
    fn set_columns(&mut self, schema: &Schema);

    /// How many there are.
    fn columns(&self) -> usize;

    /// Appends what stands before all rows.
    fn push_header(&self, out: &mut Vec<u8>);

    /// Appends the beginning of a line up to the id's end.
    fn push_id(&self, id: u64, out: &mut Vec<u8>);

    /// Appends what follows the id, up to the line feed; tells how many values that was.
    fn push_rest<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
        out: &mut Vec<u8>,
    ) -> usize;
}

impl<L: Lines> Encode for L {
    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.set_columns(schema);
        Ok(())
    }

    fn open(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        self.push_header(out);
        Ok(())
    }

    fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
        out: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        let start = out.len();
        self.push_id(record.id, out);
        let values = 1 + self.push_rest(record, rewrite, out);
        if values == self.columns() {
            return Ok(());
        }
        out.truncate(start);
        Err(wrong_length(self, record.id, values))
    }

    fn encoder<O: Record>(&self, rewrite: Option<&Rewrite>) -> Option<Box<dyn RecordEncoder<O>>> {
        Some(Box::new(LineEncoder {
            lines: self.clone(),
            rewrite: rewrite.cloned(),
        }))
    }

    fn push_encoded(&mut self, id: u64, row: &[u8], out: &mut Vec<u8>) -> Result<(), ExportError> {
        if let Some(values) = wrong_values(row) {
            return Err(wrong_length(self, id, values));
        }
        self.push_id(id, out);
        out.extend_from_slice(row);
        Ok(())
    }
}

/// Makes the lines of rows elsewhere, all but what they begin with.
struct LineEncoder<L> {
    lines: L,
    rewrite: Option<Rewrite>,
}

impl<L: Lines, O: Record> RecordEncoder<O> for LineEncoder<L> {
    /// A row that does not fit the columns is an error that only the sink can report: it gets the number of values,
    /// without a line end, in its place.
    fn encode(&mut self, record: &FlowRecord<'_, O>, row: &mut Vec<u8>) {
        let start = row.len();
        let rewrite = self.rewrite.as_mut();
        let values = 1 + self.lines.push_rest(record, rewrite, row);
        if values != self.lines.columns() {
            row.truncate(start);
            integer::push(row, values as u64);
        }
    }
}

/// How many values a row has that [`LineEncoder`] found not to fit the columns.
fn wrong_values(row: &[u8]) -> Option<usize> {
    if row.ends_with(b"\n") {
        return None;
    }
    let values = str::from_utf8(row).ok().and_then(|it| it.parse().ok());
    Some(values.unwrap_or_default())
}

fn wrong_length(lines: &impl Lines, id: u64, values: usize) -> ExportError {
    ExportError::RowLength {
        id,
        values,
        columns: lines.columns(),
    }
}
