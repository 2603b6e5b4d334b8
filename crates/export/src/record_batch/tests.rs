use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float64Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use nfstream_flow::record::Column;
use nfstream_flow::{Flow, FlowSink, FlowTableConfig, NFPlugin};

use super::*;
use crate::testing::{EveryType, Wrong, meter, syns};

/// All batches of a run.
fn batches<P: NFPlugin>(mut sink: RecordBatchSink, plugin: P, flows: u16) -> Vec<RecordBatch> {
    meter(plugin, &syns(flows), &mut sink).unwrap();
    FlowSink::<P::Output>::finish(&mut sink).unwrap();
    core::iter::from_fn(|| sink.next_batch()).collect()
}

fn batch<P: NFPlugin>(sink: RecordBatchSink, plugin: P, flows: u16) -> RecordBatch {
    let mut batches = batches(sink, plugin, flows);
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    batch.column_by_name(name).unwrap()
}

#[test]
fn columns_have_types() {
    let batch = batch(RecordBatchSink::default(), EveryType, 3);
    let schema = batch.schema();
    let millis = DataType::Timestamp(ArrowUnit::Millisecond, Some("UTC".into()));
    let micros = DataType::Timestamp(ArrowUnit::Microsecond, Some("UTC".into()));
    let list = |items: DataType| DataType::List(Arc::new(Field::new_list_field(items, true)));
    for (name, data_type, nullable) in [
        ("id", DataType::UInt64, false),
        ("src_ip", DataType::Utf8, false),
        ("src_mac", DataType::Utf8, false),
        ("src_port", DataType::UInt64, false),
        ("bidirectional_first_seen_ms", millis.clone(), true),
        ("dst2src_first_seen_ms", millis, true),
        ("udps.flag", DataType::Boolean, true),
        ("udps.balance", DataType::Int64, true),
        ("udps.count", DataType::UInt64, true),
        ("udps.ratio", DataType::Float64, true),
        ("udps.name", DataType::Utf8, true),
        ("udps.server", DataType::Utf8, true),
        ("udps.seen_us", micros, true),
        ("udps.sizes", list(DataType::UInt64), true),
        ("udps.ratios", list(DataType::Float64), true),
        ("udps.names", list(list(DataType::Utf8)), true),
    ] {
        let field = schema.field_with_name(name).unwrap();
        assert_eq!((name, field.data_type()), (name, &data_type));
        assert_eq!((name, field.is_nullable()), (name, nullable));
    }
}

#[test]
fn columns_have_the_values_of_the_records() {
    let batch = batch(RecordBatchSink::default(), EveryType, 3);
    assert_eq!(
        column(&batch, "id").as_primitive::<UInt64Type>().values(),
        &[0, 1, 2]
    );
    assert_eq!(
        column(&batch, "src_port")
            .as_primitive::<UInt64Type>()
            .values(),
        &[1, 2, 3]
    );
    assert!(
        column(&batch, "src_ip")
            .as_string::<i32>()
            .iter()
            .all(|ip| ip == Some("192.0.2.1"))
    );
    let mac = column(&batch, "src_mac").as_string::<i32>();
    assert_eq!((mac.value(0), mac.len()), ("02:00:00:00:00:01", 3));

    let flags: Vec<_> = column(&batch, "udps.flag").as_boolean().iter().collect();
    assert_eq!(flags, [Some(true), None, Some(false)]);
    let balances = column(&batch, "udps.balance").as_primitive::<Int64Type>();
    let balances: Vec<_> = balances.iter().collect();
    assert_eq!(balances, [Some(-7), None, Some(i64::MIN)]);
    let counts = column(&batch, "udps.count").as_primitive::<UInt64Type>();
    assert_eq!(
        counts.iter().collect::<Vec<_>>(),
        [Some(7), None, Some(u64::MAX)]
    );
    let ratios = column(&batch, "udps.ratio").as_primitive::<Float64Type>();
    assert_eq!(
        (ratios.value(0), ratios.is_null(1), ratios.value(2).is_nan()),
        (0.5, true, true)
    );
    let names = column(&batch, "udps.name").as_string::<i32>();
    let names: Vec<_> = names.iter().collect();
    assert_eq!(
        names,
        [Some("Zürich"), None, Some("a \"b\"\\\r\n\t\u{1}\u{2028}")]
    );
    let servers = column(&batch, "udps.server").as_string::<i32>();
    assert_eq!(
        servers.iter().collect::<Vec<_>>(),
        [Some("192.0.2.7"), None, Some("2001:db8::1")]
    );
}

