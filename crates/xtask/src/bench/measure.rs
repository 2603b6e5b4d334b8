//! Running a program and taking its time.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{Failure, succeeds};

/// Where Debian keeps some of the programs, and only root looks.
pub(super) const SBIN: &str = "/usr/sbin";

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    /// User and system time of the process and all that it waited for.
    pub(super) cpu_seconds: f64,
    pub(super) wall_seconds: f64,
    /// Of the largest of its processes.
    pub(super) peak_mib: f64,
}

/// Whether there is what measures.
pub(super) fn check() -> Result<(), Failure> {
    if succeeds("time", &["--version"]) {
        return Ok(());
    }
    Err(Failure::new(
        "GNU time is needed: --install, or the Debian package time",
    ))
}

/// Runs a program in a folder, whose content is removed afterwards. What it prints is dropped.
pub(super) fn measure(command: &[String], folder: &Path) -> Result<Taken, Failure> {
    let line = command.join(" ");
    let failed = |error: io::Error| Failure::new(format!("{line}: {error}"));
    let (times, said) = (folder.join("times"), folder.join("said"));
    let path = std::env::var("PATH").unwrap_or_default();
    let status = Command::new("time")
        .args(["--format", "%U %S %e %M", "--output"])
        .arg(&times)
        .arg("--")
        .args(command)
        .env("PATH", format!("{path}:{SBIN}"))
        .env("LC_ALL", "C")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&said).map_err(failed)?)
        .status()
        .map_err(failed)?;
    let taken = fs::read_to_string(&times).unwrap_or_default();
    let said = fs::read_to_string(&said).unwrap_or_default();
    empty(folder)?;
    let last = said.lines().last().unwrap_or_default();
    if !status.success() {
        return Err(Failure::new(format!("{line}: {status}: {last}")));
    }
    Taken::parse(&taken).ok_or_else(|| Failure::new(format!("{line}: time says {taken:?}")))
}

/// Removes what is in a folder.
pub(super) fn empty(folder: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("{}: {error}", folder.display()));
    fs::remove_dir_all(folder).map_err(failed)?;
    fs::create_dir(folder).map_err(failed)
}

impl Taken {
    /// From user and system seconds, wall seconds and KiB.
    fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<f64> = text
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        let [user, system, wall_seconds, peak_kib] = numbers[..] else {
            return None;
        };
        Some(Self {
            cpu_seconds: user + system,
            wall_seconds,
            peak_mib: peak_kib / 1024.0,
        })
    }
}

/// The middle one, or the mean of the two in the middle; nothing for none.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len().is_multiple_of(2) {
        Some(f64::midpoint(values[middle - 1], upper))
    } else {
        Some(upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_time_prints_is_taken_apart() {
        let taken = Taken {
            cpu_seconds: 1.75,
            wall_seconds: 2.0,
            peak_mib: 3.0,
        };
        assert_eq!(Taken::parse("1.50 0.25 2.00 3072\n"), Some(taken));
        assert_eq!(Taken::parse("Command exited\n1 2 3 4"), None);
        assert_eq!(Taken::parse(""), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
