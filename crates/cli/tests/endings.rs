//! Outputs that end badly: programs that are killed, disks that are full, pipes without a reader.

#![cfg(unix)]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, too, fail by panicking"
)]

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_nfstream");

/// Format and usual ending of files.
const FORMATS: [(&str, &str); 5] = [
    ("csv", "csv"),
    ("json", "jsonl"),
    ("parquet", "parquet"),
    ("arrow", "arrow"),
    ("arrow-stream", "arrows"),
];

fn mixed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/mixed.pcap")
}

/// `nfstream read` of a capture, with a format.
fn read(format: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("read").arg(mixed()).args(["--format", format]);
    command.args(["--statistical-analysis", "--splt-analysis", "20"]);
    command
}

/// The run failed, and says why in one line.
fn error(output: &Output) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    let last = error.lines().last().unwrap();
    assert!(last.starts_with("nfstream: "), "{error}");
    last.to_owned()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_run_that_is_killed_leaves_no_file_under_its_name() {
    for (format, ending) in FORMATS {
        let directory = TempDir::new().unwrap();
        let out = directory.path().join(format!("flows.{ending}"));
        let mut program = Command::new(PROGRAM)
            .args(["read", "-", "--format", format, "--idle-timeout", "1"])
            .arg("-o")
            .arg(&out)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The capture never ends.
        let mut input = program.stdin.take().unwrap();
        input.write_all(&fs::read(mixed()).unwrap()).unwrap();
        let partial = directory.path().join(format!("flows.{ending}.partial"));
        while !partial.exists() {
            assert_eq!(program.try_wait().unwrap(), None);
            thread::sleep(Duration::from_millis(5));
        }
        // SIGKILL.
        program.kill().unwrap();
        assert!(!program.wait().unwrap().success());
        drop(input);
        assert_eq!(names(directory.path()), [format!("flows.{ending}.partial")]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error_that_names_it() {
    for (format, _) in FORMATS {
        let output = read(format).args(["-o", "/dev/full"]).output().unwrap();
        let expected = "nfstream: /dev/full: cannot be written: No space left on device";
        let error = error(&output);
        assert!(error.starts_with(expected), "{format}: {error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error_that_says_so() {
    for (format, _) in FORMATS {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = read(format)
            .args(["-o", "-"])
            .stdout(full)
            .output()
            .unwrap();
        let error = error(&output);
        let expected = "nfstream: standard output: cannot be written: No space left on device";
        assert!(error.starts_with(expected), "{format}: {error}");
    }
}

/// A file system of so few bytes.
#[cfg(target_os = "linux")]
struct Disk(TempDir);

#[cfg(target_os = "linux")]
impl Disk {
    fn mount() -> Result<Self, String> {
        let directory = TempDir::new().unwrap();
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8k", "tmpfs"])
            .arg(directory.path())
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(Self(directory))
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_no_file_under_its_name() {
    for (format, ending) in FORMATS {
        let disk = match Disk::mount() {
            Ok(disk) => disk,
            Err(reason) => {
                // Not with a macro, whose output the test harness keeps to itself.
                let message = format!("SKIPPED: full disks: no tmpfs can be mounted: {reason}\n");
                io::stderr().write_all(message.as_bytes()).unwrap();
                return;
            }
        };
        let out = disk.0.path().join(format!("flows.{ending}"));
        let error = error(&read(format).arg("-o").arg(&out).output().unwrap());
        let expected = format!("nfstream: {}: cannot be written: ", out.display());
        assert!(error.starts_with(&expected), "{error}");
        assert!(!out.exists());
    }
}

#[test]
fn a_pipe_without_a_reader_is_no_error() {
    for (format, _) in FORMATS {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = read(format)
            .args(["-o", "-", "--quiet"])
            .stdout(writer)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((format, output.status.code()), (format, Some(0)), "{error}");
        assert_eq!(error, "");
    }
}
