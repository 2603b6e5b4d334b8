//! Where flows are written, and as what.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;
use nfstream::export::{
    self, Anonymizer, Arrow, Csv, ExportError, FileSink, JsonLines, LineEnding, Parquet, Split,
    Timestamps, WriterSink, is_stream,
};
use nfstream::flow::Record;
use nfstream::{FlowRecord, FlowSink, Schema};

use crate::args::{Format, OutputArgs};
use crate::failure::Failure;
use crate::inputs::STANDARD_STREAM;
use crate::table::Table;

/// What standard output is called in errors.
pub(crate) const STANDARD_OUTPUT: &str = "standard output";

/// The endings of files that name a format.
const ENDINGS: &[(&str, Format)] = &[
    ("csv", Format::Csv),
    ("jsonl", Format::Json),
    ("ndjson", Format::Json),
    ("parquet", Format::Parquet),
    ("arrow", Format::Arrow),
    ("feather", Format::Arrow),
    ("arrows", Format::ArrowStream),
];

/// What is written where; nothing is open yet.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    /// `None`: standard output.
    file: Option<(PathBuf, Split)>,
    line_ending: LineEnding,
    timestamps: Timestamps,
    anonymizer: Option<Anonymizer>,
}

impl Output {
    /// What is asked for, with a new file after each `interval`, unless it cannot be or would overwrite one of the captures.
    pub(crate) fn choose(
        args: &OutputArgs,
        interval: Option<Duration>,
        captures: &[PathBuf],
    ) -> Result<Self, Failure> {
        let is_split = args.flows_per_file > 0 || args.rotate_files > 0 || interval.is_some();
        let path = args.output.as_deref();
        if let (Some(Format::None), Some(path)) = (args.format, path) {
            return Err(Failure::Usage(format!(
                "--output: {}: nothing is written with --format none; allowed: no --output",
                path.display()
            )));
        }
        let named = path.filter(|path| path.as_os_str() != STANDARD_STREAM);
        let (format, file) = match named {
            Some(path) => {
                let split = Split::default()
                    .flows_per_file(args.flows_per_file)
                    .rotate_every(interval)
                    .rotate_files(args.rotate_files);
                let format = format_of_file(args.format, path, captures)?;
                (format, Some((path.to_owned(), split)))
            }
            None if is_split => {
                return Err(Failure::Usage(
                    "--flows-per-file, --rotate-files, --rotate: need --output with the name of a file"
                        .to_owned(),
                ));
            }
            None => (format_of_stdout(args.format, path.is_none())?, None),
        };
        let anonymizer = args.anonymize.anonymizer()?;
        if anonymizer.is_some() && matches!(format, Format::Table | Format::None) {
            return Err(Failure::Usage(
                "--anonymize: a table has columns of its own; allowed: another --format, or --output with the name of a file".to_owned(),
            ));
        }
        Ok(Self {
            format,
            file,
            line_ending: args.line_ending.into(),
            timestamps: args.timestamps.into(),
            anonymizer,
        })
    }

    /// Whether the table is drawn, which shows none of the columns that options add.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Whether a progress bar can be drawn: rows on the terminal would mix with it.
    pub(crate) fn leaves_room_for_bar(&self) -> bool {
        let is_on_stdout = self.file.is_none() && self.format != Format::None;
        self.format == Format::Table || !is_on_stdout || !console::user_attended()
    }

    /// Says what is wrong with what is asked for, where records have these columns.
    pub(crate) fn check(&self, schema: &Schema) -> Result<(), Failure> {
        match &self.anonymizer {
            None => Ok(()),
            Some(anonymizer) => match anonymizer.apply_to(schema) {
                Ok(_) => Ok(()),
                Err(error) => Err(Failure::Usage(format!(
                    "--anonymize, --anonymize-prefix: {error}"
                ))),
            },
        }
    }

