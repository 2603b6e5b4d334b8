//! Ctrl-C and SIGTERM while packets come as fast as they can.

use std::fs;

use rustix::process::Signal;
use tempfile::TempDir;

use super::clock::{now, pause};
use super::network::{INTERFACE, Network};
use super::program::{Live, Run, live, rows_of_file};
use super::traffic::{data, replay_forever, text};

#[test]
fn a_signal_ends_a_run_under_load_and_nothing_is_left() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let flood = replay_forever(&network.client, &data("mixed.pcap"), &["--topspeed"]);
    for (signal, meters) in [
        (Signal::INT, "--n-meters=1"),
        (Signal::INT, "--n-meters=2"),
        (Signal::TERM, "--n-meters=2"),
    ] {
        let directory = TempDir::new().unwrap();
        let out = text(directory.path().join("flows.csv"));
        let options = ["-o", &out, "--active-timeout=0.1", meters];
        let live = Live::start(&network.server, &options);
        assert_ne!(network.server.packet_sockets(), [""; 0]);
        pause(1_000);
        live.signal(signal);
        let run = live.finish();
        assert_eq!(run.code, Some(0), "{}", run.errors);
        assert_eq!(run.output, "");
        assert!(!run.errors.contains("nfstream: "), "{}", run.errors);
        assert!(
            run.errors.contains("stopped          by a signal\n"),
            "{}",
            run.errors
        );
        assert!(run.figure("packets read") > 0, "{}", run.errors);
        run.assert_adds_up(&rows_of_file(&out));
        let left = fs::read_dir(&directory)
            .unwrap()
            .map(|it| it.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["flows.csv"]);
        assert_eq!(network.server.packet_sockets(), [""; 0]);
    }
    drop(flood);
}

#[test]
fn a_signal_ends_a_run_on_a_silent_link_at_once() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for (signal, meters) in [
        (Signal::INT, "--n-meters=1"),
        (Signal::TERM, "--n-meters=2"),
    ] {
        let live = Live::start(&network.server, &[meters]);
        pause(300);
        let sent = now();
        live.signal(signal);
        let run = live.finish();
        assert!(sent.elapsed().as_secs() < 3, "{:?}", sent.elapsed());
        assert_eq!(run.code, Some(0), "{}", run.errors);
        assert_eq!(run.figure("packets received"), 0);
        assert_eq!(run.figure("packets dropped"), 0);
        run.assert_adds_up(&run.rows());
    }
}

#[test]
fn the_second_signal_ends_the_process_at_once() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let options = ["--idle-timeout=0", "--n-dissections=0", meters];
        let mut live = Live::start_unread(&network.server, &options);
        let flood = replay_forever(&network.client, &data("small.pcap"), &["--topspeed"]);
        pause(1_000);
        drop(flood);
        live.signal(Signal::INT);
        // Nobody reads the rows, so that the run hangs where no first signal reaches it.
        pause(500);
        assert_eq!(live.process.status(), None);
        live.signal(Signal::INT);
        let second = now();
        let status = live.process.wait();
        assert_eq!(status.code(), Some(130));
        assert!(second.elapsed().as_secs() < 2, "{:?}", second.elapsed());
        assert_eq!(network.server.packet_sockets(), [""; 0]);
    }
}

#[test]
fn a_closed_pipe_ends_the_run() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let mut live = Live::start_unread(&network.server, &["--idle-timeout=0"]);
    let _flood = replay_forever(&network.client, &data("small.pcap"), &["--pps=1000"]);
    live.close_output();
    assert_eq!(live.process.wait().code(), Some(0));
}

#[test]
fn an_output_that_is_full_ends_the_run() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let _traffic = replay_forever(&network.client, &data("small.pcap"), &["--pps=1000"]);
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let options = [
            "-i",
            INTERFACE,
            "--idle-timeout=0",
            "-o",
            "/dev/full",
            meters,
        ];
        let run = Run::of(&mut live(&network.server, &options));
        assert_eq!(run.code, Some(1), "{}", run.errors);
        assert!(run.errors.contains("/dev/full"), "{}", run.errors);
        assert!(run.errors.contains("No space left"), "{}", run.errors);
        assert_eq!(network.server.packet_sockets(), [""; 0]);
    }
}

#[test]
fn a_signal_at_the_very_beginning_ends_a_run_well() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for _ in 0..10 {
        let run = Live::start(&network.server, &[]).stop_well();
        assert_eq!(run.rows().len(), 0);
    }
}
