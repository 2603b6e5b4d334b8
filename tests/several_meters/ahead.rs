//! Windows that are read before it is their turn.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use nfstream::capture::{PacketSource, Received};
use nfstream::flow::FlowRecord;
use nfstream::{Builder, Flow, NFPlugin, Packet, Streamer, sink_fn};

use crate::compare::{METERS, Output, Windows, any_lengths, assert_same, difference, reading};
use crate::errors::stopped;
use crate::{churning, traffic};

/// Length of the header of a pcap file.
const PCAP_HEADER_LEN: usize = 24;

/// A source that never waits: every window of another one, and an error with every third call.
struct Ready<S> {
    source: S,
    calls: u64,
    /// Frames that were lent.
    lent: Arc<AtomicU64>,
}

impl<S: PacketSource<Error = io::Error>> PacketSource for Ready<S> {
    type Error = io::Error;

    fn receive(&mut self) -> Result<Received<'_>, io::Error> {
        self.calls += 1;
        if self.calls % 3 == 2 {
            return Err(io::Error::other(format!("call {}", self.calls)));
        }
        let received = self.source.receive()?;
        if let Received::Frames(frames) = &received {
            self.lent.fetch_add(frames.len() as u64, Ordering::Relaxed);
        }
        Ok(received)
    }

    fn never_waits(&self) -> bool {
        true
    }
}

/// Meters windows of any length from a source that never waits, and counts the frames that it lends.
fn ready() -> (Builder, Arc<AtomicU64>) {
    let lent = Arc::new(AtomicU64::new(0));
    let source = Ready {
        source: Windows::new(traffic::mixed(), any_lengths()),
        calls: 0,
        lent: Arc::clone(&lent),
    };
    (churning(Streamer::builder().packet_source(source)), lent)
}

/// A directory for the files of one test.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// A file that takes many windows, and how many frames it holds.
fn long_file(directory: &Path) -> (PathBuf, u64) {
    let path = directory.join("long");
    let mixed = traffic::mixed();
    let (header, records) = mixed.pcap().split_at(PCAP_HEADER_LEN);
    let times = (24 << 20) / records.len() + 1;
    fs::write(&path, [header, &records.repeat(times)].concat()).unwrap();
    (path, (times * mixed.len()) as u64)
}

/// Counts packets, of all meters together.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl NFPlugin for Counter {
    type State = ();
    type Output = ();

    fn on_init(&mut self, _packet: &Packet<'_>, _flow: &mut Flow<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn on_update(&mut self, _packet: &Packet<'_>, _flow: &mut Flow<'_>, _state: &mut ()) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, _state: ()) {}
}

#[test]
fn meters_go_on_while_the_sink_has_a_row() {
    /// How often rows ask the meters at most, altogether.
    const PATIENCE: u32 = 20_000;
    let directory = directory("slow_sink");
    let (path, frames) = long_file(&directory);
    for meters in [2, 3] {
        let metered = Counter::default();
        let mut goes_on = false;
        let mut rows = 0;
        let mut asked = 0;
        let sink = sink_fn(|_: FlowRecord<'_, ()>| {
            rows += 1;
            let before = metered.0.load(Ordering::Relaxed);
            while !goes_on && asked < PATIENCE {
                thread::sleep(Duration::from_millis(1));
                goes_on = metered.0.load(Ordering::Relaxed) > before;
                asked += 1;
            }
            Ok::<(), Infallible>(())
        });
        let builder = churning(Streamer::builder().source(path.clone())).udps(metered.clone());
        let streamer = builder.n_meters(meters).build().unwrap();
        let summary = streamer.run(sink).unwrap();
        assert!(goes_on, "{meters} meters");
        assert_eq!((summary.records(), summary.packets_read), (rows, frames));
    }
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn errors_are_told_in_the_order_of_the_input() {
    let output = assert_same("a source that is read ahead", || ready().0);
    let errors: Vec<_> = output.errors.lines().collect();
    assert!(errors.len() > 5);
    assert!(
        errors
            .iter()
            .zip(0..)
            .all(|(error, index)| *error == format!("call {}", 3 * index + 2))
    );
    let expected = Output::of(churning(reading(traffic::mixed())).n_meters(1));
    assert_eq!(difference(&expected.csv, &output.csv), None);
}

