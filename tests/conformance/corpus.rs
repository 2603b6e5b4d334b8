//! Where the captures and NFStream's outputs lie.
//!
//! The material is not part of the project: it lies packed in `../shared/conformance`, and is laid out under
//! `target/conformance`.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::golden::{Table, Unstable};

/// The material, laid out.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    root: PathBuf,
}

impl Corpus {
    /// Lays the material out where that is yet to be done. `None`, and a message that nobody can miss, where it is not
    /// there at all.
    pub(crate) fn open() -> io::Result<Option<Self>> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"));
        let packed = workspace.join("../shared/conformance");
        if !packed.is_dir() {
            let missing = packed.display();
            say_skipped(&format!("conformance is NOT TESTED: there is no {missing}"))?;
            return Ok(None);
        }
        let target = workspace.join("target");
        fs::create_dir_all(&target)?;
        // Tests may run as processes side by side.
        let lock = File::create(target.join("conformance.lock"))?;
        lock.lock()?;
        let root = target.join("conformance");
        let status = Command::new(packed.join("unpack.sh")).arg(&root).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("unpack.sh failed: {status}")));
        }
        Ok(Some(Self { root }))
    }

    /// All well-formed captures, in the order of their names.
    pub(crate) fn captures(&self) -> io::Result<Vec<Capture>> {
        self.manifest("captures", "MANIFEST.tsv")
    }

    /// Malformed, truncated and fuzzed files, in the order of their names.
    pub(crate) fn bad_captures(&self) -> io::Result<Vec<Capture>> {
        self.manifest("captures-bad", "MANIFEST_dev.tsv")
    }

    /// The names of the captures that two packet dumps tell of.
    pub(crate) fn packet_dump_names(&self) -> io::Result<BTreeSet<String>> {
        self.names("PACKETS.txt")
    }

    /// The names of the captures whose golden values do not depend on what NFStream had in its memory.
    pub(crate) fn core_names(&self) -> io::Result<BTreeSet<String>> {
        self.names("CORE.txt")
    }

    /// Files that are read as one source.
    pub(crate) fn groups(&self) -> io::Result<Vec<Group>> {
        let directory = self.root.join("captures-multi");
        let file = |path: &str| -> Option<PathBuf> {
            match path.strip_prefix("multi/dev/") {
                Some(name) => Some(directory.join(name)),
                None => Some(self.root.join("captures").join(path.strip_prefix("dev/")?)),
            }
        };
        let table = records(&directory.join("GROUPS.tsv"))?;
        table
            .iter()
            .map(|record| {
                let name = record.first().cloned().unwrap_or_default();
                let files: Option<Vec<PathBuf>> = record
                    .get(1)
                    .and_then(|files| files.split(' ').map(file).collect());
                match files {
                    Some(files) => Ok(Group { name, files }),
                    None => Err(io::Error::other(format!("GROUPS.tsv: {name}"))),
                }
            })
            .collect()
    }

    /// How NFStream's runs over the captures went: by configuration and name of the capture.
    pub(crate) fn runs(&self) -> io::Result<HashMap<(String, String), Run>> {
        runs(&self.root.join("golden/STATUS.tsv"))
    }

    /// The same for the malformed captures.
    pub(crate) fn bad_runs(&self) -> io::Result<HashMap<(String, String), Run>> {
        runs(&self.root.join("golden-bad/STATUS_dev.tsv"))
    }

    /// NFStream's flows, or packets, for a capture; `None` where it refused the capture or was not run.
    pub(crate) fn golden(&self, configuration: &str, capture: &str) -> io::Result<Option<Table>> {
        table(&self.root.join("golden").join(configuration), capture)
    }

    /// The same for a malformed capture.
    pub(crate) fn golden_bad(
        &self,
        configuration: &str,
        capture: &str,
    ) -> io::Result<Option<Table>> {
        table(&self.root.join("golden-bad").join(configuration), capture)
    }

    /// The same for a group; `configuration` without the prefix `multi_`.
    pub(crate) fn golden_group(
        &self,
        configuration: &str,
        group: &str,
    ) -> io::Result<Option<Table>> {
        table(
            &self
                .root
                .join("golden")
                .join(format!("multi_{configuration}")),
            group,
        )
    }

    /// The flows that ndpiReader 4.2 finds in a capture (`ndpiReader -t -C`); `None` where it was not run.
    #[cfg(feature = "ndpi")]
    pub(crate) fn reader_flows(&self, capture: &str) -> io::Result<Option<Table>> {
        let path = format!("oracles/ndpi_4.2_reader/{capture}.csv");
        self.oracle(&path)
            .map(|text| text.map(|text| Table::parse(&text)))
    }

    /// The hellos of TLS that Wireshark finds in a capture, tab-separated; `None` where it finds none.
    #[cfg(feature = "ndpi")]
    pub(crate) fn hellos(&self, capture: &str) -> io::Result<Option<String>> {
        self.oracle(&format!("oracles/wireshark/tls_ja3/{capture}.tsv"))
    }

    /// What nDPI 4.11's own tests expect `ndpiReader` to say of a capture; `None` where they do not have it.
    #[cfg(feature = "ja4")]
    #[allow(dead_code, reason = "of the tests of plugins")]
    pub(crate) fn reader_report(&self, capture: &str) -> io::Result<Option<String>> {
        self.oracle(&format!("oracles/ndpi_4.11_repo/{capture}.out"))
    }

    /// A file with texts from packets, which need not be UTF-8; `None` where there is none.
    #[allow(
        dead_code,
        reason = "used with some features, and by the tests of plugins"
    )]
    pub(crate) fn oracle(&self, path: &str) -> io::Result<Option<String>> {
        let path = self.root.join(path);
        path.is_file()
            .then(|| Ok(String::from_utf8_lossy(&fs::read(&path)?).into_owned()))
            .transpose()
    }

    /// The golden cells that are not the same from run to run.
    pub(crate) fn unstable(&self) -> io::Result<Unstable> {
        Unstable::read(&self.root.join("golden/UNSTABLE.tsv"))
    }

    /// The same for the malformed captures.
    pub(crate) fn unstable_bad(&self) -> io::Result<Unstable> {
        Unstable::read(&self.root.join("golden-bad/UNSTABLE_dev.tsv"))
    }

    fn manifest(&self, directory: &str, manifest: &str) -> io::Result<Vec<Capture>> {
        let directory = self.root.join(directory);
        let records = records(&directory.join(manifest))?;
        let mut captures: Vec<Capture> = records
            .into_iter()
            .filter_map(|record| record.into_iter().next())
            .filter(|name| name != "file")
            .map(|name| Capture {
                path: directory.join(&name),
                name,
            })
            .collect();
        captures.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(captures)
    }

    fn names(&self, list: &str) -> io::Result<BTreeSet<String>> {
        let records = records(&self.root.join("golden").join(list))?;
        Ok(records
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty())
            .collect())
    }
}

