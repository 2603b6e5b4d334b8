//! The tests of what calls nDPI, under valgrind.

use std::io;
use std::process::Command;

use serde_json::Value;

use crate::run::{Failure, output, root};

/// The packages whose tests call nDPI.
const PACKAGES: &[&str] = &["ndpi-sys", "nfstream-dissect"];

/// What a program returns in which valgrind found something.
const FOUND: i32 = 99;

/// The file of tests with errors on purpose.
const CONTROL_FILE: &str = "/controls-";

/// Those tests.
const CONTROLS: &[&str] = &[
    "a_flow_that_is_not_released",
    "a_packet_that_is_shorter_than_said",
];

/// Runs the tests under valgrind; then those with an error on purpose, which it must find.
pub(crate) fn check() -> Result<(), Failure> {
    let programs = test_programs()?;
    for program in &programs {
        println!("valgrind {program}");
        let status = valgrind(program, &[])
            .status()
            .map_err(|error| cannot_be_started(&error))?;
        if !status.success() {
            return Err(Failure::new(format!("{program}: {status}")));
        }
    }
    let program = programs
        .iter()
        .find(|program| program.contains(CONTROL_FILE))
        .ok_or_else(|| Failure::new(format!("no program of tests is {CONTROL_FILE}")))?;
    for control in CONTROLS {
        let found = valgrind(program, &["--ignored", "--exact", control])
            .output()
            .map_err(|error| cannot_be_started(&error))?;
        if found.status.code() != Some(FOUND) {
            return Err(Failure::new(format!("{control}: valgrind saw no error")));
        }
        println!("{control}: valgrind complains, as it must");
    }
    Ok(())
}

/// One program a file of tests, with the tests beside the code.
fn test_programs() -> Result<Vec<String>, Failure> {
    let packages: Vec<_> = PACKAGES.iter().flat_map(|name| ["-p", name]).collect();
    let build = ["test", "--locked", "--no-run", "--message-format", "json"];
    let messages = output("cargo", &[&build[..], &packages].concat())?;
    let programs = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_test = message["profile"]["test"] == true;
        let program = message["executable"].as_str().filter(|_| is_test)?;
        Some(program.to_owned())
    });
    Ok(programs.collect())
}

/// A program of tests under valgrind.
fn valgrind(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--num-callers=12", "--leak-check=full"])
        .args([
            "--show-leak-kinds=definite,indirect",
            "--errors-for-leak-kinds=definite,indirect",
        ])
        .arg(format!("--error-exitcode={FOUND}"))
        .arg(program)
        // Threads would only take turns.
        .arg("--test-threads=1")
        .args(arguments)
        .current_dir(root());
    command
}

fn cannot_be_started(error: &io::Error) -> Failure {
    Failure::new(format!("valgrind cannot be started: {error}"))
}