#[test]
fn nothing_that_was_read_is_lost_when_a_run_is_stopped() {
    for meters in METERS {
        for packets in [1, 3_000, 7_000] {
            let (builder, lent) = ready();
            let (output, positions) = stopped(builder.n_meters(meters), packets);
            let summary = &output.summary;
            assert!(summary.stopped, "{summary}");
            let lent = lent.load(Ordering::Relaxed);
            assert!(lent < traffic::mixed().len() as u64);
            assert_eq!(summary.packets_read, lent, "{meters} meters");
            assert_eq!(summary.packets_in_records, summary.packets_metered);
            assert_eq!(positions.last().unwrap()[0], lent, "{meters} meters");
        }
    }
}

#[test]
fn of_files_that_are_cut_short_or_no_captures() {
    let directory = directory("read_ahead");
    let paths = ["first", "text", "vanished", "cut", "last"].map(|name| directory.join(name));
    let crowds = traffic::crowds();
    let capture = crowds.pcap();
    assert!(capture.len() > 2 << 20);
    fs::write(&paths[0], capture).unwrap();
    fs::write(&paths[1], "no capture at all").unwrap();
    fs::write(&paths[3], &capture[..capture.len() / 2 - 1]).unwrap();
    fs::write(&paths[4], capture).unwrap();

    let output = assert_same("files that are read ahead", || {
        churning(Streamer::builder().sources([0, 1, 3, 4].map(|index| paths[index].clone())))
    });
    let errors: Vec<_> = output.errors.lines().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors[0].contains("text") && errors[1].contains("cut"),
        "{errors:?}"
    );

    for meters in METERS {
        let sources = [0, 1, 4].map(|index| paths[index].clone());
        let builder = churning(Streamer::builder().sources(sources)).max_nflows(50);
        let enough = Output::of(builder.n_meters(meters));
        assert!(enough.summary.stopped && output.csv.starts_with(&enough.csv));
        assert_eq!(
            enough.errors, "",
            "{meters} meters: an error behind the last record"
        );
    }

    let mut expected = None;
    for meters in METERS {
        fs::write(&paths[2], capture).unwrap();
        let builder = churning(Streamer::builder().sources(paths.clone())).n_meters(meters);
        let streamer = builder.build().unwrap();
        fs::remove_file(&paths[2]).unwrap();
        let error = streamer.into_iter().find_map(Result::err).unwrap();
        let told = (error.to_string(), format!("{:?}", error.summary().unwrap()));
        assert!(
            told.0.lines().nth(1).unwrap().contains("vanished"),
            "{}",
            told.0
        );
        assert_eq!(
            &told,
            expected.get_or_insert_with(|| told.clone()),
            "{meters} meters"
        );
    }
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_long_file_is_not_read_to_its_end_when_a_run_is_stopped() {
    let directory = directory("stopped_early");
    let (path, frames) = long_file(&directory);
    // With room for few flows rounds are short, and end with a window that was read before its turn.
    for (meters, flows) in METERS
        .into_iter()
        .flat_map(|it| [(it, 1 << 22), (it, 3_000)])
    {
        let builder = churning(Streamer::builder().source(path.clone())).n_meters(meters);
        let (output, _) = stopped(builder.max_active_flows(flows), 1);
        let summary = &output.summary;
        assert!(summary.stopped && summary.packets_read > 0);
        assert!(summary.packets_read < frames);
        assert_eq!(summary.packets_in_records, summary.packets_metered);
    }
    fs::remove_dir_all(&directory).unwrap();
}
