//! Flows end by the wall clock, also where no packet tells the time.

use std::time::Duration;

use rustix::process::Signal;

use super::clock::pause;
use super::network::{NOBODY, Network};
use super::program::Live;
use super::traffic::{data, replay_forever, send_from};

const IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// A row comes so long after its flow has ended, with what a busy machine takes for a process to be woken up.
const LATENCY: Duration = Duration::from_millis(200 + 100);
/// The clock of packets is read a little later than ours.
const EARLY: Duration = Duration::from_millis(20);

/// Sends single packets, each from another port, and waits for their rows. The best of three counts.
fn assert_rows_come_in_time(network: &Network, live: &Live, to_port: u16) {
    let mut waits = Vec::new();
    for port in 41_001..=41_003 {
        let sent = send_from(&network.client, port, to_port);
        let came = live.wait_for_row(&format!(",{port},"));
        let wait = came.saturating_duration_since(sent);
        assert!(wait + EARLY > IDLE_TIMEOUT, "the flow ended after {wait:?}");
        if wait < IDLE_TIMEOUT + LATENCY {
            return;
        }
        waits.push(wait);
    }
    panic!("rows came only after {waits:?}");
}

#[test]
fn a_flow_ends_on_a_silent_link() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let live = Live::start(&network.server, &["--idle-timeout=1", "--n-meters=1"]);
    assert_rows_come_in_time(&network, &live, 9);
    live.stop_well();
}

#[test]
fn a_flow_ends_on_a_silent_link_while_another_meter_has_none() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for spread in ["--spread=kernel", "--spread=flow"] {
        let options = ["--idle-timeout=1", "--n-meters=2", spread];
        let live = Live::start(&network.server, &options);
        assert_rows_come_in_time(&network, &live, 9);
        live.stop_well();
    }
}

#[test]
fn a_flow_ends_while_only_packets_come_that_the_filter_takes_away() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let options = ["--idle-timeout=1", "--n-meters=1", "-f", "udp port 9999"];
    let live = Live::start(&network.server, &options);
    let _traffic = replay_forever(&network.client, &data("small.pcap"), &["--pps=1000"]);
    assert_rows_come_in_time(&network, &live, 9_999);
    let rows = live.stop_well().rows();
    let destinations = rows.column("dst_ip");
    assert!(
        destinations.iter().all(|ip| ip == NOBODY),
        "{destinations:?}"
    );
}

#[test]
fn a_flow_that_goes_on_does_not_end() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let live = Live::start(&network.server, &["--idle-timeout=1", "--n-meters=1"]);
    let start = send_from(&network.client, 42_000, 9);
    while start.elapsed() < IDLE_TIMEOUT * 2 {
        pause(200);
        send_from(&network.client, 42_000, 9);
    }
    assert!(!live.output_so_far().contains(",42000,"));
    let rows = live.stop_well().rows();
    let packets: u64 = rows.only("bidirectional_packets").parse().unwrap();
    assert!(packets > 5, "{packets}");
}

#[test]
fn an_active_flow_is_cut_by_the_wall_clock() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let live = Live::start(&network.server, &["--active-timeout=1", "--n-meters=1"]);
    let start = send_from(&network.client, 42_000, 9);
    while start.elapsed() < Duration::from_millis(1_500) {
        pause(100);
        send_from(&network.client, 42_000, 9);
    }
    live.wait_for_row(",42000,");
    let rows = live.stop_well().rows();
    assert_eq!(rows.column("expiration_id"), ["1", "0"]);
}

/// What has come meanwhile waits in the kernel: the clock must not overtake it.
#[test]
fn a_program_that_was_held_up_splits_no_flow() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for options in [
        ["--n-meters=1", "--spread=kernel"],
        ["--n-meters=2", "--spread=kernel"],
        ["--n-meters=2", "--spread=flow"],
    ] {
        let options = [&["--idle-timeout=1"], &options[..]].concat();
        let live = Live::start(&network.server, &options);
        send_from(&network.client, 42_000, 9);
        live.signal(Signal::STOP);
        for _ in 0..25 {
            pause(100);
            send_from(&network.client, 42_000, 9);
        }
        live.signal(Signal::CONT);
        live.wait_for_row(",42000,");
        let rows = live.stop_well().rows();
        assert_eq!(rows.column("bidirectional_packets"), ["26"]);
        assert_eq!(rows.column("expiration_id"), ["0"]);
    }
}

#[test]
fn waiting_takes_no_time_of_the_processor() {
    /// Of a second.
    const TICKS: u64 = 100;
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for options in [["--n-meters=1"], ["--n-meters=2"]] {
        let live = Live::start(&network.server, &options);
        let before = live.process.ticks();
        pause(2_000);
        let taken = live.process.ticks() - before;
        assert!(taken < 2 * TICKS / 5, "{taken} of {} ticks", 2 * TICKS);
        live.stop_well();
    }
}
