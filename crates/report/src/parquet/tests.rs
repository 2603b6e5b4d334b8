use std::fs;
use std::sync::Arc;

use arrow_array::types::TimestampNanosecondType;
use arrow_array::{
    ArrayRef, Float64Array, Int64Array, PrimitiveArray, StringArray, UInt8Array, UInt64Array,
};
use nfstream_decode::Timestamp;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use super::*;

/// The time of the first packet of all files here.
const BEGIN: u64 = 1_700_000_000_123;

fn texts<const N: usize>(texts: [Option<&str>; N]) -> ArrayRef {
    Arc::new(StringArray::from_iter(texts))
}

fn uints<const N: usize>(values: [u64; N]) -> ArrayRef {
    Arc::new(UInt64Array::from_iter_values(values))
}

/// Two flows, with no more columns than are needed, and times as NFStream has them.
fn two_flows() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("bidirectional_bytes", uints([1_500, 60])),
        ("bidirectional_packets", uints([3, 1])),
        ("bidirectional_first_seen_ms", uints([BEGIN, BEGIN + 10])),
        (
            "bidirectional_last_seen_ms",
            uints([BEGIN + 1_000, BEGIN + 10]),
        ),
        ("src_ip", texts([Some("192.0.2.1"), Some("192.0.2.3")])),
        ("dst_ip", texts([Some("192.0.2.2"), None])),
        ("protocol", uints([6, 17])),
    ]
}

/// A file with these columns, read.
fn read(columns: Vec<(&'static str, ArrayRef)>) -> Result<Report, (TempDir, ReadError)> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.parquet");
    let columns = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mut report = Report::default();
    match report.add_parquet(&path) {
        Ok(flows) => {
            assert_eq!(flows, batch.num_rows() as u64);
            Ok(report)
        }
        Err(error) => Err((directory, error)),
    }
}

fn replaced(
    name: &'static str,
    other: &'static str,
    column: ArrayRef,
) -> Vec<(&'static str, ArrayRef)> {
    let mut columns = two_flows();
    columns.retain(|&(known, _)| known != name);
    columns.push((other, column));
    columns
}

#[test]
fn the_least_that_is_needed_makes_a_report() {
    let report = read(two_flows()).unwrap();
    let total = report.total;
    assert_eq!((total.flows, total.packets, total.bytes), (2, 4, 1_560));
    let begin = Timestamp::from_millis(BEGIN);
    assert_eq!(
        report.time_span,
        Some((begin, Timestamp::from_millis(BEGIN + 1_000)))
    );
    assert_eq!(
        report.protocols.keys().copied().collect::<Vec<_>>(),
        [6, 17]
    );
    assert!(
        report.ends.is_empty() && report.directions.is_none() && report.applications.is_empty()
    );
}

#[test]
fn all_columns_are_read_by_their_names() {
    let mut columns = two_flows();
    columns.extend([
        ("unheard_of", uints([1, 2])),
        ("src_port", uints([40_000, 0])),
        (
            "dst_port",
            Arc::new(Int64Array::from(vec![443, 0])) as ArrayRef,
        ),
        ("ip_version", Arc::new(UInt8Array::from(vec![4, 4]))),
        ("vlan_id", uints([7, 0])),
        ("tunnel_id", uints([1, 0])),
        (
            "expiration_id",
            Arc::new(Int64Array::from(vec![Some(-1), None])),
        ),
        ("src2dst_bytes", uints([500, 60])),
        ("application_name", texts([Some("TLS"), None])),
        ("application_category_name", texts([Some("Web"), None])),
        (
            "requested_server_name",
            texts([Some("www.example.test"), Some("")]),
        ),
    ]);
    let report = read(columns).unwrap();
    assert_eq!(report.directions, Some((560, 1_000)));
    assert_eq!(report.ports[&(6, 443)].bytes, 1_500);
    assert_eq!(report.vlans[&7].flows, 1);
    assert_eq!(report.tunnels[&1].flows, 1);
    assert_eq!(report.ends.keys().copied().collect::<Vec<_>>(), [-1]);
    assert_eq!(report.applications.get("TLS").bytes, 1_500);
    assert_eq!(report.without_application.bytes, 60);
    assert_eq!(report.server_names.len(), 1);
}

#[test]
fn times_of_any_unit_and_type_are_read() {
    let nanos = [BEGIN * 1_000_000, (BEGIN + 10) * 1_000_000];
    let typed =
        PrimitiveArray::<TimestampNanosecondType>::from_iter_values(nanos.map(u64::cast_signed));
    let typed = Arc::new(typed.with_timezone("UTC"));
    let micros = uints(nanos.map(|nanos| nanos / 1_000));
    for (name, column) in [
        ("bidirectional_first_seen_ns", typed.clone() as ArrayRef),
        ("bidirectional_first_seen_ms", typed),
        ("bidirectional_first_seen_ns", uints(nanos)),
        ("bidirectional_first_seen_us", micros),
    ] {
        let report = read(replaced("bidirectional_first_seen_ms", name, column)).unwrap();
        let (first, _) = report.time_span.unwrap();
        assert_eq!(first, Timestamp::from_millis(BEGIN), "{name}");
    }
}

#[test]
fn a_missing_column_is_named_with_its_file() {
    for (missing, _) in two_flows() {
        let (_directory, error) = read(replaced(missing, "other", uints([0, 0]))).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("flows.parquet") && text.contains(&format!("`{missing}`")),
            "{text}"
        );
    }
}

#[test]
fn a_column_of_another_type_is_named_with_its_file() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    for (name, needed) in [
        ("src_ip", "text"),
        ("protocol", "whole numbers"),
        ("bidirectional_last_seen_ms", "timestamps or whole numbers"),
    ] {
        let (_directory, error) = read(replaced(name, name, Arc::clone(&floats))).unwrap_err();
        let text = error.to_string();
        for part in ["flows.parquet", name, "Float64", needed] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn what_is_no_parquet_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.csv");
    let refused = |path: &Path| Report::default().add_parquet(path).unwrap_err();
    assert!(matches!(refused(&path), ReadError::Open { .. }));
    fs::write(&path, "id,src_ip\n").unwrap();
    assert!(matches!(refused(&path), ReadError::Format { .. }));
}
