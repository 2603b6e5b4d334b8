//! The programs that are measured, and how each is called.

use std::path::{Path, PathBuf};

use super::Workbench;
use super::captures::Capture;
use crate::run::succeeds;

/// Room for all flows in softflowd, which would end flows early: what is compared is the same work.
pub(super) const SOFTFLOWD_FLOWS: &str = "4194304";
/// Room for all flows of [`Capture::Small`] in nfpcapd, which takes two for one and all the memory at once. Its default of
/// 524,288 does for the others.
const NFPCAPD_FLOWS: &str = "2500000";

/// A program with what it is asked to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Program {
    /// Ours.
    Nfstream {
        what: &'static str,
        options: &'static [&'static str],
        rows: Rows,
    },
    /// NFStream in Python; the arguments of `NFStreamer` behind the name of the capture, and what is called of it.
    Python {
        what: &'static str,
        arguments: &'static str,
        call: &'static str,
    },
    /// Exports `NetFlow` 9 as datagrams, which nobody reads.
    Softflowd,
    /// Writes files of its own format.
    Nfpcapd,
    /// Writes a file of its own format.
    Argus,
    /// Writes CSV into a file.
    NdpiReader,
    /// libpcap alone, counting packets: `crates/xtask/bench/pcap_count.c`.
    PcapCount,
    /// nDPI with as little around it as possible: `crates/xtask/bench/ndpi_driver.c`.
    NdpiDriver,
}

/// Where our rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// Nowhere.
    None,
    /// Into a file, whose ending names the format.
    File(&'static str),
}

impl Rows {
    pub(super) const CSV: Self = Self::File("ours.csv");
}

/// What writes CSV in NFStream.
pub(super) const TO_CSV: &str = "to_csv('theirs.csv')";

impl Program {
    /// The name in tables.
    pub(super) fn name(self) -> String {
        match self {
            Self::Nfstream { what, .. } => format!("nfstream, {what}"),
            Self::Python { what, .. } => format!("NFStream 6.6.0, {what}"),
            Self::Softflowd => "softflowd, NetFlow 9 datagrams".to_owned(),
            Self::Nfpcapd => "nfpcapd, its own files".to_owned(),
            Self::Argus => "argus, its own file".to_owned(),
            Self::NdpiReader => "ndpiReader, CSV".to_owned(),
            Self::PcapCount => "`pcap_dispatch`, counting".to_owned(),
            Self::NdpiDriver => "bare nDPI, no rows".to_owned(),
        }
    }

    /// Whether it takes minutes at full size.
    pub(super) fn is_slow_on(self, capture: Capture) -> bool {
        matches!(self, Self::Python { .. }) && capture != Capture::Mix
    }

    /// Whether it can be run.
    pub(super) fn is_there(self, bench: &Workbench) -> bool {
        match self {
            Self::Nfstream { .. } => true,
            Self::Python { .. } => {
                let python = python(bench).display().to_string();
                succeeds(&python, &["-c", "import nfstream"])
            }
            Self::Softflowd => is_on_path("softflowd"),
            Self::Nfpcapd => is_on_path("nfpcapd"),
            Self::Argus => is_on_path("argus"),
            Self::NdpiReader => is_on_path("ndpiReader"),
            Self::PcapCount => bench.folder.join("pcap_count").exists(),
            Self::NdpiDriver => bench.folder.join("ndpi_driver").exists(),
        }
    }

    /// What to run: the program and its arguments. Files that it writes are in the folder that it is run in.
    pub(super) fn command(self, bench: &Workbench, capture: Capture, file: &Path) -> Vec<String> {
        let file = &*file.display().to_string();
        let command = |line: &[&str]| line.iter().map(|&word| word.to_owned()).collect();
        let ours_in_c = |name| bench.folder.join(name).display().to_string();
        match self {
            Self::Nfstream { options, rows, .. } => {
                let rows = match rows {
                    Rows::None => ["--format", "none"],
                    Rows::File(name) => ["--output", name],
                };
                let program = bench.nfstream.display().to_string();
                command(&[&[&program, "read", file, "--quiet"], &rows[..], options].concat())
            }
            Self::Python {
                arguments, call, ..
            } => {
                let script = format!(
                    "if __name__ == '__main__':\n    from nfstream import NFStreamer\n    \
                     NFStreamer('{file}', {arguments}).{call}"
                );
                command(&[&python(bench).display().to_string(), "-c", &script])
            }
            Self::Softflowd => {
                let address = bench.collector.local_addr();
                let collector = address.map_or_else(|_| String::new(), |it| it.to_string());
                // -d: in the foreground.
                let line = ["softflowd", "-d", "-r", file, "-v", "9"];
                command(&[&line[..], &["-n", &collector, "-m", SOFTFLOWD_FLOWS]].concat())
            }
            Self::Nfpcapd if capture == Capture::Small => {
                command(&["nfpcapd", "-r", file, "-w", ".", "-B", NFPCAPD_FLOWS])
            }
            Self::Nfpcapd => command(&["nfpcapd", "-r", file, "-w", "."]),
            // -X: without the machine's configuration.
            Self::Argus => command(&["argus", "-X", "-r", file, "-w", "argus.out"]),
            Self::NdpiReader => command(&["ndpiReader", "-q", "-i", file, "-C", "theirs.csv"]),
            Self::PcapCount => command(&[&ours_in_c("pcap_count"), file]),
            Self::NdpiDriver => command(&[&ours_in_c("ndpi_driver"), file]),
        }
    }
}

/// The interpreter of the virtual environment that has NFStream.
pub(super) fn python(bench: &Workbench) -> PathBuf {
    bench.folder.join("venv/bin/python")
}

/// Whether a shell finds a program. Debian keeps some of them where only root looks.
fn is_on_path(program: &str) -> bool {
    let find = format!("PATH=$PATH:{} command -v {program}", super::measure::SBIN);
    succeeds("sh", &["-c", &find])
}
