//! Flows as a table on the terminal, row by row.

mod cells;
mod layout;

use std::io::{self, IsTerminal, Write};

use indicatif::ProgressBar;
use nfstream::export::ExportError;
use nfstream::flow::Record;
use nfstream::{FlowRecord, FlowSink, Schema, Timestamp};

use self::layout::Layout;
use crate::output::STANDARD_OUTPUT;

/// How wide a table is that is not on a terminal.
const WIDTH_WITHOUT_TERMINAL: u16 = 140;
/// The column that is there where layer 7 is on.
const APPLICATION: &str = "application_name";
/// How many bytes of rows are collected at most.
const BUFFER_SIZE: usize = 16 * 1024;

/// Prints a row for each flow, at once and at fixed widths, so that no flow has to be kept.
#[derive(Debug)]
pub(crate) struct Table {
    width: usize,
    layout: Layout,
    rows: String,
    /// What shares the terminal with the rows.
    bar: ProgressBar,
}

impl Table {
    /// A table on standard output. The bar is suspended while rows are written.
    pub(crate) fn new(bar: ProgressBar) -> Self {
        let width = console::Term::stdout()
            .size_checked()
            .map_or(WIDTH_WITHOUT_TERMINAL, |(_, columns)| columns)
            .into();
        Self {
            width,
            layout: Layout::for_width(width),
            rows: String::new(),
            bar,
        }
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let written = self.bar.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(self.rows.as_bytes())?;
            stdout.flush()
        });
        self.rows.clear();
        written.map_err(|source| ExportError::Write {
            path: STANDARD_OUTPUT.into(),
            source,
        })
    }
}

impl<O: Record> FlowSink<O> for Table {
    type Error = ExportError;

    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        if schema.columns().iter().any(|it| it.name == APPLICATION) {
            self.layout = Layout::with_applications(self.width);
        }
        let header = self.layout.header();
        if io::stdout().is_terminal() {
            let header = console::style(header).bold();
            self.rows = format!("{header}\n");
        } else {
            self.rows = format!("{header}\n");
        }
        self.flush()
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), ExportError> {
        self.layout.row(&record, &mut self.rows);
        if self.rows.len() < BUFFER_SIZE {
            return Ok(());
        }
        self.flush()
    }

    fn advance(&mut self, _now: Timestamp) -> Result<(), ExportError> {
        self.flush()
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.flush()
    }
}
