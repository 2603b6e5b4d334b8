//! One program, once, at one rate.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::super::Workbench;
use super::super::measure::{SBIN, empty};
use super::link::Link;
use super::search::{Speed, Trial};
use super::sender::{send, send_one};
use super::subject::Subject;
use super::{collector, counts, processes};
use crate::run::Failure;

/// How long a program may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long after the last packet all of them should be metered.
const DRAIN: Duration = Duration::from_millis(300);
/// NFStream's counters are of the second before the last packet, and reported every second.
const REPORT: Duration = Duration::from_millis(1100);
/// How often NFStream is asked, if what it says still changes.
const MOST_REPORTS: u32 = 6;

/// A program that captures.
struct Running<'a> {
    subject: Subject,
    bench: &'a Workbench,
    link: &'a Link,
    /// What is sent when only a packet is needed.
    file: &'a Path,
    /// How many packets came in before it captured.
    before: u64,
    child: Child,
    collector: Child,
}

/// Starts a program, sends packets to it and ends it. What it writes is removed.
pub(super) fn run(
    subject: Subject,
    bench: &Workbench,
    link: &Link,
    file: &Path,
    speed: Speed,
) -> Result<Trial, Failure> {
    let before = link.arrived()?;
    let collector = collector::start(link)?;
    let child = start(subject, bench, link)?;
    let mut running = Running {
        subject,
        bench,
        link,
        file,
        before,
        child,
        collector,
    };
    running.wait_until_ready()?;
    let cpu_before = processes::cpu_seconds(&link.processes()?)?;
    let arrived_until_ready = running.arrived()?;
    let sent = send(link, file, speed)?;
    let arrived = running.arrived()?;
    if arrived - arrived_until_ready != sent.packets {
        let came = arrived - arrived_until_ready;
        let what = format!("{} packets were sent, {came} came in", sent.packets);
        return Err(Failure::new(what));
    }
    thread::sleep(DRAIN);
    let cpu_seconds = processes::cpu_seconds(&link.processes()?)? - cpu_before;
    let counted = running.count()?;
    let arrived = running.arrived()?;
    let lost = arrived.saturating_sub(counted);
    drop(running);
    empty(&bench.out)?;
    let trial = Trial {
        rate: sent.rate,
        seconds: sent.seconds,
        lost,
        lost_part: part(lost, arrived),
        cpu_seconds,
        at_top: sent.is_at_top(speed),
    };
    eprintln!(
        "  {}: {:.0} packets/s, lost {lost} of {arrived}, {cpu_seconds:.2} s of CPU",
        subject.name(),
        sent.rate
    );
    Ok(trial)
}

fn start(subject: Subject, bench: &Workbench, link: &Link) -> Result<Child, Failure> {
    let failed = |error| Failure::new(format!("{}: {error}", subject.name()));
    let said = |name| File::create(bench.out.join(name)).map_err(failed);
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("ip")
        .args(["netns", "exec", link.receiver()])
        .args(subject.command(bench))
        .env("PATH", format!("{path}:{SBIN}"))
        .current_dir(&bench.out)
        .stdin(Stdio::null())
        .stdout(said("stdout")?)
        .stderr(said("stderr")?)
        .spawn()
        .map_err(failed)
}

impl Running<'_> {
    /// Until no packet is missed from now on.
    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let ready = processes::wait_for(PATIENCE, || {
            if let Ok(Some(status)) = self.child.try_wait() {
                let said = self.said("stderr");
                let last = said.lines().last().unwrap_or_default();
                return Err(Failure::new(format!("ended at once: {status}: {last}")));
            }
            let ready = match self.subject {
                Subject::Nfstream { .. } => self.said("stderr").contains("capturing on"),
                Subject::Softflowd => counts::softflowd(&self.softflowd_statistics()).is_some(),
                Subject::Python { .. } => {
                    // It says nothing when it begins; packets show it.
                    send_one(self.link, self.file)?;
                    thread::sleep(REPORT);
                    let seen = counts::python(&self.said("stdout")).filter(|seen| *seen > 0);
                    if let Some(seen) = seen {
                        self.before = self.link.arrived()?.saturating_sub(seen);
                    }
                    seen.is_some()
                }
            };
            Ok(ready.then_some(()))
        })?;
        ready.ok_or_else(|| Failure::new("does not begin to capture"))
    }

    /// How many packets came in since it captures.
    fn arrived(&self) -> Result<u64, Failure> {
        Ok(self.link.arrived()?.saturating_sub(self.before))
    }

    /// How many packets the program has taken since it was started.
    fn count(&mut self) -> Result<u64, Failure> {
        let count = match self.subject {
            Subject::Nfstream { .. } => {
                processes::signal(self.child.id(), "TERM")?;
                let child = &mut self.child;
                let ended = processes::wait_for(PATIENCE, || Ok(child.try_wait().ok().flatten()))?;
                if ended.is_none() {
                    return Err(Failure::new("does not end"));
                }
                counts::nfstream(&self.said("stderr"))
            }
            Subject::Softflowd => counts::softflowd(&self.softflowd_statistics()),
            Subject::Python { .. } => self.python_count()?,
        };
        count.ok_or_else(|| Failure::new("does not say how many packets there were"))
    }

    /// A packet makes it refresh its counters, and the next report shows them.
    fn python_count(&self) -> Result<Option<u64>, Failure> {
        let mut before = None;
        for _ in 0..MOST_REPORTS {
            thread::sleep(REPORT);
            send_one(self.link, self.file)?;
            thread::sleep(REPORT);
            let count = counts::python(&self.said("stdout"));
            if count == Some(self.arrived()?) || count == before {
                return Ok(count);
            }
            before = count;
        }
        Ok(before)
    }

    fn softflowd_statistics(&self) -> String {
        let output = Command::new("softflowctl")
            .args(["-c", "control", "statistics"])
            .env("PATH", SBIN)
            .current_dir(&self.bench.out)
            .output();
        output.map_or_else(
            |_| String::new(),
            |it| String::from_utf8_lossy(&it.stdout).into_owned(),
        )
    }

    fn said(&self, name: &str) -> String {
        fs::read_to_string(self.bench.out.join(name)).unwrap_or_default()
    }
}

impl Drop for Running<'_> {
    /// Ends what is left in the namespace: NFStream's processes do not end with the first of them.
    fn drop(&mut self) {
        for process in self.link.processes().unwrap_or_default() {
            let _ = processes::signal(process, "KILL");
        }
        let _ = self.child.wait();
        let _ = self.collector.wait();
    }
}

/// A part of all, from 0 to 1.
fn part(some: u64, all: u64) -> f64 {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(some) / number(all.max(1))
}
