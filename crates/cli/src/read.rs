//! `nfstream read`: meters captures.

use crate::args::ReadArgs;
use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::inputs;
use crate::output::Output;
use crate::plugins;
use crate::run::of_captures;

/// Meters what the user named, and writes flows and a summary.
pub(crate) fn run(args: &ReadArgs) -> Result<(), Failure> {
    let stopwatch = Stopwatch::start();
    let captures = inputs::expand(&args.input.files)?;
    let output = Output::choose(&args.output, None, &captures.paths)?;
    let plugins = plugins::make(&args.plugins)?;
    let (input, quiet) = (&args.input, &args.output.quiet);
    let (builder, run) = of_captures(
        captures,
        input,
        &args.metering,
        &args.layer7,
        quiet,
        stopwatch,
    )?;
    // Plugins by name cost something for each packet, even where there is none.
    if plugins.is_empty() {
        run.into_output(builder.build()?, output)
    } else {
        run.into_output(builder.udps(plugins).build()?, output)
    }
}
