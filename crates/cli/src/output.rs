//! Where flows are written, and as what.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nfstream::export::{Csv, CsvFile, CsvOptions, ExportError, LineEnding, is_stream};
use nfstream::flow::Record;
use nfstream::{FlowRecord, FlowSink};

use crate::args::{Format, OutputArgs};
use crate::failure::Failure;
use crate::inputs::STANDARD_STREAM;

/// What standard output is called in errors.
pub(crate) const STANDARD_OUTPUT: &str = "standard output";

/// What is written where; nothing is open yet.
#[derive(Debug)]
pub(crate) enum Output {
    /// CSV on standard output.
    CsvStream(LineEnding),
    /// CSV in a file, a device, a pipe.
    CsvFile(PathBuf, CsvOptions),
    /// A table on standard output.
    Table,
    /// No rows.
    Nowhere,
}

impl Output {
    /// What is asked for, with a new file after each `interval`, unless it cannot be or would overwrite one of the captures.
    pub(crate) fn choose(
        args: &OutputArgs,
        interval: Option<Duration>,
        captures: &[PathBuf],
    ) -> Result<Self, Failure> {
        let line_ending = args.line_ending.into();
        let path = args.output.as_deref();
        if let (Some(Format::None), Some(path)) = (args.format, path) {
            return Err(Failure::Usage(format!(
                "--output: {}: nothing is written with --format none; allowed: no --output",
                path.display()
            )));
        }
        let Some(path) = path.filter(|path| path.as_os_str() != STANDARD_STREAM) else {
            if args.flows_per_file > 0 || args.rotate_files > 0 || interval.is_some() {
                return Err(Failure::Usage(
                    "--flows-per-file, --rotate-files, --rotate: need --output with the name of a file"
                        .to_owned(),
                ));
            }
            let on_terminal = path.is_none() && io::stdout().is_terminal();
            return Ok(match args.format {
                Some(Format::Table) => Self::Table,
                None if on_terminal => Self::Table,
                Some(Format::None) => Self::Nowhere,
                Some(Format::Csv) | None => Self::CsvStream(line_ending),
            });
        };
        match args.format {
            Some(Format::Csv) => {}
            Some(Format::Table | Format::None) => {
                return Err(Failure::Usage(
                    "--format: a table is for standard output; allowed with --output FILE: csv"
                        .to_owned(),
                ));
            }
            None if is_csv(path) || is_stream(path) => {}
            None => {
                return Err(Failure::Usage(format!(
                    "--output: {}: the ending tells no format; allowed: .csv, or any name with --format csv",
                    path.display()
                )));
            }
        }
        if captures.iter().any(|capture| same_file(capture, path)) {
            return Err(Failure::Usage(format!(
                "--output: {}: is one of the captures",
                path.display()
            )));
        }
        let mut options = CsvOptions::default()
            .line_ending(line_ending)
            .flows_per_file(args.flows_per_file)
            .rotate_files(args.rotate_files);
        if let Some(interval) = interval {
            options = options.rotate_every(interval);
        }
        Ok(Self::CsvFile(path.to_owned(), options))
    }
}

/// Takes records and drops them.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl<O: Record> FlowSink<O> for Nowhere {
    type Error = ExportError;

    fn record(&mut self, _: FlowRecord<'_, O>) -> Result<(), ExportError> {
        Ok(())
    }
}

/// CSV on standard output.
pub(crate) fn csv_stream(line_ending: LineEnding) -> Csv<io::Stdout> {
    Csv::with_line_ending(io::stdout(), line_ending).named(STANDARD_OUTPUT)
}

/// CSV in a file.
pub(crate) fn csv_file(path: &Path, options: &CsvOptions) -> Result<CsvFile, Failure> {
    CsvFile::with_options(path, options).map_err(Failure::from)
}

fn is_csv(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending: &OsStr| ending.eq_ignore_ascii_case("csv"))
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other && !is_stream(&one),
        _ => false,
    }
}
