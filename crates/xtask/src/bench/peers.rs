//! Getting the programs to compare with.

use std::fs;
use std::path::Path;

use crate::run::{Failure, root, run, succeeds};
use crate::setup;

/// Debian's packages: what measures, what is measured, and what ours in C are compiled with.
const PACKAGES: &[&str] = &[
    "time",
    "iproute2",
    "tcpreplay",
    "softflowd",
    "nfdump",
    "argus-server",
    "libndpi-bin",
    "libndpi-dev",
    "libpcap-dev",
    "gcc",
    "libc6-dev",
    "python3-venv",
];

/// NFStream, as it is on `PyPI`.
const NFSTREAM: &str = "nfstream==6.6.0";

/// Our programs in C, and what they are linked with.
const IN_C: &[(&str, &[&str])] = &[
    ("pcap_count", &["-lpcap"]),
    ("ndpi_driver", &["-lndpi", "-lpcap"]),
];

/// Installs all of them, NFStream in a virtual environment of its own.
pub(super) fn install(folder: &Path) -> Result<(), Failure> {
    println!(
        "some of Debian's packages may start a daemon, which would take part in what is measured: stop it"
    );
    setup::apt_install(PACKAGES)?;
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    let environment = folder.join("venv").display().to_string();
    run("python3", &["-m", "venv", &environment])?;
    let pip = format!("{environment}/bin/pip");
    run(&pip, &["install", "--quiet", NFSTREAM])
}

/// Compiles those in C that can be: without libpcap's or nDPI's headers, or with another nDPI, they are left out.
pub(super) fn compile(folder: &Path) {
    for (name, libraries) in IN_C {
        let source = root().join(format!("crates/xtask/bench/{name}.c"));
        let program = folder.join(name);
        let (source, program) = (source.display().to_string(), program.display().to_string());
        // What an earlier compilation left may be of another version.
        let _ = fs::remove_file(&program);
        let arguments = ["-O2", "-o", &program, &source];
        if !succeeds("cc", &[&arguments, *libraries].concat()) {
            eprintln!("{name} cannot be compiled: see cc {}", arguments.join(" "));
        }
    }
}
