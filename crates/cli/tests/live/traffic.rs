//! Packets: sent one by one, or replayed from a capture.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use super::clock::now;
use super::namespace::Namespace;
use super::network::{INTERFACE, NOBODY};
use super::process::Process;

/// A capture of `tests/data`.
pub(crate) fn data(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    path.join(name).to_str().unwrap().to_owned()
}

/// A path as a command line has it.
pub(crate) fn text(path: impl Into<PathBuf>) -> String {
    path.into().into_os_string().into_string().unwrap()
}

/// Sends one datagram from a port to an address that nobody has, and says when.
pub(crate) fn send_from(namespace: &Namespace, port: u16, to_port: u16) -> Instant {
    namespace.inside(move || {
        let socket = UdpSocket::bind(("0.0.0.0", port)).unwrap();
        let before = now();
        socket.send_to(b"datagram", (NOBODY, to_port)).unwrap();
        before
    })
}

/// Sends one datagram from each of these ports to an address that nobody has.
pub(crate) fn send_from_each(
    namespace: &Namespace,
    ports: impl IntoIterator<Item = u16> + Send + 'static,
) {
    namespace.inside(move || {
        for port in ports {
            let socket = UdpSocket::bind(("0.0.0.0", port)).unwrap();
            socket.send_to(b"datagram", (NOBODY, 9)).unwrap();
        }
    });
}

/// Replays a capture and gives the number of packets that were sent.
pub(crate) fn replay(namespace: &Namespace, capture: &str, options: &[&str]) -> u64 {
    let mut command = namespace.command("tcpreplay");
    command.args(["-i", INTERFACE]).args(options).arg(capture);
    let (report, errors) = Process::run(&mut command);
    let sent = report
        .lines()
        .find_map(|line| line.trim().strip_prefix("Successful packets:"));
    sent.and_then(|count| count.trim().parse().ok())
        .unwrap_or_else(|| panic!("tcpreplay says no number of packets: {report}{errors}"))
}

/// Replays a capture again and again until this is dropped.
pub(crate) fn replay_forever(namespace: &Namespace, capture: &str, options: &[&str]) -> Process {
    let mut command = namespace.command("tcpreplay");
    command.args(["-i", INTERFACE, "--preload-pcap", "--loop=0"]);
    command.args(options).arg(capture);
    Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}