#[test]
fn lists_have_their_items_and_may_be_empty_or_missing() {
    let batch = batch(RecordBatchSink::default(), EveryType, 3);
    let sizes = column(&batch, "udps.sizes").as_list::<i32>();
    assert_eq!(
        sizes.value(0).as_primitive::<UInt64Type>().values(),
        &[1, 2, 3]
    );
    assert!(sizes.is_null(1));
    assert!(!sizes.is_null(2) && sizes.value(2).is_empty());

    let ratios = column(&batch, "udps.ratios").as_list::<i32>().value(0);
    assert_eq!(
        ratios
            .as_primitive::<Float64Type>()
            .iter()
            .collect::<Vec<_>>(),
        [Some(1e-7), None]
    );

    let names = column(&batch, "udps.names").as_list::<i32>();
    let of_first = names.value(0);
    let of_first = of_first.as_list::<i32>();
    assert_eq!(of_first.len(), 2);
    let inner = of_first.value(0);
    assert_eq!(
        inner.as_string::<i32>().iter().collect::<Vec<_>>(),
        [Some("a"), Some("it's")]
    );
    assert!(of_first.value(1).is_empty());
    assert!(names.is_null(1) && names.value(2).is_empty());
}

#[test]
fn times_are_timestamps_or_nfstreams_integers() {
    let typed = batch(RecordBatchSink::default(), EveryType, 2);
    let first = column(&typed, "bidirectional_first_seen_ms");
    let first = first.as_primitive::<TimestampMillisecondType>();
    assert_eq!(first.values(), &[1_700_000_000_001, 1_700_000_000_002]);
    assert_eq!(first.timezone(), Some("UTC"));
    assert_eq!(column(&typed, "dst2src_first_seen_ms").null_count(), 2);
    let seen = column(&typed, "udps.seen_us").as_primitive::<TimestampMicrosecondType>();
    assert_eq!(
        seen.iter().collect::<Vec<_>>(),
        [Some(1_700_000_000_000_007), None]
    );

    let sink = RecordBatchSink::default().timestamps(Timestamps::Integers);
    let integers = batch(sink, EveryType, 3);
    let first = column(&integers, "bidirectional_first_seen_ms").as_primitive::<UInt64Type>();
    assert_eq!(first.value(0), 1_700_000_000_001);
    let back = column(&integers, "dst2src_first_seen_ms").as_primitive::<UInt64Type>();
    assert_eq!(
        (back.values().as_ref(), back.null_count()),
        (&[0, 0, 0][..], 0)
    );
    // A plugin without output has no values, not even 0.
    let seen = column(&integers, "udps.seen_us").as_primitive::<UInt64Type>();
    assert_eq!(
        seen.iter().collect::<Vec<_>>(),
        [Some(1_700_000_000_000_007), None, Some(0)]
    );
}

#[test]
fn nanoseconds_behind_the_year_2262_are_missing() {
    let mut schema = Schema::default();
    schema.push(Column::new(
        "seen_ns",
        ColumnType::Timestamp(TimeUnit::Nanoseconds),
    ));
    let mut builder = RecordBatchBuilder::new(&schema, Timestamps::Typed);
    for value in [i64::MAX as u64, i64::MAX as u64 + 1] {
        let mut row = Row::new(&mut builder.columns);
        row.timestamp(Some(value));
        assert_eq!(row.finish(), (1, None));
        builder.rows += 1;
    }
    let batch = builder.finish().unwrap().unwrap();
    assert_eq!(column(&batch, "seen_ns").null_count(), 1);
}

#[test]
fn units_descriptions_and_how_records_were_made_are_metadata() {
    let batch = batch(RecordBatchSink::default(), EveryType, 1);
    let schema = batch.schema();
    let metadata = |name: &str| schema.field_with_name(name).unwrap().metadata().clone();
    assert_eq!(metadata("udps.balance")["unit"], "bytes");
    assert_eq!(metadata("udps.flag")["description"], "Whether it is so.");
    assert!(!metadata("udps.flag").contains_key("unit"));
    assert_eq!(metadata("bidirectional_bytes")["unit"], "bytes");
    assert_eq!(schema.metadata()["nfstream.idle_timeout"], "120s");
}

#[test]
fn a_batch_ends_with_its_rows() {
    let rows = u16::try_from(ROWS).unwrap();
    let sizes = |flows| {
        let batches = batches(RecordBatchSink::default(), (), flows);
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>()
    };
    assert_eq!(sizes(0), Vec::<usize>::new());
    assert_eq!(sizes(rows), [ROWS]);
    assert_eq!(sizes(rows + 1), [ROWS, 1]);
}

/// A text and a list of half a batch's bytes.
#[derive(Clone)]
struct Long;

impl NFPlugin for Long {
    type State = ();
    type Output = Self;

    fn on_init(&mut self, _packet: &nfstream_decode::Packet<'_>, _flow: &mut Flow<'_>) {}

    fn on_expire(&mut self, _flow: &Flow<'_>, (): ()) -> Self {
        Self
    }
}

impl Record for Long {
    fn columns(schema: &mut Schema) {
        schema.push(Column::new("text", ColumnType::Text));
        schema.push(Column::new("list", ColumnType::List(&ColumnType::UInt)));
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.text(&"x".repeat(BYTES / 4));
        row.begin_list();
        (0..BYTES / 4 / 8).for_each(|_| row.uint(0));
        row.end_list();
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        row.null();
        row.null();
    }
}

