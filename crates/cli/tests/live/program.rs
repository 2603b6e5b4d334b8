//! The program under test.

use std::fs;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Instant;

use rustix::process::Signal;

use super::clock::{PATIENCE, within};
use super::namespace::Namespace;
use super::network::INTERFACE;
use super::process::{Lines, Process};
use super::rows::Rows;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_nfstream");

/// `nfstream live` while it captures.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) process: Process,
    output: Output,
    errors: Lines,
}

#[derive(Debug)]
enum Output {
    Read(Lines),
    /// Nobody reads what it prints.
    Unread(ChildStdout),
}

impl Live {
    /// Captures in a namespace, at its end of the wire. All that is sent from now on is captured.
    pub(crate) fn start(namespace: &Namespace, options: &[&str]) -> Self {
        let on_interface = [&["-i", INTERFACE], options].concat();
        Self::started(&mut live(namespace, &on_interface), true)
    }

    /// As [`start`](Self::start), but nobody reads the rows until the run is to finish.
    pub(crate) fn start_unread(namespace: &Namespace, options: &[&str]) -> Self {
        let on_interface = [&["-i", INTERFACE], options].concat();
        Self::started(&mut live(namespace, &on_interface), false)
    }

    /// Starts a command and waits until it captures.
    pub(crate) fn started(command: &mut Command, read: bool) -> Self {
        let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let stdout = process.stdout();
        let errors = Lines::of(process.stderr());
        let live = Self {
            process,
            output: if read {
                Output::Read(Lines::of(stdout))
            } else {
                Output::Unread(stdout)
            },
            errors,
        };
        live.wait_for_error("capturing on ");
        live
    }

    /// Waits for a line on standard error that begins so.
    pub(crate) fn wait_for_error(&self, beginning: &str) -> (Instant, String) {
        let begins = |line: &str| line.starts_with(beginning);
        self.errors.wait_for(&format!("line `{beginning}`"), begins)
    }

    /// Waits for a row that contains this, and says when it came.
    pub(crate) fn wait_for_row(&self, part: &str) -> Instant {
        let Output::Read(lines) = &self.output else {
            panic!("nobody reads the rows");
        };
        lines.wait_for("row", |line| line.contains(part)).0
    }

    /// What it has printed so far.
    pub(crate) fn output_so_far(&self) -> String {
        let Output::Read(lines) = &self.output else {
            panic!("nobody reads the rows");
        };
        lines.so_far()
    }

    /// Whoever read the rows has had enough.
    pub(crate) fn close_output(&mut self) {
        let nothing = Output::Read(Lines::of(std::io::empty()));
        drop(std::mem::replace(&mut self.output, nothing));
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Ctrl-C, and waits for the end.
    pub(crate) fn stop(self) -> Run {
        self.signal(Signal::INT);
        self.finish()
    }

    /// As [`stop`](Self::stop), of a run that has to end well.
    pub(crate) fn stop_well(self) -> Run {
        let run = self.stop();
        assert_eq!(run.code, Some(0), "{}", run.errors);
        run
    }

    /// Waits for the end of a run, which comes by itself.
    pub(crate) fn finish(mut self) -> Run {
        let lines = match self.output {
            Output::Read(lines) => lines,
            Output::Unread(stdout) => Lines::of(stdout),
        };
        let status = within(PATIENCE, || self.process.status());
        let status = status.unwrap_or_else(|| panic!("it goes on: {}", self.errors.so_far()));
        Run {
            code: status.code(),
            output: lines.all(),
            errors: self.errors.all(),
        }
    }
}

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let (status, output, errors) = Process::outcome(command);
        Self {
            code: status.code(),
            output,
            errors,
        }
    }

    /// The rows on standard output.
    pub(crate) fn rows(&self) -> Rows {
        Rows::parse(&self.output)
    }

    /// A figure of the summary.
    pub(crate) fn figure(&self, label: &str) -> u64 {
        let figure = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            (name.trim_end() == label)
                .then(|| value.parse().ok())
                .flatten()
        };
        let found = self.errors.lines().find_map(figure);
        found.unwrap_or_else(|| panic!("no figure `{label}` in {}", self.errors))
    }

    /// The summary adds up, and so do these rows, which are all that were written.
    pub(crate) fn assert_adds_up(&self, rows: &Rows) {
        let figure = |label| self.figure(label);
        assert_eq!(
            figure("packets received"),
            figure("packets read") + figure("packets dropped"),
            "{}",
            self.errors
        );
        self.assert_rows_add_up(rows);
    }

    /// As [`assert_adds_up`](Self::assert_adds_up), but packets may have come that were neither read nor dropped.
    pub(crate) fn assert_rows_add_up(&self, rows: &Rows) {
        let figure = |label| self.figure(label);
        assert_eq!(
            figure("packets read"),
            figure("packets metered") + figure("packets ignored"),
            "{}",
            self.errors
        );
        assert_eq!(
            rows.sum("bidirectional_packets"),
            figure("packets metered"),
            "{}",
            self.errors
        );
        assert_eq!(
            rows.sum("bidirectional_bytes"),
            figure("bytes metered"),
            "{}",
            self.errors
        );
        assert_eq!(rows.len() as u64, figure("flows"), "{}", self.errors);
        // No number of a row is missing or there twice.
        let ids = rows.column("id");
        let mut ids: Vec<usize> = ids.iter().map(|id| id.parse().unwrap()).collect();
        ids.sort_unstable();
        assert!(ids.into_iter().eq(0..rows.len()));
    }
}

/// `nfstream live` in a namespace.
pub(crate) fn live(namespace: &Namespace, options: &[&str]) -> Command {
    let mut command = namespace.command(PROGRAM);
    command.arg("live").args(options);
    command
}

/// `nfstream read` of a capture.
pub(crate) fn read(capture: &str, options: &[&str]) -> Run {
    let run = Run::of(Command::new(PROGRAM).args(["read", capture]).args(options));
    assert_eq!(run.code, Some(0), "{}", run.errors);
    run
}

/// The rows in a file.
pub(crate) fn rows_of_file(path: impl AsRef<std::path::Path>) -> Rows {
    Rows::parse(&fs::read_to_string(path).unwrap())
}
