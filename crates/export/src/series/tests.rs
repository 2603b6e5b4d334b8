use super::*;

const MINUTE: u64 = 60;
/// 2026-11-23T17:45:00Z.
const A_QUARTER_TO_SIX: u64 = 1_795_455_900;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn split(flows_per_file: u64, minutes: u64, rotate_files: u64) -> Split {
    Split {
        flows_per_file,
        rotate_every: (minutes > 0).then(|| Duration::from_mins(minutes)),
        rotate_files,
    }
}

#[test]
fn what_tells_files_apart_stands_before_the_extension() {
    for (path, expected) in [
        ("flows.csv", "flows.7.csv"),
        ("flows", "flows.7"),
        ("/csv/x.pcap.csv", "/csv/x.pcap.7.csv"),
        ("out/.flows", "out/.flows.7"),
        ("a.csv/flows", "a.csv/flows.7"),
        ("flows.", "flows.7."),
    ] {
        let path = Path::new(path);
        assert_eq!(with_infix(path, "7"), Path::new(expected));
        assert_eq!(name_in_interval(path, None, 7), Path::new(expected));
        assert_eq!(name_in_interval(path, None, 0), path);
    }
    for (path, number, expected) in [
        ("flows.csv", 0, "flows.20261123T174500Z.csv"),
        ("flows.csv", 2, "flows.20261123T174500Z.2.csv"),
        ("out/flows", 0, "out/flows.20261123T174500Z"),
        ("out/flows", 1, "out/flows.20261123T174500Z.1"),
    ] {
        let name = name_in_interval(Path::new(path), Some(at(A_QUARTER_TO_SIX)), number);
        assert_eq!(name, Path::new(expected));
    }
}

#[test]
fn numbers_start_again_where_files_are_rotated() {
    let directory = tempfile::tempdir().unwrap();
    let names = |rotate_files| {
        let path = directory.path().join("f.csv");
        let mut series = FileSeries::new(path, split(1, 0, rotate_files)).unwrap();
        [(); 4].map(|()| {
            let output = series.open().unwrap();
            assert!(series.count_flow());
            let name = output.path().file_name().unwrap().to_owned();
            series.complete(output).unwrap();
            name.into_string().unwrap()
        })
    };
    assert_eq!(names(0), ["f.0.csv", "f.1.csv", "f.2.csv", "f.3.csv"]);
    assert_eq!(names(3), ["f.0.csv", "f.1.csv", "f.2.csv", "f.0.csv"]);
    assert_eq!(names(1), ["f.0.csv", "f.0.csv", "f.0.csv", "f.0.csv"]);
}

#[test]
fn intervals_are_aligned() {
    for (now, minutes, start) in [
        (A_QUARTER_TO_SIX, 5, A_QUARTER_TO_SIX),
        (A_QUARTER_TO_SIX + 299, 5, A_QUARTER_TO_SIX),
        (A_QUARTER_TO_SIX - 1, 5, A_QUARTER_TO_SIX - 300),
        (A_QUARTER_TO_SIX, 24 * 60, 20_780 * 86_400),
        (7, 5, 0),
    ] {
        let every = Duration::from_mins(minutes);
        assert_eq!(start_of_interval(at(now), every), at(start));
    }
    let nanos = Timestamp::from_nanos(4_500_000_001);
    let every = Duration::from_millis(1500);
    assert_eq!(
        start_of_interval(nanos, every),
        Timestamp::from_millis(4500)
    );
    // Longer than packet time.
    assert_eq!(start_of_interval(Timestamp::MAX, Duration::MAX), at(0));
}

#[test]
fn an_interval_is_over_when_a_later_one_has_come() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("f.csv");
    let mut series = FileSeries::new(path, split(0, 1, 0)).unwrap();
    let _output = series.open().unwrap();
    // The first time that is told says in which interval the file was opened.
    assert!(!series.advance(at(10 * MINUTE + 7)));
    assert!(!series.advance(at(11 * MINUTE - 1)));
    assert!(series.advance(at(11 * MINUTE)));
    let _output = series.open().unwrap();
    // The clock is set back.
    assert!(!series.advance(at(2 * MINUTE)));
    assert!(!series.advance(at(11 * MINUTE + 59)));
    assert!(series.advance(at(100 * MINUTE)));
}

#[test]
fn without_an_interval_time_changes_nothing() {
    let mut series = FileSeries::new("f.csv".into(), split(1, 0, 0)).unwrap();
    assert!(!series.advance(at(0)));
    assert!(!series.advance(at(MINUTE)));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refused = |split| FileSeries::new("f.csv".into(), split).unwrap_err();
    assert_eq!(
        refused(split(0, 0, 3)).to_string(),
        "rotate_files is 3 but flows_per_file is 0: files can only be rotated where flows_per_file is at least 1, or with rotate_every"
    );
    let short = Split {
        rotate_every: Some(Duration::from_millis(999)),
        ..Split::default()
    };
    assert_eq!(
        refused(short).to_string(),
        "rotate_every is 999ms: allowed is 1 s or more"
    );
}