#[test]
fn a_batch_ends_with_its_bytes() {
    let batches = batches(RecordBatchSink::default(), Long, 3);
    assert_eq!(
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>(),
        [2, 1]
    );
}

#[test]
fn rows_wait_a_second() {
    let second = |seconds: u64, nanos: u64| Timestamp::from_nanos(seconds * 1_000_000_000 + nanos);
    let mut sink = RecordBatchSink::default();
    let advance = |sink: &mut RecordBatchSink, now| {
        FlowSink::<()>::advance(sink, now).unwrap();
        sink.next_batch().map(|batch| batch.num_rows())
    };
    FlowSink::<()>::begin(&mut sink, &FlowTableConfig::default().columns()).unwrap();
    assert_eq!(advance(&mut sink, second(10, 0)), None);
    meter((), &syns(2), &mut sink).unwrap();
    // They wait from when they were seen waiting.
    assert_eq!(advance(&mut sink, second(20, 0)), None);
    assert_eq!(advance(&mut sink, second(20, 999_999_999)), None);
    assert_eq!(advance(&mut sink, second(21, 0)), Some(2));
    assert_eq!(advance(&mut sink, second(22, 0)), None);
    meter((), &syns(1), &mut sink).unwrap();
    assert_eq!(advance(&mut sink, second(30, 0)), None);
    // Time that goes back is no time.
    assert_eq!(advance(&mut sink, second(2, 0)), None);
    assert_eq!(advance(&mut sink, second(31, 0)), Some(1));
}

#[test]
fn a_row_that_does_not_fit_the_columns_is_an_error() {
    for (wrong, message) in [
        (Wrong::TooFew, "record 0 has 30 values for 31 columns"),
        (Wrong::TooMany, "record 0 has 32 values for 31 columns"),
        (
            Wrong::TextForInteger,
            "record 0 has a value in the column udps.count that is no UInt64",
        ),
        (
            Wrong::ListForInteger,
            "record 0 has a value in the column udps.count that is no UInt64",
        ),
        (
            Wrong::IntegerForList,
            "record 0 has a value in the column udps.sizes that is no List(UInt64)",
        ),
        (
            Wrong::TextForItem,
            "record 0 has a value in the column udps.sizes that is no List(UInt64)",
        ),
        (
            Wrong::ListForItem,
            "record 0 has a value in the column udps.sizes that is no List(UInt64)",
        ),
    ] {
        let mut sink = RecordBatchSink::default();
        let error = meter(wrong, &syns(1), &mut sink).unwrap_err();
        assert_eq!((wrong, error.to_string().as_str()), (wrong, message));
    }
}

#[test]
fn a_missing_value_that_must_not_be_missing_is_an_error() {
    let mut sink = RecordBatchSink::default();
    meter(Wrong::MissingValue, &syns(1), &mut sink).unwrap();
    let error = FlowSink::<Wrong>::finish(&mut sink)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("rows cannot be written as a record batch"),
        "{error}"
    );
    assert!(error.contains("udps.count"), "{error}");
}

#[test]
fn records_before_the_columns_are_an_error() {
    let mut sink = RecordBatchSink::default();
    let mut table = nfstream_flow::FlowTable::new(&FlowTableConfig::default(), ());
    table.push(&syns(1)[0], &mut sink).unwrap();
    let error = table.finish(&mut sink).unwrap_err();
    assert_eq!(error.to_string(), "record 0 has 29 values for 0 columns");
}

#[cfg(feature = "anonymize")]
#[test]
fn hashed_columns_are_texts_and_addresses_stay_addresses() {
    let anonymizer = crate::Anonymizer::new(crate::AnonymizationKey::from_bytes([7; 64]))
        .hash(["src_port", "udps.seen_us", "udps.sizes"])
        .prefix_preserving(["src_ip"]);
    let sink = RecordBatchSink::default().anonymize(anonymizer);
    let batch = batch(sink, EveryType, 2);
    let port = column(&batch, "src_port").as_string::<i32>();
    assert_eq!(port.value(0).len(), 128);
    assert_ne!(port.value(0), port.value(1));
    let seen = column(&batch, "udps.seen_us").as_string::<i32>();
    assert_eq!((seen.value(0).len(), seen.is_null(1)), (128, true));
    let sizes = column(&batch, "udps.sizes").as_list::<i32>();
    assert_eq!(sizes.value(0).as_string::<i32>().value(2).len(), 128);
    let source = column(&batch, "src_ip").as_string::<i32>();
    assert!(source.value(0).parse::<core::net::Ipv4Addr>().is_ok());
    assert_ne!(source.value(0), "192.0.2.1");
    assert_eq!(
        column(&batch, "dst_port")
            .as_primitive::<UInt64Type>()
            .value(0),
        443
    );
}
