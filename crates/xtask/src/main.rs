//! Chores of this workspace. `cargo xtask` lists them.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a program for a terminal; JSON values answer any index"
)]

mod bench;
mod check;
mod examples;
mod run;
mod setup;
mod valgrind;

use std::fs;
use std::process::ExitCode;

use run::{Failure, cargo};

/// Name, what it does, how.
type Task = (
    &'static str,
    &'static str,
    fn(&[String]) -> Result<(), Failure>,
);

const TASKS: &[Task] = &[
    (
        "demo",
        "sets up, builds, meters the bundled capture and shows its flows",
        demo,
    ),
    ("test", "sets up, runs all tests", test),
    ("setup", "installs what the machine lacks", |_| {
        setup::install()
    }),
    (
        "fences",
        "checks where `unsafe` stands and which crate depends on which",
        |_| check::fences(),
    ),
    (
        "licences",
        "checks the licences of the dependency tree",
        |_| check::licences(),
    ),
    (
        "examples",
        "runs the examples and compares their output (--bless keeps it)",
        examples::compare,
    ),
    (
        "valgrind",
        "runs the tests that call nDPI under valgrind, and errors on purpose that it must find",
        |_| valgrind::check(),
    ),
    (
        "bench",
        "measures the command line beside other programs, on captures that it makes (--list, --scale 0.05, --install)",
        bench::run_comparisons,
    ),
    (
        "fuzz",
        "runs each fuzz target for some seconds (default 10)",
        fuzz,
    ),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<_> = arguments.collect();
    let Some((_, _, task)) = TASKS.iter().find(|(task, _, _)| *task == name) else {
        eprintln!("usage: cargo xtask TASK\n");
        for (name, what, _) in TASKS {
            eprintln!("  {name:<10} {what}");
        }
        return ExitCode::from(2);
    };
    match task(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Meters the bundled capture and shows its flows.
fn demo(_: &[String]) -> Result<(), Failure> {
    setup::install()?;
    let command = [
        "run",
        "--release",
        "--locked",
        "--package",
        "nfstream-cli",
        "--",
        "read",
        "tests/data/mixed.pcap",
        "--format",
        "table",
    ];
    println!("\n$ cargo {}\n", command.join(" "));
    cargo(&command)
}

/// Everything that `cargo test` knows, and the promises that must hold in a release build.
fn test(_: &[String]) -> Result<(), Failure> {
    setup::install()?;
    cargo(&["test", "--locked", "--workspace", "--all-features"])?;
    cargo(&[
        "test",
        "--locked",
        "--release",
        "--features",
        "community-id,geoip,ja4,ndpi",
        "--test",
        "zero_alloc",
    ])
}

/// Fuzz targets, and how long an input may be: a packet, or some of them; a small capture; a small model.
const FUZZ_TARGETS: &[(&str, u32)] = &[
    ("decode", 65_536),
    ("tunnel", 4_096),
    ("file", 65_536),
    ("table", 4_096),
    ("ja4", 8_192),
    ("plugins", 4_096),
    ("onnx", 16_384),
    ("dissect", 8_192),
];

/// Each fuzz target for a while.
fn fuzz(arguments: &[String]) -> Result<(), Failure> {
    let seconds = arguments.first().map_or("10", String::as_str);
    for (target, longest) in FUZZ_TARGETS {
        println!("fuzz target {target}, {seconds} s");
        // What libFuzzer finds goes into the first folder; the corpus that is kept under version control is chosen by hand.
        let found = run::root().join("target/fuzz-scratch").join(target);
        fs::create_dir_all(&found)
            .map_err(|error| Failure::new(format!("{}: {error}", found.display())))?;
        let corpus = run::root().join("fuzz/corpus").join(target);
        // libFuzzer needs compiler flags that the stable toolchain hides.
        run::run_with(
            "cargo",
            &[
                "fuzz",
                "run",
                target,
                &found.display().to_string(),
                &corpus.display().to_string(),
                "--",
                &format!("-max_total_time={seconds}"),
                &format!("-max_len={longest}"),
                "-verbosity=0",
                "-print_final_stats=1",
            ],
            &[("RUSTC_BOOTSTRAP", "1")],
        )?;
    }
    Ok(())
}
