//! What is captured is what a capture of the same packets gives.

use super::captures::{conversations, slow_conversation, tunnels};
use super::clock::pause;
use super::network::Network;
use super::program::{Live, live, read};
use super::rows::{assert_same_flows, assert_same_flows_but_for};
use super::traffic::{data, replay};

/// No flow ends before the run does, whatever the time between packets.
const UNLIMITED: [&str; 2] = ["--idle-timeout=36000", "--active-timeout=36000"];

/// Replays a capture while the program runs, and compares its flows with those of the file.
fn assert_replay_is_same(capture: &str, options: &[&str], live_options: &[&str]) {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let options = [&UNLIMITED, options].concat();
    let offline = read(capture, &options);
    let live = Live::start(&network.server, &[&options, live_options].concat());
    replay(&network.client, capture, &["--pps=2000"]);
    // What has been sent is on its way through the kernel.
    pause(100);
    let run = live.stop_well();
    let rows = run.rows();
    assert_same_flows(&rows, &offline.rows());
    run.assert_adds_up(&rows);
    assert_eq!(run.figure("packets dropped"), 0, "{}", run.errors);
    for label in ["packets read", "packets ignored", "bytes metered"] {
        assert_eq!(run.figure(label), offline.figure(label), "{label}");
    }
}

#[test]
fn real_conversations_are_those_of_the_file() {
    let options = ["--statistical-analysis", "--n-meters=1"];
    assert_replay_is_same(&data("mixed.pcap"), &options, &[]);
}

#[test]
fn real_conversations_are_those_of_the_file_with_two_meters() {
    let options = ["--statistical-analysis", "--n-meters=2"];
    assert_replay_is_same(&data("small.pcap"), &options, &[]);
}

/// Only the first fragment has ports: together they come to the same socket.
#[test]
fn the_kernel_puts_fragments_together_for_several_sockets() {
    /// Of five later fragments in two packets of ICMP and one of UDP, without their headers.
    const LATER_BYTES: u64 = 925 + 2 * 1480 + 2 * 48;
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let options = [&UNLIMITED[..], &["--n-meters=2"]].concat();
    let offline = read(&data("mixed.pcap"), &options);
    let live = Live::start(&network.server, &options);
    replay(&network.client, &data("mixed.pcap"), &["--pps=2000"]);
    pause(100);
    let run = live.stop_well();
    run.assert_adds_up(&run.rows());
    for (label, difference) in [
        ("packets read", -5),
        ("packets ignored", -5),
        ("packets metered", 0),
        ("flows", 0),
        ("bytes metered", LATER_BYTES.cast_signed()),
    ] {
        let expected = offline.figure(label).checked_add_signed(difference);
        assert_eq!(Some(run.figure(label)), expected, "{label}");
    }
}

#[test]
fn fragments_are_those_of_the_file_with_two_meters_that_share_out_flows() {
    let options = ["--statistical-analysis", "--n-meters=2"];
    assert_replay_is_same(&data("mixed.pcap"), &options, &["--spread=flow"]);
}

#[test]
fn tags_and_versions_are_those_of_the_file() {
    let options = ["--statistical-analysis", "--n-meters=1"];
    assert_replay_is_same(&conversations().path, &options, &[]);
}

#[test]
fn tags_and_versions_are_those_of_the_file_with_two_meters() {
    let options = ["--statistical-analysis", "--n-meters=2"];
    assert_replay_is_same(&conversations().path, &options, &["--spread=kernel"]);
}

#[test]
fn tags_and_versions_are_those_of_the_file_with_two_meters_that_share_out_flows() {
    let options = ["--statistical-analysis", "--n-meters=2"];
    assert_replay_is_same(&conversations().path, &options, &["--spread=flow"]);
}

#[test]
fn tunnels_are_those_of_the_file_with_two_meters_that_share_out_flows() {
    let capture = tunnels();
    let offline = read(&capture.path, &[]).rows();
    assert_eq!(offline.with("tunnel_id", "1").len(), 48);
    let options = ["--statistical-analysis", "--n-meters=2"];
    assert_replay_is_same(&capture.path, &options, &["--spread=flow"]);
}

#[test]
fn a_filter_takes_the_same_packets_away() {
    let options = ["--n-meters=1", "--bpf-filter=udp port 53"];
    assert_replay_is_same(&data("small.pcap"), &options, &[]);
}

#[test]
fn a_filter_takes_the_same_packets_away_with_two_meters() {
    let options = ["--n-meters=2", "-f", "ip6 and tcp"];
    assert_replay_is_same(&data("small.pcap"), &options, &[]);
}

#[test]
fn a_filter_sees_the_tags_of_virtual_networks() {
    // The kernel takes tags off packets and keeps them beside.
    let options = ["--n-meters=1", "-f", "vlan 42"];
    assert_replay_is_same(&data("mixed.pcap"), &options, &[]);
}

/// Which has link headers of its own: without the destination's hardware address, and of another length.
#[test]
fn any_interface_has_the_conversations_of_the_file() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let of_ip = [
        "--accounting-mode=ip",
        "--statistical-analysis",
        "--n-meters=1",
    ];
    let options = [&UNLIMITED[..], &of_ip].concat();
    let on_any = [&["-i", "any"], &options[..]].concat();
    let live = Live::started(&mut live(&network.server, &on_any), true);
    replay(&network.client, &data("mixed.pcap"), &["--pps=2000"]);
    pause(100);
    let run = live.stop_well();
    let offline = read(&data("mixed.pcap"), &options).rows();
    assert_same_flows_but_for(&["_mac", "_oui"], &run.rows(), &offline);
    assert_eq!(run.figure("packets dropped"), 0, "{}", run.errors);
}

/// What the columns of a flow have to say whose packets come after 0, 100, 300 and 600 milliseconds.
const SLOW: [(&str, f64); 4] = [
    ("bidirectional_duration_ms", 600.0),
    ("bidirectional_min_piat_ms", 100.0),
    ("bidirectional_mean_piat_ms", 200.0),
    ("bidirectional_max_piat_ms", 300.0),
];

#[test]
fn times_are_those_of_the_wire() {
    const TOLERANCE: f64 = 40.0;
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let capture = slow_conversation();
    // A busy machine sends late; one of three is in time.
    let mut tries = Vec::new();
    for _ in 0..3 {
        let live = Live::start(&network.server, &["--statistical-analysis"]);
        replay(&network.client, &capture.path, &[]);
        pause(100);
        let rows = live.stop_well().rows();
        let times = SLOW.map(|(column, _)| rows.only(column).parse::<f64>().unwrap());
        let in_time = |(time, (_, expected)): (&f64, (_, f64))| (time - expected).abs() < TOLERANCE;
        if times.iter().zip(SLOW).all(in_time) {
            return;
        }
        tries.push(times);
    }
    panic!("{tries:?} instead of {SLOW:?}");
}
