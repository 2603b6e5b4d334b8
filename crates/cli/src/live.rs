//! `nfstream live`: meters a network interface.

mod user;

use nfstream::{Builder, Interface, NFPlugin, Streamer};

use crate::args::LiveArgs;
use crate::clock::Stopwatch;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::layer7::Layer7;
use crate::output::Output;
use crate::plugins;
use crate::run::{Run, metering, with_layer7};
use user::{User, give_up_capabilities};

/// Meters what comes in on an interface, and writes flows and a summary.
pub(crate) fn run(args: &LiveArgs) -> Result<(), Failure> {
    let output = Output::choose(&args.output, args.capture.rotate, &[])?;
    let plugins = plugins::make(&args.plugins)?;
    let builder = metering(Streamer::builder(), &args.metering)
        .source(Interface::new(&args.capture.interface))
        .bpf_filter(args.capture.bpf_filter.clone().unwrap_or_default());
    let builder = with_layer7(live(builder, args), &args.layer7)?;
    // Plugins by name cost something for each packet, even where there is none.
    if plugins.is_empty() {
        meter(builder, args, output)
    } else {
        meter(builder.udps(plugins), args, output)
    }
}

fn meter<P: NFPlugin<Output: 'static>>(
    builder: Builder<P, Layer7>,
    args: &LiveArgs,
    output: Output,
) -> Result<(), Failure> {
    let user = args.capture.user.as_deref().map(User::find).transpose()?;
    let streamer = builder.build()?;
    if let Some(user) = user {
        user.assume()?;
    }
    give_up_capabilities()?;
    let meters = match streamer.meters() {
        1 => "1 meter".to_owned(),
        meters => format!("{meters} meters"),
    };
    let run = Run {
        unreadable: Vec::new(),
        interrupt: Interrupt::default(),
        stopwatch: Stopwatch::start(),
        quiet: args.output.quiet.quiet,
        is_reported: args.watch.performance_report > 0,
        greeting: Some(format!("capturing on {}, {meters}", args.capture.interface)),
    };
    run.into_output(streamer, output)
}

/// The options that say how packets come in, and who looks on.
fn live(mut builder: Builder, args: &LiveArgs) -> Builder {
    let (capture, watch) = (&args.capture, &args.watch);
    builder = builder
        .promiscuous_mode(capture.promiscuous_mode)
        .snapshot_length(capture.snapshot_length)
        .socket_buffer_size(capture.socket_buffer_size)
        .spread(capture.spread.into())
        .performance_report(watch.performance_report)
        .system_visibility_mode(watch.system_visibility_mode)
        .system_visibility_poll_ms(watch.system_visibility_poll_ms);
    if let Some(duration) = capture.duration {
        builder = builder.max_duration(duration);
    }
    if let Some(packets) = capture.max_packets {
        builder = builder.max_packets(packets);
    }
    if let Some(address) = watch.metrics {
        builder = builder.metrics(address);
    }
    builder
}
