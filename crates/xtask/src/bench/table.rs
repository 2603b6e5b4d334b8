//! A comparison, run and told.

use std::fmt::Write as _;
use std::fs;
use std::thread;

use super::captures::{Capture, Scale, read_once};
use super::comparisons::{Base, Comparison};
use super::measure::{Taken, measure as measure_once, median};
use super::programs::Program;
use super::{Rounds, Workbench};
use crate::run::Failure;

/// The rows of a comparison's table.
#[derive(Debug)]
pub(super) struct Table(Vec<Row>);

/// A program on a capture.
#[derive(Debug)]
struct Row {
    capture: String,
    program: String,
    /// The row to compare with, by its place.
    base: usize,
    /// By round; fewer than rounds where a program is slow.
    taken: Vec<Taken>,
    /// Why it was not measured.
    problem: Option<String>,
}

/// What all tables have in common.
pub(super) fn preface(scale: Scale, rounds: Rounds) -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .unwrap_or("processor unknown");
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!(
        "\n{processor}, {cores} cores. Captures of scale {scale}. Medians of {} runs in turn ({} where a program takes \
         minutes); ratios are medians of the runs' ratios. CPU: user and system time of all processes. Peak memory: of \
         the largest process.\n",
        rounds.usual, rounds.slow
    )
}

/// Measures each program on each capture, in turn.
pub(super) fn measure(
    comparison: &Comparison,
    bench: &Workbench,
    scale: Scale,
    rounds: Rounds,
) -> Result<Table, Failure> {
    let mut rows: Vec<Row> = Vec::new();
    for &capture in comparison.captures {
        let file = capture.file(&bench.folder, scale)?;
        let first = rows.len();
        for (place, &program) in comparison.programs.iter().enumerate() {
            let base = match comparison.base {
                Base::FirstProgram => first,
                Base::FirstCapture => place,
            };
            rows.push(Row::new(capture, program, base, bench));
        }
        for round in 0..rounds.usual {
            for (row, program) in rows[first..].iter_mut().zip(comparison.programs) {
                let is_over = program.is_slow_on(capture) && round >= rounds.slow;
                if row.problem.is_some() || is_over {
                    continue;
                }
                read_once(&file)?;
                match measure_once(&program.command(bench, capture, &file), &bench.out) {
                    Ok(taken) => row.taken.push(taken),
                    Err(failure) => row.problem = Some(failure.to_string()),
                }
            }
        }
    }
    Ok(Table(rows))
}

impl Table {
    /// The table as it stands in BENCHMARKS.md.
    pub(super) fn markdown(&self) -> String {
        let mut text = "\
| capture | program | CPU s | wall s | peak memory, MiB | CPU, ratio | wall, ratio |
|---|---|---|---|---|---|---|
"
        .to_owned();
        for (place, row) in self.0.iter().enumerate() {
            let Row {
                capture, program, ..
            } = row;
            let of = |what: fn(&Taken) -> f64| median(row.taken.iter().map(what));
            let ratio = |what: fn(&Taken) -> f64| {
                let base = self.0.get(row.base).filter(|_| row.base != place)?;
                let runs = row.taken.iter().zip(&base.taken);
                median(runs.map(|(own, base)| what(own) / what(base)))
            };
            let cells = [
                of(|it| it.cpu_seconds),
                of(|it| it.wall_seconds),
                of(|it| it.peak_mib),
                ratio(|it| it.cpu_seconds),
                ratio(|it| it.wall_seconds),
            ];
            let cells = cells.map(|cell| cell.map_or_else(String::new, three_digits));
            let _ = match &row.problem {
                None => writeln!(text, "| {capture} | {program} | {} |", cells.join(" | ")),
                Some(_) => writeln!(text, "| {capture} | {program} | not measured | | | | |"),
            };
        }
        for row in &self.0 {
            if let Some(problem) = &row.problem {
                let _ = writeln!(text, "\n{} on {}: {problem}", row.program, row.capture);
            }
        }
        text
    }

    /// What was there and did not run to its end.
    pub(super) fn failed(&self) -> impl Iterator<Item = String> + '_ {
        let failed = |row: &&Row| row.problem.as_deref().is_some_and(|it| it != NOT_FOUND);
        let rows = self.0.iter().filter(failed);
        rows.map(|row| format!("{} on {}", row.program, row.capture))
    }
}

/// The problem of a program that is not there.
pub(super) const NOT_FOUND: &str = "not found; --install gets it";

impl Row {
    fn new(capture: Capture, program: Program, base: usize, bench: &Workbench) -> Self {
        Self {
            capture: capture.name(),
            program: program.name(),
            base,
            taken: Vec::new(),
            problem: (!program.is_there(bench)).then(|| NOT_FOUND.to_owned()),
        }
    }
}

/// A number with three digits, or all that it has before the point.
pub(super) fn three_digits(number: f64) -> String {
    let places = match number {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{number:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(program: &str, base: usize, cpu_seconds: &[f64]) -> Row {
        let taken = cpu_seconds.iter().map(|&cpu_seconds| Taken {
            cpu_seconds,
            wall_seconds: 10.0,
            peak_mib: 123.4,
        });
        Row {
            capture: "mix".to_owned(),
            program: program.to_owned(),
            base,
            taken: taken.collect(),
            problem: None,
        }
    }

    #[test]
    fn rows_have_medians_and_ratios() {
        let mut absent = row("absent", 0, &[]);
        absent.problem = Some(NOT_FOUND.to_owned());
        let mut failed = row("failed", 0, &[]);
        failed.problem = Some("exit status: 1".to_owned());
        let table = Table(vec![
            row("ours", 0, &[1.0, 2.0, 1.0]),
            row("theirs", 0, &[30.0, 40.0, 20.0]),
            row("slow", 0, &[500.0]),
            absent,
            failed,
        ]);
        let markdown = table.markdown();
        let rows: Vec<_> = markdown.lines().skip(2).take(5).collect();
        assert_eq!(
            rows,
            [
                "| mix | ours | 1.00 | 10.0 | 123 |  |  |",
                "| mix | theirs | 30.0 | 10.0 | 123 | 20.0 | 1.00 |",
                "| mix | slow | 500 | 10.0 | 123 | 500 | 1.00 |",
                "| mix | absent | not measured | | | | |",
                "| mix | failed | not measured | | | | |",
            ]
        );
        assert!(markdown.contains("absent on mix: not found; --install gets it\n"));
        assert!(table.failed().eq(["failed on mix"]));
    }
}
