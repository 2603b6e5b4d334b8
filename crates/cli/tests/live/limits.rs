//! Runs that end by themselves.

use std::time::Duration;

use super::captures::single_packets;
use super::clock::{now, pause, wait_for};
use super::network::Network;
use super::program::{Live, Run};
use super::traffic::{data, replay, replay_forever};

/// A run with these options while packets come at a moderate rate, and how long it took from when it captured.
fn run(network: &Network, options: &[&str]) -> (Run, Duration) {
    let _traffic = replay_forever(&network.client, &data("small.pcap"), &["--pps=1000"]);
    let live = Live::start(&network.server, options);
    let start = now();
    let run = live.finish();
    assert_eq!(run.code, Some(0), "{}", run.errors);
    (run, start.elapsed())
}

#[test]
fn a_run_can_have_a_duration() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let (run, time) = run(&network, &["--duration=2", meters]);
        let seconds = time.as_secs_f64();
        assert!((1.9..3.5).contains(&seconds), "{seconds} s");
        assert!(run.figure("packets read") > 500, "{}", run.errors);
        run.assert_adds_up(&run.rows());
    }
}

#[test]
fn a_run_on_a_silent_link_has_its_duration_too() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let live = Live::start(&network.server, &["--duration=0.5"]);
    let start = now();
    let run = live.finish();
    assert_eq!(run.code, Some(0), "{}", run.errors);
    let seconds = start.elapsed().as_secs_f64();
    assert!((0.45..2.0).contains(&seconds), "{seconds} s");
    run.assert_adds_up(&run.rows());
}

#[test]
fn a_run_can_have_a_number_of_packets() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for options in [
        ["--max-packets=100", "--n-meters=1", "--spread=kernel"],
        ["--max-packets=100", "--n-meters=2", "--spread=kernel"],
        ["--max-packets=100", "--n-meters=2", "--spread=flow"],
    ] {
        let (run, _) = run(&network, &options);
        assert_eq!(run.figure("packets read"), 100, "{}", run.errors);
        // No meter takes a packet that waits for another one for silence.
        assert!(!run.errors.contains("packets late"), "{}", run.errors);
        run.assert_rows_add_up(&run.rows());
    }
}

#[test]
fn a_run_can_have_a_number_of_flows() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let options = ["--max-nflows=3", "--idle-timeout=0.01", meters];
        let (run, _) = run(&network, &options);
        assert_eq!(run.rows().len(), 3, "{}", run.errors);
        assert_eq!(run.figure("flows"), 3, "{}", run.errors);
        assert_eq!(run.rows().column("id"), ["0", "1", "2"]);
    }
}

#[test]
fn flows_alive_have_a_bound() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2", "--n-meters=4"] {
        let live = Live::start(&network.server, &["--max-active-flows=10", meters]);
        let capture = single_packets(100);
        let sent = replay(&network.client, &capture.path, &["--pps=1000"]);
        // The header is a line too, and each of four meters has room for three flows.
        let lines = || live.output_so_far().lines().count();
        wait_for("rows", || (lines() >= 89).then_some(()));
        pause(200);
        assert!(lines() <= 91, "{} lines", lines());
        let run = live.stop_well();
        assert_eq!(run.figure("flows"), sent, "{}", run.errors);
        run.assert_adds_up(&run.rows());
    }
}
