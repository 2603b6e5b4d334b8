mod rotation;

use std::fs;

use nfstream_decode::TcpFlags;
use nfstream_flow::{FlowTable, FlowTableConfig};

use super::*;
use crate::Csv;
use crate::testing::{Encoded, packet};

/// Writes `flows` flows.
fn write(sink: &mut FileSink<Csv>, flows: u16) -> Result<(), ExportError> {
    let config = FlowTableConfig::default();
    let mut table = FlowTable::new(&config, ());
    FlowSink::<()>::begin(sink, &config.columns())?;
    for port in 1..=flows {
        table.push(&packet(port, port.into(), false, TcpFlags::SYN), sink)?;
    }
    table.finish(sink)?;
    FlowSink::<()>::finish(sink)
}

/// The files in a directory, and the ids of the flows in them.
fn contents(directory: &Path) -> Vec<(String, Vec<u64>)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            let mut lines = text.lines();
            assert!(lines.next().unwrap().starts_with("id,expiration_id,"));
            let ids = lines.map(|line| line.split_once(',').unwrap().0.parse().unwrap());
            (entry.file_name().into_string().unwrap(), ids.collect())
        })
        .collect();
    files.sort();
    files
}

fn written(options: &Split, flows: u16) -> Vec<(String, Vec<u64>)> {
    let directory = tempfile::tempdir().unwrap();
    let mut sink =
        FileSink::split(directory.path().join("flows.csv"), Csv::default(), options).unwrap();
    write(&mut sink, flows).unwrap();
    contents(directory.path())
}

fn file(name: &str, ids: impl IntoIterator<Item = u64>) -> (String, Vec<u64>) {
    (name.into(), ids.into_iter().collect())
}

#[test]
fn all_flows_are_in_one_file() {
    let options = Split::default();
    assert_eq!(written(&options, 5), [file("flows.csv", 0..5)]);
    assert_eq!(written(&options, 0), [file("flows.csv", [])]);
}

#[test]
fn flows_are_split_into_files() {
    let options = Split::default().flows_per_file(2);
    assert_eq!(
        written(&options, 5),
        [
            file("flows.0.csv", 0..2),
            file("flows.1.csv", 2..4),
            file("flows.2.csv", 4..5)
        ]
    );
    assert_eq!(
        written(&options, 4),
        [file("flows.0.csv", 0..2), file("flows.1.csv", 2..4)]
    );
    assert_eq!(written(&options, 0), [file("flows.0.csv", [])]);
}

#[test]
fn the_oldest_file_is_replaced() {
    let options = Split::default().flows_per_file(2).rotate_files(2);
    assert_eq!(
        written(&options, 7),
        [file("flows.0.csv", 4..6), file("flows.1.csv", 6..7)]
    );
}

#[test]
fn encoded_elsewhere_rows_are_counted_and_the_same() {
    let options = Split::default().flows_per_file(2).rotate_files(2);
    let files = [false, true].map(|elsewhere| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flows.csv");
        let mut sink = FileSink::split(path, Csv::default(), &options).unwrap();
        let config = FlowTableConfig::default();
        FlowSink::<()>::begin(&mut sink, &config.columns()).unwrap();
        let mut table = FlowTable::new(&config, ());
        for port in 1..=7 {
            let packet = packet(port, port.into(), false, TcpFlags::SYN);
            table.push(&packet, &mut sink).unwrap();
        }
        if elsewhere {
            table.finish(&mut Encoded(&mut sink)).unwrap();
        } else {
            table.finish(&mut sink).unwrap();
        }
        FlowSink::<()>::finish(&mut sink).unwrap();
        let names = ["flows.0.csv", "flows.1.csv"];
        names.map(|name| fs::read_to_string(directory.path().join(name)).unwrap())
    });
    let [here, elsewhere] = files;
    assert_eq!(here.each_ref().map(|text| text.lines().count()), [3, 2]);
    assert_eq!(elsewhere, here);
}

