//! `nfstream live` in network namespaces: two of them, joined by a virtual Ethernet pair. Packets are sent at one end and
//! captured at the other.
//!
//! Where that is not to be had, each test says so loudly and passes; with `NFSTREAM_REQUIRE_LIVE=1` in the environment it
//! fails. Needs root on Linux, and from Debian `bind9-dnsutils curl ethtool iperf3 iproute2 libcap2-bin python3 tcpdump
//! tcpreplay util-linux`.

#![cfg(all(target_os = "linux", feature = "libpcap"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests fail by panics"
)]

#[path = "live/attribution.rs"]
mod attribution;
#[path = "live/captures.rs"]
mod captures;
#[path = "live/churn.rs"]
mod churn;
#[path = "live/clock.rs"]
mod clock;
#[path = "live/counters.rs"]
mod counters;
#[path = "live/expiry.rs"]
mod expiry;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../../../tests/world/frames.rs"]
mod frames;
#[path = "live/limits.rs"]
mod limits;
#[path = "live/network.rs"]
mod network;
#[path = "live/opening.rs"]
mod opening;
#[path = "live/privileges.rs"]
mod privileges;
#[path = "live/process.rs"]
mod process;
#[path = "live/program.rs"]
mod program;
#[path = "live/programs.rs"]
mod programs;
#[path = "live/removal.rs"]
mod removal;
#[path = "live/replay.rs"]
mod replay;
#[path = "live/reports.rs"]
mod reports;
#[path = "live/rotation.rs"]
mod rotation;
#[path = "live/rows.rs"]
mod rows;
#[path = "live/signals.rs"]
mod signals;
#[path = "live/traffic.rs"]
mod traffic;
