//! Real sockets of this machine, their flows, and the processes that are told.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panics")]

mod world;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::Command;
use std::time::Duration;

use nfstream_visibility::SocketWatch;

use world::{Child, Flow, TCP, UDP, at, config, loopback, loopbacks, me, stranger, until};

/// A connection: its client, and what its listener accepted.
fn connect(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    (client, server)
}

#[test]
fn tcp_over_both_versions_of_ip() {
    for address in loopbacks() {
        let listener = TcpListener::bind(address).unwrap();
        let (client, _server) = connect(&listener);
        // What is there when the watch starts is known at once.
        let watch = SocketWatch::start(&config()).unwrap();
        let flow = Flow::new(TCP, client.local_addr(), client.peer_addr());
        assert_eq!(flow.process(&watch), Some(me()));
        assert_eq!(flow.back().process(&watch), Some(me()));

        // What comes later is known soon.
        let (client, _server) = connect(&listener);
        let flow = Flow::new(TCP, client.local_addr(), client.peer_addr());
        until(|| flow.process(&watch) == Some(me()));
    }
}

#[test]
fn udp_with_and_without_a_remote_end() {
    for address in loopbacks() {
        let server = UdpSocket::bind(address).unwrap();
        let client = UdpSocket::bind(address).unwrap();
        client.connect(server.local_addr().unwrap()).unwrap();
        let watch = SocketWatch::start(&config()).unwrap();
        let connected = Flow::new(UDP, client.local_addr(), server.local_addr());
        assert_eq!(connected.process(&watch), Some(me()));

        // From an address that nobody has.
        let stranger = stranger(if address.is_ipv4() { 4 } else { 6 });
        let bound = Flow::new(UDP, stranger, server.local_addr());
        assert_eq!(bound.process(&watch), Some(me()));
        let other = Flow::new(UDP, stranger, client.local_addr());
        assert_eq!(other.process(&watch), None, "it has a remote end");

        // At every address, but only at those of this machine.
        let everywhere = UdpSocket::bind(world::unspecified(address)).unwrap();
        let port = everywhere.local_addr().unwrap().port();
        let at = |address: SocketAddr| SocketAddr::new(address.ip(), port);
        let ours = Flow::new(UDP, stranger, at(address));
        until(|| ours.process(&watch) == Some(me()));
        let foreign = Flow::new(UDP, stranger, at(stranger));
        assert_eq!(foreign.process(&watch), None);
    }
}

/// NFStream takes the first two characters of each address, and both ports: it takes these two connections for one.
#[test]
fn connections_that_begin_alike_are_told_apart() {
    let here = TcpListener::bind(at([127, 0, 0, 1], 0)).unwrap();
    let port = here.local_addr().unwrap().port();
    let there = TcpListener::bind(at([127, 9, 9, 9], port)).unwrap();
    let mut child = Child::start();
    let client = TcpStream::connect(at([127, 0, 0, 1], port)).unwrap();
    let client_port = client.local_addr().unwrap().port();
    child.tcp(at([127, 8, 8, 8], client_port), at([127, 9, 9, 9], port));
    let _servers = [here.accept().unwrap(), there.accept().unwrap()];

    let watch = SocketWatch::start(&config()).unwrap();
    let mine = Flow::new(TCP, client.local_addr(), here.local_addr());
    let its = Flow::new(TCP, at([127, 8, 8, 8], client_port), there.local_addr());
    assert_eq!(mine.process(&watch), Some(me()));
    assert_eq!(its.process(&watch), Some(child.process()));
    assert_ne!(me(), child.process());
    // Replies are sent by this process.
    assert_eq!(its.back().process(&watch), Some(me()));
}

#[test]
fn the_same_port_at_two_addresses_is_of_two_processes() {
    let mine = UdpSocket::bind(at([127, 0, 0, 1], 0)).unwrap();
    let port = mine.local_addr().unwrap().port();
    let mut child = Child::start();
    let its = child.udp(at([127, 9, 9, 9], port));
    let watch = SocketWatch::start(&config()).unwrap();
    let to = |dst| Flow::new(UDP, stranger(4), dst);
    assert_eq!(to(mine.local_addr()).process(&watch), Some(me()));
    assert_eq!(to(Ok(its)).process(&watch), Some(child.process()));

    // The other process ends, but not what is known of it.
    let process = child.process();
    drop(child);
    let looks = watch.stats().looks;
    until(|| watch.stats().looks > looks + 3);
    assert_eq!(to(Ok(its)).process(&watch), Some(process));
}

#[test]
fn a_socket_is_remembered_after_its_end() {
    let udp = UdpSocket::bind(loopback()).unwrap();
    let watch = SocketWatch::start(&config()).unwrap();
    let flow = Flow::new(UDP, udp.local_addr(), stranger(4));
    drop(udp);
    let looks = watch.stats().looks;
    until(|| watch.stats().looks > looks + 3);
    assert_eq!(flow.process(&watch), Some(me()));
}

