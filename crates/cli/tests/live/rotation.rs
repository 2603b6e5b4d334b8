//! Files that follow each other.

use std::fs;

use tempfile::TempDir;

use super::clock::{pause, wait_for};
use super::network::Network;
use super::program::{Live, rows_of_file};
use super::rows::Rows;
use super::traffic::{send_from, text};

/// The names of the files in a directory, sorted.
fn names(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Whether a name is that of a file of flows: `flows.YYYYMMDDTHHMMSSZ.csv`.
fn is_final(name: &str) -> bool {
    let time = name
        .strip_prefix("flows.")
        .and_then(|rest| rest.strip_suffix(".csv"));
    time.is_some_and(|time| {
        let shape = time.replace(|c: char| c.is_ascii_digit(), "0");
        shape == "00000000T000000Z"
    })
}

#[test]
fn files_follow_each_other_and_hold_all_flows() {
    const FLOWS: u16 = 60;
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let directory = TempDir::new().unwrap();
        let out = text(directory.path().join("flows.csv"));
        let options = ["--rotate=1s", "-o", &out, "--idle-timeout=0.2", meters];
        let live = Live::start(&network.server, &options);
        for port in 44_000..44_000 + FLOWS {
            send_from(&network.client, port, 9);
            pause(55);
        }
        // Files get their names while the run goes on.
        let complete = names(&directory)
            .iter()
            .filter(|name| is_final(name))
            .count();
        assert!(complete >= 2, "{:?}", names(&directory));
        let run = live.stop_well();
        let names = names(&directory);
        assert!(names.iter().all(|name| is_final(name)), "{names:?}");
        assert!((3..=6).contains(&names.len()), "{names:?}");
        let files = names
            .iter()
            .map(|name| rows_of_file(directory.path().join(name)));
        let rows = Rows::join(files);
        let mut ports = rows.column("src_port");
        ports.sort();
        let all: Vec<_> = (44_000..44_000 + FLOWS)
            .map(|port| port.to_string())
            .collect();
        assert_eq!(ports, all);
        run.assert_adds_up(&rows);
    }
}

#[test]
fn a_file_is_complete_on_time_on_a_silent_link() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let directory = TempDir::new().unwrap();
    let out = text(directory.path().join("flows.csv"));
    let options = [
        "--rotate=1",
        "-o",
        &out,
        "--idle-timeout=0.2",
        "--n-meters=1",
    ];
    let live = Live::start(&network.server, &options);
    send_from(&network.client, 44_000, 9);
    // The first file may be complete before the flow has ended.
    wait_for("a complete file with the flow", || {
        let complete = names(&directory).into_iter().filter(|name| is_final(name));
        let rows = complete.map(|name| rows_of_file(directory.path().join(name)));
        let ports = rows.flat_map(|rows| rows.column("src_port"));
        (ports.collect::<Vec<_>>() == ["44000"]).then_some(())
    });
    live.stop_well();
}
