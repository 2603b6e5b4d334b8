//! Figures of a run, while it goes on and after it.

use std::convert::Infallible;
use std::thread;
use std::time::Duration;

use nfstream::{PerformanceReport, sink_fn};

use crate::script::{Gate, Script, Step, not_a_packet, packet};
use crate::shape::Shape;
use crate::watchdog::{soon, watched};

/// Two flows, one of which ends, and a frame that is no packet; then nothing.
fn source(flow: u64, gate: &Gate) -> Script {
    Script::new([
        Step::Frames(vec![packet(1_000, flow, 0), packet(1_000, flow, 1)]),
        Step::Frames(vec![packet(20_000, flow + 1, 0), not_a_packet(20_000)]),
        Step::Quiet(gate.clone()),
    ])
}

#[test]
fn are_those_of_all_meters() {
    for shape in Shape::ALL {
        watched(move || {
            let gate = Gate::default();
            let builder = shape.over(source(1, &gate), || source(11, &gate));
            let builder = builder.idle_timeout(Duration::from_secs(5));
            let streamer = builder.build().unwrap();
            let monitor = streamer.monitor();
            let before = monitor.report();
            assert_eq!((before.packets_processed, before.flows_expired), (0, 0));

            let run = thread::spawn(move || streamer.run(sink_fn(|_| Ok::<_, Infallible>(()))));
            let sources = if shape == Shape::Spread { 2 } else { 1 };
            let figures = |report: &PerformanceReport| {
                [
                    report.packets_processed,
                    report.packets_ignored,
                    report.flows_expired,
                    report.active_flows,
                    report.packets_received,
                    report.packets_dropped,
                    report.packets_dropped_by_interface,
                ]
            };
            let [during, after] = [[3, 1, 1, 1, 6, 2, 7], [3, 1, 2, 0, 6, 2, 7]].map(|of_one| {
                let mut all = of_one.map(|it| it * sources);
                // That one is the interface's.
                all[6] = 7;
                all
            });
            assert!(
                soon(|| figures(&monitor.report()) == during),
                "{shape:?}: {:?}",
                monitor.report()
            );
            gate.open();
            let summary = run.join().unwrap().unwrap();
            let report = monitor.report();
            assert_eq!(figures(&report), after, "{shape:?}");
            assert_eq!(report.flows_expired, summary.records());
            assert_eq!(report.meters.iter().sum::<u64>(), report.packets_processed);
            if shape == Shape::Spread {
                assert_eq!(report.meters, [3, 3]);
            }
            assert!(report.elapsed > Duration::ZERO);
        });
    }
}

/// NFStream's keys, in its order.
const KEYS: [&str; 5] = [
    "flows_expired",
    "packets_processed",
    "packets_ignored",
    "packets_dropped_filtered_by_kernel",
    "meters_packets_processing_balance",
];

fn report() -> PerformanceReport {
    let gate = Gate::default();
    gate.open();
    let builder = Shape::Spread.over(source(1, &gate), || source(11, &gate));
    let streamer = builder.build().unwrap();
    let monitor = streamer.monitor();
    assert_eq!(streamer.into_iter().count(), 4);
    monitor.report()
}

#[test]
fn are_a_line_of_json() {
    watched(|| {
        let report = report();
        let line = report.to_string();
        assert!(!line.contains('\n'));
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        let places = KEYS.map(|key| line.find(&format!("\"{key}\": ")).unwrap());
        assert!(places.is_sorted() && places[0] == 1, "{line}");
        let figures = KEYS.map(|key| json[key].clone());
        assert_eq!(serde_json::json!(figures).to_string(), "[4,6,2,4,[3,3]]");
        assert_eq!(json["active_flows"], 0);
        assert_eq!(json["packets_received"], 12);
        assert_eq!(json["packets_dropped_by_interface"], 7);
        assert!(json["elapsed_s"].is_f64());
        let memory = json["resident_memory_bytes"].as_u64();
        assert_eq!(memory, report.resident_memory_bytes);
    });
}

/// The lines of a page for Prometheus are well-formed: help, type, samples, each metric once.
pub(crate) fn assert_prometheus(page: &str) {
    assert!(page.ends_with('\n'));
    let mut lines = page.lines().peekable();
    let mut names = Vec::new();
    while let Some(help) = lines.next() {
        let (name, text) = help
            .strip_prefix("# HELP ")
            .unwrap()
            .split_once(' ')
            .unwrap();
        assert!(name.starts_with("nfstream_") && !text.is_empty(), "{help}");
        let is_counter = name.ends_with("_total");
        let kind = if is_counter { "counter" } else { "gauge" };
        assert_eq!(lines.next(), Some(format!("# TYPE {name} {kind}").as_str()));
        let mut samples = 0;
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let labels = series.strip_prefix(name).unwrap();
            let meter = format!("{{meter=\"{samples}\"}}");
            assert!(labels.is_empty() || labels == meter, "{line}");
            value.parse::<u64>().unwrap();
            samples += 1;
        }
        assert!(samples > 0, "{name}");
        assert!(!names.contains(&name), "{name} twice");
        names.push(name);
    }
    assert!(names.len() >= 8);
}

#[test]
fn are_a_page_for_prometheus() {
    watched(|| {
        let page = report().to_prometheus();
        assert_prometheus(&page);
        for line in [
            "nfstream_flows_expired_total 4",
            "nfstream_flows_active 0",
            "nfstream_packets_metered_total 6",
            "nfstream_packets_ignored_total 2",
            "nfstream_packets_received_total 12",
            "nfstream_packets_dropped_total 4",
            "nfstream_packets_dropped_by_interface_total 7",
            "nfstream_meter_packets_total{meter=\"1\"} 3",
        ] {
            assert!(page.lines().any(|it| it == line), "{line}\n{page}");
        }
    });
}
