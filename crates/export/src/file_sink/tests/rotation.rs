//! Files that follow each other in time.

use std::time::Duration;

use nfstream_flow::{OwnedFlowRecord, sink_fn};

use super::*;

/// 2026-11-23T17:45:00Z.
const A_QUARTER_TO_SIX: u64 = 1_795_455_900;

/// A sink, and what it is to be given.
struct Run {
    sink: FileSink<Csv>,
    flow: OwnedFlowRecord<()>,
    /// Of the next flow.
    id: u64,
}

impl Run {
    fn new(directory: &Path, options: Split) -> Self {
        let options = options.rotate_every(Duration::from_mins(5));
        let mut sink =
            FileSink::split(directory.join("flows.csv"), Csv::default(), &options).unwrap();
        let config = FlowTableConfig::default();
        FlowSink::<()>::begin(&mut sink, &config.columns()).unwrap();
        let mut flow = None;
        let mut keep = sink_fn(|record: FlowRecord<'_, ()>| {
            flow = Some(record.into_owned());
            Ok::<(), core::convert::Infallible>(())
        });
        let mut table = FlowTable::new(&config, ());
        let packet = packet(1, 0, false, TcpFlags::SYN);
        table.push(&packet, &mut keep).unwrap();
        table.finish(&mut keep).unwrap();
        Self {
            sink,
            flow: flow.unwrap(),
            id: 0,
        }
    }

    fn flows(&mut self, count: u64) -> &mut Self {
        for _ in 0..count {
            let mut record = self.flow.as_record();
            record.id = self.id;
            self.id += 1;
            self.sink.record(record).unwrap();
        }
        self
    }

    /// So many seconds after a quarter to six.
    fn try_at(&mut self, seconds: u64) -> Result<(), ExportError> {
        let now = Timestamp::from_millis((A_QUARTER_TO_SIX + seconds) * 1000);
        FlowSink::<()>::advance(&mut self.sink, now)
    }

    fn at(&mut self, seconds: u64) -> &mut Self {
        self.try_at(seconds).unwrap();
        self
    }

    fn finish(&mut self) {
        FlowSink::<()>::finish(&mut self.sink).unwrap();
    }
}

#[test]
fn a_file_is_complete_when_its_interval_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let now = || contents(directory.path());
    let mut run = Run::new(directory.path(), Split::default());
    run.flows(2).at(7).flows(1);
    run.at(299);
    // What looks on sees the rows.
    assert_eq!(now(), [file("flows.csv.partial", 0..3)]);
    run.at(300);
    let first = file("flows.20261123T174500Z.csv", 0..3);
    assert_eq!(now(), [first.clone(), file("flows.csv.partial", [])]);
    run.flows(1).at(301).at(600);
    let second = file("flows.20261123T175000Z.csv", 3..4);
    // Nothing came in the third, and the machine slept during the fourth and the fifth.
    run.at(1500).flows(1).finish();
    let third = file("flows.20261123T175500Z.csv", []);
    let sixth = file("flows.20261123T181000Z.csv", 4..5);
    assert_eq!(now(), [first, second, third, sixth]);
}

#[test]
fn time_that_goes_back_begins_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::new(directory.path(), Split::default());
    run.at(310).flows(1).at(10).flows(1).at(599).at(1).flows(1);
    run.at(600).finish();
    assert_eq!(
        contents(directory.path()),
        [
            file("flows.20261123T175000Z.csv", 0..3),
            file("flows.20261123T175500Z.csv", [])
        ]
    );
}

#[test]
fn no_file_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("flows.csv"), "id,expiration_id,\n9,").unwrap();
    for flows in 0..3 {
        let mut run = Run::new(directory.path(), Split::default());
        run.at(0).flows(flows).finish();
    }
    assert_eq!(
        contents(directory.path()),
        [
            file("flows.20261123T174500Z.1.csv", 0..1),
            file("flows.20261123T174500Z.2.csv", 0..2),
            file("flows.20261123T174500Z.csv", []),
            file("flows.csv", [9]),
        ]
    );
}

