//! The output does not depend on the number of meters: rows, their numbers, their order and their bytes, and the figures of the
//! run.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panics"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use nfstream::export::{Csv, FileSink, Split};
use nfstream::flow::FlowRecord;
use nfstream::plugins::{FlowSlicer, PacketSizeCounter, Splt};
use nfstream::{AccountingMode, Builder, FlowEnd, Streamer, TimeUnit, sink_fn};

use compare::{METERS, Never, Output, any_lengths, assert_same, input, reading, windows};
use traffic::Random;
use users::{Closer, Numberer};
use world::rows::TextRow;

#[path = "several_meters/ahead.rs"]
mod ahead;
#[path = "several_meters/compare.rs"]
mod compare;
#[path = "several_meters/compressed.rs"]
mod compressed;
#[path = "several_meters/errors.rs"]
mod errors;
#[path = "several_meters/traffic.rs"]
mod traffic;
#[path = "several_meters/users.rs"]
mod users;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

/// Timeouts by which many flows end while packets still come.
fn churning(builder: Builder) -> Builder {
    builder
        .idle_timeout(Duration::from_secs(4))
        .active_timeout(Duration::from_secs(15))
}

/// A table with room for so many flows that is full for a part of the input only: meters work at the same time, then one after
/// the other, then again.
fn filling(flows: u32) -> Builder {
    churning(windows(traffic::tides(), any_lengths())).max_active_flows(flows)
}

/// All plugins that there are, and one that is not.
fn plugins() -> (PacketSizeCounter, Closer, Splt<4>, FlowSlicer) {
    (
        PacketSizeCounter::new(60),
        Closer { most_bytes: 30_000 },
        Splt::new(AccountingMode::Ip),
        FlowSlicer::new(90),
    )
}

#[test]
fn of_packets_of_all_kinds() {
    let output = assert_same("mixed", || churning(reading(traffic::mixed())));
    for end in [FlowEnd::Idle, FlowEnd::Active, FlowEnd::EndOfInput] {
        assert!(output.records(end) > 0, "{end:?}");
    }
    let summary = output.summary;
    assert!(summary.packets_late > 100, "{summary}");
    assert!(summary.packets_ignored.total() > 100, "{summary}");
    assert_eq!(summary.packets_in_records, summary.packets_metered);
}

#[test]
fn with_statistics_and_plugins() {
    let output = assert_same("all columns", || {
        churning(reading(traffic::mixed()))
            .statistical_analysis(true)
            .splt_analysis(5)
            .time_unit(TimeUnit::Nanoseconds)
            .udps(plugins())
    });
    assert!(output.records(FlowEnd::Forced) > 10);
    let text = String::from_utf8(output.csv).unwrap();
    assert!(text.contains("\"a \"\"FIN\"\", as it should be\""));
}

#[test]
fn with_other_parameters() {
    let mixed = || churning(windows(traffic::mixed(), || 2_000));
    assert_same("microseconds", || {
        mixed()
            .time_unit(TimeUnit::Microseconds)
            .accounting_mode(AccountingMode::Payload)
    });
    assert_same("no tunnels", || mixed().decode_tunnels(false));
    let output = assert_same("active timeout 0", || {
        mixed().active_timeout(Duration::ZERO)
    });
    assert_eq!(output.summary.records(), output.summary.packets_metered);
    let output = assert_same("idle timeout 0", || mixed().idle_timeout(Duration::ZERO));
    assert_eq!(output.summary.records(), output.summary.packets_metered);
    let output = assert_same("no end", || {
        mixed()
            .idle_timeout(Duration::MAX)
            .active_timeout(Duration::MAX)
    });
    assert_eq!(output.records(FlowEnd::Active), 0);
}

/// More flows are due at the same moment than a meter makes rows at a time, so that meters wait for each other.
#[test]
fn of_crowds() {
    let output = assert_same("crowds", || churning(reading(traffic::crowds())));
    assert!(output.records(FlowEnd::Idle) > 40_000);
    assert!(output.records(FlowEnd::EndOfInput) > 5_000);
}

