//! The text of a row.

use nfstream_flow::{FlowRecord, Record, RecordEncoder, Schema};

use super::row::Row;
use super::{LineEnding, integer};

/// Makes the text of rows, all but the id that they begin with.
#[derive(Clone, Debug)]
pub(super) struct RowEncoder {
    line_ending: LineEnding,
    /// How many values a row must have.
    columns: usize,
    /// The list that is being written.
    list: Vec<u8>,
}

impl RowEncoder {
    pub(super) fn new(line_ending: LineEnding) -> Self {
        Self {
            line_ending,
            columns: 0,
            list: Vec::new(),
        }
    }

    /// Says which columns rows have.
    pub(super) fn set_columns(&mut self, schema: &Schema) {
        self.columns = schema.columns().len();
    }

    /// Appends what follows the id in a row; tells how many values it has where that is wrong.
    pub(super) fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        out: &mut Vec<u8>,
    ) -> Result<(), usize> {
        let mut row = Row::new(out, &mut self.list);
        record.write_after_id(&mut row);
        let values = 1 + row.values();
        out.extend_from_slice(self.line_ending());
        if values == self.columns {
            Ok(())
        } else {
            Err(values)
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn line_ending(&self) -> &'static [u8] {
        match self.line_ending {
            LineEnding::CrLf => b"\r\n",
            LineEnding::Lf => b"\n",
        }
    }
}

impl<O: Record> RecordEncoder<O> for RowEncoder {
    /// A row that does not fit the header is an error that only the sink can report: it gets the number of values,
    /// without a line end, in its place.
    fn encode(&mut self, record: &FlowRecord<'_, O>, row: &mut Vec<u8>) {
        let start = row.len();
        if let Err(values) = self.push(record, row) {
            row.truncate(start);
            integer::push(row, values as u64);
        }
    }
}

/// How many values a row has that [`RowEncoder`] found not to fit the header.
pub(super) fn wrong_values(row: &[u8]) -> Option<usize> {
    if row.ends_with(b"\n") {
        return None;
    }
    let values = str::from_utf8(row).ok().and_then(|it| it.parse().ok());
    Some(values.unwrap_or_default())
}
