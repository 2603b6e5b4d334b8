//! The programs that are measured live, and how each is called.

use std::thread;

use super::super::Workbench;
use super::super::captures::Capture;
use super::super::programs::{Program, SOFTFLOWD_FLOWS, TO_CSV, python};
use super::collector;
use super::link::RECEIVING;

/// The kernel's buffer of each socket, in bytes: some hundredths of a second at the rates here, so that what it takes in
/// during a trial is little beside what is sent.
const BUFFER: &str = "4194304";

/// A program with what it is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// Ours, CSV into a file.
    Nfstream {
        what: &'static str,
        options: &'static [&'static str],
        /// Whether only [`Capture::Whole`] has something for it.
        mix_only: bool,
    },
    /// NFStream in Python, its flows counted; 0 meters are as many as it chooses.
    Python { what: &'static str, meters: u32 },
    /// Exports `NetFlow` 9 as datagrams, which nobody reads.
    Softflowd,
}

/// The first is what the others are compared with.
pub(super) const SUBJECTS: &[Subject] = &[
    Subject::Nfstream {
        what: "core, CSV, 1 meter",
        options: &["--n-dissections", "0", "--n-meters", "1"],
        mix_only: false,
    },
    Subject::Nfstream {
        what: "core, CSV, 2 meters",
        options: &["--n-dissections", "0", "--n-meters", "2"],
        mix_only: false,
    },
    Subject::Nfstream {
        what: "layer 7, CSV, 1 meter",
        options: &["--n-meters", "1"],
        mix_only: true,
    },
    Subject::Python {
        what: "core, flows counted, 1 meter",
        meters: 1,
    },
    Subject::Python {
        what: "core, flows counted, its choice of meters",
        meters: 0,
    },
    Subject::Softflowd,
];

impl Subject {
    /// The name in tables.
    pub(super) fn name(self) -> String {
        match self {
            Self::Nfstream { what, .. } => format!("nfstream, {what}"),
            Self::Python { what, .. } => format!("NFStream 6.6.0, {what}"),
            Self::Softflowd => Program::Softflowd.name(),
        }
    }

    /// Whether it is measured with this traffic on this machine.
    pub(super) fn takes(self, capture: Capture) -> bool {
        match self {
            Self::Nfstream { mix_only, .. } => !mix_only || capture == Capture::Whole,
            // It chooses one less than there are cores.
            Self::Python { meters: 0, .. } => {
                thread::available_parallelism().is_ok_and(|cores| cores.get() > 2)
            }
            Self::Python { .. } | Self::Softflowd => true,
        }
    }

    /// Whether it can be run.
    pub(super) fn is_there(self, bench: &Workbench) -> bool {
        let program = match self {
            Self::Nfstream { .. } => return true,
            Self::Python { what, .. } => Program::Python {
                what,
                arguments: "",
                call: TO_CSV,
            },
            Self::Softflowd => Program::Softflowd,
        };
        program.is_there(bench)
    }

    /// What to run: the program and its arguments. Files that it writes are in the folder that it is run in.
    pub(super) fn command(self, bench: &Workbench) -> Vec<String> {
        let command = |line: &[&str]| line.iter().map(|&word| word.to_owned()).collect();
        match self {
            Self::Nfstream { options, .. } => {
                let program = bench.nfstream.display().to_string();
                let live = [&*program, "live", "--interface", RECEIVING];
                let rest = ["--socket-buffer-size", BUFFER, "--output", "ours.csv"];
                command(&[&live, &rest, options].concat())
            }
            Self::Python { meters, .. } => {
                let script = format!(
                    "if __name__ == '__main__':\n    from nfstream import NFStreamer\n    \
                     streamer = NFStreamer('{RECEIVING}', n_dissections=0, n_meters={meters}, \
                     socket_buffer_size={BUFFER}, performance_report=1)\n    \
                     print(sum(1 for flow in streamer))"
                );
                command(&[&python(bench).display().to_string(), "-u", "-c", &script])
            }
            Self::Softflowd => {
                // -d: in the foreground.
                let line = ["softflowd", "-d", "-i", RECEIVING, "-v", "9", "-B", BUFFER];
                let export = ["-n", collector::ADDRESS, "-m", SOFTFLOWD_FLOWS];
                // As long as the others wait for a flow's next packet.
                let timeouts = ["-t", "general=120", "-t", "tcp=120", "-t", "udp=120"];
                let control = ["-c", "control", "-p", "pid"];
                command(&[&line[..], &export, &timeouts, &control].concat())
            }
        }
    }
}
