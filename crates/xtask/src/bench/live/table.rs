//! The table of rates.

use std::fmt::Write as _;

use super::super::Workbench;
use super::super::captures::Capture;
use super::super::measure::median;
use super::super::table::{NOT_FOUND, three_digits};
use super::search::Trial;
use super::subject::Subject;

/// What was found, by kind of traffic.
#[derive(Debug, Default)]
pub(in crate::bench) struct Table {
    pub(super) rows: Vec<Vec<Row>>,
    /// The most packets in a second that the sender was seen to send.
    pub(super) top_rate: f64,
}

/// A program with a kind of traffic.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) capture: String,
    pub(super) program: String,
    /// The best trial of each round.
    pub(super) rounds: Vec<Trial>,
    /// Why it was not measured.
    pub(super) problem: Option<String>,
}

impl Row {
    pub(super) fn new(capture: Capture, subject: Subject, bench: &Workbench) -> Self {
        Self {
            capture: capture.name(),
            program: subject.name(),
            rounds: Vec::new(),
            problem: (!subject.is_there(bench)).then(|| NOT_FOUND.to_owned()),
        }
    }

    /// Where the next round should begin; top speed if nothing was lost at it.
    pub(super) fn last_rate(&self) -> Option<f64> {
        let last = self.rounds.last().filter(|best| !best.at_top)?;
        Some(last.rate)
    }

    /// Whether most rounds ended with the sender, not with the program.
    fn is_at_top(&self) -> bool {
        2 * self.rounds.iter().filter(|it| it.at_top).count() > self.rounds.len()
    }

    /// Cells behind the name.
    fn cells(&self, base: &Self) -> [String; 4] {
        let of = |what: fn(&Trial) -> f64| median(self.rounds.iter().map(what));
        let text = |number: Option<f64>| number.map_or_else(String::new, three_digits);
        let at_least = |row: &Self| if row.is_at_top() { "≥ " } else { "" };
        let rounds = self.rounds.iter().zip(&base.rounds);
        let ratio = median(rounds.map(|(own, base)| base.rate / own.rate));
        // Two that end with the sender cannot be told apart.
        let ratio = ratio.filter(|_| self.program != base.program && !self.is_at_top());
        [
            of(|it| it.rate / 1000.0)
                .map_or_else(String::new, |rate| format!("{}{rate:.0}", at_least(self))),
            text(of(|it| it.cpu_seconds / it.seconds)),
            text(of(|it| 1e6 * it.cpu_seconds / (it.rate * it.seconds))),
            ratio.map_or_else(String::new, |it| {
                format!("{}{}", at_least(base), three_digits(it))
            }),
        ]
    }
}

impl Table {
    /// The table as it stands in BENCHMARKS.md.
    pub(in crate::bench) fn markdown(&self) -> String {
        let mut text = "\
| traffic | program | thousand packets/s without loss | CPU, cores | CPU, µs a packet | rate, ratio |
|---|---|---|---|---|---|
"
        .to_owned();
        for rows in &self.rows {
            for (row, base) in rows.iter().zip(rows.first().into_iter().cycle()) {
                let Row {
                    capture, program, ..
                } = row;
                let _ = match &row.problem {
                    None => {
                        let cells = row.cells(base).join(" | ");
                        writeln!(text, "| {capture} | {program} | {cells} |")
                    }
                    Some(_) => writeln!(text, "| {capture} | {program} | not measured | | | |"),
                };
            }
        }
        let _ = writeln!(
            text,
            "\n≥: nothing was lost at the top speed of the sender, which sent {:.0} thousand packets/s at most.",
            self.top_rate / 1000.0
        );
        for row in self.rows.iter().flatten() {
            if let Some(problem) = &row.problem {
                let _ = writeln!(text, "\n{} on {}: {problem}", row.program, row.capture);
            }
        }
        text
    }

    /// What was there and could not be measured.
    pub(in crate::bench) fn failed(&self) -> impl Iterator<Item = String> + '_ {
        let failed = |row: &&Row| row.problem.as_deref().is_some_and(|it| it != NOT_FOUND);
        let rows = self.rows.iter().flatten().filter(failed);
        rows.map(|row| format!("live: {} on {}", row.program, row.capture))
    }
}
