//! What can be captured from, and what is said where nothing can.

use std::net::UdpSocket;

use super::clock::pause;
use super::network::{CLIENT, CLIENT_V6, INTERFACE, NOBODY, Network};
use super::process::Process;
use super::program::{Live, PROGRAM, Run, live};
use super::traffic::send_from;

/// The error of a run that ends before it begins.
pub(crate) fn refusal(run: &Run, code: i32) -> &str {
    assert_eq!(run.code, Some(code), "{}", run.errors);
    assert_eq!(run.output, "");
    assert!(!run.errors.contains("capturing on"), "{}", run.errors);
    let error = run.errors.lines().next().unwrap();
    assert!(error.starts_with("nfstream: "), "{error}");
    &run.errors
}

#[test]
fn any_interface_is_all_of_them() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let options = ["-i", "any", "--n-meters=1"];
    let live = Live::started(&mut live(&network.server, &options), true);
    send_from(&network.client, 40_001, 9);
    network.server.inside(|| {
        let socket = UdpSocket::bind(("127.0.0.1", 40_002)).unwrap();
        socket.send_to(b"own", ("127.0.0.1", 40_003)).unwrap();
    });
    pause(100);
    let run = live.stop_well();
    let rows = run.rows();
    let wired = rows.with("src_port", "40001");
    assert_eq!(wired.only("src_ip"), CLIENT);
    assert_eq!(wired.only("dst_ip"), NOBODY);
    assert_eq!(wired.only("bidirectional_packets"), "1");
    // The loopback interface shows each packet as it leaves and as it comes.
    let own = rows.with("src_port", "40002");
    assert_eq!(own.only("dst_ip"), "127.0.0.1");
    run.assert_adds_up(&rows);
}

#[test]
fn the_loopback_interface_shows_each_packet_once() {
    const PACKETS: u64 = 200;
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let options = ["-i", "lo", meters];
        let live = Live::started(&mut live(&network.server, &options), true);
        network.server.inside(|| {
            let receiver = UdpSocket::bind(("127.0.0.1", 40_003)).unwrap();
            let sender = UdpSocket::bind(("127.0.0.1", 40_002)).unwrap();
            for _ in 0..PACKETS {
                let address = receiver.local_addr().unwrap();
                sender.send_to(b"own", address).unwrap();
                pause(2);
            }
        });
        pause(100);
        let run = live.stop_well();
        assert_eq!(run.figure("packets received"), PACKETS, "{}", run.errors);
        assert_eq!(run.figure("packets read"), PACKETS, "{}", run.errors);
        assert_eq!(run.rows().len(), 1);
        run.assert_adds_up(&run.rows());
    }
}

#[test]
fn an_unknown_interface_is_named_beside_those_that_exist() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let run = Run::of(&mut live(&network.server, &["-i", "veht0"]));
    let error = refusal(&run, 1);
    assert!(error.contains("veht0"), "{error}");
    assert!(error.contains(INTERFACE), "{error}");
    assert!(error.contains("lo"), "{error}");
}

#[test]
fn an_interface_that_is_down_is_told() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    network.server.ip("link set veth0 down");
    let run = Run::of(&mut live(&network.server, &["-i", INTERFACE]));
    let error = refusal(&run, 1);
    assert!(error.contains(INTERFACE), "{error}");
    assert!(
        error.contains("down") || error.contains("not up"),
        "{error}"
    );
}

#[test]
fn a_filter_that_makes_no_sense_is_refused_with_libpcaps_words() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for options in [
        ["-i", INTERFACE, "-f", "tcp and and"],
        ["-i", INTERFACE, "--n-meters=2", "--bpf-filter=tcp and and"],
    ] {
        let run = Run::of(&mut live(&network.server, &options));
        let error = refusal(&run, 2);
        assert!(error.starts_with("nfstream: --bpf-filter: "), "{error}");
        assert!(error.contains("tcp and and"), "{error}");
        assert!(error.contains("syntax error"), "{error}");
    }
}

#[test]
fn wrong_values_are_refused_by_name_and_with_what_is_allowed() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for (option, value, allowed) in [
        ("--promiscuous-mode", "maybe", "true"),
        ("--snapshot-length", "0", "from 1"),
        ("--socket-buffer-size", "2147483648", "from 0 to 2147483647"),
        ("--duration", "-1", "0 or more"),
        ("--max-packets", "-1", "from 1"),
        ("--spread", "random", "kernel, flow"),
        ("--rotate", "often", "5m"),
        ("--performance-report", "-1", "from 0"),
        ("--metrics", "everywhere", "ADDRESS:PORT"),
        ("--system-visibility-mode", "2", "from 0 to 1"),
        ("--system-visibility-poll-ms", "x", "from 1"),
        (
            "--format",
            "xml",
            "csv, json, parquet, arrow, arrow-stream, table, none",
        ),
    ] {
        let options = ["-i", INTERFACE, &format!("{option}={value}")];
        let run = Run::of(&mut live(&network.server, &options));
        assert_eq!(run.code, Some(2), "{option}: {}", run.errors);
        for part in [option, value, allowed] {
            assert!(run.errors.contains(part), "{option}: {}", run.errors);
        }
    }
    let run = Run::of(&mut live(&network.server, &[]));
    assert_eq!(run.code, Some(2), "{}", run.errors);
    assert!(run.errors.contains("--interface"), "{}", run.errors);
    let options = ["-i", INTERFACE, "--user=nobody-of-this-name"];
    let run = Run::of(&mut live(&network.server, &options));
    let error = refusal(&run, 2);
    assert!(error.contains("nobody-of-this-name"), "{error}");
}

#[test]
fn packets_for_others_are_asked_for_only_while_they_are_wanted() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let is_promiscuous = || {
        let mut ip = network.server.command("ip");
        let (link, _) = Process::run(ip.args(["-details", "link", "show", INTERFACE]));
        !link.contains(" promiscuity 0 ")
    };
    for (options, expected) in [(&["--promiscuous-mode=false"][..], false), (&[], true)] {
        let live = Live::start(&network.server, options);
        assert_eq!(is_promiscuous(), expected);
        live.stop_well();
        assert!(!is_promiscuous());
    }
}

#[test]
fn devices_are_listed_with_addresses_and_state() {
    let Some(network) = Network::with_ipv6(&[]) else {
        return;
    };
    let devices = || {
        let mut command = network.client.command(PROGRAM);
        Process::run(command.arg("devices")).0
    };
    let list = devices();
    assert!(list.contains(CLIENT), "{list}");
    assert!(list.contains(CLIENT_V6), "{list}");
    assert!(list.contains("127.0.0.1"), "{list}");
    let state = |list: &str| {
        let line = list.lines().find(|line| line.starts_with(INTERFACE));
        let words = line.unwrap().split(|c: char| !c.is_alphanumeric());
        let mut states = words.filter(|word| ["up", "down"].contains(word));
        states.next().map(str::to_owned)
    };
    assert_eq!(state(&list).as_deref(), Some("up"), "{list}");
    network.client.ip("link set veth0 down");
    let list = devices();
    assert_eq!(state(&list).as_deref(), Some("down"), "{list}");
}
