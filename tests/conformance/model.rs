//! The models of libpcap and NFStream against NFStream's own outputs: they must agree wherever these are defined.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{self, Write as _};

use crate::configuration::Configuration;
use crate::corpus::{Capture, Corpus, Run};
use crate::dump::{flow_table, packet_table, see};
use crate::golden::{Comparison, Table, Unstable};
use crate::libpcap;
use crate::nfstream::Meter;

/// What a packet dump says of a header that the snaplen cut, read from whatever lay behind the packet (Q10).
const UNDEFINED: [&str; 11] = [
    "payload_size",
    "src_port",
    "dst_port",
    "syn",
    "cwr",
    "ece",
    "urg",
    "ack",
    "psh",
    "rst",
    "fin",
];

/// What follows from the ports of this packet and others.
const UNDEFINED_FLOW: [&str; 3] = ["flow", "delta_time", "direction"];

/// What was compared so far.
#[derive(Debug, Default)]
struct Tally {
    captures: usize,
    equal_captures: usize,
    rows: usize,
    equal_rows: usize,
    /// Captures that differ where NFStream's answer depends on what lay behind a packet in its memory.
    undefined: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Counts a comparison. `is_defined` tells whether golden cells must be the model's: a row and its columns that
    /// differ, or no row where rows are missing on either side.
    fn add(
        &mut self,
        name: &str,
        (golden, model): (&Table, &Table),
        excused: &BTreeSet<String>,
        is_defined: impl Fn(Option<(usize, &str)>) -> bool,
    ) {
        let comparison = Comparison::of(golden, model, excused);
        let failures = self.failures.len();
        for differing in &comparison.differing {
            for column in &differing.columns {
                if is_defined(Some((differing.golden, column))) {
                    let (row, golden) = (differing.golden, golden.cell(differing.golden, column));
                    let model = model.cell(differing.ours, column);
                    self.failures.push(format!(
                        "{name}, row {row}, {column}: {golden}, model {model}"
                    ));
                }
            }
        }
        let (missing, extra) = (&comparison.missing, &comparison.extra);
        if is_defined(None) && !(missing.is_empty() && extra.is_empty()) {
            self.failures.push(format!(
                "{name}: only golden: rows {missing:?}, only model: rows {extra:?}"
            ));
        }
        if !comparison.surplus_columns.is_empty() {
            self.failures.push(format!(
                "{name}: only model: {:?}",
                comparison.surplus_columns
            ));
        }
        self.captures += 1;
        self.equal_captures += usize::from(comparison.is_equal());
        self.rows += golden.rows.len();
        self.equal_rows += comparison.equal;
        self.undefined += usize::from(!comparison.is_equal() && failures == self.failures.len());
    }

    /// Says how it went, in any case, and panics where there is a failure.
    fn finish(&self, what: &str) -> io::Result<()> {
        writeln!(
            io::stderr(),
            "{what}: {} of {} captures equal, {} of {} rows equal; {} captures differ only where NFStream is undefined",
            self.equal_captures,
            self.captures,
            self.equal_rows,
            self.rows,
            self.undefined
        )?;
        let shown: Vec<&String> = self.failures.iter().take(60).collect();
        assert!(
            self.failures.is_empty(),
            "{} failures, such as {shown:#?}",
            self.failures.len()
        );
        Ok(())
    }
}

#[test]
fn packets_are_nfstreams_packets() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let (names, unstable) = (corpus.packet_dump_names()?, corpus.unstable()?);
    let captures: Vec<_> = corpus
        .captures()?
        .into_iter()
        .filter(|capture| names.contains(&capture.name))
        .collect();
    assert_eq!(captures.len(), names.len());
    for (configuration, decode_tunnels) in [("pk", true), ("pk4", false)] {
        let mut tally = Tally::default();
        for capture in &captures {
            let file = fs::read(&capture.path)?;
            let golden = corpus.golden(configuration, &capture.name)?;
            let (Ok(reading), Some(golden)) = (libpcap::read(&file), &golden) else {
                assert!(
                    libpcap::read(&file).is_err() && golden.is_none(),
                    "{}",
                    capture.name
                );
                continue;
            };
            let mut meter = Meter::new(120, 1_800);
            let seen = see(&reading, decode_tunnels, &mut meter);
            let model = packet_table(&seen, meter.flows());
            let undefined: Vec<bool> = seen
                .iter()
                .map(|seen| seen.packet.reads_past_capture)
                .collect();
            let is_defined = |cell: Option<(usize, &str)>| match cell {
                // Undefined ports of one packet leave open which flows the others belong to.
                Some((_, column)) if UNDEFINED_FLOW.contains(&column) => !undefined.contains(&true),
                Some((row, column)) if UNDEFINED.contains(&column) => {
                    undefined.get(row) != Some(&true)
                }
                _ => true,
            };
            let is_unstable = !unstable.columns(configuration, &capture.name).is_empty();
            assert!(
                !is_unstable || undefined.contains(&true),
                "{}",
                capture.name
            );
            tally.add(
                &format!("{configuration} {}", capture.name),
                (golden, &model),
                &BTreeSet::new(),
                is_defined,
            );
        }
        tally.finish(configuration)?;
    }
    Ok(())
}

