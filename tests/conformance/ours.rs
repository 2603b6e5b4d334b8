//! Our meter over every capture, held against NFStream's flows.
//!
//! A flow that differs must be explained: a packet with the flow's key is one that NFStream and we see differently, and
//! that difference has a number in docs/differences.md.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use nfstream::export::{Csv, WriterSink};
use nfstream::{AccountingMode, Dissector, Error, Streamer};

use crate::configuration::Configuration;
use crate::corpus::Corpus;
use crate::difference::{Difference, differences};
use crate::figures;
use crate::golden::{Comparison, Table};

/// Key cells of a flow, the same for both directions: both ends, protocol, VLAN, tunnel.
pub(crate) type Key = (Vec<(IpAddr, u16)>, u8, u16, u8);

/// What was compared so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    captures: usize,
    equal_captures: usize,
    flows: usize,
    equal_flows: usize,
    /// Flows that differ, by the number of the difference.
    explained: BTreeMap<Difference, usize>,
    /// What nothing explains.
    unexplained: Vec<String>,
}

impl Tally {
    /// Compares the flows of one capture, or group of captures; `excused` columns are left out.
    pub(crate) fn compare(
        &mut self,
        title: &str,
        files: &[PathBuf],
        configuration: &Configuration,
        (golden, ours): (&Table, &Table),
        excused: &BTreeSet<String>,
    ) -> io::Result<()> {
        // Ids follow the order of records, which is ours (D22).
        let excused = excused.iter().cloned().chain(["id".to_owned()]).collect();
        let comparison = Comparison::of(golden, ours, &excused);
        self.captures += 1;
        self.equal_captures += usize::from(comparison.is_equal());
        self.flows += golden.rows.len();
        self.equal_flows += comparison.equal;
        if comparison.is_equal() {
            return Ok(());
        }
        let known = differences(files, configuration.decode_tunnels)?;
        let mut explain = |table: &Table, row: usize, what: String| {
            let key = key(table, row);
            match known.of_flow(&key) {
                Some(difference) => *self.explained.entry(difference).or_default() += 1,
                None => self.unexplained.push(format!("{title}: {what} {key:?}")),
            }
        };
        for &row in &comparison.missing {
            explain(golden, row, format!("only golden, row {row}"));
        }
        for &row in &comparison.extra {
            explain(ours, row, format!("only ours, row {row}"));
        }
        for differing in &comparison.differing {
            let cells: Vec<_> = differing
                .columns
                .iter()
                .take(4)
                .map(|column| {
                    let (theirs, own) = (
                        golden.cell(differing.golden, column),
                        ours.cell(differing.ours, column),
                    );
                    format!("{column} {theirs} ours {own}")
                })
                .collect();
            explain(golden, differing.golden, cells.join(", "));
        }
        if !comparison.surplus_columns.is_empty() {
            self.unexplained
                .push(format!("{title}: columns {:?}", comparison.surplus_columns));
        }
        Ok(())
    }

    /// Says how it went, and panics where something is not explained or where the figures are not those that are
    /// committed: what was equal stays equal.
    pub(crate) fn finish(&self, what: &str) -> io::Result<()> {
        let explained = self.explained.iter();
        let explained: Vec<_> = explained
            .map(|(difference, flows)| format!("{flows} by {difference}"))
            .collect();
        let line = format!(
            "{what}: {} of {} captures equal, {} of {} flows equal; explained: {}",
            self.equal_captures,
            self.captures,
            self.equal_flows,
            self.flows,
            explained.join(", "),
        );
        let shown: Vec<_> = self.unexplained.iter().take(30).collect();
        assert!(
            self.unexplained.is_empty(),
            "{} flows are not explained, such as {shown:#?}",
            self.unexplained.len()
        );
        figures::hold(&line)
    }
}

