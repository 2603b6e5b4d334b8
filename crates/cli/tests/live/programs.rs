//! Real programs talk, and tcpdump listens beside.

use std::fs;
use std::net::{TcpStream, UdpSocket};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use super::clock::{pause, wait_for};
use super::namespace::Namespace;
use super::network::{INTERFACE, Network, SERVER};
use super::process::{Lines, Process};
use super::program::{Live, read};
use super::rows::{Rows, assert_same_flows};
use super::traffic::text;

/// tcpdump, while it writes a file.
struct Tcpdump {
    process: Process,
    errors: Lines,
}

impl Tcpdump {
    fn start(namespace: &Namespace, file: &str) -> Self {
        let mut command = namespace.command("tcpdump");
        // As root still, so that it may write the file.
        command.args(["-i", INTERFACE, "-w", file, "-B", "16384", "-Z", "root"]);
        // Otherwise what the kernel has not handed over is lost in the end.
        command.arg("--immediate-mode");
        let mut process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
        let errors = Lines::of(process.stderr());
        errors.wait_for("tcpdump", |line| line.contains("listening on"));
        Self { process, errors }
    }

    fn stop(mut self) {
        self.process.signal(Signal::INT);
        assert!(self.process.wait().success());
        let report = self.errors.all();
        assert!(report.contains("\n0 packets dropped by kernel"), "{report}");
    }
}

/// Answers one question: there is no such name (RFC 1035 §4.1.1).
fn answer_one(socket: &UdpSocket) {
    let mut question = [0; 512];
    let (_, from) = socket.recv_from(&mut question).unwrap();
    let name = question[12..]
        .iter()
        .position(|&length| length == 0)
        .unwrap();
    // Behind the name are type and class.
    let mut answer = question[..12 + name + 5].to_vec();
    answer[2..4].copy_from_slice(&[0x81, 0x83]);
    answer[6..12].fill(0);
    socket.send_to(&answer, from).unwrap();
}

/// The flows to the servers of this test.
fn to_servers(rows: &Rows) -> Rows {
    Rows::join(["80", "53", "5201"].map(|port| rows.with("dst_port", port)))
}

#[test]
fn programs_have_the_flows_that_tcpdump_sees() {
    let programs = ["curl", "dig", "ethtool", "iperf3", "python3", "tcpdump"];
    let Some(network) = Network::new(&programs) else {
        return;
    };
    let directory = TempDir::new().unwrap();
    let served = text(directory.path().join("served"));
    fs::write(&served, vec![b'x'; 300_000]).unwrap();
    let mut http = network.server.command("python3");
    http.args([
        "-m",
        "http.server",
        "80",
        "--directory",
        &text(directory.path()),
    ]);
    let _http = Process::start(http.stdout(Stdio::null()).stderr(Stdio::null()));
    let mut iperf = network.server.command("iperf3");
    let _iperf = Process::start(iperf.args(["--server"]).stdout(Stdio::null()));
    for port in [80, 5201] {
        wait_for("a server", || {
            network
                .server
                .inside(move || TcpStream::connect(("127.0.0.1", port)).ok())
        });
    }
    let dns = network
        .server
        .inside(|| UdpSocket::bind((SERVER, 53)).unwrap());
    dns.set_read_timeout(Some(Duration::from_secs(10))).unwrap();

    for (meters, offloads) in [
        ("--n-meters=1", "off"),
        ("--n-meters=2", "off"),
        ("--n-meters=2", "on"),
    ] {
        network.client.offloads(offloads);
        network.server.offloads(offloads);
        let file = text(directory.path().join("tcpdump.pcap"));
        let tcpdump = Tcpdump::start(&network.server, &file);
        let options = [
            "--statistical-analysis",
            "--socket-buffer-size=16777216",
            meters,
        ];
        let live = Live::start(&network.server, &options);

        let url = format!("http://{SERVER}/served");
        let mut curl = network.client.command("curl");
        let (body, _) = Process::run(curl.args(["--silent", "--fail", &url]));
        assert_eq!(body.len(), 300_000);
        let mut dig = network.client.command("dig");
        dig.args([&format!("@{SERVER}"), "+tries=1", "www.example.test"]);
        dig.stdout(Stdio::null());
        let mut dig = Process::start(&mut dig);
        answer_one(&dns);
        assert!(dig.wait().success());
        let mut iperf = network.client.command("iperf3");
        iperf.args(["--client", SERVER, "--time", "1", "--bitrate", "50M"]);
        Process::run(&mut iperf);

        pause(300);
        let run = live.stop_well();
        tcpdump.stop();
        assert_eq!(run.figure("packets dropped"), 0, "{}", run.errors);
        run.assert_adds_up(&run.rows());
        let rows = to_servers(&run.rows());
        assert_eq!(rows.with("dst_port", "80").len(), 1);
        assert_eq!(rows.with("dst_port", "53").len(), 1);
        assert_eq!(rows.with("dst_port", "5201").len(), 2, "control and data");
        let largest = rows
            .column("src2dst_bytes")
            .iter()
            .filter_map(|it| it.parse().ok())
            .max();
        assert!(largest > Some(5_000_000_u64), "{largest:?}");
        let recorded = to_servers(&read(&file, &["--statistical-analysis"]).rows());
        assert_same_flows(&rows, &recorded);
    }
}
