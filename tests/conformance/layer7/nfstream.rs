//! Our flows against those of NFStream 6.6.0, which carries nDPI 5.0.
//!
//! What does not depend on nDPI must be equal, as without layer 7. What does is counted.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;

use nfstream::dissect::ndpi_version;

use super::classes::percent;
use super::dissected::ndpi;
use super::threads::in_parallel;
use crate::configuration::Configuration;
use crate::corpus::Corpus;
use crate::figures::hold_for_version;
use crate::golden::Comparison;
use crate::ours::{Tally, meter};

/// The columns that nDPI fills.
const COLUMNS: [&str; 9] = [
    "application_name",
    "application_category_name",
    "application_is_guessed",
    "application_confidence",
    "requested_server_name",
    "client_fingerprint",
    "server_fingerprint",
    "user_agent",
    "content_type",
];

fn check(name: &str) -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let configuration = Configuration::ALL
        .iter()
        .find(|configuration| configuration.name == name)
        .unwrap();
    let unstable = corpus.unstable()?;
    let mut captures = corpus.captures()?;
    captures.retain(|capture| {
        !unstable.columns(name, &capture.name).contains("*")
            && corpus.golden(name, &capture.name).unwrap().is_some()
    });
    let tables = in_parallel(&captures, |capture| {
        let files = [capture.path.clone()];
        meter(&files, configuration, ndpi())
    });

    let mut tally = Tally::default();
    let (mut paired, mut differing) = (0, [0; COLUMNS.len()]);
    for (capture, ours) in captures.iter().zip(&tables) {
        let golden = corpus.golden(name, &capture.name)?.unwrap();
        let excused = unstable.columns(name, &capture.name);
        let others: BTreeSet<String> = golden
            .columns
            .iter()
            .filter(|column| !COLUMNS.contains(&column.as_str()))
            .cloned()
            .collect();
        let comparison = Comparison::of(&golden, ours, &others);
        paired += comparison.equal + comparison.differing.len();
        for row in &comparison.differing {
            for (column, differing) in COLUMNS.iter().zip(&mut differing) {
                *differing += usize::from(row.columns.iter().any(|differing| differing == column));
            }
        }
        // Layer 7 was counted: the rest is as without it.
        let excused = excused
            .into_iter()
            .chain(COLUMNS.map(str::to_owned))
            .collect();
        let title = format!("{name} {}", capture.name);
        let files = [capture.path.clone()];
        tally.compare(&title, &files, configuration, (&golden, ours), &excused)?;
    }
    tally.finish(name)?;

    let mut line = format!("{name} of NFStream 6.6.0 (nDPI 5.0), {paired} flows:");
    for (column, differing) in COLUMNS.iter().zip(differing) {
        let equal = paired - differing;
        let separator = if line.ends_with(':') { "" } else { "," };
        let percent = percent(equal, paired);
        write!(line, "{separator} {column} {equal} ({percent})").unwrap();
    }
    hold_for_version(ndpi_version(), &line)
}

#[test]
fn twenty_dissections() -> io::Result<()> {
    check("c6")
}

#[test]
fn one_dissection() -> io::Result<()> {
    check("x6")
}
