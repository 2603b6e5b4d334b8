//! The facade: parameters, the iterator, runs that end early, and what the summary says.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

use std::convert::Infallible;
use std::fs;
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nfstream::capture::{Frames, Input, PacketSource, Received};
use nfstream::export::Csv;
use nfstream::plugins::PacketSizeCounter;
use nfstream::{AccountingMode, Builder, Error, Streamer, TimeUnit, sink_fn};

/// 38 packets: three DNS lookups and two HTTP connections.
const SMALL: &str = "tests/data/small.pcap";

/// The text of the CSV of a run.
fn csv(builder: Builder) -> String {
    let mut text = Vec::new();
    builder.build().unwrap().run(Csv::new(&mut text)).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn wrong_values_are_refused_by_name_and_with_what_is_allowed() {
    let small = || Streamer::builder().source(SMALL);
    for (builder, parameter, value) in [
        (Streamer::builder(), "source", "none"),
        (small().snapshot_length(0), "snapshot_length", "0"),
        (
            small().socket_buffer_size(1 << 31),
            "socket_buffer_size",
            "2147483648",
        ),
        (small().n_dissections(20), "n_dissections", "20"),
        (small().n_meters(2), "n_meters", "2"),
        (
            small().system_visibility_mode(2),
            "system_visibility_mode",
            "2",
        ),
        (small().max_active_flows(0), "max_active_flows", "0"),
    ] {
        match builder.build() {
            Err(Error::Config(error)) => {
                assert_eq!(error.parameter, parameter);
                assert!(error.problem.contains(value), "{error}");
                assert!(error.to_string().contains("allowed: "), "{error}");
            }
            other => panic!("{parameter}: {other:?}"),
        }
    }
    let twice = (PacketSizeCounter::new(40), PacketSizeCounter::new(40));
    let Err(Error::Config(error)) = small().udps(twice).build() else {
        panic!("two columns of one name");
    };
    assert!(error.problem.contains("udps.packet_40_count"), "{error}");
}

#[cfg(not(feature = "libpcap"))]
#[test]
fn a_filter_needs_its_feature() {
    let Err(Error::Config(error)) = Streamer::builder().source(SMALL).bpf_filter("tcp").build()
    else {
        panic!("the filter cannot be compiled");
    };
    assert_eq!(error.parameter, "bpf_filter");
    assert!(error.allowed.contains("libpcap"), "{error}");
}

#[cfg(feature = "libpcap")]
#[test]
fn a_filter_is_compiled_before_anything_is_read() {
    let filtered = |filter: &str| Streamer::builder().source(SMALL).bpf_filter(filter).build();
    let Err(Error::Config(error)) = filtered("no such filter") else {
        panic!("the filter is nonsense");
    };
    assert_eq!(error.parameter, "bpf_filter");
    let summary = filtered("udp")
        .unwrap()
        .run(Csv::new(std::io::sink()))
        .unwrap();
    assert_eq!(
        (summary.packets_read, summary.capture.packets_filtered),
        (6, 32)
    );
    assert_eq!(
        filtered("")
            .unwrap()
            .run(Csv::new(std::io::sink()))
            .unwrap()
            .packets_read,
        38
    );
}

#[test]
fn parameters_of_live_captures_have_no_effect_on_files() {
    let plain = csv(Streamer::builder().source(SMALL));
    let with = Streamer::builder()
        .source(SMALL)
        .promiscuous_mode(false)
        .snapshot_length(1)
        .socket_buffer_size(1)
        .performance_report(1)
        .system_visibility_mode(1)
        .system_visibility_poll_ms(1)
        .n_meters(1);
    assert_eq!(csv(with), plain);
}

#[test]
fn a_missing_file_is_named_before_anything_is_read() {
    let result = Streamer::builder()
        .sources([SMALL, "tests/data/missing.pcap"])
        .build();
    let Err(error @ Error::Open(_)) = result else {
        panic!("{result:?}");
    };
    assert!(
        error.to_string().contains("tests/data/missing.pcap"),
        "{error}"
    );
    assert!(error.summary().is_none());
}

#[test]
fn the_iterator_yields_what_a_run_hands_over() {
    let build = || {
        Streamer::builder()
            .source("tests/data/mixed.pcap")
            .splt_analysis(3)
            .build()
            .unwrap()
    };
    let mut handed_over = Vec::new();
    let summary = build()
        .run(sink_fn(|record| {
            handed_over.push(format!("{:?}", record.into_owned()));
            Ok::<_, Infallible>(())
        }))
        .unwrap();
    let mut records = build().into_iter();
    let yielded: Vec<_> = records
        .by_ref()
        .map(|record| format!("{:?}", record.unwrap()))
        .collect();
    assert_eq!(yielded, handed_over);
    assert_eq!(summary.records(), yielded.len() as u64);
    assert_eq!(
        records.summary().unwrap().packets_in_records,
        summary.packets_metered
    );
}

#[test]
fn the_summary_adds_up() {
    let summary = Streamer::builder()
        .source("tests/data/mixed.pcap")
        .build()
        .unwrap()
        .run(Csv::new(std::io::sink()))
        .unwrap();
    assert_eq!(summary.packets_read, 507);
    assert_eq!(
        summary.packets_read,
        summary.packets_metered + summary.packets_ignored.total()
    );
    assert_eq!(summary.packets_metered, summary.packets_in_records);
    assert_eq!(
        summary
            .records_by_end()
            .map(|(_, records)| records)
            .sum::<u64>(),
        summary.records()
    );
    assert!(summary.duration() > Duration::from_secs(10) && !summary.stopped);
    assert_eq!(
        summary.capture.bytes_read,
        fs::metadata("tests/data/mixed.pcap").unwrap().len()
    );
}

#[test]
fn damage_is_told_after_the_records_before_it() {
    let whole = fs::read(SMALL).unwrap();
    let cut = || Input::reader(Cursor::new(whole[..whole.len() - 10].to_vec()), "cut.pcap");
    let result = Streamer::builder()
        .source(cut())
        .build()
        .unwrap()
        .run(Csv::new(std::io::sink()));
    let Err(Error::Input {
        errors, summary, ..
    }) = result
    else {
        panic!("{result:?}");
    };
    assert_eq!(errors.len(), 1);
    assert!(errors[0].to_string().contains("cut.pcap"), "{}", errors[0]);
    assert_eq!((summary.packets_read, summary.records()), (37, 5));

    let items: Vec<_> = Streamer::builder()
        .source(cut())
        .build()
        .unwrap()
        .into_iter()
        .collect();
    let (last, records) = items.split_last().unwrap();
    assert!(matches!(last, Err(Error::Input { .. })), "{last:?}");
    assert!(records.len() == 5 && records.iter().all(Result::is_ok));
}

#[test]
fn a_sink_that_fails_ends_the_run() {
    let mut records = 0;
    let result = Streamer::builder()
        .source(SMALL)
        .build()
        .unwrap()
        .run(sink_fn(|_| {
            records += 1;
            if records == 3 { Err("full") } else { Ok(()) }
        }));
    let Err(error @ Error::Sink { .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(
        (
            error.to_string().as_str(),
            error.summary().unwrap().records()
        ),
        ("full", 2)
    );
}

#[test]
fn a_run_ends_after_as_many_records_as_were_asked_for() {
    for (limit, records) in [(1, 1), (4, 4), (5, 5), (100, 5), (0, 5)] {
        let build = || {
            Streamer::builder()
                .source(SMALL)
                .max_nflows(limit)
                .build()
                .unwrap()
        };
        assert_eq!(build().into_iter().count(), records);
        let summary = build().run(Csv::new(std::io::sink())).unwrap();
        assert_eq!(summary.records(), records as u64);
        assert_eq!(summary.stopped, limit != 0 && limit <= 5);
    }
}

/// A source that never ends: the same frame again and again.
struct Endless;

impl PacketSource for Endless {
    type Error = Infallible;

    fn receive(&mut self) -> Result<Received<'_>, Infallible> {
        Ok(Received::Frames(Frames::new(&[], &[])))
    }
}

#[test]
fn a_run_can_be_stopped_from_elsewhere() {
    let streamer = Streamer::builder().packet_source(Endless).build().unwrap();
    let (handle, windows) = (streamer.stop_handle(), Arc::new(AtomicU64::new(0)));
    let seen = Arc::clone(&windows);
    let streamer = streamer.on_progress(move |_| {
        if seen.fetch_add(1, Ordering::Relaxed) == 9 {
            handle.stop();
        }
    });
    let summary = streamer.run(Csv::new(std::io::sink())).unwrap();
    assert!(summary.stopped);
    assert_eq!(windows.load(Ordering::Relaxed), 11);
}

#[test]
fn files_are_one_capture_in_order_or_by_time() {
    let parts = ["tests/data/rotated-1.pcap", "tests/data/rotated-2.pcap"];
    let together = csv(Streamer::builder().sources(parts));
    let swapped = [parts[1], parts[0]];
    assert_eq!(
        csv(Streamer::builder()
            .sources(swapped)
            .order_by_first_timestamp(true)),
        together
    );
    assert_ne!(csv(Streamer::builder().sources(swapped)), together);
    let apart: usize = parts
        .map(|part| csv(Streamer::builder().source(part)).lines().count() - 1)
        .iter()
        .sum();
    assert_eq!(
        together.lines().count() - 1,
        apart - 1,
        "one flow spans both files"
    );
}

#[test]
fn the_unit_of_times_is_in_the_names_and_the_values() {
    let head_and_row = |unit| {
        let text = csv(Streamer::builder()
            .source(SMALL)
            .time_unit(unit)
            .max_nflows(1));
        let mut lines = text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        (lines.next().unwrap(), lines.next().unwrap())
    };
    let value = |unit, column: &str| {
        let (head, row) = head_and_row(unit);
        let at = head.iter().position(|name| name == column).unwrap();
        row[at].parse::<u64>().unwrap()
    };
    let nanoseconds = value(TimeUnit::Nanoseconds, "src2dst_first_seen_ns");
    assert_eq!(
        value(TimeUnit::Microseconds, "src2dst_first_seen_us"),
        nanoseconds / 1_000
    );
    assert_eq!(
        value(TimeUnit::Milliseconds, "src2dst_first_seen_ms"),
        nanoseconds / 1_000_000
    );
}

#[test]
fn sizes_are_those_of_the_accounting_mode() {
    let bytes = |mode| {
        let streamer = Streamer::builder()
            .source(SMALL)
            .accounting_mode(mode)
            .build()
            .unwrap();
        let records = streamer.into_iter().map(Result::unwrap);
        records
            .map(|record| record.flow().bidirectional().bytes)
            .sum::<u64>()
    };
    let [raw, ip, transport, payload] = [
        AccountingMode::Raw,
        AccountingMode::Ip,
        AccountingMode::Transport,
        AccountingMode::Payload,
    ]
    .map(bytes);
    assert_eq!(
        raw - ip,
        38 * 14,
        "38 frames of Ethernet, none of them padded"
    );
    assert!(ip > transport && transport > payload && payload > 0);
}
