//! What is compared with what.

use super::captures::Capture;
use super::programs::{Program, Rows, TO_CSV};

/// Programs that do the same, on the same captures.
#[derive(Debug)]
pub(super) struct Comparison {
    /// What it is called on the command line.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) captures: &'static [Capture],
    /// The first is what the others are compared with.
    pub(super) programs: &'static [Program],
    pub(super) base: Base,
}

/// What a row is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// The first program on the same capture.
    FirstProgram,
    /// The same program on the first capture.
    FirstCapture,
}

const CAPTURES: &[Capture] = &[Capture::Mix, Capture::Small, Capture::Few];

/// Ours without layer 7, on one core.
macro_rules! core {
    ($what:literal, $rows:expr $(, $option:literal)*) => {
        Program::Nfstream {
            what: $what,
            options: &["--n-dissections", "0", "--n-meters", "1" $(, $option)*],
            rows: $rows,
        }
    };
}

/// Ours with so many meters.
macro_rules! meters {
    ($what:literal, $meters:literal $(, $option:literal)*) => {
        Program::Nfstream {
            what: $what,
            options: &["--n-meters", $meters $(, $option)*],
            rows: Rows::CSV,
        }
    };
}

pub(super) const COMPARISONS: &[Comparison] = &[
    Comparison {
        name: "core-vs-pcap",
        title: "Core features without rows, and libpcap alone",
        captures: CAPTURES,
        programs: &[core!("core, no rows", Rows::None), Program::PcapCount],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "core-vs-nfstream",
        title: "Core features, CSV",
        captures: CAPTURES,
        programs: &[
            core!("core, CSV", Rows::CSV),
            Program::Python {
                what: "core, CSV",
                arguments: "n_dissections=0",
                call: TO_CSV,
            },
        ],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "statistics-vs-nfstream",
        title: "48 statistics and SPLT 20, CSV",
        captures: &[Capture::Mix],
        programs: &[
            core!(
                "statistics, SPLT, CSV",
                Rows::CSV,
                "--statistical-analysis",
                "--splt-analysis",
                "20"
            ),
            Program::Python {
                what: "statistics, SPLT, CSV",
                arguments: "n_dissections=0, statistical_analysis=True, splt_analysis=20",
                call: TO_CSV,
            },
        ],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "statistics-vs-flow-meters",
        title: "48 statistics, CSV, and flow meters in C with their own features and formats",
        captures: CAPTURES,
        programs: &[
            core!("statistics, CSV", Rows::CSV, "--statistical-analysis"),
            Program::Softflowd,
            Program::Nfpcapd,
            Program::Argus,
        ],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "layer7",
        title: "Core features and layer 7, 20 dissections a flow",
        captures: &[Capture::Mix],
        programs: &[
            meters!("layer 7, CSV", "1"),
            Program::NdpiDriver,
            Program::NdpiReader,
            Program::Python {
                what: "layer 7, CSV",
                arguments: "n_dissections=20",
                call: TO_CSV,
            },
        ],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "export",
        title: "48 statistics into each format: a million flows at full size",
        captures: &[Capture::Small],
        programs: &[
            core!("no rows", Rows::None, "--statistical-analysis"),
            core!("CSV", Rows::CSV, "--statistical-analysis"),
            core!(
                "JSON lines",
                Rows::File("ours.jsonl"),
                "--statistical-analysis"
            ),
            core!(
                "Parquet",
                Rows::File("ours.parquet"),
                "--statistical-analysis"
            ),
            core!(
                "Arrow file",
                Rows::File("ours.arrow"),
                "--statistical-analysis"
            ),
            core!(
                "Arrow stream",
                Rows::File("ours.arrows"),
                "--statistical-analysis"
            ),
            Program::Python {
                what: "to_csv",
                arguments: "n_dissections=0, statistical_analysis=True",
                call: TO_CSV,
            },
            Program::Python {
                what: "to_pandas",
                arguments: "n_dissections=0, statistical_analysis=True",
                call: "to_pandas()",
            },
        ],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "meters",
        title: "Two meters and one: 48 statistics, CSV",
        captures: &[Capture::Mix, Capture::Small],
        programs: &[
            meters!(
                "1 meter",
                "1",
                "--n-dissections",
                "0",
                "--statistical-analysis"
            ),
            meters!(
                "2 meters",
                "2",
                "--n-dissections",
                "0",
                "--statistical-analysis"
            ),
        ],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "meters-layer7",
        title: "Two meters and one: core features and layer 7, CSV",
        captures: &[Capture::Mix],
        programs: &[meters!("1 meter", "1"), meters!("2 meters", "2")],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "memory",
        title: "Peak memory with and without 48 statistics",
        captures: &[Capture::Mix, Capture::Small],
        programs: &[
            core!("core, no rows", Rows::None),
            core!("statistics, no rows", Rows::None, "--statistical-analysis"),
        ],
        base: Base::FirstProgram,
    },
    Comparison {
        name: "growth",
        title: "The same traffic for 1, 4 and 16 times as long: 48 statistics, CSV",
        captures: &[Capture::Growth(1), Capture::Growth(4), Capture::Growth(16)],
        programs: &[core!(
            "statistics, CSV",
            Rows::CSV,
            "--statistical-analysis"
        )],
        base: Base::FirstCapture,
    },
];
