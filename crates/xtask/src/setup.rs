//! Installing what the machine lacks.

use crate::run::{Failure, root, run, succeeds};

type IsThere = fn() -> bool;

/// What is needed beside a Rust toolchain: Debian's package, and how to see that it is there.
const NEEDED: &[(&str, IsThere)] = &[
    // The linker, and what the crates with a build script of C need.
    ("gcc", || succeeds("cc", &["--version"])),
    ("libc6-dev", || header_exists("stdlib.h")),
    // Filters: the command line is built with them.
    ("libpcap-dev", || header_exists("pcap/pcap.h")),
    // Layer 7: the command line is built with nDPI, which pkg-config finds.
    ("pkg-config", || succeeds("pkg-config", &["--version"])),
    ("libndpi-dev", || header_exists("ndpi/ndpi_api.h")),
    // The conformance material, where it is at hand.
    ("zstd", || {
        !root().join("../shared/conformance").exists() || succeeds("zstd", &["--version"])
    }),
];

/// Installs what is missing with apt-get, as root or through sudo; elsewhere says what is missing.
pub(crate) fn install() -> Result<(), Failure> {
    let missing: Vec<_> = NEEDED
        .iter()
        .filter(|(_, is_there)| !is_there())
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    apt_install(&missing)
}

/// Installs Debian's packages with apt-get, as root or through sudo.
pub(crate) fn apt_install(missing: &[&str]) -> Result<(), Failure> {
    let list = missing.join(" ");
    let by_hand = |why: &str| {
        Failure::new(format!(
            "{why}; missing are the Debian packages {list} (or their like elsewhere: Fedora libpcap-devel ndpi-devel, \
             Homebrew libpcap ndpi, Alpine libpcap-dev musl-dev and nDPI from source; and a C compiler)"
        ))
    };
    if !succeeds("apt-get", &["--version"]) {
        return Err(by_hand("there is no apt-get here"));
    }
    let sudo: &[&str] = match (
        succeeds("sh", &["-c", "test $(id -u) = 0"]),
        succeeds("sudo", &["--version"]),
    ) {
        (true, _) => &[],
        (false, true) => &["sudo"],
        (false, false) => return Err(by_hand("not root, and there is no sudo")),
    };
    println!("installing {list}");
    let apt_get = |arguments: &[&str]| {
        let wait = ["apt-get", "-o", "DPkg::Lock::Timeout=300"];
        let line = [
            sudo,
            &["env", "DEBIAN_FRONTEND=noninteractive"],
            &wait,
            arguments,
        ]
        .concat();
        let (program, arguments) = line
            .split_first()
            .ok_or_else(|| Failure::new("nothing to run"))?;
        run(program, arguments)
    };
    // One source of several may be out of reach, and the packages may be known already.
    if let Err(failure) = apt_get(&["update", "--quiet"]) {
        println!("{failure}; going on");
    }
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    apt_get(&[&install, missing].concat()).map_err(|failure| by_hand(&failure.to_string()))
}

/// Whether the C compiler finds a header.
fn header_exists(header: &str) -> bool {
    let compile = format!("echo '#include <{header}>' | cc -E -x c - -o /dev/null");
    succeeds("sh", &["-c", &compile])
}
