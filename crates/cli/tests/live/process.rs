//! Child processes that never outlive their test, and that no test waits for forever.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::clock::{PATIENCE, now, wait_for, within};

/// A process that is killed when its owner goes.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Runs a program to its end, which must be a good one, and gives its standard output and standard error.
    pub(crate) fn run(command: &mut Command) -> (String, String) {
        let (status, output, errors) = Self::outcome(command);
        assert!(status.success(), "{command:?}: {status}\n{output}{errors}");
        (output, errors)
    }

    /// Runs a program to its end.
    pub(crate) fn outcome(command: &mut Command) -> (ExitStatus, String, String) {
        let mut process = Self::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let output = Lines::of(process.stdout());
        let errors = Lines::of(process.stderr());
        let status = process.wait();
        (status, output.all(), errors.all())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.0.stdout.take().unwrap()
    }

    pub(crate) fn stderr(&mut self) -> ChildStderr {
        self.0.stderr.take().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// How it ended, if it has.
    pub(crate) fn status(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait_for("the end of a process", || self.status())
    }

    /// A value of `/proc/PID/status`, without its unit.
    pub(crate) fn proc_status(&self, key: &str) -> String {
        proc_status(&format!("/proc/{}/status", self.id()), key)
    }

    /// Resident memory now (`VmRSS`) or at its most (`VmHWM`), in kB.
    pub(crate) fn kilobytes(&self, key: &str) -> u64 {
        self.proc_status(key).parse().unwrap()
    }
}

impl Process {
    /// Time of the processor that it has taken, in ticks of a hundredth of a second.
    pub(crate) fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        // Behind the name, which may hold spaces, the 12th and 13th field (proc(5)).
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let mut times = fields.split_whitespace().skip(11);
        let mut time = || times.next().unwrap().parse::<u64>().unwrap();
        time() + time()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first word behind a key in a `status` file of `/proc`.
pub(crate) fn proc_status(path: &str, key: &str) -> String {
    let status = std::fs::read_to_string(path).unwrap();
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let value = value.and_then(|value| value.split_whitespace().next());
    value
        .unwrap_or_else(|| panic!("{path} has no {key}"))
        .to_owned()
}

/// What a process prints, line by line, with the time at which each line came.
#[derive(Clone, Debug)]
pub(crate) struct Lines(Arc<Mutex<Printed>>);

#[derive(Debug, Default)]
struct Printed {
    lines: Vec<(Instant, String)>,
    ended: bool,
}

impl Lines {
    /// Reads from now on, in a thread of its own.
    pub(crate) fn of(input: impl Read + Send + 'static) -> Self {
        let lines = Self(Arc::default());
        let read = Arc::clone(&lines.0);
        thread::spawn(move || {
            let mut input = BufReader::new(input);
            let mut line = Vec::new();
            while input.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
                let text = String::from_utf8_lossy(&line).into_owned();
                read.lock().unwrap().lines.push((now(), text));
                line.clear();
            }
            read.lock().unwrap().ended = true;
        });
        lines
    }

    /// Waits for a line that is looked for.
    pub(crate) fn wait_for(&self, what: &str, found: impl Fn(&str) -> bool) -> (Instant, String) {
        let look = || {
            let read = self.0.lock().unwrap();
            let line = read.lines.iter().find(|(_, line)| found(line)).cloned();
            // At the end of the output there is nothing to wait for.
            (line.is_some() || read.ended).then_some(line)
        };
        let line = within(PATIENCE, look).flatten();
        line.unwrap_or_else(|| panic!("no {what} in\n{}", self.so_far()))
    }

    /// What has been read so far.
    pub(crate) fn so_far(&self) -> String {
        let read = self.0.lock().unwrap();
        read.lines.iter().map(|(_, line)| line.as_str()).collect()
    }

    /// All that was printed, when the end has come.
    pub(crate) fn all(&self) -> String {
        wait_for("the end of an output", || {
            self.0.lock().unwrap().ended.then_some(())
        });
        self.so_far()
    }
}
