use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMillisecondType, UInt64Type};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::DataType;
use nfstream_flow::{FlowSink, FlowTableConfig};

use super::*;
use crate::testing::{EveryType, Wrong, meter, syns, written};
use crate::{FileSink, RecordBatchSink, Split, WriterSink};

fn read_stream(bytes: &[u8]) -> (ArrowSchema, Vec<RecordBatch>) {
    let reader = StreamReader::try_new(bytes, None).unwrap();
    let schema = reader.schema();
    (
        schema.as_ref().clone(),
        reader.map(Result::unwrap).collect(),
    )
}

fn read_file(bytes: &[u8]) -> (ArrowSchema, Vec<RecordBatch>) {
    let reader = FileReader::try_new(Cursor::new(bytes), None).unwrap();
    let schema = reader.schema();
    (
        schema.as_ref().clone(),
        reader.map(Result::unwrap).collect(),
    )
}

/// What is written is to be as these are.
fn batches(flows: u16, timestamps: Timestamps) -> Vec<RecordBatch> {
    let mut sink = RecordBatchSink::default().timestamps(timestamps);
    meter(EveryType, &syns(flows), &mut sink).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    core::iter::from_fn(|| sink.next_batch()).collect()
}

/// The ids of rows.
fn ids(batches: &[RecordBatch]) -> Vec<u64> {
    let ids = batches
        .iter()
        .map(|batch| batch.column(0).as_primitive::<UInt64Type>());
    ids.flat_map(|ids| ids.values().to_vec()).collect()
}

#[test]
fn files_and_streams_hold_the_record_batches() {
    for timestamps in [Timestamps::Typed, Timestamps::Integers] {
        let expected = batches(2_100, timestamps);
        assert_eq!(expected.len(), 2);
        let schema = expected[0].schema();
        for (format, read) in [
            (Arrow::stream(), read_stream as fn(&[u8]) -> _),
            (Arrow::file(), read_file),
        ] {
            let bytes = written(format.timestamps(timestamps), EveryType, &syns(2_100)).unwrap();
            let (read_schema, read) = read(&bytes);
            // Metadata too.
            assert_eq!(&read_schema, schema.as_ref());
            assert_eq!(read.len(), 2);
            for (read, expected) in read.iter().zip(&expected) {
                // As text: not-a-number equals nothing.
                let columns = [read, expected].map(|batch| format!("{:?}", batch.columns()));
                assert!(columns[0] == columns[1], "batches differ");
            }
        }
    }
}

#[test]
fn schemas_tell_units_and_how_records_were_made() {
    let (schema, _) = read_file(&written(Arrow::file(), (), &[]).unwrap());
    assert_eq!(schema.metadata()["nfstream.active_timeout"], "1800s");
    let field = schema.field_with_name("bidirectional_bytes").unwrap();
    assert_eq!(field.metadata()["unit"], "bytes");
}

/// Programs that read them batch by batch cannot replace a dictionary.
#[test]
fn there_are_no_dictionaries() {
    let (schema, _) = read_stream(&written(Arrow::stream(), EveryType, &[]).unwrap());
    let is_dictionary = |data_type: &DataType| matches!(data_type, DataType::Dictionary(..));
    assert!(
        schema
            .fields()
            .iter()
            .all(|field| !is_dictionary(field.data_type()))
    );
}

#[test]
fn without_flows_there_are_columns() {
    for (format, read) in [
        (Arrow::stream(), read_stream as fn(&[u8]) -> _),
        (Arrow::file(), read_file),
    ] {
        let (schema, batches) = read(&written(format, (), &[]).unwrap());
        assert_eq!((schema.fields().len(), batches.len()), (29, 0));
    }
}

#[test]
fn rows_of_a_stream_wait_a_second_and_those_of_a_file_do_not_end() {
    let rows_after_a_second = |format: Arrow| {
        let mut bytes = Vec::new();
        let mut sink = WriterSink::new(&mut bytes, format);
        meter((), &syns(3), &mut sink).unwrap();
        for seconds in [10, 11] {
            let now = Timestamp::from_millis(seconds * 1000);
            FlowSink::<()>::advance(&mut sink, now).unwrap();
        }
        drop(sink);
        bytes
    };
    // Not finished: the end is missing, the batch is there.
    let (_, batches) = read_stream(&rows_after_a_second(Arrow::stream()));
    assert_eq!(ids(&batches), [0, 1, 2]);
    assert!(FileReader::try_new(Cursor::new(rows_after_a_second(Arrow::file())), None).is_err());
}

