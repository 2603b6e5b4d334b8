//! `nfstream live` in network namespaces: two of them, joined by a virtual Ethernet pair. Packets are sent at one end and
//! captured at the other.
//!
//! Where that is not to be had, each test says so loudly and passes; with `NFSTREAM_REQUIRE_LIVE=1` in the environment it
//! fails. Needs root on Linux, and from Debian `bind9-dnsutils curl ethtool iperf3 iproute2 libcap2-bin python3 tcpdump
//! tcpreplay util-linux`.

#![cfg(feature = "libpcap")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests fail by panics"
)]

use std::io::{self, Write};

#[cfg(target_os = "linux")]
#[path = "live/linux.rs"]
mod linux;

/// Says why a test is not run, or fails where it must be.
fn skip(reason: &str) {
    let required = std::env::var_os("NFSTREAM_REQUIRE_LIVE");
    assert!(
        required.is_none_or(|value| value != "1"),
        "live tests cannot run: {reason}"
    );
    // Not with a macro, whose output the test harness keeps to itself.
    let message = format!("SKIPPED: live tests: {reason}\n");
    io::stderr().write_all(message.as_bytes()).unwrap();
}

#[cfg(not(target_os = "linux"))]
#[test]
fn live_captures_are_tested_on_linux() {
    skip("not Linux");
}
