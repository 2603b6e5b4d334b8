//! Figures of a run while it goes on.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use super::clock::{PATIENCE, pause, wait_for};
use super::namespace::Namespace;
use super::network::{INTERFACE, Network};
use super::opening::refusal;
use super::program::{Live, Run, live};
use super::traffic::{data, replay};

/// NFStream's keys, in its order. Others may follow.
const KEYS: [&str; 5] = [
    "flows_expired",
    "packets_processed",
    "packets_ignored",
    "packets_dropped_filtered_by_kernel",
    "meters_packets_processing_balance",
];

#[test]
fn each_second_has_a_report_and_the_last_one_has_the_totals() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    for (meters, n_meters) in [("--n-meters=1", 1), ("--n-meters=2", 2)] {
        let live = Live::start(&network.server, &["--performance-report=1", meters]);
        let options = ["--loop=27", "--preload-pcap", "--pps=300"];
        let sent = replay(&network.client, &data("small.pcap"), &options);
        let run = live.stop_well();
        let lines: Vec<_> = run
            .errors
            .lines()
            .filter(|line| line.starts_with('{'))
            .collect();
        // Three seconds and some, and the one at the end.
        assert!((4..=6).contains(&lines.len()), "{}", run.errors);
        let reports: Vec<Value> = lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut before = 0;
        for (line, report) in lines.iter().zip(&reports) {
            let places = KEYS.map(|key| line.find(&format!("\"{key}\":")).unwrap());
            assert!(places.is_sorted(), "{line}");
            let balance = report[KEYS[4]].as_array().unwrap();
            assert_eq!(balance.len(), n_meters, "{line}");
            let sum: u64 = balance.iter().map(|meter| meter.as_u64().unwrap()).sum();
            assert_eq!(report[KEYS[1]], sum, "{line}");
            assert!(sum >= before, "{}", run.errors);
            before = sum;
        }
        let seen_early = reports[1][KEYS[1]].as_u64().unwrap();
        assert!((200..900).contains(&seen_early), "{}", run.errors);
        let last = reports.last().unwrap();
        assert_eq!(last[KEYS[0]], run.figure("flows"));
        assert_eq!(last[KEYS[1]], run.figure("packets metered"));
        assert_eq!(last[KEYS[2]], run.figure("packets ignored"));
        assert_eq!(last[KEYS[3]], 0);
        assert_eq!(run.figure("packets read"), sent);
        run.assert_adds_up(&run.rows());
    }
}

/// The answer to a request, head and body.
fn get(namespace: &Namespace, path: &str) -> (String, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    namespace.inside(move || {
        let mut stream = TcpStream::connect(("127.0.0.1", 9_187)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    })
}

#[test]
fn metrics_can_be_scraped() {
    let Some(network) = Network::new(&["tcpreplay"]) else {
        return;
    };
    let options = ["--metrics=127.0.0.1:9187", "--n-meters=2"];
    let live = Live::start(&network.server, &options);
    // One who connects and says nothing keeps nobody else waiting.
    let idle = network
        .server
        .inside(|| TcpStream::connect(("127.0.0.1", 9_187)).unwrap());
    let sent = replay(&network.client, &data("small.pcap"), &["--pps=1000"]);
    for path in ["/", "/metrics"] {
        let body = wait_for("the number of packets", || {
            let (head, body) = get(&network.server, path);
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let content = "content-type: text/plain";
            assert!(head.to_lowercase().contains(content), "{head}");
            let is_sent = |line: &str| {
                let sample = line.rsplit_once(' ');
                sample.is_some_and(|(name, value)| {
                    name.contains("packets") && !name.starts_with('#') && value == sent.to_string()
                })
            };
            body.lines().any(is_sent).then_some(body)
        });
        for line in body.lines() {
            let comment =
                line.starts_with("# TYPE nfstream_") || line.starts_with("# HELP nfstream_");
            let value = line
                .rsplit_once(' ')
                .and_then(|(_, value)| value.parse::<f64>().ok());
            assert!(
                comment || value.is_some() && line.starts_with("nfstream_"),
                "{line}"
            );
        }
    }
    let (head, _) = get(&network.server, "/elsewhere");
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    drop(idle);
    pause(100);
    live.stop_well();
}

#[test]
fn an_address_for_metrics_that_is_taken_is_told() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let listener = network
        .server
        .inside(|| TcpListener::bind(("127.0.0.1", 9_187)).unwrap());
    let options = ["-i", INTERFACE, "--metrics=127.0.0.1:9187"];
    let run = Run::of(&mut live(&network.server, &options));
    drop(listener);
    let error = refusal(&run, 2);
    assert!(error.contains("127.0.0.1:9187"), "{error}");
    assert!(error.contains("in use"), "{error}");
}

#[test]
fn without_anything_to_say_nothing_is_said() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    let mut command = live(&network.server, &["-i", "veth0", "--quiet", "--duration=1"]);
    let run = Run::of(&mut command);
    assert_eq!(run.code, Some(0), "{}", run.errors);
    assert_eq!(run.errors, "");
    assert_eq!(run.rows().len(), 0);
}