#[test]
fn the_columns_can_be_read_before_the_first_flow() {
    let mut bytes = Vec::new();
    let mut sink = WriterSink::new(&mut bytes, Arrow::stream());
    FlowSink::<()>::begin(&mut sink, &FlowTableConfig::default().columns()).unwrap();
    FlowSink::<()>::advance(&mut sink, Timestamp::EPOCH).unwrap();
    drop(sink);
    assert_eq!(read_stream(&bytes).0.fields().len(), 29);
}

#[test]
fn each_file_of_a_split_run_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.arrow");
    let split = Split::default().flows_per_file(2);
    let mut sink = FileSink::split(&path, Arrow::file(), &split).unwrap();
    meter(EveryType, &syns(5), &mut sink).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    for (number, expected) in [vec![0, 1], vec![2, 3], vec![4]].iter().enumerate() {
        let path = path.with_file_name(format!("flows.{number}.arrow"));
        let (schema, batches) = read_file(&std::fs::read(path).unwrap());
        assert_eq!(schema.fields().len(), 39);
        assert_eq!(&ids(&batches), expected);
    }
}

#[test]
fn files_of_intervals_have_the_rows_that_waited() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.arrows");
    let split = Split::default().rotate_every(std::time::Duration::from_mins(1));
    let mut sink = FileSink::split(&path, Arrow::stream(), &split).unwrap();
    FlowSink::<()>::advance(&mut sink, Timestamp::EPOCH).unwrap();
    meter((), &syns(2), &mut sink).unwrap();
    FlowSink::<()>::advance(&mut sink, Timestamp::from_millis(60_000)).unwrap();
    let first = path.with_file_name("flows.19700101T000000Z.arrows");
    assert_eq!(ids(&read_stream(&std::fs::read(first).unwrap()).1), [0, 1]);
    FlowSink::<()>::finish(&mut sink).unwrap();
    let second = path.with_file_name("flows.19700101T000100Z.arrows");
    let (schema, batches) = read_stream(&std::fs::read(second).unwrap());
    assert_eq!((schema.fields().len(), batches.len()), (29, 0));
}

#[cfg(feature = "anonymize")]
#[test]
fn anonymised_columns_are_texts() {
    let key = crate::AnonymizationKey::from_bytes([7; 64]);
    let mut bytes = Vec::new();
    let mut sink = WriterSink::new(&mut bytes, Arrow::file())
        .anonymize(crate::Anonymizer::new(key).hash(["src_port"]));
    meter((), &syns(1), &mut sink).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    drop(sink);
    let (_, batches) = read_file(&bytes);
    let ports = batches[0].column_by_name("src_port").unwrap();
    assert_eq!(ports.as_string::<i32>().value(0).len(), 128);
}

#[test]
fn a_value_of_another_type_is_an_error() {
    for format in [Arrow::stream(), Arrow::file()] {
        let error = written(format, Wrong::TextForInteger, &syns(1)).unwrap_err();
        let message = "record 0 has a value in the column udps.count that is no UInt64";
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_closed_sink_takes_no_more_records_after_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.arrow");
    let mut sink = FileSink::create(&path, Arrow::file()).unwrap();
    meter(Wrong::TooMany, &syns(1), &mut sink).unwrap_err();
    let error = FlowSink::<()>::finish(&mut sink).unwrap_err();
    assert!(matches!(error, ExportError::Closed { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn times_are_read_as_times() {
    let (_, batches) = read_stream(&written(Arrow::stream(), (), &syns(1)).unwrap());
    let first = batches[0]
        .column_by_name("bidirectional_first_seen_ms")
        .unwrap();
    let first = first.as_primitive::<TimestampMillisecondType>();
    assert_eq!(
        (first.value(0), first.timezone()),
        (1_700_000_000_001, Some("UTC"))
    );
}
