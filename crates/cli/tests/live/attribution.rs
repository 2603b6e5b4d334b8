//! The process behind each flow.

use std::net::{TcpStream, UdpSocket};
use std::process::Stdio;

use super::clock::{pause, wait_for};
use super::namespace::Namespace;
use super::network::{CLIENT, CLIENT_V6, NOBODY, Network, SERVER, SERVER_V6};
use super::process::Process;
use super::program::Live;
use super::traffic::send_from;

const OPTIONS: [&str; 2] = [
    "--system-visibility-mode=1",
    "--system-visibility-poll-ms=20",
];

/// A server of HTTP on port 8080 that takes a second to answer. Its socket is one of IPv6 that takes IPv4 too.
const SLOW_SERVER: &str = "
import http.server, socket, time
class Server(http.server.HTTPServer):
    address_family = socket.AF_INET6
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '4')
        self.end_headers()
        self.wfile.write(b'sl')
        self.wfile.flush()
        time.sleep(1)
        self.wfile.write(b'ow')
Server(('::', 8080), Slow).serve_forever()
";

/// A program whose output nobody wants.
fn start(namespace: &Namespace, program: &str, arguments: &[&str]) -> Process {
    let mut command = namespace.command(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Process::start(&mut command)
}

/// Sends from port 46001 of this process, so long that it is seen.
fn send_for_half_a_second(namespace: &Namespace) {
    namespace.inside(|| {
        let socket = UdpSocket::bind((CLIENT, 46_001)).unwrap();
        socket.connect((NOBODY, 9)).unwrap();
        for _ in 0..5 {
            socket.send(b"datagram").unwrap();
            pause(100);
        }
    });
}

#[test]
fn both_ends_of_a_connection_know_their_process() {
    let Some(network) = Network::with_ipv6(&["curl", "python3"]) else {
        return;
    };
    let server = start(&network.server, "python3", &["-c", SLOW_SERVER]);
    wait_for("the server", || {
        network
            .server
            .inside(|| TcpStream::connect(("127.0.0.1", 8080)).ok())
    });
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let options = [&OPTIONS[..], &[meters]].concat();
        let on_client = Live::start(&network.client, &options);
        let on_server = Live::start(&network.server, &options);
        let mut clients = Vec::new();
        for (url, ip) in [
            (format!("http://{SERVER}:8080/"), CLIENT),
            (format!("http://[{SERVER_V6}]:8080/"), CLIENT_V6),
        ] {
            let mut curl = start(&network.client, "curl", &["--silent", "--fail", &url]);
            assert!(curl.wait().success(), "{url}");
            clients.push((curl.id(), ip));
        }
        // The sockets are gone when the flows end.
        pause(100);
        let seen_by_client = on_client.stop_well().rows();
        let seen_by_server = on_server.stop_well().rows();
        for (pid, ip) in clients {
            let row = seen_by_client.with("src_ip", ip).with("dst_port", "8080");
            assert_eq!(row.only("system_process_pid"), pid.to_string(), "{ip}");
            assert_eq!(row.only("system_process_name"), "curl", "{ip}");
            let row = seen_by_server.with("src_ip", ip).with("dst_port", "8080");
            let expected = server.id().to_string();
            assert_eq!(row.only("system_process_pid"), expected, "{ip}");
            let name = row.only("system_process_name");
            assert!(name.starts_with("python3"), "{ip}: {name}");
        }
    }
}

#[test]
fn a_datagram_socket_has_a_process_and_a_passer_by_has_none() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let on_client = Live::start(&network.client, &OPTIONS);
    let on_server = Live::start(&network.server, &OPTIONS);
    send_for_half_a_second(&network.client);
    let row = on_client.stop_well().rows().with("src_port", "46001");
    let own = std::process::id().to_string();
    assert_eq!(row.only("system_process_pid"), own);
    assert_ne!(row.only("system_process_name"), "");
    let row = on_server.stop_well().rows().with("src_port", "46001");
    assert_eq!(row.only("system_process_pid"), "-1");
    assert_eq!(row.only("system_process_name"), "");
}

/// Sends from the port and to the address of the test's own socket, but from another address.
const OTHER_SENDER: &str = "
import socket, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.bind(('203.0.113.3', 46001))
sender.connect(('203.0.113.9', 9))
for _ in range(5):
    sender.send(b'datagram')
    time.sleep(0.1)
";

#[test]
fn processes_with_the_same_ports_are_told_apart_by_their_addresses() {
    let Some(network) = Network::new(&["python3"]) else {
        return;
    };
    network.client.ip("address add 203.0.113.3/24 dev veth0");
    let live = Live::start(&network.client, &OPTIONS);
    let mut other = start(&network.client, "python3", &["-c", OTHER_SENDER]);
    send_for_half_a_second(&network.client);
    assert!(other.wait().success());
    let rows = live.stop_well().rows().with("src_port", "46001");
    let pid = |ip| rows.with("src_ip", ip).only("system_process_pid");
    assert_eq!(pid(CLIENT), std::process::id().to_string());
    assert_eq!(pid("203.0.113.3"), other.id().to_string());
}

#[test]
fn without_the_mode_there_are_no_such_columns() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let live = Live::start(&network.client, &["--system-visibility-mode=0"]);
    send_from(&network.client, 46_001, 9);
    pause(100);
    let rows = live.stop_well().rows();
    assert_eq!(rows.len(), 1);
    assert!(!rows.has_column("system_process_pid"));
    assert!(!rows.has_column("system_process_name"));
}
