//! Rows as bytes.

use core::net::IpAddr;
use std::io::{self, Write};

use nfstream_flow::record::RowWriter;
use nfstream_flow::{FlowRecord, Record, Schema};

use super::{LineEnding, address, float, text};
use crate::ExportError;

/// Rows are handed over when there are this many bytes of them: enough that system calls cost nothing, few enough to
/// stay in a cache.
const FULL: usize = 128 * 1024;

/// Room for a row behind that, so that the buffer seldom grows.
const ROOM: usize = 8 * 1024;

/// Header and rows on their way to a writer, in a buffer that is used again and again.
#[derive(Debug)]
pub(super) struct Rows {
    line_ending: LineEnding,
    /// The header line.
    header: Vec<u8>,
    /// How many values a row must have.
    columns: usize,
    /// Whole rows, and the one that is being written.
    buffer: Vec<u8>,
    /// How many values of it are there. Each is followed by a comma.
    values: usize,
    /// The list that is being written: it is known only at its end whether it must be quoted.
    list: Vec<u8>,
    /// How many lists are open.
    depth: usize,
}

impl Rows {
    pub(super) fn new(line_ending: LineEnding) -> Self {
        Self {
            line_ending,
            header: Vec::new(),
            columns: 0,
            buffer: Vec::with_capacity(FULL + ROOM),
            values: 0,
            list: Vec::new(),
            depth: 0,
        }
    }

    /// Says which columns rows have.
    pub(super) fn set_columns(&mut self, schema: &Schema) {
        self.columns = schema.columns().len();
        let start = self.begin_row();
        for column in schema.columns() {
            self.text(&column.name);
        }
        self.end_row(start);
        self.header = self.buffer.split_off(start);
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
        let start = self.begin_row();
        record.write(self);
        if self.values != self.columns {
            self.buffer.truncate(start);
            return Err(ExportError::RowLength {
                id: record.id,
                values: self.values,
                columns: self.columns,
            });
        }
        self.end_row(start);
        Ok(())
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

    fn begin_row(&mut self) -> usize {
        self.values = 0;
        self.depth = 0;
        self.buffer.len()
    }

    fn end_row(&mut self, start: usize) {
        if self.values > 0 {
            self.buffer.pop();
            if self.buffer.len() == start {
                // A single empty value: an empty line would be no row at all.
                self.buffer.extend_from_slice(b"\"\"");
            }
        }
        self.buffer.extend_from_slice(match self.line_ending {
            LineEnding::CrLf => b"\r\n",
            LineEnding::Lf => b"\n",
        });
    }

    /// Appends a value that needs no quotes, as a cell or as an item of the open list.
    #[inline]
    fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.depth > 0 {
            self.separate_item();
            write(&mut self.list);
        } else {
            write(&mut self.buffer);
            self.end_cell();
        }
    }

    #[inline]
    fn end_cell(&mut self) {
        self.buffer.push(b',');
        self.values += 1;
    }

    #[inline]
    fn separate_item(&mut self) {
        if self.list.last() != Some(&b'[') {
            self.list.extend_from_slice(b", ");
        }
    }
}

/// Python's `str` of each value, as its csv module writes it.
impl RowWriter for Rows {
    #[inline]
    fn bool(&mut self, value: bool) {
        self.value(|out| out.extend_from_slice(if value { b"True" } else { b"False" }));
    }

    #[inline]
    fn int(&mut self, value: i64) {
        self.value(|out| out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()));
    }

    #[inline]
    fn uint(&mut self, value: u64) {
        self.value(|out| out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()));
    }

    fn float(&mut self, value: f64) {
        self.value(|out| float::push(out, value));
    }

    fn text(&mut self, value: &str) {
        if self.depth > 0 {
            self.separate_item();
            text::push_item(&mut self.list, value);
        } else {
            text::push_cell(&mut self.buffer, value.as_bytes());
            self.end_cell();
        }
    }

    fn ip(&mut self, value: IpAddr) {
        let quote: &[u8] = if self.depth > 0 { b"'" } else { b"" };
        self.value(|out| {
            out.extend_from_slice(quote);
            address::push(out, value);
            out.extend_from_slice(quote);
        });
    }

    fn null(&mut self) {
        let text: &[u8] = if self.depth > 0 { b"None" } else { b"" };
        self.value(|out| out.extend_from_slice(text));
    }

    fn begin_list(&mut self) {
        if self.depth > 0 {
            self.separate_item();
        } else {
            self.list.clear();
        }
        self.list.push(b'[');
        self.depth += 1;
    }

    fn end_list(&mut self) {
        self.list.push(b']');
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            text::push_cell(&mut self.buffer, &self.list);
            self.end_cell();
        }
    }
}

#[cfg(test)]
mod tests {
    use nfstream_flow::record::{Column, ColumnType, Value};

    use super::*;

    fn row(write: impl FnOnce(&mut Rows)) -> String {
        let mut rows = Rows::new(LineEnding::Lf);
        let start = rows.begin_row();
        write(&mut rows);
        rows.end_row(start);
        String::from_utf8(rows.buffer).unwrap()
    }

    fn cell(value: &(impl Value + ?Sized)) -> String {
        row(|row| {
            value.write(row);
            row.uint(1);
        })
    }

    #[test]
    fn values_are_written_as_python_does() {
        assert_eq!(cell(&true), "True,1\n");
        assert_eq!(cell(&false), "False,1\n");
        assert_eq!(cell(&i64::MIN), "-9223372036854775808,1\n");
        assert_eq!(cell(&u64::MAX), "18446744073709551615,1\n");
        assert_eq!(cell(&2.0), "2.0,1\n");
        assert_eq!(cell(&None::<f64>), ",1\n");
        assert_eq!(cell(&"a, \"b\""), "\"a, \"\"b\"\"\",1\n");
        assert_eq!(cell(&IpAddr::from([192, 0, 2, 1])), "192.0.2.1,1\n");
    }

    #[test]
    fn lists_are_written_as_python_does() {
        assert_eq!(cell(&[0, 1, -1]), "\"[0, 1, -1]\",1\n");
        assert_eq!(cell(&[1]), "[1],1\n");
        assert_eq!(cell(&Vec::<u8>::new()), "[],1\n");
        assert_eq!(cell(&[Some(0.5), None]), "\"[0.5, None]\",1\n");
        assert_eq!(cell(&[true, false]), "\"[True, False]\",1\n");
        assert_eq!(cell(&["x", "it's"]), "\"['x', \"\"it's\"\"]\",1\n");
        assert_eq!(cell(&["["]), "['['],1\n");
        assert_eq!(cell(&[IpAddr::from([192, 0, 2, 1])]), "['192.0.2.1'],1\n");
        assert_eq!(
            cell(&[vec![], vec![1, 2], vec![]]),
            "\"[[], [1, 2], []]\",1\n"
        );
    }

    #[test]
    fn a_single_empty_value_is_quoted() {
        assert_eq!(row(RowWriter::null), "\"\"\n");
        assert_eq!(row(|row| row.text("")), "\"\"\n");
        assert_eq!(
            row(|row| {
                row.null();
                row.null();
            }),
            ",\n"
        );
        assert_eq!(row(|_| ()), "\n");
    }

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
