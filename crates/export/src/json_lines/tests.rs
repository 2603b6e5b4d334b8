use serde_json::{Value, json};

use super::*;
use crate::testing::{Encoded, EveryType, Wrong, meter, schema, syns, written};
use crate::{ExportError, WriterSink};
use nfstream_flow::FlowSink;

/// One object a line.
fn objects(text: &[u8]) -> Vec<Value> {
    let text = str::from_utf8(text).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    // Not `lines`, which takes off carriage returns.
    let lines = text.split_terminator('\n');
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_flow_is_a_line_of_all_columns_in_order() {
    let text = written(JsonLines::default(), (), &syns(1)).unwrap();
    let expected = concat!(
        r#"{"id":0,"expiration_id":0,"src_ip":"192.0.2.1","src_mac":"02:00:00:00:00:01","#,
        r#""src_oui":"02:00:00","src_port":1,"dst_ip":"198.51.100.2","dst_mac":"02:ab:00:00:00:02","#,
        r#""dst_oui":"02:ab:00","dst_port":443,"protocol":6,"ip_version":4,"vlan_id":0,"tunnel_id":0,"#,
        r#""bidirectional_first_seen_ms":1700000000001,"bidirectional_last_seen_ms":1700000000001,"#,
        r#""bidirectional_duration_ms":0,"bidirectional_packets":1,"bidirectional_bytes":60,"#,
        r#""src2dst_first_seen_ms":1700000000001,"src2dst_last_seen_ms":1700000000001,"#,
        r#""src2dst_duration_ms":0,"src2dst_packets":1,"src2dst_bytes":60,"dst2src_first_seen_ms":0,"#,
        r#""dst2src_last_seen_ms":0,"dst2src_duration_ms":0,"dst2src_packets":0,"dst2src_bytes":0}"#,
        "\n"
    );
    assert_eq!(str::from_utf8(&text).unwrap(), expected);
}

#[test]
fn values_have_the_types_of_json() {
    let text = written(JsonLines::default(), EveryType, &syns(3)).unwrap();
    let objects = objects(&text);
    let values = |names: [&str; 10], object: &Value| names.map(|name| object[name].clone());
    let names = [
        "flag", "balance", "count", "ratio", "name", "server", "seen_us", "sizes", "ratios",
        "names",
    ];
    let names = names.map(|name| format!("udps.{name}"));
    let names = names.each_ref().map(String::as_str);
    assert_eq!(
        values(names, &objects[0]),
        [
            json!(true),
            json!(-7),
            json!(7),
            json!(0.5),
            json!("Zürich"),
            json!("192.0.2.7"),
            json!(1_700_000_000_000_007_u64),
            json!([1, 2, 3]),
            json!([1e-7, null]),
            json!([["a", "it's"], []]),
        ]
    );
    assert_eq!(values(names, &objects[1]), [const { Value::Null }; 10]);
    assert_eq!(
        values(names, &objects[2]),
        [
            json!(false),
            json!(i64::MIN),
            json!(u64::MAX),
            // No number of JSON is none.
            json!(null),
            json!("a \"b\"\\\r\n\t\u{1}\u{2028}"),
            json!("2001:db8::1"),
            json!(0),
            json!([]),
            json!([null, null]),
            json!([]),
        ]
    );
}

#[test]
fn texts_are_escaped_and_stay_on_their_line() {
    let text = written(JsonLines::default(), EveryType, &syns(3)).unwrap();
    let text = str::from_utf8(&text).unwrap();
    assert_eq!(text.matches('\n').count(), 3);
    assert!(
        text.contains(r#""udps.name":"a \"b\"\\\r\n\t\u0001"#),
        "{text}"
    );
}

#[test]
fn names_of_columns_are_escaped() {
    let mut schema = Schema::default();
    schema.push(nfstream_flow::record::Column::new(
        "a\"b",
        <u64 as nfstream_flow::record::Value>::TYPE,
    ));
    let mut lines = JsonLines::default();
    lines.set_columns(&schema);
    let mut out = Vec::new();
    lines.push_id(7, &mut out);
    assert_eq!(out, br#"{"a\"b":7"#);
}

#[test]
fn without_flows_there_are_no_lines() {
    assert_eq!(written(JsonLines::default(), (), &[]).unwrap(), b"");
}

#[test]
fn encoded_elsewhere_lines_are_the_same() {
    let here = written(JsonLines::default(), EveryType, &syns(3)).unwrap();
    let mut elsewhere = Vec::new();
    let mut sink = WriterSink::new(&mut elsewhere, JsonLines::default());
    meter(EveryType, &syns(3), &mut Encoded(&mut sink)).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    drop(sink);
    assert_eq!(objects(&here).len(), 3);
    assert_eq!(elsewhere, here);
}

#[test]
fn a_row_that_does_not_fit_the_columns_is_an_error_and_leaves_nothing() {
    for (wrong, values) in [(Wrong::TooFew, 30), (Wrong::TooMany, 32)] {
        assert_eq!(schema(&wrong).columns().len(), 31);
        for elsewhere in [false, true] {
            let mut text = Vec::new();
            let mut sink = WriterSink::new(&mut text, JsonLines::default());
            let error = if elsewhere {
                meter(wrong, &syns(1), &mut Encoded(&mut sink))
            } else {
                meter(wrong, &syns(1), &mut sink)
            }
            .unwrap_err();
            assert!(
                matches!(error, ExportError::RowLength { id: 0, values: found, columns: 31 } if found == values),
                "{error}"
            );
            FlowSink::<Wrong>::finish(&mut sink).unwrap();
            drop(sink);
            assert_eq!(text, b"");
        }
    }
}

/// JSON has its own types: what a column was declared as does not matter.
#[test]
fn values_are_written_as_what_they_are() {
    let text = written(JsonLines::default(), Wrong::TextForInteger, &syns(1)).unwrap();
    let objects = objects(&text);
    assert_eq!(objects[0]["udps.count"], json!("1"));
}
