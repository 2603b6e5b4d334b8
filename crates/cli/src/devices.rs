//! `nfstream devices`: lists what can be captured from.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use nfstream::capture::{InterfaceInfo, interfaces};

use crate::failure::Failure;

/// Prints one line for each interface: name, state, addresses, what the system says of it.
pub(crate) fn run() -> Result<(), Failure> {
    let interfaces = interfaces().map_err(|error| Failure::Inputs(vec![error.into()]))?;
    let names = interfaces.iter().map(|it| it.name.chars().count());
    let width = names.max().unwrap_or_default();
    let mut page = String::new();
    for interface in &interfaces {
        let mut facts: Vec<_> = interface
            .addresses
            .iter()
            .map(ToString::to_string)
            .collect();
        facts.extend(interface.description.clone());
        let (name, state) = (&interface.name, state(interface));
        let line = format!("{name:width$}  {state:7}  {}", facts.join("  "));
        let _ = writeln!(page, "{}", line.trim_end());
    }
    Failure::of_stdout(io::stdout().write_all(page.as_bytes()))
}

/// One word for what an interface can do.
fn state(interface: &InterfaceInfo) -> &'static str {
    match (interface.is_up, interface.is_running) {
        (false, _) => "down",
        (true, false) => "no link",
        (true, true) => "up",
    }
}
