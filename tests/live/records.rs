//! Records of several sources are those of each alone.

use std::time::Duration;

use nfstream::capture::CaptureFiles;
use nfstream::export::{Csv, WriterSink};
use nfstream::flow::FlowRecord;
use nfstream::{Builder, FlowEnd, Streamer, Summary, sink_fn};

use crate::script::{Script, Step, not_a_packet, packet};
use crate::watchdog::watched;
use crate::world::rows::TextRow;

/// What a run brings: rows without their numbers, in no order.
struct Output {
    rows: Vec<Vec<String>>,
    summary: Summary,
}

/// All that is counted of packets and records, but for the time span.
fn figures(summary: &Summary) -> Vec<u64> {
    let mut figures = vec![
        summary.packets_read,
        summary.packets_metered,
        summary.packets_ignored.total(),
        summary.packets_late,
        summary.packets_in_records,
        summary.bytes_metered,
        summary.records(),
        summary.capture.bytes_read,
        summary.capture.packets_filtered,
        summary.capture.unknown_blocks,
        summary.capture.live.unwrap().packets_received,
        summary.capture.live.unwrap().packets_dropped,
    ];
    figures.extend(summary.records_by_end().map(|(_, records)| records));
    figures
}

fn assert_adds_up(summary: &Summary) {
    let ignored = summary.packets_ignored.total();
    assert_eq!(summary.packets_read, summary.packets_metered + ignored);
    assert_eq!(summary.packets_metered, summary.packets_in_records);
}

/// As many flows as fill batches, in windows of all lengths, with packets that are late, and some that are none.
fn traffic(source: u64) -> Script {
    let mut packets = Vec::new();
    for number in 0..6_000 {
        let flow = source * 10_000 + number * 7_919 % 5_000;
        let time = 50_000 + source * 777 + number * 3;
        packets.push(packet(time, flow, number));
        match number % 97 {
            5 => packets.push(not_a_packet(time)),
            13 => packets.push(packet(time - 20, flow, number + 1)),
            _ => {}
        }
    }
    let mut steps = Vec::new();
    for length in (0..).map(|number| number * 7 % 301) {
        let rest = packets.split_off(packets.len().min(length));
        steps.push(Step::Frames(packets));
        packets = rest;
        if packets.is_empty() {
            break;
        }
    }
    // The second one lasts.
    if source == 1 {
        steps.insert(3, Step::Idle(2_000));
    }
    Script::new(steps)
}

fn configured(builder: Builder) -> Builder {
    builder
        .idle_timeout(Duration::from_secs(2))
        .active_timeout(Duration::from_secs(9))
        .splt_analysis(3)
}

/// Rows of a run whose records are numbered from 0.
fn output(builder: Builder) -> Output {
    let (mut rows, mut next_id) = (Vec::new(), 0);
    let sink = sink_fn(|record: FlowRecord<'_, ()>| {
        assert_eq!(record.id, next_id);
        next_id += 1;
        let mut row = TextRow::of(&record);
        row.remove(0);
        rows.push(row);
        Ok::<_, std::convert::Infallible>(())
    });
    let summary = configured(builder).build().unwrap().run(sink).unwrap();
    rows.sort();
    Output { rows, summary }
}

#[test]
fn of_several_sources_are_those_of_each_alone() {
    watched(|| {
        let alone: Vec<_> = (0..3)
            .map(|source| {
                let one = output(Streamer::builder().packet_sources([traffic(source)]));
                let offline = Streamer::builder().packet_source(traffic(source));
                let offline = output(offline.n_meters(1));
                assert_eq!(one.rows, offline.rows);
                assert_eq!(figures(&one.summary), figures(&offline.summary));
                assert_eq!(one.summary.time_span, offline.summary.time_span);
                one
            })
            .collect();
        for sources in [2, 3] {
            let together = Streamer::builder().packet_sources((0..sources).map(traffic));
            let together = output(together);
            let alone = &alone[..usize::try_from(sources).unwrap()];
            let mut rows: Vec<_> = alone.iter().flat_map(|it| it.rows.clone()).collect();
            rows.sort();
            assert!(rows.len() > 8_192, "{}", rows.len());
            assert!(together.rows == rows);

            let summary = &together.summary;
            assert_adds_up(summary);
            assert!(summary.packets_late > 0 && summary.packets_ignored.total() > 0);
            for end in [FlowEnd::Idle, FlowEnd::EndOfInput] {
                let mut records = summary.records_by_end();
                assert!(records.any(|(it, records)| it == end && records > 0));
            }
            let sums = alone.iter().map(|it| figures(&it.summary));
            let sums = sums.reduce(|one, other| {
                let pairs = one.iter().zip(other);
                pairs.map(|(one, other)| one + other).collect()
            });
            assert_eq!(figures(summary), sums.unwrap());
            let spans = alone.iter().filter_map(|it| it.summary.time_span);
            let spans = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
            assert_eq!(summary.time_span, spans);
            // Each socket tells the number of the whole interface.
            let live = summary.capture.live.unwrap();
            assert_eq!(live.packets_dropped_by_interface, 7);
        }
    });
}

#[test]
fn are_those_through_encoders_too() {
    watched(|| {
        let sorted = |builder: Builder| {
            let mut csv = Vec::new();
            let streamer = configured(builder).build().unwrap();
            let summary = streamer
                .run(WriterSink::new(&mut csv, Csv::default()))
                .unwrap();
            assert_adds_up(&summary);
            let csv = String::from_utf8(csv).unwrap();
            let mut rows = Vec::new();
            for (number, line) in csv.lines().skip(1).enumerate() {
                let (id, row) = line.split_once(',').unwrap();
                assert_eq!(id, number.to_string());
                rows.push(row.to_owned());
            }
            assert_eq!(summary.records(), rows.len() as u64);
            rows.sort();
            rows
        };
        let mut alone: Vec<_> = (0..2)
            .flat_map(|source| sorted(Streamer::builder().packet_source(traffic(source))))
            .collect();
        alone.sort();
        let together = sorted(Streamer::builder().packet_sources((0..2).map(traffic)));
        assert!(together == alone);
    });
}

#[test]
fn come_out_of_an_iterator() {
    watched(|| {
        let expected = output(Streamer::builder().packet_sources((0..2).map(traffic)));
        let builder = configured(Streamer::builder().packet_sources((0..2).map(traffic)));
        let mut records = builder.build().unwrap().into_iter();
        let mut rows = Vec::new();
        for (number, record) in records.by_ref().enumerate() {
            let record = record.unwrap();
            let mut row = TextRow::of(&record.as_record());
            assert_eq!(row.remove(0), number.to_string());
            rows.push(row);
        }
        rows.sort();
        assert!(rows == expected.rows);
        let summary = records.summary().unwrap();
        assert_eq!(figures(summary), figures(&expected.summary));
    });
}

/// Sources end when they do, not when the first of them does.
#[test]
fn of_files_are_all_records() {
    watched(|| {
        let paths = ["tests/data/small.pcap", "tests/data/mixed.pcap"];
        let files = || paths.map(|path| CaptureFiles::open([path]).unwrap());
        let streamer = Streamer::builder().packet_sources(files()).build().unwrap();
        let summary = streamer
            .run(WriterSink::new(std::io::sink(), Csv::default()))
            .unwrap();
        assert_eq!((summary.packets_read, summary.stopped), (38 + 507, false));
        let bytes = paths.map(|path| std::fs::metadata(path).unwrap().len());
        assert_eq!(summary.capture.bytes_read, bytes.iter().sum::<u64>());
    });
}
