//! The figures that are committed: what was equal stays equal.

use std::io::{self, Write as _};

const FIGURES: &str = include_str!("figures.txt");

/// Says how a comparison went, and panics where it is not one of the committed lines.
pub(crate) fn hold(line: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{line}")?;
    // With BLESS set, the lines are printed alone, to be kept as the new ones.
    assert!(
        std::env::var_os("BLESS").is_some() || FIGURES.lines().any(|known| known == line),
        "not what tests/conformance/figures.txt says: {line}"
    );
    Ok(())
}

/// The same for a line that depends on the version of nDPI: of a version without committed lines it is said, and held
/// against nothing.
#[cfg(feature = "ndpi")]
pub(crate) fn hold_for_version(version: &str, line: &str) -> io::Result<()> {
    let prefix = format!("nDPI {version}, ");
    let line = format!("{prefix}{line}");
    if FIGURES.lines().any(|known| known.starts_with(&prefix)) {
        return hold(&line);
    }
    writeln!(
        io::stderr(),
        "{line}\n(not held: tests/conformance/figures.txt has no lines of this version)"
    )
}