/// Says what is not tested, so that nobody can miss it.
pub(crate) fn say_skipped(what: &str) -> io::Result<()> {
    let rule = "=".repeat(100);
    // Not by `eprintln`, whose output is only seen when a test fails; at once, as other tests write too.
    io::stderr().write_all(format!("{rule}\nSKIPPED: {what}\n{rule}\n").as_bytes())
}

/// A capture file.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    /// Its file name, by which everything else knows it.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// Files that are read as one source, in this order.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) files: Vec<PathBuf>,
}

/// How NFStream's run over a capture went.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// What NFStream said where it refused the capture.
    pub(crate) refusal: Option<String>,
    pub(crate) flows: usize,
    /// Packets that were read and metered.
    pub(crate) metered: usize,
    /// Packets that were read and ignored.
    pub(crate) ignored: usize,
    /// How often libpcap reported an error in the place of a packet.
    pub(crate) read_errors: usize,
}

/// A golden table; `None` where there is none.
fn table(directory: &Path, name: &str) -> io::Result<Option<Table>> {
    let path = directory.join(format!("{name}.csv"));
    path.is_file().then(|| Table::read(&path)).transpose()
}

fn runs(path: &Path) -> io::Result<HashMap<(String, String), Run>> {
    let number = |text: &String| text.parse().unwrap_or(0);
    let runs = records(path)?.into_iter().filter_map(|record| {
        let [
            file,
            configuration,
            status,
            flows,
            metered,
            ignored,
            read_errors,
            ..,
        ] = record.as_slice()
        else {
            return None;
        };
        let run = Run {
            refusal: status.strip_prefix("error:").map(str::to_owned),
            flows: number(flows),
            metered: number(metered),
            ignored: number(ignored),
            read_errors: number(read_errors),
        };
        Some(((configuration.clone(), file.clone()), run))
    });
    Ok(runs.collect())
}

/// The records of a tab-separated file, comments left out.
fn records(path: &Path) -> io::Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect())
}