#[test]
fn without_any_time_files_have_no_interval() {
    let directory = tempfile::tempdir().unwrap();
    for flows in [2, 3] {
        let options = Split::default().flows_per_file(1);
        Run::new(directory.path(), options).flows(flows).finish();
    }
    assert_eq!(
        contents(directory.path()),
        [file("flows.1.csv", 0..3), file("flows.csv", 0..2)]
    );
}

#[test]
fn a_full_file_is_followed_by_one_of_the_same_interval() {
    let directory = tempfile::tempdir().unwrap();
    let options = Split::default().flows_per_file(2);
    let mut run = Run::new(directory.path(), options);
    // The first file is full, but has no name until time is told.
    run.flows(3).at(0).flows(5).at(300);
    // The interval ends with a full file: no further one.
    run.flows(2).at(599).at(600).finish();
    assert_eq!(
        contents(directory.path()),
        [
            file("flows.20261123T174500Z.1.csv", 3..5),
            file("flows.20261123T174500Z.2.csv", 5..7),
            file("flows.20261123T174500Z.3.csv", 7..8),
            file("flows.20261123T174500Z.csv", 0..3),
            file("flows.20261123T175000Z.csv", 8..10),
            file("flows.20261123T175500Z.csv", []),
        ]
    );
}

#[test]
fn the_oldest_file_of_the_run_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    Run::new(directory.path(), Split::default()).at(0).finish();
    let options = Split::default().flows_per_file(3).rotate_files(2);
    let mut run = Run::new(directory.path(), options);
    run.at(0).flows(1).at(300).flows(5).at(310);
    let earlier = file("flows.20261123T174500Z.csv", []);
    let second = file("flows.20261123T175000Z.csv", 1..4);
    assert_eq!(
        contents(directory.path()),
        [
            file("flows.20261123T174500Z.1.csv", 0..1),
            earlier.clone(),
            second.clone(),
            file("flows.csv.partial", 4..6),
        ]
    );
    run.finish();
    let third = file("flows.20261123T175000Z.1.csv", 4..6);
    assert_eq!(contents(directory.path()), [earlier, third, second]);
}

#[test]
fn a_file_that_was_taken_away_need_not_be_removed() {
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::new(directory.path(), Split::default().rotate_files(1));
    run.at(0).at(300);
    let first = directory.path().join("flows.20261123T174500Z.csv");
    fs::remove_file(first).unwrap();
    run.at(600);
    let second = directory.path().join("flows.20261123T175000Z.csv");
    fs::remove_file(&second).unwrap();
    fs::create_dir(&second).unwrap();
    let error = run.try_at(900).unwrap_err();
    assert!(matches!(error, ExportError::Remove { path, .. } if path == second));
    // It takes nothing more.
    run.at(1200);
    let error = run.sink.record(run.flow.as_record()).unwrap_err();
    assert!(matches!(error, ExportError::Closed { .. }));
}

#[test]
fn what_was_not_finished_keeps_its_temporary_name() {
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::new(directory.path(), Split::default());
    run.at(0).at(300).flows(1);
    drop(run);
    assert_eq!(
        contents(directory.path()),
        [
            file("flows.20261123T174500Z.csv", []),
            file("flows.csv.partial", 0..1)
        ]
    );
}

#[test]
fn what_cannot_be_written_is_known_at_once() {
    let options = Split::default().rotate_every(Duration::from_secs(1));
    let error = |path: &Path| FileSink::split(path, Csv::default(), &options).unwrap_err();
    let missing = error(Path::new("/nonexistent/flows.csv"));
    assert!(matches!(missing, ExportError::CreateTemporary { .. }));
    let unnamed = error(Path::new("/tmp/"));
    assert!(matches!(unnamed, ExportError::NoFileName { .. }));
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(
        error(directory.path()),
        ExportError::RotateStream { .. }
    ));
    let path = directory.path().join("flows.csv");
    drop(FileSink::split(path, Csv::default(), &options).unwrap());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_device_has_no_successor() {
    let options = Split::default().rotate_every(Duration::from_mins(5));
    for path in ["/dev/null", "/dev/stdout"] {
        let error = FileSink::split(path, Csv::default(), &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{path}: is not a regular file, so no other one can follow it (rotate_every is 300s)"
            )
        );
    }
}
