//! Who takes datagrams in the namespace of the program that is measured.

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::thread;

use super::link::Link;
use crate::run::Failure;

/// The argument that makes this program a collector: it is started again by itself, in the namespace.
pub(in crate::bench) const HOLD: &str = "--hold-collector";
/// The port is in a namespace of its own, so that it is free.
pub(super) const ADDRESS: &str = "127.0.0.1:9995";

/// Opens the socket, and never reads from it.
pub(in crate::bench) fn hold() -> Result<(), Failure> {
    let _socket =
        UdpSocket::bind(ADDRESS).map_err(|error| Failure::new(format!("{ADDRESS}: {error}")))?;
    loop {
        thread::park();
    }
}

/// Starts one, which ends with the namespace.
pub(super) fn start(link: &Link) -> Result<Child, Failure> {
    let failed = |error| Failure::new(format!("collector: {error}"));
    let this = std::env::current_exe().map_err(failed)?;
    Command::new("ip")
        .args(["netns", "exec", link.receiver()])
        .arg(this)
        .args(["bench", HOLD])
        .stdin(Stdio::null())
        .spawn()
        .map_err(failed)
}
