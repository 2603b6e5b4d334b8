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
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nfstream::capture::{Frames, Input, PacketSource, Received};
use nfstream::export::{Csv, FileSink, Split, WriterSink};
use nfstream::flow::FlowKey;
use nfstream::plugins::PacketSizeCounter;
use nfstream::{
    AccountingMode, Application, Builder, Confidence, Dissection, Dissector, Error, FlowRecord,
    FlowSink, NFPlugin, Packet, Streamer, Summary, TimeUnit, Timestamp, sink_fn,
};

/// 38 packets: three DNS lookups and two HTTP connections.
const SMALL: &str = "tests/data/small.pcap";

/// The text of the CSV of a run.
fn csv<P: NFPlugin, D: Dissector>(builder: Builder<P, D>) -> String {
    let mut text = Vec::new();
    builder
        .build()
        .unwrap()
        .run(WriterSink::new(&mut text, Csv::default()))
        .unwrap();
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
        (
            small().fingerprint_columns(true),
            "fingerprint_columns",
            "true",
        ),
        (small().risk_column(true), "risk_column", "true"),
        (small().n_meters(256), "n_meters", "256"),
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
        .run(WriterSink::new(std::io::sink(), Csv::default()))
        .unwrap();
    assert_eq!(
        (summary.packets_read, summary.capture.packets_filtered),
        (6, 32)
    );
    assert_eq!(
        filtered("")
            .unwrap()
            .run(WriterSink::new(std::io::sink(), Csv::default()))
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
        .system_visibility_poll_ms(1);
    assert_eq!(csv(with), plain);
}

#[test]
fn as_many_meters_are_at_work_as_were_asked_for() {
    let small = || Streamer::builder().source(SMALL);
    for meters in [1, 2, 7] {
        let streamer = small().n_meters(meters).build().unwrap();
        assert_eq!(streamer.meters(), meters);
    }
    assert!(small().build().unwrap().meters() > 0);
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
        .run(WriterSink::new(std::io::sink(), Csv::default()))
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
        .run(WriterSink::new(std::io::sink(), Csv::default()));
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
        let summary = build()
            .run(WriterSink::new(std::io::sink(), Csv::default()))
            .unwrap();
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
    let summary = streamer
        .run(WriterSink::new(std::io::sink(), Csv::default()))
        .unwrap();
    assert!(summary.stopped);
    assert_eq!(windows.load(Ordering::Relaxed), 11);
}

/// Keeps the times that it is told, and takes so many.
struct Clock {
    told: Vec<Timestamp>,
    most: usize,
}

impl FlowSink<()> for &mut Clock {
    type Error = String;

    fn record(&mut self, _: FlowRecord<'_, ()>) -> Result<(), String> {
        Ok(())
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), String> {
        if self.told.len() == self.most {
            return Err("enough".to_owned());
        }
        self.told.push(now);
        Ok(())
    }
}

#[test]
fn a_sink_is_told_packet_time() {
    for meters in [1, 2] {
        let run = |most| {
            let mut clock = Clock {
                told: Vec::new(),
                most,
            };
            let streamer = Streamer::builder().source("tests/data/mixed.pcap");
            let result = streamer.n_meters(meters).build().unwrap().run(&mut clock);
            (clock.told, result)
        };
        let (told, summary) = run(usize::MAX);
        let newest = summary.unwrap().time_span.map(|(_, newest)| newest);
        assert!(told.is_sorted());
        assert_eq!(told.last().copied(), newest);
        let (_, result) = run(0);
        assert!(
            matches!(result, Err(Error::Sink { source, .. }) if source.to_string() == "enough")
        );
    }
}

#[test]
fn files_by_time_hold_all_flows() {
    // A window each.
    let captures = ["tests/data/rotated-1.pcap", "tests/data/rotated-2.pcap"];
    let all = csv(Streamer::builder().sources(captures));
    for meters in [1, 2] {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("by-time-{meters}"));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let options = Split::default().rotate_every(Duration::from_secs(1));
        let sink = FileSink::split(directory.join("f.csv"), Csv::default(), &options).unwrap();
        let streamer = Streamer::builder().sources(captures).n_meters(meters);
        streamer.build().unwrap().run(sink).unwrap();
        let mut files: Vec<_> = fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(meters > 1 || files.len() > 1, "{files:?}");
        let mut together = String::new();
        for file in files {
            let text = fs::read_to_string(file).unwrap();
            let (header, rows) = text.split_once('\n').unwrap();
            if together.is_empty() {
                together = format!("{header}\n");
            }
            together += rows;
        }
        assert_eq!(together, all);
    }
}

