//! Every packet is read or dropped, metered or ignored, and told.

use rustix::process::Signal;

use super::clock::pause;
use super::network::Network;
use super::program::{Live, read};
use super::rows::assert_same_flows;
use super::traffic::{data, replay, replay_forever};

/// The most resident memory, in kB, of a run with two meters that cannot get rid of its rows: nDPI is not at work.
const MEMORY_KB: u64 = 128 * 1024;

#[test]
fn nothing_is_dropped_at_a_moderate_rate() {
    const LOOPS: u64 = 10;
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let live = Live::start(&network.server, &[meters]);
        let options = ["--loop=10", "--preload-pcap", "--pps=5000"];
        let sent = replay(&network.client, &data("small.pcap"), &options);
        pause(100);
        let run = live.stop_well();
        assert_eq!(sent, LOOPS * 38);
        assert_eq!(run.figure("packets received"), sent);
        assert_eq!(run.figure("packets read"), sent);
        assert_eq!(run.figure("packets dropped"), 0);
        run.assert_adds_up(&run.rows());
    }
}

#[test]
fn what_has_come_before_the_stop_is_read() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for options in [["--n-meters=1"], ["--n-meters=2"]] {
        let live = Live::start(&network.server, &options);
        // The signal comes while packets wait in the kernel, where they must not be lost.
        live.signal(Signal::STOP);
        let many = ["--loop=250", "--preload-pcap", "--topspeed"];
        let sent = replay(&network.client, &data("small.pcap"), &many);
        pause(50);
        live.signal(Signal::INT);
        live.signal(Signal::CONT);
        let run = live.finish();
        assert_eq!(run.code, Some(0), "{}", run.errors);
        assert_eq!(run.figure("packets received"), sent, "{}", run.errors);
        assert_eq!(run.figure("packets read"), sent, "{}", run.errors);
        run.assert_adds_up(&run.rows());
    }
}

#[test]
fn what_does_not_fit_is_dropped_and_counted() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let options = [
            meters,
            "--n-dissections=0",
            // Each packet is a row, and nobody reads the rows.
            "--idle-timeout=0",
            "--socket-buffer-size=65536",
        ];
        let live = Live::start_unread(&network.server, &options);
        let flood = replay_forever(&network.client, &data("small.pcap"), &["--topspeed"]);
        pause(2_000);
        let memory = live.process.kilobytes("VmHWM");
        drop(flood);
        let run = live.stop_well();
        assert!(run.figure("packets dropped") > 0, "{}", run.errors);
        assert!(run.figure("packets read") > 0, "{}", run.errors);
        run.assert_adds_up(&run.rows());
        assert!(memory < MEMORY_KB, "{memory} kB");
    }
}

#[test]
fn a_filter_takes_packets_away_before_they_are_counted() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let live = Live::start(&network.server, &["-f", "udp"]);
    replay(&network.client, &data("small.pcap"), &["--pps=1000"]);
    pause(100);
    let run = live.stop_well();
    // Three lookups, each a question and an answer.
    assert_eq!(run.figure("packets received"), 6, "{}", run.errors);
    assert_eq!(run.rows().len(), 3);
    run.assert_adds_up(&run.rows());
}

#[test]
fn packets_that_are_cut_count_in_full() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let options = ["--n-dissections=0", "--idle-timeout=36000", "--n-meters=1"];
    let live = Live::start(
        &network.server,
        &[&options[..], &["--snapshot-length=128"]].concat(),
    );
    replay(&network.client, &data("mixed.pcap"), &["--pps=2000"]);
    pause(100);
    let run = live.stop_well();
    assert_same_flows(&run.rows(), &read(&data("mixed.pcap"), &options).rows());
    run.assert_adds_up(&run.rows());
}

#[test]
fn two_programs_get_all_packets_each() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let options = ["--n-meters=2", "--format=none"];
    let both = [(), ()].map(|()| Live::start(&network.server, &options));
    let sent = replay(&network.client, &data("small.pcap"), &["--pps=1000"]);
    pause(100);
    for live in both {
        let run = live.stop_well();
        assert_eq!(run.figure("packets received"), sent, "{}", run.errors);
        assert_eq!(run.figure("packets metered"), sent, "{}", run.errors);
        assert_eq!(run.output, "");
    }
}
