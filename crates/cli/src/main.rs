//! The `nfstream` command: turns captures and live traffic into flow records.
//!
//! It is thin: options, the names of files, the terminal and the exit status. All else is in the crate `nfstream`.
#![forbid(unsafe_code)]

mod args;
mod clock;
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
mod progress;
mod read;
mod run;
mod scaled;
mod table;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Read(args) => read::run(&args),
        #[cfg(all(feature = "libpcap", unix))]
        Command::Live(args) => live::run(&args),
        #[cfg(all(feature = "libpcap", unix))]
        Command::Devices => devices::run(),
        #[cfg(feature = "ndpi")]
        Command::Protocols(args) => layer7::protocols(&args),
        Command::Completions { shell } => pages::completions(shell),
        Command::Man => pages::manual(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&failure);
            failure.exit_code()
        }
    }
}

/// Prints what went wrong, one line each. Where standard error is closed there is nobody to tell.
fn tell(failure: &Failure) {
    let mut stderr = io::stderr().lock();
    for message in failure.messages() {
        let _ = writeln!(stderr, "nfstream: {message}");
    }
}