/// Ended flows wait for each other, but with every 65,536th packet they leave.
#[test]
fn of_more_packets_at_a_time_than_flows_wait() {
    let output = assert_same("burst", || {
        churning(reading(traffic::burst())).udps(FlowSlicer::new(2))
    });
    assert!(output.records(FlowEnd::Forced) > 20_000);
    // With a full table the packets are metered one by one.
    let output = assert_same("burst that fills the table", || {
        churning(windows(traffic::burst(), any_lengths()))
            .max_active_flows(9_000)
            .udps(FlowSlicer::new(3))
    });
    assert!(output.records(FlowEnd::Resources) > 1_000);
    assert!(output.records(FlowEnd::Forced) > 1_000);
}

/// One packet far in the future stops the clock.
#[test]
fn where_the_clock_stands_still() {
    let output = assert_same("standstill", || {
        churning(reading(traffic::standstill())).udps(FlowSlicer::new(7))
    });
    assert!(output.summary.packets_late > 65_536);
    assert!(output.records(FlowEnd::Forced) > 1_000);
}

#[test]
fn of_an_elephant_and_of_flows_that_all_meet_in_one_meter() {
    let output = assert_same("elephant", || {
        churning(reading(traffic::elephant())).udps(FlowSlicer::new(1_000))
    });
    assert!(output.records(FlowEnd::Forced) >= 4);
    let output = assert_same("one shard", || churning(reading(traffic::one_shard())));
    assert!(output.records(FlowEnd::Idle) > 9_000);
}

#[test]
fn of_a_full_table() {
    for flows in [1, 2, 100] {
        let output = assert_same(&format!("room for {flows}"), || {
            churning(windows(traffic::elephant(), || 3_000)).max_active_flows(flows)
        });
        assert!(output.records(FlowEnd::Resources) > 1_000);
    }
}

#[test]
fn of_a_table_that_fills_and_empties() {
    for flows in [650, 900] {
        let output = assert_same(&format!("room for {flows}"), || {
            filling(flows).udps(plugins())
        });
        assert!(output.records(FlowEnd::Resources) > 0, "{flows}");
        assert!(output.records(FlowEnd::Idle) > 1_000, "{flows}");
    }
    let output = assert_same("room for half of a crowd", || {
        churning(windows(traffic::crowds(), any_lengths())).max_active_flows(20_000)
    });
    assert!(output.records(FlowEnd::Resources) > 10_000);
    assert!(output.records(FlowEnd::Idle) > 20_000);
}

#[test]
fn of_windows_of_any_length() {
    let expected = Output::of(churning(reading(traffic::mixed())).n_meters(1));
    for length in [1, 513, 100_000] {
        let output = assert_same(&format!("windows of {length}"), || {
            churning(windows(traffic::mixed(), move || length))
        });
        assert!(compare::difference(&expected.csv, &output.csv).is_none());
    }
    let output = assert_same("windows of any length", || {
        churning(windows(traffic::mixed(), any_lengths()))
    });
    assert!(compare::difference(&expected.csv, &output.csv).is_none());
}

#[test]
fn of_so_many_records() {
    for limit in [1, 4_096, 7_000] {
        let build = |meters| {
            churning(reading(traffic::one_shard()))
                .max_nflows(limit)
                .n_meters(meters)
        };
        let one = Output::of(build(1));
        assert_eq!(one.summary.records(), limit);
        for meters in &METERS[1..] {
            let several = Output::of(build(*meters));
            let difference = compare::difference(&one.csv, &several.csv);
            assert_eq!(difference, None, "{limit} records of {meters} meters");
            let [one, several] =
                [&one, &several].map(|output| output.summary.records_by_end().collect::<Vec<_>>());
            assert_eq!(one, several, "{limit} records of {meters} meters");
        }
    }
}

