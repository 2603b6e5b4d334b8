//! The interface goes away while packets are captured from it.

use tempfile::TempDir;

use super::clock::pause;
use super::network::Network;
use super::program::{self, Live, rows_of_file};
use super::traffic::{send_from, text};

#[test]
fn a_run_ends_when_its_interface_is_removed() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let directory = TempDir::new().unwrap();
        let out = text(directory.path().join("flows.csv"));
        network
            .server
            .ip("link add veth1 type veth peer name veth2");
        network.server.ip("link set veth1 up");
        network.server.ip("link set veth2 up");
        let options = ["-i", "veth1", "-o", &out, meters];
        let live = Live::started(&mut program::live(&network.server, &options), true);
        network.server.ip("address add 198.51.100.1/24 dev veth2");
        network
            .server
            .ip("neighbour add 198.51.100.2 lladdr 02:00:00:00:00:02 dev veth2");
        network.server.inside(|| {
            for port in 43_001..=43_005 {
                let socket = std::net::UdpSocket::bind(("198.51.100.1", port)).unwrap();
                socket.send_to(b"last", ("198.51.100.2", 9)).unwrap();
            }
        });
        pause(100);
        network.server.ip("link delete veth1");
        let run = live.finish();
        assert_eq!(run.code, Some(1), "{}", run.errors);
        let error = run
            .errors
            .lines()
            .find(|line| line.starts_with("nfstream: "));
        let error = error.unwrap_or_else(|| panic!("no error in {}", run.errors));
        assert!(error.contains("veth1"), "{error}");
        assert!(error.contains("went away"), "{error}");
        let rows = rows_of_file(&out);
        assert_eq!(rows.with("dst_ip", "198.51.100.2").len(), 5);
        run.assert_adds_up(&rows);
    }
}

/// As tcpdump has it: the interface may come up again.
#[test]
fn a_run_goes_on_while_its_interface_is_down() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let mut live = Live::start(&network.server, &["--idle-timeout=1", meters]);
        send_from(&network.client, 43_001, 9);
        pause(100);
        network.server.ip("link set veth0 down");
        // Flows end meanwhile too.
        live.wait_for_row(",43001,");
        pause(500);
        assert_eq!(live.process.status(), None);
        network.server.ip("link set veth0 up");
        pause(200);
        send_from(&network.client, 43_002, 9);
        live.wait_for_row(",43002,");
        let run = live.stop_well();
        run.assert_adds_up(&run.rows());
    }
}
