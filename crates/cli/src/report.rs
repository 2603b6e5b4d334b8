//! `nfstream report`: a page to look at.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use nfstream::Summary;
use nfstream::export::FileOutput;
use nfstream::report::{Context, Ignored, Report};

use crate::args::ReportArgs;
use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::inputs::{self, STANDARD_STREAM};
use crate::run::of_captures;

/// What a Parquet file begins with.
const PARQUET: &[u8; 4] = b"PAR1";

/// Makes a page of captures, or of the flows in Parquet files.
pub(crate) fn run(args: &ReportArgs) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    let (of_flows, captures): (Vec<PathBuf>, Vec<PathBuf>) = args
        .input
        .files
        .iter()
        .cloned()
        .partition(|path| is_parquet(path));
    if let (Some(flows), Some(capture)) = (of_flows.first(), captures.first()) {
        return Err(Failure::Usage(format!(
            "{} has flows and {} packets; allowed: a report of either",
            flows.display(),
            capture.display()
        )));
    }
    // Before anything is read: a report of hours that cannot be written helps nobody.
    let output = open(&args.output)?;
    let mut report = Report::default();
    let mut context = Context::new(title(args));
    let result = if captures.is_empty() {
        read_flows(&of_flows, &mut report, &mut context)
    } else {
        meter(args, stopwatch, &mut report, &mut context)
    };
    if let Err(failure) = &result {
        if report.flows() == 0 {
            return result;
        }
        context.notes.extend(failure.messages());
    }
    write(output, &report.render(&context), &args.output)?;
    result
}

/// Counts the flows of files.
fn read_flows(
    files: &[PathBuf],
    report: &mut Report,
    context: &mut Context,
) -> Result<(), Failure> {
    for file in files {
        context.inputs.push(file.display().to_string());
        report
            .add_parquet(file)
            .map_err(|error| Failure::Inputs(vec![error.into()]))?;
    }
    Ok(())
}

/// Counts the flows of captures.
fn meter(
    args: &ReportArgs,
    stopwatch: Stopwatch,
    report: &mut Report,
    context: &mut Context,
) -> Result<(), Failure> {
    let captures = inputs::expand(&args.input.files)?;
    let names = captures.paths.iter().map(|it| it.display().to_string());
    context.inputs = names.collect();
    let (builder, run) = of_captures(
        captures,
        &args.input,
        &args.metering,
        &args.layer7,
        &args.quiet,
        stopwatch,
    )?;
    let streamer = builder.build()?;
    let bar = run.bar(true);
    let (summary, result) = run.meter(streamer, report, bar);
    if let Some(summary) = summary {
        tell(&summary, context);
    }
    result
}

/// What the run counted beside flows.
fn tell(summary: &Summary, context: &mut Context) {
    context.ignored = Some(Ignored::list(&summary.packets_ignored));
    if summary.stopped {
        context
            .notes
            .push("The run was stopped before its input had ended.".to_owned());
    }
}

/// The heading: as the user wants it, or after what is read.
fn title(args: &ReportArgs) -> String {
    let named = || {
        let first = args.input.files.first()?;
        let name = first.file_name().unwrap_or(first.as_os_str());
        let name = name.to_string_lossy();
        Some(match args.input.files.len() {
            1 => name.into_owned(),
            count => format!("{name} and {} more", count - 1),
        })
    };
    args.title.clone().or_else(named).unwrap_or_default()
}

fn is_parquet(path: &Path) -> bool {
    let mut start = [0; PARQUET.len()];
    // Not pipes, which can be read only once.
    let is_file = path.is_file();
    let mut read = || File::open(path)?.read_exact(&mut start);
    is_file && read().is_ok() && start == *PARQUET
}

/// `None`: standard output.
fn open(path: &Path) -> Result<Option<FileOutput>, Failure> {
    if path.as_os_str() == STANDARD_STREAM {
        return Ok(None);
    }
    Ok(Some(FileOutput::create(path)?))
}

fn write(output: Option<FileOutput>, page: &str, path: &Path) -> Result<(), Failure> {
    let Some(mut file) = output else {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(page.as_bytes());
        return Failure::of_stdout(written.and_then(|()| stdout.flush()));
    };
    file.write_all(page.as_bytes()).map_err(|error| {
        Failure::Output(
            format!("{}: cannot be written: {error}", path.display()).into(),
            Vec::new(),
        )
    })?;
    Ok(file.finish()?)
}
