//! `nfstream read`: meters captures.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use indicatif::ProgressBar;
use nfstream::export::ExportError;
use nfstream::{BoxError, Builder, Error, FlowSink, Streamer, Summary};

use crate::args::{Layer7Args, LiveArgs, MeteringArgs, ReadArgs};
use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::inputs::{self, Captures};
use crate::interrupt::{Interrupt, is_interrupt};
use crate::layer7::{self, Layer7};
use crate::output::{self, Nowhere, Output};
use crate::progress::Bar;
use crate::scaled::Scaled;
use crate::table::Table;

/// Meters what the user named, and writes flows and a summary.
pub(crate) fn run(args: &ReadArgs) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    let interrupt = Interrupt::default();
    let Captures { paths, unreadable } = inputs::expand(&args.input.files)?;
    let output = Output::choose(&args.output, &paths)?;
    let streamer = metering(Streamer::builder(), &args.metering)
        .sources(inputs::open(paths, &interrupt))
        .order_by_first_timestamp(args.input.order_by_first_timestamp)
        .bpf_filter(args.input.bpf_filter.clone().unwrap_or_default());
    let streamer = live(streamer, &args.live);
    let streamer = match with_layer7(streamer, &args.layer7)?.build() {
        Ok(streamer) => streamer,
        Err(Error::Config(error)) => return Err(error.into()),
        Err(error) => return Err(Failure::Inputs(vec![error.into()])),
    };
    let rows_on_terminal =
        console::user_attended() && matches!(output, Output::Table | Output::CsvStream(_));
    let run = Run {
        streamer,
        unreadable,
        interrupt,
        stopwatch,
        quiet: args.output.quiet,
        rows_on_terminal,
        // Rows of CSV on the terminal would mix with a bar.
        with_bar: !rows_on_terminal || matches!(output, Output::Table),
    };
    match output {
        Output::Table => run.into_sink(Table::new),
        Output::CsvStream(line_ending) => run.into_sink(|_| output::csv_stream(line_ending)),
        Output::CsvFile(path, options) => {
            let sink = output::csv_file(&path, &options)?;
            run.into_sink(|_| sink)
        }
        Output::Nowhere => run.into_sink(|_| Nowhere),
    }
}

/// The options that say how packets become flows.
fn metering(builder: Builder, args: &MeteringArgs) -> Builder {
    builder
        .decode_tunnels(args.decode_tunnels)
        .idle_timeout(args.idle_timeout)
        .active_timeout(args.active_timeout)
        .accounting_mode(args.accounting_mode.into())
        .statistical_analysis(args.statistical_analysis)
        .splt_analysis(args.splt_analysis)
        .n_meters(args.n_meters)
        .max_nflows(args.max_nflows)
        .time_unit(args.time_unit.into())
        .max_active_flows(args.max_active_flows)
}

/// The options of layer 7.
fn with_layer7(builder: Builder, args: &Layer7Args) -> Result<Builder<(), Layer7>, Failure> {
    let builder = builder
        .n_dissections(args.n_dissections)
        .fingerprint_columns(args.fingerprint_columns)
        .risk_column(args.risk_column);
    layer7::add(builder, args)
}

/// The options of live captures.
fn live(builder: Builder, args: &LiveArgs) -> Builder {
    builder
        .promiscuous_mode(args.promiscuous_mode)
        .snapshot_length(args.snapshot_length)
        .socket_buffer_size(args.socket_buffer_size)
        .performance_report(args.performance_report)
        .system_visibility_mode(args.system_visibility_mode)
        .system_visibility_poll_ms(args.system_visibility_poll_ms)
}

/// All that a run needs but its sink.
struct Run {
    streamer: Streamer<(), Layer7>,
    /// What cannot be read, known before the run.
    unreadable: Vec<BoxError>,
    interrupt: Interrupt,
    stopwatch: Stopwatch,
    quiet: bool,
    rows_on_terminal: bool,
    with_bar: bool,
}

impl Run {
    /// Meters into a sink, which may have to write where the bar is drawn.
    fn into_sink<K>(mut self, sink: impl FnOnce(ProgressBar) -> K) -> Result<(), Failure>
    where
        K: FlowSink<(), Error = ExportError>,
    {
        let mut bar = Bar::new(self.with_bar && !self.quiet, self.stopwatch);
        let handle = bar.handle();
        self.streamer = self
            .streamer
            .on_progress(move |progress| bar.update(progress));
        self.meter(sink(handle.clone()), &handle)
    }

    fn meter(
        self,
        sink: impl FlowSink<(), Error = ExportError>,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        self.interrupt
            .install(self.streamer.stop_handle())
            .map_err(Failure::Signals)?;
        let result = self.streamer.run(sink);
        bar.finish_and_clear();
        let summary = match &result {
            Ok(summary) => Some(summary),
            // Nobody looks on.
            Err(Error::Sink { source, .. }) if is_broken_pipe(source) => None,
            Err(error) => error.summary(),
        };
        if let Some(summary) = summary
            && !self.quiet
        {
            let why_stopped = if self.interrupt.is_requested() {
                "by a signal"
            } else {
                "after as many flows as were asked for"
            };
            print_summary(summary, self.stopwatch, why_stopped, self.rows_on_terminal);
        }
        let mut input_errors = self.unreadable;
        let output_error = match result {
            Ok(_) => None,
            Err(Error::Input { errors, .. }) => {
                input_errors.extend(errors);
                None
            }
            Err(Error::Sink {
                source,
                input_errors: errors,
                ..
            }) => {
                input_errors.extend(errors);
                Some(source).filter(|error| !is_broken_pipe(error))
            }
            Err(Error::Config(error)) => return Err(error.into()),
            Err(error) => {
                input_errors.push(error.into());
                None
            }
        };
        input_errors.retain(|error| !is_interrupt(error.as_ref()));
        match output_error {
            Some(error) => Err(Failure::Output(error, input_errors)),
            None if input_errors.is_empty() => Ok(()),
            None => Err(Failure::Inputs(input_errors)),
        }
    }
}

/// Whether the reader of the output had enough.
fn is_broken_pipe(error: &BoxError) -> bool {
    error
        .downcast_ref()
        .is_some_and(ExportError::is_broken_pipe)
}

/// Prints the run in figures. Where standard error is closed there is nobody to tell.
fn print_summary(summary: &Summary, stopwatch: Stopwatch, why_stopped: &str, below_rows: bool) {
    // Apart from the rows, where those are on the terminal too.
    let above = if below_rows { "\n" } else { "" };
    let mut text = format!("{above}{summary}\n");
    let seconds = stopwatch.elapsed().as_secs_f64();
    let speed = Scaled(stopwatch.per_second(summary.packets_read));
    let _ = writeln!(text, "wall time        {seconds:.3} s, {speed} packets/s");
    if summary.stopped {
        let _ = writeln!(text, "stopped          {why_stopped}");
    }
    let _ = io::stderr().write_all(text.as_bytes());
}