/// Flows go on in the next file, compressed files are files, and a damaged one is told.
#[test]
fn of_several_files() {
    let traffic = traffic::mixed();
    let expected = Output::of(churning(reading(traffic)).n_meters(1));
    let places = [0, 1, 1_000, 5_555, traffic.len()];
    let files: Vec<_> = places
        .windows(2)
        .map(|ends| traffic.part(ends[0]..ends[1]))
        .collect();
    let output = assert_same("files", || {
        churning(Streamer::builder().sources(files.clone().into_iter().map(input)))
    });
    assert!(compare::difference(&expected.csv, &output.csv).is_none());

    let output = assert_same("compressed files", || {
        let packed = [
            files[0].clone(),
            compressed::gzip(&files[1]),
            compressed::zstd(&files[2]),
            compressed::gzip(&files[3]),
        ];
        churning(Streamer::builder().sources(packed.map(input)))
    });
    assert!(compare::difference(&expected.csv, &output.csv).is_none());

    let output = assert_same("damaged files", || {
        let mut cut = files.clone();
        let length = cut[2].len() - 3;
        cut[2].truncate(length);
        cut.insert(2, b"no capture at all, but some text".to_vec());
        churning(Streamer::builder().sources(cut.into_iter().map(input)))
    });
    assert_eq!(output.errors.lines().count(), 2, "{}", output.errors);
    assert_eq!(output.summary.packets_read + 1, traffic.len() as u64);
}

#[cfg(feature = "libpcap")]
#[test]
fn behind_a_filter() {
    let output = assert_same("a filter", || {
        churning(reading(traffic::mixed())).bpf_filter("udp and not ip6")
    });
    assert!(output.summary.packets_read > 1_000);
    assert!(output.summary.capture.packets_filtered > 1_000);
}

/// Traffic and parameters that look random, the same in every run.
#[test]
fn of_anything() {
    for seed in 100..108 {
        let traffic = traffic::any(seed);
        let mut random = Random::new(seed);
        let mut one_of = |choices: &[u64]| {
            let choice = random.below(choices.len() as u64);
            choices[usize::try_from(choice).unwrap()]
        };
        let idle = Duration::from_millis(one_of(&[0, 1, 3, 50, 1_000, 10_000, 1 << 40]));
        let active = Duration::from_millis(one_of(&[0, 1, 3, 300, 4_000, 1 << 40]));
        let most_flows = u32::try_from(one_of(&[1, 5, 300, 700, 900, 1_500, 1 << 20])).unwrap();
        let slice = one_of(&[0, 0, 1, 2, 5]);
        let room = u32::try_from(one_of(&[1, 10, 1 << 30])).unwrap();
        let unit = match one_of(&[0, 1, 2]) {
            0 => TimeUnit::Milliseconds,
            1 => TimeUnit::Microseconds,
            _ => TimeUnit::Nanoseconds,
        };
        let what = format!(
            "seed {seed}: {idle:?} idle, {active:?} active, {most_flows} flows, slices of {slice}, {unit:?}, {room} dissected"
        );
        assert_same(&what, || {
            windows(traffic, any_lengths())
                .idle_timeout(idle)
                .active_timeout(active)
                .max_active_flows(most_flows)
                .time_unit(unit)
                .dissector((room < 1 << 30).then(|| Numberer::new(room)))
                .udps((Closer { most_bytes: 2_000 }, FlowSlicer::new(slice)))
        });
    }
}

/// A dissector whose names depend on all that has happened to its shard.
#[test]
fn with_a_dissector_that_remembers() {
    let output = assert_same("numbered", || {
        churning(reading(traffic::mixed())).dissector(Numberer::new(u32::MAX))
    });
    assert_eq!(output.summary.flows_undissected, 0);
    assert!(
        String::from_utf8(output.csv)
            .unwrap()
            .contains("5.100 finished")
    );
    let output = assert_same("numbered, with little room", || {
        filling(900).dissector(Numberer::new(30))
    });
    assert!(output.summary.flows_undissected > 1_000);
    assert!(output.records(FlowEnd::Resources) > 0);
}

