//! Windows that are read before it is their turn.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nfstream::capture::{PacketSource, Received};
use nfstream::{Builder, Streamer};

use crate::compare::{METERS, Output, Windows, any_lengths, assert_same, difference, reading};
use crate::errors::stopped;
use crate::{churning, traffic};

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
fn of_files_that_are_stopped_cut_short_or_no_captures() {
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

        let builder = churning(Streamer::builder().source(paths[0].clone())).n_meters(meters);
        let (output, _) = stopped(builder, 1);
        let summary = &output.summary;
        assert!(summary.stopped && summary.packets_read < crowds.len() as u64);
        assert_eq!(summary.packets_in_records, summary.packets_metered);
    }
    fs::remove_dir_all(&directory).unwrap();
}
