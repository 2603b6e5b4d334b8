//! New flows all the time, and memory that does not grow.

use std::time::Duration;

use tempfile::TempDir;

use super::captures::single_packets;
use super::clock::{now, pause};
use super::network::Network;
use super::program::{Live, rows_of_file};
use super::traffic::{replay_forever, text};

#[test]
fn memory_does_not_grow_with_the_number_of_flows() {
    const TIME: Duration = Duration::from_secs(9);
    /// More than are sent in a time in which a flow could go on.
    const FLOWS: u32 = 16_000;
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let directory = TempDir::new().unwrap();
    let out = text(directory.path().join("flows.csv"));
    let options = ["-o", &out, "--idle-timeout=1", "--n-meters=2"];
    let live = Live::start(&network.server, &options);
    let capture = single_packets(FLOWS);
    let churn = replay_forever(&network.client, &capture.path, &["--pps=4000"]);
    let start = now();
    let (mut middle, mut last) = (0, 0);
    while start.elapsed() < TIME {
        pause(100);
        let memory = live.process.kilobytes("VmRSS");
        if start.elapsed() > TIME * 2 / 3 {
            last = last.max(memory);
        } else if start.elapsed() > TIME / 3 {
            middle = middle.max(memory);
        }
    }
    drop(churn);
    let run = live.stop_well();
    let rows = rows_of_file(&out);
    assert!(rows.len() > FLOWS as usize, "{}", run.errors);
    run.assert_adds_up(&rows);
    assert!(last * 10 <= middle * 11, "{middle} kB, then {last} kB");
}
