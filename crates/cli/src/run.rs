//! A run from its source to its output: what `read`, `live` and `report` have in common.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use nfstream::export::ExportError;
use nfstream::{BoxError, Builder, Error, FlowSink, NFPlugin, Streamer, Summary};

use crate::args::{InputArgs, Layer7Args, MeteringArgs, QuietArgs};
use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::inputs::{self, Captures};
use crate::interrupt::{Interrupt, is_interrupt};
use crate::layer7::{self, Layer7};
use crate::output::Output;
use crate::progress::Bar;
use crate::scaled::Scaled;

/// The options that say how packets become flows.
pub(crate) fn metering(builder: Builder, args: &MeteringArgs) -> Builder {
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
pub(crate) fn with_layer7(
    builder: Builder,
    args: &Layer7Args,
) -> Result<Builder<(), Layer7>, Failure> {
    let builder = builder
        .n_dissections(args.n_dissections)
        .fingerprint_columns(args.fingerprint_columns)
        .risk_column(args.risk_column);
    layer7::add(builder, args)
}

/// What meters captures, and the run that it is for.
pub(crate) fn of_captures(
    captures: Captures,
    input: &InputArgs,
    metering_args: &MeteringArgs,
    layer7: &Layer7Args,
    quiet: &QuietArgs,
    stopwatch: Stopwatch,
) -> Result<(Builder<(), Layer7>, Run), Failure> {
    let interrupt = Interrupt::default();
    let builder = metering(Streamer::builder(), metering_args)
        .sources(inputs::open(captures.paths, &interrupt))
        .order_by_first_timestamp(input.order_by_first_timestamp)
        .bpf_filter(input.bpf_filter.clone().unwrap_or_default());
    let run = Run {
        unreadable: captures.unreadable,
        interrupt,
        stopwatch,
        quiet: quiet.quiet,
        is_reported: false,
        greeting: None,
    };
    Ok((with_layer7(builder, layer7)?, run))
}

/// All that a run needs but its streamer and its sink.
pub(crate) struct Run {
    /// What cannot be read, known before the run.
    pub(crate) unreadable: Vec<BoxError>,
    pub(crate) interrupt: Interrupt,
    pub(crate) stopwatch: Stopwatch,
    pub(crate) quiet: bool,
    /// Whether something else than a bar tells how the run is doing, on standard error too.
    pub(crate) is_reported: bool,
    /// What to say when rows can be written, if anything.
    pub(crate) greeting: Option<String>,
}

impl Run {
    /// Meters into what the user chose.
    pub(crate) fn into_output<P: NFPlugin<Output: 'static>>(
        self,
        streamer: Streamer<P, Layer7>,
        output: Output,
    ) -> Result<(), Failure> {
        output.check(streamer.schema())?;
        let hides_columns = output.is_table()
            && streamer
                .schema()
                .columns()
                .iter()
                .any(|it| it.name.starts_with("udps."));
        if hides_columns && !self.quiet {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(
                io::stderr(),
                "the table has a choice of columns, without those of plugins; all: --format csv, or --output FILE"
            );
        }
        let bar = self.bar(output.leaves_room_for_bar());
        let sink = output.open(bar.handle())?;
        self.meter(streamer, sink, bar).1
    }

    /// A bar that is shown where there is room for it.
    pub(crate) fn bar(&self, has_room: bool) -> Bar {
        let is_wanted = has_room && !self.quiet && !self.is_reported;
        Bar::new(is_wanted, self.greeting.is_some(), self.stopwatch)
    }

    /// Meters into a sink, and tells the figures: to the user, and to the caller, whatever else failed.
    pub(crate) fn meter<P, K>(
        mut self,
        streamer: Streamer<P, Layer7>,
        sink: K,
        mut bar: Bar,
    ) -> (Option<Summary>, Result<(), Failure>)
    where
        P: NFPlugin,
        K: FlowSink<P::Output, Error: Into<BoxError>>,
    {
        if let Err(error) = self.interrupt.install(streamer.stop_handle()) {
            return (None, Err(Failure::Signals(error)));
        }
        if let Some(greeting) = self.greeting.take()
            && !self.quiet
        {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(io::stderr(), "{greeting}");
        }
        let handle = bar.handle();
        let streamer = streamer.on_progress(move |progress| bar.update(progress));
        let result = streamer.run(sink);
        handle.finish_and_clear();
        let mut input_errors = self.unreadable;
        let (summary, output_error) = match result {
            Ok(summary) => (summary, None),
            Err(Error::Input {
                errors, summary, ..
            }) => {
                input_errors.extend(errors);
                (*summary, None)
            }
            Err(Error::Sink {
                source,
                input_errors: errors,
                summary,
                ..
            }) => {
                input_errors.extend(errors);
                (*summary, Some(source))
            }
            Err(Error::Config(error)) => return (None, Err(error.into())),
            Err(error) => {
                input_errors.push(error.into());
                return (None, Err(Failure::Inputs(input_errors)));
            }
        };
        // Where the reader had enough, nobody looks on.
        let (nobody_looks_on, output_error) = match output_error {
            Some(error) if is_broken_pipe(&error) => (true, None),
            other => (false, other),
        };
        if !self.quiet && !nobody_looks_on {
            let why_stopped = if self.interrupt.is_requested() {
                "by a signal"
            } else {
                "after as many flows as were asked for"
            };
            print_summary(&summary, self.stopwatch, why_stopped);
        }
        input_errors.retain(|error| !is_interrupt(error.as_ref()));
        let result = match output_error {
            Some(error) => Err(Failure::Output(error, input_errors)),
            None if input_errors.is_empty() => Ok(()),
            None => Err(Failure::Inputs(input_errors)),
        };
        (Some(summary), result)
    }
}

/// Whether the reader of the output had enough.
fn is_broken_pipe(error: &BoxError) -> bool {
    error
        .downcast_ref()
        .is_some_and(ExportError::is_broken_pipe)
}

/// Prints the run in figures. Where standard error is closed there is nobody to tell.
fn print_summary(summary: &Summary, stopwatch: Stopwatch, why_stopped: &str) {
    // Apart from the rows, where those are on the terminal too.
    let above = if console::user_attended() { "\n" } else { "" };
    let mut text = format!("{above}{summary}\n");
    let seconds = stopwatch.elapsed().as_secs_f64();
    let speed = Scaled(stopwatch.per_second(summary.packets_read));
    let _ = writeln!(text, "wall time        {seconds:.3} s, {speed} packets/s");
    if summary.stopped {
        let _ = writeln!(text, "stopped          {why_stopped}");
    }
    let _ = io::stderr().write_all(text.as_bytes());
}
