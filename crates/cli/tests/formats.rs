//! All formats tell the same, as the libraries of Python read them.
//!
//! The interpreter is `NFSTREAM_PYTHON`, or `target/python/bin/python`, or `python3`; it needs what
//! `tests/python/requirements.txt` lists. Where that is not to be had, what needs it says so loudly and passes; with
//! `NFSTREAM_REQUIRE_PYTHON=1` in the environment it fails.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, too, fail by panicking"
)]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_nfstream");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A Python that has the libraries, unless the test is skipped.
fn python() -> Option<PathBuf> {
    let ours = Path::new(ROOT).join("target/python/bin/python");
    let python = match std::env::var_os("NFSTREAM_PYTHON") {
        Some(path) => path.into(),
        None if ours.exists() => ours,
        None => "python3".into(),
    };
    let import = ["-c", "import pandas, polars, pyarrow"];
    let reason = match Command::new(&python).args(import).output() {
        Ok(output) if output.status.success() => return Some(python),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let required = std::env::var_os("NFSTREAM_REQUIRE_PYTHON");
    assert!(
        required.is_none_or(|value| value != "1"),
        "{} has no pandas, polars or pyarrow: {reason}",
        python.display()
    );
    // Not with a macro, whose output the test harness keeps to itself.
    let message = format!(
        "SKIPPED: formats read with Python: {}: {}\n",
        python.display(),
        reason.lines().last().unwrap_or_default()
    );
    io::stderr().write_all(message.as_bytes()).unwrap();
    None
}

fn script(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}

/// What a run that went well printed.
fn printed(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    text
}

/// `nfstream read` of a capture with connections of all kinds.
fn read_mixed() -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("read").arg(script("tests/data/mixed.pcap"));
    command.args(["--quiet", "--statistical-analysis", "--splt-analysis", "20"]);
    #[cfg(feature = "ndpi")]
    command.args(["--n-dissections", "0"]);
    command
}

#[test]
fn files_are_the_same_byte_for_byte_however_many_meters_there_are() {
    let directory = TempDir::new().unwrap();
    for ending in ["jsonl", "parquet", "arrow", "arrows"] {
        let [one, two] = ["1", "2"].map(|meters| {
            let path = directory.path().join(format!("{meters}.{ending}"));
            printed(
                &read_mixed()
                    .args(["--n-meters", meters, "-o"])
                    .arg(&path)
                    .output()
                    .unwrap(),
            );
            std::fs::read(path).unwrap()
        });
        assert!(one.len() > 1000 && one == two, "{ending}");
    }
}

#[test]
fn all_formats_tell_the_same() {
    let Some(python) = python() else {
        return;
    };
    let directory = TempDir::new().unwrap();
    for ending in ["csv", "jsonl", "parquet", "arrow", "arrows"] {
        let path = directory.path().join(format!("flows.{ending}"));
        printed(&read_mixed().arg("-o").arg(path).output().unwrap());
    }
    let mut compare = Command::new(python);
    compare
        .arg(script("tests/python/round_trip.py"))
        .arg(directory.path());
    let text = printed(&compare.output().unwrap());
    assert_eq!(text.matches(" values equal\n").count(), 11, "{text}");
}

#[test]
fn pandas_finds_the_top_talkers_in_a_parquet_file() {
    let Some(python) = python() else {
        return;
    };
    let directory = TempDir::new().unwrap();
    let flows = directory.path().join("flows.parquet");
    printed(&read_mixed().arg("-o").arg(&flows).output().unwrap());
    let mut example = Command::new(python);
    example
        .arg(script("examples/python/read_parquet_with_pandas.py"))
        .arg(flows);
    let text = printed(&example.output().unwrap());
    let busiest = text.lines().nth(2).unwrap();
    assert!(busiest.starts_with("192.0.2.1 "), "{text}");
}

#[test]
fn polars_reads_a_stream_from_a_pipe() {
    let Some(python) = python() else {
        return;
    };
    let mut nfstream = read_mixed();
    nfstream.args(["--format", "arrow-stream", "-o", "-"]);
    let mut nfstream = nfstream.stdout(Stdio::piped()).spawn().unwrap();
    let mut example = Command::new(python);
    example.arg(script("examples/python/polars_from_stream.py"));
    let output = example
        .stdin(nfstream.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(nfstream.wait().unwrap().success());
    let text = printed(&output);
    assert!(text.contains("192.0.2.1"), "{text}");
}
