//! The highest rate without loss on a link between two network namespaces.

mod collector;
mod counts;
mod link;
mod processes;
mod search;
mod sender;
mod subject;
mod table;
#[cfg(test)]
mod tests;
mod trial;

use super::captures::{Capture, Scale};
use super::{Rounds, Workbench};
use crate::run::{Failure, succeeds};
use link::Link;
use search::{Search, Speed, Trial};
use subject::SUBJECTS;
use table::{Row, Table};

pub(super) use collector::{HOLD, hold};

/// What it is called on the command line.
pub(super) const NAME: &str = "live";
pub(super) const TITLE: &str = "Live: the highest rate without loss between two network namespaces";

/// What is sent, again and again, whatever `--scale` says: the flows are few enough to be alive at once, and the bytes for
/// the sender to keep in memory.
const TRAFFIC: &[(Capture, Scale)] = &[
    (Capture::Small, Scale::hundredths(1)),
    (Capture::Whole, Scale::hundredths(2)),
];

/// Why it cannot be measured here, if so.
pub(super) fn obstacle() -> Option<&'static str> {
    let is_there = |program| succeeds("sh", &["-c", &format!("command -v {program}")]);
    if !cfg!(target_os = "linux") {
        Some("live needs Linux: it captures between two network namespaces")
    } else if !succeeds("sh", &["-c", "test $(id -u) = 0"]) {
        Some("live needs root: it makes network namespaces, and captures")
    } else if !is_there("ip") || !is_there("tcpreplay") {
        Some("live needs ip and tcpreplay: --install gets them")
    } else {
        None
    }
}

/// Searches the rate of each program for each kind of traffic, in turn.
pub(super) fn measure(bench: &Workbench, rounds: Rounds) -> Result<Table, Failure> {
    let link = Link::new()?;
    let mut table = Table::default();
    for &(capture, scale) in TRAFFIC {
        let file = capture.file(&bench.folder, scale)?;
        let subjects = SUBJECTS.iter().filter(|it| it.takes(capture));
        let mut rows: Vec<_> = subjects
            .map(|&subject| (subject, Row::new(capture, subject, bench)))
            .collect();
        for _ in 0..rounds.usual {
            for (subject, row) in &mut rows {
                if row.problem.is_some() {
                    continue;
                }
                let mut search = Search::new(row.last_rate());
                let mut run = |speed| trial::run(*subject, bench, &link, &file, speed);
                match search_rate(&mut search, &mut run) {
                    Ok(best) => row.rounds.push(best),
                    Err(failure) => row.problem = Some(failure.to_string()),
                }
                table.top_rate = table.top_rate.max(search.top_rate());
            }
        }
        table
            .rows
            .push(rows.into_iter().map(|(_, row)| row).collect());
    }
    Ok(table)
}

/// Trials until the rate is known; the best without loss.
fn search_rate(
    search: &mut Search,
    run: &mut impl FnMut(Speed) -> Result<Trial, Failure>,
) -> Result<Trial, Failure> {
    while let Some(speed) = search.next() {
        search.learn(speed, run(speed)?);
    }
    search
        .best()
        .ok_or_else(|| Failure::new("packets were lost at every rate"))
}
