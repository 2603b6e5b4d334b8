//! Rows as text, one value for each column.

use std::fmt::Write as _;
use std::net::IpAddr;

use nfstream_flow::FlowRecord;
use nfstream_flow::record::{Record, RowWriter};

/// The values of one row, as text.
#[derive(Debug, Default)]
pub(crate) struct TextRow {
    pub(crate) values: Vec<String>,
    inside_list: bool,
}

impl TextRow {
    /// The row of a record.
    pub(crate) fn of<O: Record>(record: &FlowRecord<'_, O>) -> Vec<String> {
        let mut row = Self::default();
        record.write(&mut row);
        row.values
    }

    fn push(&mut self, value: &dyn std::fmt::Display) {
        match self.values.last_mut() {
            Some(list) if self.inside_list => write!(list, "{value} ").unwrap(),
            _ => self.values.push(value.to_string()),
        }
    }
}

impl RowWriter for TextRow {
    fn bool(&mut self, value: bool) {
        self.push(&value);
    }

    fn int(&mut self, value: i64) {
        self.push(&value);
    }

    fn uint(&mut self, value: u64) {
        self.push(&value);
    }

    fn float(&mut self, value: f64) {
        assert!(value.is_finite(), "{value} in a row");
        self.push(&value);
    }

    fn text(&mut self, value: &str) {
        self.push(&value);
    }

    fn ip(&mut self, value: IpAddr) {
        self.push(&value);
    }

    fn null(&mut self) {
        self.push(&"");
    }

    fn begin_list(&mut self) {
        self.push(&"");
        self.inside_list = true;
    }

    fn end_list(&mut self) {
        self.inside_list = false;
    }
}