#[cfg(feature = "ndpi")]
#[test]
fn with_ndpi() {
    use nfstream::dissect::{Licence, Ndpi};

    let ndpi = || Ndpi::builder().licence(Licence::NotForProfit);
    let applications = || {
        windows(traffic::applications(), || 1_000)
            .idle_timeout(Duration::from_millis(500))
            .fingerprint_columns(true)
            .risk_column(true)
    };
    let output = assert_same("nDPI", || applications().dissector(ndpi().build().unwrap()));
    assert_eq!(output.summary.flows_undissected, 0);
    let text = String::from_utf8(output.csv).unwrap();
    for name in ["DNS", "HTTP", "BitTorrent", "SSH", "Unknown"] {
        let name = format!(",{name},");
        assert!(text.matches(&name).count() > 20, "{name}");
    }
    let output = assert_same("nDPI with little room", || {
        let ndpi = ndpi().max_flows(100).build().unwrap();
        applications().dissector(ndpi).max_active_flows(1_100)
    });
    assert!(output.summary.flows_undissected > 100);
}

/// The values of a row, and why its flow ended.
type Row = (Vec<String>, FlowEnd);

#[test]
fn into_closures_and_out_of_iterators() {
    let build = |meters| {
        churning(windows(traffic::mixed(), any_lengths()))
            .statistical_analysis(true)
            .splt_analysis(3)
            .udps(plugins())
            .n_meters(meters)
            .build()
            .unwrap()
    };
    let mut expected: Option<Vec<Row>> = None;
    for meters in METERS {
        let mut rows = Vec::new();
        let sink = sink_fn(|record: FlowRecord<'_, _>| {
            rows.push((TextRow::of(&record), record.end));
            Ok::<_, Never>(())
        });
        let summary = build(meters).run(sink).unwrap();
        assert_eq!(summary.records(), rows.len() as u64);

        let mut records = build(meters).into_iter();
        let yielded: Vec<Row> = records
            .by_ref()
            .map(|record| {
                let record = record.unwrap();
                assert_eq!(record.flow().end(), Some(record.end));
                (TextRow::of(&record.as_record()), record.end)
            })
            .collect();
        let difference = rows.iter().zip(&yielded).find(|(row, other)| row != other);
        assert_eq!(difference, None, "{meters} meters, closure and iterator");
        assert_eq!(rows.len(), yielded.len());
        assert_eq!(
            format!("{:?}", records.summary().unwrap()),
            format!("{summary:?}")
        );

        let expected = expected.get_or_insert_with(|| rows.clone());
        let difference = expected.iter().zip(&rows).find(|(row, other)| row != other);
        assert_eq!(difference, None, "{meters} meters");
        assert_eq!(expected.len(), rows.len());
    }
}

#[test]
fn into_files_that_rotate() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("several_meters");
    let _ = fs::remove_dir_all(&root);
    let files_of = |meters: usize| {
        let directory = root.join(meters.to_string());
        fs::create_dir_all(&directory).unwrap();
        let options = Split::default().flows_per_file(700).rotate_files(6);
        let sink = FileSink::split(directory.join("flows.csv"), Csv::default(), &options).unwrap();
        let streamer = churning(reading(traffic::mixed())).n_meters(meters).build();
        let summary = streamer.unwrap().run(sink).unwrap();
        assert!(summary.records() > 6 * 700, "{summary}");
        fs::read_dir(&directory)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                (entry.file_name(), fs::read(entry.path()).unwrap())
            })
            .collect::<BTreeMap<_, _>>()
    };
    let expected = files_of(1);
    assert_eq!(expected.len(), 6);
    for meters in &METERS[1..] {
        let files = files_of(*meters);
        assert!(files.keys().eq(expected.keys()), "{meters} meters");
        for (name, csv) in &files {
            let difference = compare::difference(&expected[name], csv);
            assert_eq!(difference, None, "{meters} meters, {}", name.display());
        }
    }
    fs::remove_dir_all(&root).unwrap();
}
