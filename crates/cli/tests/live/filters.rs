//! Filters that the kernel does not run, and interfaces without Ethernet.

use super::clock::pause;
use super::network::{INTERFACE, Network};
use super::process::Process;
use super::program::{Live, Run, live};
use super::traffic::{send_from, send_from_each};

/// How many packets are sent that a filter takes away: more than the buffer has blocks.
const TAKEN_AWAY: u16 = 300;

/// A run with a filter that only packets from this port get through.
fn run(network: &Network, interface: &str, filter: &str, port: u16) -> Run {
    let options = [
        "-i",
        interface,
        "-f",
        filter,
        "--n-meters=1",
        "--socket-buffer-size=65536",
    ];
    let live = Live::started(&mut live(&network.server, &options), true);
    for chunk in 0..3 {
        let first = 41_000 + chunk * TAKEN_AWAY;
        send_from_each(&network.client, first..first + TAKEN_AWAY);
        send_from(&network.client, port, 9);
        pause(150);
    }
    live.stop_well()
}

#[test]
fn a_filter_that_is_too_long_for_the_kernel_filters_all_the_same() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let hosts: Vec<_> = (0..1_800)
        .map(|number| format!("host 198.51.{}.{}", number / 250, number % 250))
        .collect();
    let filter = format!("udp src port 40001 and not ({})", hosts.join(" or "));
    let run = run(&network, INTERFACE, &filter, 40_001);
    let rows = run.rows();
    assert_eq!(rows.len(), 1, "{}", run.errors);
    assert_eq!(rows.only("src_port"), "40001");
    // The buffer is small, and libpcap takes its time for each packet.
    let read = run.figure("packets read");
    let dropped = run.figure("packets dropped");
    assert!(
        (1..=3).contains(&read) && read + dropped >= 3,
        "{}",
        run.errors
    );
}

#[test]
fn a_filter_of_what_the_kernel_does_not_see_filters_all_the_same() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    // The kernel has no link header of `any`: libpcap makes one.
    let run = run(&network, "any", "link[4:2] = 7", 40_001);
    assert_eq!(run.figure("packets read"), 0, "{}", run.errors);
}

#[test]
fn an_interface_without_ethernet_has_packets_too() {
    /// Makes the device, says so, and takes what is sent to it.
    const TUNNEL: &str = "
import fcntl, os, struct, subprocess
tunnel = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tunnel, 0x400454ca, struct.pack('16sH', b'tun7', 0x1001))
subprocess.run('ip addr add 192.0.2.1/24 dev tun7 && ip link set tun7 up', shell=True, check=True)
open('/proc/self/comm', 'w').write('tunnel')
while True:
    os.read(tunnel, 2048)
";
    let Some(network) = Network::new(&["python3"]) else {
        return;
    };
    if !std::path::Path::new("/dev/net/tun").exists() {
        crate::skip("the kernel has no tun devices");
        return;
    }
    let tunnel = Process::start(network.server.command("python3").args(["-c", TUNNEL]));
    super::clock::wait_for("tunnel", || {
        (tunnel.proc_status("Name") == "tunnel").then_some(())
    });
    let live = Live::started(
        &mut live(&network.server, &["-i", "tun7", "--n-meters=1"]),
        true,
    );
    network.server.inside(|| {
        let socket = std::net::UdpSocket::bind("192.0.2.1:40001").unwrap();
        socket
            .send_to(b"through the tunnel", "192.0.2.9:9")
            .unwrap();
    });
    pause(200);
    let run = live.stop_well();
    let rows = run.rows().with("src_port", "40001");
    assert_eq!(rows.only("dst_ip"), "192.0.2.9");
    assert_eq!(rows.only("bidirectional_bytes"), "46");
}