#[test]
fn without_packets_there_is_no_time() {
    let streamer = Streamer::builder().packet_source(Endless).build().unwrap();
    let handle = streamer.stop_handle();
    let mut clock = Clock {
        told: Vec::new(),
        most: 0,
    };
    let streamer = streamer.on_progress(move |_| handle.stop());
    streamer.run(&mut clock).unwrap();
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

/// Calls each flow by the number of its packets that were looked into, and has room for so many flows at a time.
struct Counter {
    room: u32,
    name: String,
}

impl Counter {
    fn new(room: u32) -> Self {
        Self {
            room,
            name: String::new(),
        }
    }
}

impl Dissector for Counter {
    type State = u64;

    fn start(&mut self, _key: &FlowKey) -> Option<u64> {
        self.room = self.room.checked_sub(1)?;
        Some(0)
    }

    fn dissect<'a>(&'a mut self, _packet: &Packet<'_>, packets: &'a mut u64) -> Dissection<'a> {
        *packets += 1;
        Dissection::Nothing
    }

    fn finish<'a>(&'a mut self, packets: &'a mut u64) -> Application<'a> {
        self.name = packets.to_string();
        let mut application = Application::UNKNOWN;
        application.name = &self.name;
        application
    }

    fn release(&mut self, _packets: u64) {
        self.room += 1;
    }
}

/// The packets of each flow of `mixed.pcap`, those of them that were looked into, and the summary.
fn looked_into<D: Dissector>(builder: Builder<(), D>) -> (Vec<(u64, Option<u64>)>, Summary) {
    let mut flows = Vec::new();
    let summary = builder
        .source("tests/data/mixed.pcap")
        .build()
        .unwrap()
        .run(sink_fn(|record| {
            let flow = &record.flow;
            let application = flow.application();
            let looked_into = application.map(|application| application.name.parse().unwrap());
            flows.push((flow.bidirectional().packets, looked_into));
            Ok::<_, Infallible>(())
        }))
        .unwrap();
    assert!(flows.iter().any(|&(packets, _)| packets > 50));
    (flows, summary)
}

#[test]
fn a_dissector_looks_into_20_packets_unless_told_otherwise() {
    let builder = || Streamer::builder().dissector(Counter::new(u32::MAX));
    for (builder, limit) in [
        (builder(), 20),
        (builder().n_dissections(20), 20),
        (builder().n_dissections(1), 1),
        (builder().n_dissections(255), 255),
    ] {
        let (flows, summary) = looked_into(builder);
        for (packets, looked_into) in flows {
            assert_eq!(looked_into, Some(packets.min(limit)));
        }
        assert_eq!(summary.flows_undissected, 0);
        assert!(!summary.to_string().contains("not dissected"), "{summary}");
    }
}

#[test]
fn without_dissections_there_is_no_layer_7() {
    let plain = csv(Streamer::builder().source(SMALL));
    let off = Streamer::builder()
        .source(SMALL)
        .dissector(Counter::new(u32::MAX))
        .n_dissections(0);
    assert_eq!(csv(off), plain);
    assert_eq!(
        csv(Streamer::builder().source(SMALL).n_dissections(0)),
        plain
    );
}