/// What is in TIME-WAIT belongs to no process any more, but is there.
#[test]
fn a_socket_is_not_remembered_for_ever() {
    let listener = TcpListener::bind(loopback()).unwrap();
    let (mut client, mut server) = connect(&listener);
    let udp = UdpSocket::bind(loopback()).unwrap();
    let mut config = config();
    config.keep = Duration::ZERO;
    let watch = SocketWatch::start(&config).unwrap();
    let gone = Flow::new(UDP, udp.local_addr(), stranger(4));
    let waiting = Flow::new(TCP, client.local_addr(), client.peer_addr());
    assert_eq!(gone.process(&watch), Some(me()));

    // Whoever closes first waits.
    client.write_all(b"x").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    server.read_to_end(&mut Vec::new()).unwrap();
    drop((listener, server, client, udp));
    until(|| gone.process(&watch).is_none());
    assert_eq!(waiting.process(&watch), Some(me()));
    assert_eq!(waiting.back().process(&watch), Some(me()));
}

#[test]
fn ipv4_on_ipv6_sockets() {
    if loopbacks().len() < 2 {
        return;
    }
    // Takes IPv4 too, unless the machine is told otherwise.
    let listener = TcpListener::bind("[::]:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let _client = TcpStream::connect(at([127, 0, 0, 1], port)).unwrap();
    let (server, peer) = listener.accept().unwrap();
    assert!(peer.is_ipv6(), "mapped: {peer}");
    let watch = SocketWatch::start(&config()).unwrap();
    let to_listener = Flow::new(TCP, stranger(4), at([127, 0, 0, 1], port));
    assert_eq!(to_listener.process(&watch), Some(me()));
    let mapped = Flow::new(TCP, Ok(peer), server.local_addr());
    assert_eq!(mapped.process(&watch), Some(me()));

    // What was accepted for another process is of this one.
    let mut child = Child::start();
    let its = child.udp(at([127, 0, 0, 1], 0));
    child.tcp(its, at([127, 0, 0, 1], port));
    let _accepted = listener.accept().unwrap();
    let sent = Flow::new(TCP, its, at([127, 0, 0, 1], port));
    until(|| sent.process(&watch) == Some(child.process()));
    until(|| sent.back().process(&watch) == Some(me()));
}

/// As a service gets the socket that was opened for it.
#[test]
fn a_socket_that_was_handed_over_is_of_who_has_it() {
    let udp = UdpSocket::bind(loopback()).unwrap();
    let flow = Flow::new(UDP, udp.local_addr(), stranger(4));
    let mut command = Command::new("sleep");
    let mut child = command.arg("60").stdin(OwnedFd::from(udp)).spawn().unwrap();
    drop(command);
    let watch = SocketWatch::start(&config()).unwrap();
    let process = flow.process(&watch);
    child.kill().unwrap();
    child.wait().unwrap();
    let process = process.unwrap();
    assert_eq!((process.id, &*process.name), (child.id(), "sleep"));
}

#[test]
fn what_a_tunnel_carries_is_not_of_this_machine() {
    let udp = UdpSocket::bind(loopback()).unwrap();
    let watch = SocketWatch::start(&config()).unwrap();
    let flow = Flow::new(UDP, udp.local_addr(), stranger(4));
    assert_eq!(flow.process(&watch), Some(me()));
    assert_eq!(flow.in_tunnel().process(&watch), None);
}

/// The regular looks are an hour apart.
#[test]
fn a_flow_that_starts_is_looked_for_at_once() {
    let mut config = config();
    config.poll = Duration::from_hours(1);
    let watch = SocketWatch::start(&config).unwrap();
    let udp = UdpSocket::bind(loopback()).unwrap();
    let flow = Flow::new(UDP, udp.local_addr(), stranger(4));
    let looks = watch.stats().looks;
    assert_eq!(looks, 1);
    // It is told nothing of a flow of others, nor of what is no flow of sockets.
    let foreign = Flow::new(UDP, stranger(4), at([203, 0, 113, 1], 53));
    assert_eq!(foreign.process(&watch), None);
    let icmp = Flow::new(1, udp.local_addr(), stranger(4));
    assert_eq!(icmp.process(&watch), None);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(watch.stats().looks, 1);

    let started = flow.start(watch.lookup());
    until(|| watch.stats().looks == 2);
    assert_eq!(started.finish(), Some(me()));
}

#[test]
fn a_lookup_outlives_its_watch() {
    let udp = UdpSocket::bind(loopback()).unwrap();
    let watch = SocketWatch::start(&config()).unwrap();
    let flow = Flow::new(UDP, udp.local_addr(), stranger(4));
    let lookups = [watch.lookup(), watch.lookup()];
    drop(watch);
    for lookup in lookups {
        assert_eq!(flow.start(lookup).finish(), Some(me()));
    }
}

/// However far off the next look is.
#[test]
fn the_thread_stops_with_the_watch() {
    for poll in [Duration::ZERO, Duration::from_hours(1), Duration::MAX] {
        let mut config = config();
        config.poll = poll;
        drop(SocketWatch::start(&config).unwrap());
    }
}

#[test]
#[ignore = "other tests start it as a second process"]
fn the_other_process() {
    world::obey();
}
