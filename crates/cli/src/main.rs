//! The `nfstream` command: turns captures and live traffic into flow records.
//!
//! It is thin: options, the names of files, the terminal and the exit status. All else is in the crate `nfstream`.
#![forbid(unsafe_code)]

mod args;
mod clock;
mod config;
#[cfg(all(feature = "libpcap", unix))]
mod devices;
mod failure;
mod inputs;
mod interrupt;
mod layer7;
#[cfg(all(feature = "libpcap", unix))]
mod live;
mod output;
mod pages;
mod plugins;
mod progress;
mod read;
mod report;
mod run;
mod scaled;
mod schema;
mod table;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::args::Command;
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let done = config::parse(&arguments).and_then(|cli| run(cli.command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&failure);
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Read(args) => read::run(&args),
        Command::Report(args) => report::run(&args),
        #[cfg(all(feature = "libpcap", unix))]
        Command::Live(args) => live::run(&args),
        #[cfg(all(feature = "libpcap", unix))]
        Command::Devices => devices::run(),
        #[cfg(feature = "ndpi")]
        Command::Protocols(args) => layer7::protocols(&args),
        Command::Schema => schema::run(),
        Command::Completions { shell } => pages::completions(shell),
        Command::Man => pages::manual(),
    }
}

/// Prints what went wrong, one line each. Where standard error is closed there is nobody to tell.
fn tell(failure: &Failure) {
    let mut stderr = io::stderr().lock();
    for message in failure.messages() {
        let _ = writeln!(stderr, "nfstream: {message}");
    }
}