#[test]
fn flows_are_nfstreams_flows() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let mut well_formed = Tally::default();
    let (runs, unstable, core) = (corpus.runs()?, corpus.unstable()?, corpus.core_names()?);
    for capture in corpus.captures()? {
        let golden = |configuration: &str| corpus.golden(configuration, &capture.name);
        let is_defined = check_capture(&capture, golden, &runs, &unstable, &mut well_formed)?;
        assert!(
            is_defined || !core.contains(&capture.name),
            "{}",
            capture.name
        );
    }
    let mut malformed = Tally::default();
    let (runs, unstable) = (corpus.bad_runs()?, corpus.unstable_bad()?);
    for capture in corpus.bad_captures()? {
        let golden = |configuration: &str| corpus.golden_bad(configuration, &capture.name);
        check_capture(&capture, golden, &runs, &unstable, &mut malformed)?;
    }
    well_formed.finish("flows of well-formed captures")?;
    malformed.finish("flows of malformed captures")
}

#[test]
fn flows_over_many_files_are_nfstreams_flows() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let mut tally = Tally::default();
    for group in corpus.groups()? {
        let files: Vec<Vec<u8>> = group
            .files
            .iter()
            .map(fs::read)
            .collect::<io::Result<_>>()?;
        for configuration in
            modelled().filter(|configuration| ["c0", "c5"].contains(&configuration.name))
        {
            let mut meter =
                Meter::new(configuration.idle_timeout_s, configuration.active_timeout_s);
            let mut seen = Vec::new();
            for file in &files {
                let reading = libpcap::read(file).expect("groups hold readable files");
                seen.extend(see(&reading, true, &mut meter));
            }
            let golden = corpus
                .golden_group(configuration.name, &group.name)?
                .unwrap_or_default();
            let model = flow_table(&seen, meter.flows(), 0, true);
            let excused = unknown_columns(&golden, &model);
            tally.add(
                &format!("{} {}", configuration.name, group.name),
                (&golden, &model),
                &excused,
                |_| true,
            );
        }
    }
    tally.finish("flows over many files")
}

/// All configurations of one capture. Whether NFStream's answers to it are defined.
fn check_capture(
    Capture { name, path }: &Capture,
    golden: impl Fn(&str) -> io::Result<Option<Table>>,
    runs: &HashMap<(String, String), Run>,
    unstable: &Unstable,
    tally: &mut Tally,
) -> io::Result<bool> {
    let file = fs::read(path)?;
    let mut all_defined = true;
    for configuration in modelled() {
        let Some(run) = runs.get(&(configuration.name.to_owned(), name.clone())) else {
            continue;
        };
        let title = format!("{} {name}", configuration.name);
        let reading = match (libpcap::read(&file), &run.refusal) {
            (Ok(reading), None) => reading,
            (Err(_), Some(_)) => continue,
            (outcome, refusal) => {
                tally.failures.push(format!(
                    "{title}: NFStream {refusal:?}, model {:?}",
                    outcome.err()
                ));
                continue;
            }
        };
        let mut meter = Meter::new(configuration.idle_timeout_s, configuration.active_timeout_s);
        let seen = see(&reading, configuration.decode_tunnels, &mut meter);
        // One packet with undefined ports changes the flows that it does or does not belong to, in all that they hold.
        let is_defined = !seen.iter().any(|seen| seen.packet.reads_past_capture);
        all_defined &= is_defined;
        let is_unstable = !unstable.columns(configuration.name, name).is_empty();
        let ignored = reading.packets.len() - seen.len();
        let model = (seen.len(), ignored, reading.errors);
        let golden_counts = (run.metered, run.ignored, run.read_errors);
        if golden_counts != model || is_defined && (is_unstable || run.flows != meter.flows().len())
        {
            tally.failures.push(format!(
                "{title}: metered, ignored, errors: {golden_counts:?}, model {model:?}; flows: {}, model {}; unstable: {is_unstable}",
                run.flows,
                meter.flows().len(),
            ));
        }
        let golden = golden(configuration.name)?.unwrap_or_default();
        let model = flow_table(
            &seen,
            meter.flows(),
            configuration.accounting_mode,
            configuration.decode_tunnels,
        );
        let excused = unknown_columns(&golden, &model);
        tally.add(&title, (&golden, &model), &excused, |_| is_defined);
    }
    Ok(all_defined)
}

/// The configurations whose packets and columns the model knows: no filter, no L7.
fn modelled() -> impl Iterator<Item = Configuration> {
    Configuration::ALL.into_iter().filter(|configuration| {
        configuration.bpf_filter.is_none() && configuration.n_dissections == 0
    })
}

/// Golden columns that the model does not know.
fn unknown_columns(golden: &Table, model: &Table) -> BTreeSet<String> {
    golden
        .columns
        .iter()
        .filter(|column| model.column(column).is_none())
        .cloned()
        .collect()
}