#[test]
fn each_file_has_its_name_only_when_complete() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.csv");
    let options = Split::default().flows_per_file(2);
    let mut sink = FileSink::split(path, Csv::default(), &options).unwrap();
    let config = FlowTableConfig::default();
    FlowSink::<()>::begin(&mut sink, &config.columns()).unwrap();
    // The second flow's packet comes long after the idle timeout of the first, and so on: each ends the one before.
    let mut table = FlowTable::new(&config, ());
    let mut push = |sink: &mut FileSink<Csv>, port| {
        let packet = packet(port, u64::from(port) * 1_000_000, false, TcpFlags::SYN);
        table.push(&packet, sink).unwrap();
        let mut names: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(push(&mut sink, 1), ["flows.0.csv.partial"]);
    assert_eq!(push(&mut sink, 2), ["flows.0.csv.partial"]);
    assert_eq!(push(&mut sink, 3), ["flows.0.csv"]);
    assert_eq!(push(&mut sink, 4), ["flows.0.csv", "flows.1.csv.partial"]);
    // An error came: what was written so far keeps its temporary name.
    drop(sink);
    assert_eq!(
        contents(directory.path()),
        [file("flows.0.csv", 0..2), file("flows.1.csv.partial", 2..3)]
    );
}

#[test]
fn a_file_that_failed_gets_no_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.csv");
    let mut sink = FileSink::create(&path, Csv::default()).unwrap();
    // Without `begin`, a row does not fit the header.
    let mut table = FlowTable::new(&FlowTableConfig::default(), ());
    table
        .push(&packet(1, 0, false, TcpFlags::SYN), &mut sink)
        .unwrap();
    let error = table.finish(&mut sink).unwrap_err();
    assert!(matches!(error, ExportError::RowLength { columns: 0, .. }));
    let error = FlowSink::<()>::finish(&mut sink).unwrap_err();
    assert!(matches!(error, ExportError::Closed { .. }));
    assert!(!path.exists());
}

#[test]
fn a_sink_that_was_not_used_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    drop(FileSink::create(directory.path().join("flows.csv"), Csv::default()).unwrap());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn rotation_needs_several_files() {
    let options = Split::default().rotate_files(3);
    let error = FileSink::split("flows.csv", Csv::default(), &options).unwrap_err();
    assert!(matches!(
        error,
        ExportError::RotationWithoutSplit { rotate_files: 3 }
    ));
}

#[cfg(unix)]
#[test]
fn a_device_cannot_be_split() {
    let options = Split::default().flows_per_file(1);
    for path in ["/dev/null", "/dev/stdout", "/dev/stderr"] {
        let error = FileSink::split(path, Csv::default(), &options).unwrap_err();
        assert!(matches!(error, ExportError::SplitStream { .. }));
    }
    // Nor can one of the files be a device.
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("flows.1.csv");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    let mut sink =
        FileSink::split(directory.path().join("flows.csv"), Csv::default(), &options).unwrap();
    let error = write(&mut sink, 2).unwrap_err();
    assert!(matches!(error, ExportError::SplitStream { path, .. } if path == link));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("flows.csv");
    std::os::unix::fs::symlink("/dev/full", &link).unwrap();
    for (path, flows) in [(Path::new("/dev/full"), 0), (&link, 2000)] {
        let error = write(&mut FileSink::create(path, Csv::default()).unwrap(), flows).unwrap_err();
        assert!(!error.is_broken_pipe());
        let ExportError::Write { path: at, source } = error else {
            panic!("{error}");
        };
        assert_eq!(at, path);
        assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    }
    assert!(link.is_symlink());
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_can_be_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    crate::output::tests::make_pipe(&pipe);
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || drop(fs::File::open(pipe).unwrap())
    });
    let mut sink = FileSink::create(&pipe, Csv::default()).unwrap();
    reader.join().unwrap();
    assert!(write(&mut sink, 1).unwrap_err().is_broken_pipe());
}
