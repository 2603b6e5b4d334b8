//! `nfstream read`: meters captures.

use nfstream::Streamer;

use crate::args::ReadArgs;
use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::inputs::{self, Captures};
use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::plugins;
use crate::run::{Run, metering, with_layer7};

/// Meters what the user named, and writes flows and a summary.
pub(crate) fn run(args: &ReadArgs) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    let interrupt = Interrupt::default();
    let Captures { paths, unreadable } = inputs::expand(&args.input.files)?;
    let output = Output::choose(&args.output, None, &paths)?;
    let plugins = plugins::make(&args.plugins)?;
    let builder = metering(Streamer::builder(), &args.metering)
        .sources(inputs::open(paths, &interrupt))
        .order_by_first_timestamp(args.input.order_by_first_timestamp)
        .bpf_filter(args.input.bpf_filter.clone().unwrap_or_default());
    let builder = with_layer7(builder, &args.layer7)?;
    let run = Run {
        unreadable,
        interrupt,
        stopwatch,
        quiet: args.output.quiet.quiet,
        is_reported: false,
        greeting: None,
    };
    // Plugins by name cost something for each packet, even where there is none.
    if plugins.is_empty() {
        run.into_output(builder.build()?, output)
    } else {
        run.into_output(builder.udps(plugins).build()?, output)
    }
}
