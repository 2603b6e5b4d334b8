//! Other processes: how much time they took, how they end.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::run::{Failure, output, run};

/// How often is looked whether something has happened.
const LOOK: Duration = Duration::from_millis(20);

/// Process numbers, one in a line.
pub(super) fn numbers(text: &str) -> Result<Vec<u32>, Failure> {
    let numbers = text.split_whitespace().map(str::parse);
    numbers
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::new(format!("process numbers: {error}")))
}

/// User and system time that processes took so far, in seconds.
pub(super) fn cpu_seconds(processes: &[u32]) -> Result<f64, Failure> {
    let ticks_per_second = output("getconf", &["CLK_TCK"])?;
    let ticks_per_second: f64 = ticks_per_second.trim().parse().unwrap_or(100.0);
    let stats = processes
        .iter()
        .filter_map(|process| fs::read_to_string(format!("/proc/{process}/stat")).ok());
    let ticks: f64 = stats.filter_map(|stat| ticks(&stat)).sum();
    Ok(ticks / ticks_per_second)
}

/// User and system time from `/proc/PID/stat`, in clock ticks. The name, which may hold anything, is in parentheses.
pub(super) fn ticks(stat: &str) -> Option<f64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut times = behind_name.split_whitespace().skip(11);
    let (user, system) = (times.next()?, times.next()?);
    Some(user.parse::<f64>().ok()? + system.parse::<f64>().ok()?)
}

/// Sends a signal.
pub(super) fn signal(process: u32, name: &str) -> Result<(), Failure> {
    run("kill", &["-s", name, &process.to_string()])
}

/// Looks until there is something, for so long at most.
pub(super) fn wait_for<T>(
    longest: Duration,
    mut look: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<Option<T>, Failure> {
    let mut left = longest;
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        if left.is_zero() {
            return Ok(None);
        }
        thread::sleep(LOOK);
        left = left.saturating_sub(LOOK);
    }
}