    /// Opens it. A table is drawn around the bar.
    pub(crate) fn open<O: Record + 'static>(self, bar: ProgressBar) -> Result<Sink<O>, Failure> {
        let arrow = |format: Arrow| format.timestamps(self.timestamps);
        match self.format {
            Format::Table => Ok(Box::new(Table::new(bar))),
            Format::None => Ok(Box::new(Nowhere)),
            Format::Csv => self.sink(Csv::default().line_ending(self.line_ending)),
            Format::Json => self.sink(JsonLines::default()),
            Format::Parquet => self.sink(Parquet::default().timestamps(self.timestamps)),
            Format::Arrow => self.sink(arrow(Arrow::file())),
            Format::ArrowStream => self.sink(arrow(Arrow::stream())),
        }
    }

    fn sink<O: Record + 'static>(
        &self,
        format: impl export::Format + 'static,
    ) -> Result<Sink<O>, Failure> {
        let anonymizer = self.anonymizer.clone();
        let Some((path, split)) = &self.file else {
            let sink = WriterSink::new(io::stdout(), format).named(STANDARD_OUTPUT);
            return Ok(match anonymizer {
                Some(anonymizer) => Box::new(sink.anonymize(anonymizer)),
                None => Box::new(sink),
            });
        };
        let sink = FileSink::split(path, format, split)?;
        Ok(match anonymizer {
            Some(anonymizer) => Box::new(sink.anonymize(anonymizer)),
            None => Box::new(sink),
        })
    }
}

/// What takes the records.
pub(crate) type Sink<O> = Box<dyn FlowSink<O, Error = ExportError>>;

/// The format of a file that is none of the captures.
fn format_of_file(
    format: Option<Format>,
    path: &Path,
    captures: &[PathBuf],
) -> Result<Format, Failure> {
    if path.is_dir() {
        return Err(Failure::Usage(format!(
            "--output: {}: is a directory; allowed: the name of a file",
            path.display()
        )));
    }
    let format = match format.or_else(|| format_by_ending(path)) {
        Some(Format::Table | Format::None) => {
            return Err(Failure::Usage(
                "--format: a table is for standard output; allowed with --output FILE: csv, json, parquet, arrow, arrow-stream"
                    .to_owned(),
            ));
        }
        Some(format) => format,
        None if is_stream(path) => Format::Csv,
        None => {
            let endings: Vec<String> = ENDINGS
                .iter()
                .map(|(ending, _)| format!(".{ending}"))
                .collect();
            return Err(Failure::Usage(format!(
                "--output: {}: the ending tells no format; allowed: {}, or any name with --format",
                path.display(),
                endings.join(", ")
            )));
        }
    };
    if captures.iter().any(|capture| same_file(capture, path)) {
        return Err(Failure::Usage(format!(
            "--output: {}: is one of the captures",
            path.display()
        )));
    }
    Ok(format)
}

fn format_by_ending(path: &Path) -> Option<Format> {
    let of_path = path.extension()?;
    let named = |(ending, _): &&(&str, Format)| of_path.eq_ignore_ascii_case(OsStr::new(ending));
    ENDINGS.iter().find(named).map(|(_, format)| *format)
}

/// The format on standard output, which was asked for by name or not.
fn format_of_stdout(format: Option<Format>, is_default: bool) -> Result<Format, Failure> {
    let on_terminal = io::stdout().is_terminal();
    match format {
        Some(Format::Parquet | Format::Arrow | Format::ArrowStream) if on_terminal => {
            Err(Failure::Usage(
                "--format: standard output is a terminal, which shows no binary formats; allowed: --output FILE, a pipe, or csv, json, table, none"
                    .to_owned(),
            ))
        }
        Some(format) => Ok(format),
        None if on_terminal && is_default => Ok(Format::Table),
        None => Ok(Format::Csv),
    }
}

/// Takes records and drops them.
#[derive(Debug)]
struct Nowhere;

impl<O: Record> FlowSink<O> for Nowhere {
    type Error = ExportError;

    fn record(&mut self, _: FlowRecord<'_, O>) -> Result<(), ExportError> {
        Ok(())
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other && !is_stream(&one),
        _ => false,
    }
}