/// Our flows, as CSV.
pub(crate) fn meter<D: Dissector>(
    files: &[PathBuf],
    configuration: &Configuration,
    dissector: D,
) -> Table {
    let mut text = Vec::new();
    let streamer = Streamer::builder()
        .dissector(dissector)
        .n_dissections(configuration.n_dissections)
        .sources(files)
        .decode_tunnels(configuration.decode_tunnels)
        .accounting_mode(AccountingMode::from_number(configuration.accounting_mode).unwrap())
        .statistical_analysis(configuration.statistical_analysis)
        .splt_analysis(configuration.splt_analysis)
        .idle_timeout(Duration::from_secs(configuration.idle_timeout_s))
        .active_timeout(Duration::from_secs(configuration.active_timeout_s))
        .bpf_filter(configuration.bpf_filter.unwrap_or_default())
        .build()
        .unwrap();
    let summary = match streamer.run(WriterSink::new(&mut text, Csv::default())) {
        Ok(summary) => summary,
        Err(Error::Input {
            summary, errors, ..
        }) => {
            let names = |error: &str| {
                files
                    .iter()
                    .any(|file| error.contains(&file.display().to_string()))
            };
            for error in errors.iter().map(ToString::to_string) {
                assert!(names(&error) || error.starts_with("filter "), "{error}");
            }
            *summary
        }
        Err(error) => panic!("{files:?}: {error}"),
    };
    assert_eq!(
        summary.packets_read,
        summary.packets_metered + summary.packets_ignored.total(),
        "{files:?}"
    );
    assert_eq!(
        summary.packets_metered, summary.packets_in_records,
        "{files:?}"
    );
    Table::parse(std::str::from_utf8(&text).unwrap())
}

fn key(table: &Table, row: usize) -> Key {
    let number = |column: &str| table.cell(row, column).parse().unwrap_or(0);
    let end = |ip: &str, port: &str| {
        let ip = table.cell(row, ip).parse().unwrap();
        (ip, number(port))
    };
    let mut ends = vec![end("src_ip", "src_port"), end("dst_ip", "dst_port")];
    ends.sort();
    let byte = |column: &str| u8::try_from(number(column)).unwrap();
    (ends, byte("protocol"), number("vlan_id"), byte("tunnel_id"))
}

fn check(names: &[&str]) -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let (core, unstable) = (corpus.core_names()?, corpus.unstable()?);
    for configuration in Configuration::ALL
        .iter()
        .filter(|configuration| names.contains(&configuration.name))
    {
        let mut tally = Tally::default();
        for capture in corpus.captures()? {
            let Some(golden) = corpus.golden(configuration.name, &capture.name)? else {
                assert!(
                    configuration.name != "c0" || !core.contains(&capture.name),
                    "{} has no golden flows",
                    capture.name
                );
                continue;
            };
            let columns = unstable.columns(configuration.name, &capture.name);
            if columns.contains("*") {
                continue;
            }
            let title = format!("{} {}", configuration.name, capture.name);
            let files = [capture.path];
            let ours = meter(&files, configuration, ());
            tally.compare(&title, &files, configuration, (&golden, &ours), &columns)?;
        }
        tally.finish(configuration.name)?;
    }
    Ok(())
}

#[test]
fn flows_by_accounting_mode() -> io::Result<()> {
    check(&["c0", "c1", "c2", "c3"])
}

#[test]
fn flows_without_tunnels() -> io::Result<()> {
    check(&["c4"])
}

#[test]
fn flows_with_other_timeouts() -> io::Result<()> {
    check(&["c5", "x0", "x1"])
}

/// Malformed, truncated and fuzzed files end with flows or an error that names the file, and the figures add up.
#[test]
fn malformed_captures() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let configuration = Configuration::ALL
        .first()
        .expect("there are configurations");
    let (mut captures, mut flows) = (0, 0);
    for capture in corpus.bad_captures()? {
        flows += meter(&[capture.path], configuration, ()).rows.len();
        captures += 1;
    }
    writeln!(
        io::stderr(),
        "malformed: {captures} captures end well, {flows} flows"
    )
}

#[cfg(feature = "libpcap")]
#[test]
fn flows_of_filtered_packets() -> io::Result<()> {
    check(&["c7", "x2", "x3", "x4", "x5"])
}

#[test]
fn flows_over_many_files() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    for configuration in Configuration::ALL
        .iter()
        .filter(|configuration| ["c0", "c5"].contains(&configuration.name))
    {
        let mut tally = Tally::default();
        for group in corpus.groups()? {
            let golden = corpus
                .golden_group(configuration.name, &group.name)?
                .unwrap_or_default();
            let title = format!("{} {}", configuration.name, group.name);
            let ours = meter(&group.files, configuration, ());
            tally.compare(
                &title,
                &group.files,
                configuration,
                (&golden, &ours),
                &BTreeSet::new(),
            )?;
        }
        tally.finish(&format!("{} of many files", configuration.name))?;
    }
    Ok(())
}
