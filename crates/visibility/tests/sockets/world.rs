//! Flows between sockets, and a second process that has some.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use nfstream_decode::{Packet, PacketFields, Tunnel};
use nfstream_flow::{FlowTable, FlowTableConfig, Process, sink_fn};
use nfstream_visibility::{SocketLookup, SocketWatch, WatchConfig};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrStorage, bind, connect, setsockopt, socket, sockopt,
};

pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;

/// Looks often.
pub(crate) fn config() -> WatchConfig {
    let mut config = WatchConfig::default();
    config.poll = Duration::from_millis(10);
    config
}

/// Waits until something holds, but not for ever.
pub(crate) fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..10_000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("not within ten seconds");
}

/// Any port of this machine.
pub(crate) fn loopback() -> SocketAddr {
    at([127, 0, 0, 1], 0)
}

/// The same in each version of IP that the machine has.
#[expect(clippy::print_stdout, reason = "what is left out is said")]
pub(crate) fn loopbacks() -> Vec<SocketAddr> {
    let six = "[::1]:0".parse().unwrap();
    if let Err(error) = UdpSocket::bind(six) {
        println!("WITHOUT IPv6, which this machine does not have: {error}");
        return vec![loopback()];
    }
    vec![loopback(), six]
}

/// Any port of all addresses of the same version.
pub(crate) fn unspecified(like: SocketAddr) -> SocketAddr {
    let text = if like.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    text.parse().unwrap()
}

/// An end that this machine does not have.
pub(crate) fn stranger(ip_version: u8) -> SocketAddr {
    let text = if ip_version == 4 {
        "198.51.100.1:9"
    } else {
        "[2001:db8::1]:9"
    };
    text.parse().unwrap()
}

/// The process of the test. Its name is longer than the system keeps.
pub(crate) fn me() -> Process {
    process(std::process::id())
}

fn process(id: u32) -> Process {
    let path = std::env::args().next().unwrap();
    let name = path.rsplit('/').next().unwrap();
    assert!(name.len() > 15, "{name}");
    Process {
        id,
        name: name.into(),
    }
}

/// An address, or what a socket says that it is.
pub(crate) struct End(SocketAddr);

impl From<SocketAddr> for End {
    fn from(address: SocketAddr) -> Self {
        Self(address)
    }
}

impl From<std::io::Result<SocketAddr>> for End {
    fn from(address: std::io::Result<SocketAddr>) -> Self {
        Self(address.unwrap())
    }
}

/// A flow of one packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    protocol: u8,
    src: SocketAddr,
    dst: SocketAddr,
    tunnel: Tunnel,
}

impl Flow {
    pub(crate) fn new(protocol: u8, src: impl Into<End>, dst: impl Into<End>) -> Self {
        Self {
            protocol,
            src: src.into().0,
            dst: dst.into().0,
            tunnel: Tunnel::None,
        }
    }

    /// The same from its destination to its source.
    pub(crate) fn back(self) -> Self {
        Self {
            src: self.dst,
            dst: self.src,
            ..self
        }
    }

    /// The same inside a tunnel.
    pub(crate) fn in_tunnel(self) -> Self {
        Self {
            tunnel: Tunnel::Gtp,
            ..self
        }
    }

    /// Whose it is, by what is known now.
    pub(crate) fn process(self, watch: &SocketWatch) -> Option<Process> {
        self.start(watch.lookup()).finish()
    }

    /// Lets it start.
    pub(crate) fn start(self, lookup: SocketLookup) -> Started {
        let mut config = FlowTableConfig::default();
        config.process_columns = true;
        let mut table = FlowTable::new(&config, ());
        table.set_process_lookup(Box::new(lookup));
        let packet = PacketFields {
            protocol: self.protocol,
            src_ip: self.src.ip(),
            src_port: self.src.port(),
            dst_ip: self.dst.ip(),
            dst_port: self.dst.port(),
            tunnel: self.tunnel,
            ..PacketFields::default()
        };
        let mut sink = sink_fn(|_| Err("nothing ends yet"));
        table.push(&Packet::from(packet), &mut sink).unwrap();
        Started(table)
    }
}

/// A flow that is alive.
pub(crate) struct Started(FlowTable);

impl Started {
    /// Lets it end; tells whose it was.
    pub(crate) fn finish(mut self) -> Option<Process> {
        let mut processes = Vec::new();
        let mut sink = sink_fn(|record: nfstream_flow::FlowRecord<'_, ()>| {
            processes.push(record.flow.process().cloned());
            Ok::<_, std::convert::Infallible>(())
        });
        let Ok(()) = self.0.finish(&mut sink);
        assert_eq!(processes.len(), 1);
        processes.pop().unwrap()
    }
}

/// A connection from an end that is chosen.
pub(crate) fn connect_from(local: SocketAddr, remote: SocketAddr) -> TcpStream {
    let family = AddressFamily::Inet;
    let socket = socket(family, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
    setsockopt(&socket, sockopt::ReuseAddr, &true).unwrap();
    bind(socket.as_raw_fd(), &SockaddrStorage::from(local)).unwrap();
    connect(socket.as_raw_fd(), &SockaddrStorage::from(remote)).unwrap();
    socket.into()
}

/// Set for the second process alone.
const IS_CHILD: &str = "NFSTREAM_VISIBILITY_CHILD";

/// A second process of this program, which opens sockets as it is told.
pub(crate) struct Child {
    process: std::process::Child,
    commands: ChildStdin,
    replies: BufReader<ChildStderr>,
}

impl Child {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_other_process", "--ignored", "--nocapture"])
            .arg0(std::env::args().next().unwrap())
            .env(IS_CHILD, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = process.stdin.take().unwrap();
        let replies = BufReader::new(process.stderr.take().unwrap());
        Self {
            process,
            commands,
            replies,
        }
    }

    pub(crate) fn process(&self) -> Process {
        process(self.process.id())
    }

    /// Opens a connection.
    pub(crate) fn tcp(&mut self, local: SocketAddr, remote: SocketAddr) {
        self.tell(&format!("tcp {local} {remote}"));
    }

    /// Opens a socket without a remote end.
    pub(crate) fn udp(&mut self, local: SocketAddr) -> SocketAddr {
        self.tell(&format!("udp {local}"))
    }

    fn tell(&mut self, command: &str) -> SocketAddr {
        writeln!(self.commands, "{command}").unwrap();
        let mut reply = String::new();
        self.replies.read_line(&mut reply).unwrap();
        reply.trim().parse().unwrap_or_else(|_| panic!("{reply}"))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the second process does: a socket a line, until it is told no more.
#[expect(clippy::print_stderr, reason = "the harness writes to standard output")]
pub(crate) fn obey() {
    if std::env::var_os(IS_CHILD).is_none() {
        return;
    }
    let (mut connections, mut sockets) = (Vec::new(), Vec::new());
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let mut words = line.split(' ');
        let kind = words.next().unwrap();
        let mut address = || -> SocketAddr { words.next().unwrap().parse().unwrap() };
        let local = if kind == "tcp" {
            let connection = connect_from(address(), address());
            let local = connection.local_addr();
            connections.push(connection);
            local
        } else {
            let socket = UdpSocket::bind(address()).unwrap();
            let local = socket.local_addr();
            sockets.push(socket);
            local
        };
        eprintln!("{}", local.unwrap());
    }
}

/// An end at an IPv4 address.
pub(crate) fn at(ip: [u8; 4], port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::from(ip), port)
}