#[test]
fn layer_7_needs_a_dissector_and_the_error_says_where_to_get_one() {
    let result = Streamer::builder().source(SMALL).n_dissections(20).build();
    let Err(Error::Config(error)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(error.parameter, "n_dissections");
    let how = if cfg!(feature = "ndpi") {
        "dissector(Ndpi::new()?)"
    } else {
        "one comes with the feature `ndpi`"
    };
    assert!(error.allowed.contains(how), "{error}");
    // The order of the calls does not matter, and nothing is looked into without dissections.
    let builder = || Streamer::builder().source(SMALL).n_dissections(0);
    for (builder, parameter) in [
        (
            builder()
                .fingerprint_columns(true)
                .dissector(Counter::new(1)),
            "fingerprint_columns",
        ),
        (
            builder().dissector(Counter::new(1)).risk_column(true),
            "risk_column",
        ),
    ] {
        match builder.build() {
            Err(Error::Config(error)) => {
                assert_eq!(error.parameter, parameter);
                assert_eq!(error.allowed, "false, or n_dissections of at least 1");
            }
            other => panic!("{parameter}: {other:?}"),
        }
    }
    Streamer::builder()
        .n_dissections(7)
        .risk_column(true)
        .fingerprint_columns(true)
        .dissector(Counter::new(1))
        .source(SMALL)
        .build()
        .unwrap();
}

#[test]
fn flows_without_room_are_in_the_summary() {
    let (flows, summary) = looked_into(Streamer::builder().dissector(Counter::new(3)));
    let nulls = flows.iter().filter(|(_, name)| name.is_none()).count();
    assert!((1..flows.len()).contains(&nulls), "{nulls}");
    assert_eq!(summary.flows_undissected, nulls as u64);
    let line = format!("\nnot dissected    {nulls}\n");
    assert!(summary.to_string().contains(&line), "{summary}");
}

/// Knows of every flow the same.
struct Knowing;

impl Dissector for Knowing {
    type State = ();

    fn start(&mut self, _key: &FlowKey) -> Option<()> {
        Some(())
    }

    fn dissect<'a>(&'a mut self, _packet: &Packet<'_>, _state: &'a mut ()) -> Dissection<'a> {
        Dissection::Done
    }

    fn finish<'a>(&'a mut self, _state: &'a mut ()) -> Application<'a> {
        let mut application = Application::UNKNOWN;
        application.name = "TLS.Example";
        application.category = "Web";
        application.is_guessed = true;
        application.confidence = Confidence::Port;
        application.server_name = "www.example.test";
        application.client_fingerprint = "1,3,6";
        application.server_fingerprint = "server";
        application.user_agent = "a \"quoted\" one";
        application.content_type = "text/html";
        application.ja3 = Some("ja3");
        application
    }
}

/// What head and first row of a CSV have behind those without layer 7, the last of which are those of SPLT.
fn layer_7_in_csv<P: NFPlugin, D: Dissector>(builder: Builder<P, D>) -> Vec<String> {
    let plain = Streamer::builder().source(SMALL).splt_analysis(2);
    let plain = csv(plain.max_nflows(1));
    let with = csv(builder.source(SMALL).splt_analysis(2).max_nflows(1));
    with.lines()
        .zip(plain.lines())
        .map(|(with, plain)| with.strip_prefix(plain).unwrap().to_owned())
        .collect()
}

#[test]
fn the_columns_of_layer_7_in_csv() {
    let nine = ",application_name,application_category_name,application_is_guessed,application_confidence,\
        requested_server_name,client_fingerprint,server_fingerprint,user_agent,content_type";
    let known =
        ",TLS.Example,Web,1,1,www.example.test,\"1,3,6\",server,\"a \"\"quoted\"\" one\",text/html";
    assert_eq!(
        layer_7_in_csv(Streamer::builder().dissector(Knowing)),
        [nine, known]
    );
    let everything = || {
        Streamer::builder()
            .fingerprint_columns(true)
            .risk_column(true)
            .udps(PacketSizeCounter::new(40))
    };
    let names = format!("{nine},client_ja3,client_ja4,flow_risks,udps.packet_40_count");
    assert_eq!(
        layer_7_in_csv(everything().dissector(Knowing)),
        [names.clone(), format!("{known},ja3,,[],0")]
    );
    let off: Option<Knowing> = None;
    assert_eq!(
        layer_7_in_csv(everything().dissector(off)),
        [names, format!("{},0", ",".repeat(12))]
    );
    assert_eq!(layer_7_in_csv(Streamer::builder()), ["", ""]);
}

#[cfg(feature = "ndpi")]
#[test]
fn ndpi_names_what_was_recorded() {
    use nfstream::dissect::{Licence, Ndpi};

    let ndpi = Ndpi::builder()
        .licence(Licence::NotForProfit)
        .build()
        .unwrap();
    let records = Streamer::builder()
        .source(SMALL)
        .dissector(ndpi)
        .build()
        .unwrap();
    let mut found: Vec<_> = records
        .into_iter()
        .map(|record| {
            let record = record.unwrap();
            let flow = record.flow();
            let application = flow.application().unwrap();
            format!(
                "{} {} {} {}",
                application.name,
                application.server_name,
                application.user_agent,
                application.content_type
            )
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(
        found,
        [
            "DNS cdn.example.test  ",
            "DNS www.example.test  ",
            "HTTP www.example.test curl/7.88.1 text/html"
        ]
    );
}
