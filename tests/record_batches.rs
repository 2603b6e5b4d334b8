//! Record batches while metering.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

use std::fs;
use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType, UInt64Type};
use arrow_array::{Array, RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType};
use nfstream::capture::Input;
use nfstream::export::{AnonymizationKey, Anonymizer, RecordBatchSink, Timestamps};
use nfstream::plugins::PacketSizeCounter;
use nfstream::{Builder, Error, RecordBatches, Streamer, View};

/// 38 packets: three DNS lookups and two HTTP connections.
const SMALL: &str = "tests/data/small.pcap";
const MIXED: &str = "tests/data/mixed.pcap";

fn mixed() -> Builder {
    Streamer::builder()
        .source(MIXED)
        .statistical_analysis(true)
        .splt_analysis(5)
}

/// All rows in one.
fn only_batch(batches: RecordBatches<impl nfstream::NFPlugin>) -> RecordBatch {
    let batches: Vec<_> = batches.map(Result::unwrap).collect();
    assert_eq!(batches.len(), 1);
    batches.into_iter().next().unwrap()
}

#[test]
fn batches_hold_the_records_of_the_iterator() {
    let plugin = PacketSizeCounter::new(40);
    let streamer = || mixed().udps(plugin).build().unwrap();
    let batch = only_batch(streamer().record_batches().unwrap());
    let records: Vec<_> = streamer().into_iter().map(Result::unwrap).collect();
    assert!(records.len() > 40);
    assert_eq!(batch.num_rows(), records.len());

    let uints = |name: &str| {
        batch
            .column_by_name(name)
            .unwrap()
            .as_primitive::<UInt64Type>()
    };
    let texts = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>();
    let times = |name: &str| {
        let times = batch.column_by_name(name).unwrap();
        times.as_primitive::<TimestampMillisecondType>()
    };
    let means = batch.column_by_name("dst2src_mean_ps").unwrap();
    let means = means.as_primitive::<Float64Type>();
    let sizes = batch.column_by_name("splt_ps").unwrap().as_list::<i32>();
    for (row, record) in records.iter().enumerate() {
        let flow = record.flow();
        assert_eq!(uints("id").value(row), row as u64);
        assert_eq!(texts("src_ip").value(row), flow.src_ip().to_string());
        assert_eq!(texts("dst_mac").value(row), flow.dst_mac().to_string());
        assert_eq!(uints("dst_port").value(row), u64::from(flow.dst_port()));
        let back = flow.dst2src();
        assert_eq!(uints("dst2src_bytes").value(row), back.bytes);
        let first_seen = times("bidirectional_first_seen_ms").value(row);
        assert_eq!(first_seen.cast_unsigned(), flow.first_seen().as_millis());
        assert_eq!(
            times("dst2src_last_seen_ms").is_null(row),
            back.packets == 0
        );
        let mean = flow.packet_sizes(View::Dst2Src).unwrap().mean;
        assert_eq!(means.value(row).to_bits(), mean.to_bits());
        let sizes = sizes.value(row);
        let sizes = sizes.as_primitive::<Int64Type>().values();
        assert_eq!(sizes.len(), 5);
        let packets = usize::try_from(flow.bidirectional().packets).unwrap();
        assert_eq!(
            sizes.iter().filter(|&&size| size >= 0).count(),
            packets.min(5)
        );
        assert_eq!(
            uints("udps.packet_40_count").value(row),
            record.output.packet_count
        );
    }
}

#[test]
fn several_meters_make_the_same_batches() {
    let batch = |meters| {
        only_batch(
            mixed()
                .n_meters(meters)
                .build()
                .unwrap()
                .record_batches()
                .unwrap(),
        )
    };
    assert_eq!(batch(2), batch(1));
}

#[test]
fn the_columns_are_known_before_the_first_batch() {
    let batches = mixed().build().unwrap().record_batches().unwrap();
    let schema = batches.schema();
    assert_eq!(schema.metadata()["nfstream.source"], MIXED);
    assert_eq!(
        schema.metadata()["nfstream.version"],
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(only_batch(batches).schema(), schema);
}

/// What other libraries take.
#[test]
fn batches_are_a_reader_for_other_threads() {
    let batches = Streamer::builder()
        .source(SMALL)
        .build()
        .unwrap()
        .record_batches()
        .unwrap();
    let reader: Box<dyn RecordBatchReader + Send> = Box::new(batches);
    let rows = std::thread::spawn(|| reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>());
    assert_eq!(rows.join().unwrap(), 5);
}

#[test]
fn damage_is_told_after_the_last_batch() {
    let whole = fs::read(SMALL).unwrap();
    let cut = Input::reader(Cursor::new(whole[..whole.len() - 10].to_vec()), "cut.pcap");
    let streamer = Streamer::builder().source(cut).build().unwrap();
    let mut batches = streamer.record_batches().unwrap();
    assert!(batches.summary().is_none());
    assert_eq!(batches.next().unwrap().unwrap().num_rows(), 5);
    let Some(Err(ArrowError::ExternalError(error))) = batches.next() else {
        panic!("the capture is cut");
    };
    assert!(error.to_string().contains("cut.pcap"), "{error}");
    assert!(
        matches!(error.downcast_ref(), Some(Error::Input { .. })),
        "{error}"
    );
    assert!(batches.next().is_none());
    assert_eq!(batches.summary().unwrap().packets_read, 37);
}

#[test]
fn without_flows_there_is_no_batch() {
    let empty = &fs::read(SMALL).unwrap()[..24];
    let empty = Input::reader(Cursor::new(empty.to_vec()), "empty.pcap");
    let streamer = Streamer::builder().source(empty).build().unwrap();
    let mut batches = streamer.record_batches().unwrap();
    assert_eq!(batches.schema().fields().len(), 29);
    assert!(batches.next().is_none());
    assert_eq!(batches.summary().unwrap().records(), 0);
}

#[test]
fn a_run_that_is_stopped_hands_over_the_flows_so_far() {
    let streamer = Streamer::builder().source(MIXED).build().unwrap();
    streamer.stop_handle().stop();
    let mut batches = streamer.record_batches().unwrap();
    assert!(batches.by_ref().all(|batch| batch.is_ok()));
    assert!(batches.summary().unwrap().stopped);
}

#[test]
fn batches_can_be_anonymised_and_have_integers_for_times() {
    let anonymizer = Anonymizer::new(AnonymizationKey::from_bytes([7; 64]));
    let sink = RecordBatchSink::default()
        .timestamps(Timestamps::Integers)
        .anonymize(anonymizer.clone().hash(["src_port"]));
    let batch = only_batch(mixed().build().unwrap().record_batches_of(sink).unwrap());
    let schema = batch.schema();
    let data_type = |name| schema.field_with_name(name).unwrap().data_type();
    assert_eq!(data_type("src_port"), &DataType::Utf8);
    assert_eq!(data_type("bidirectional_first_seen_ms"), &DataType::UInt64);

    let sink = RecordBatchSink::default().anonymize(anonymizer.hash(["server"]));
    let error = mixed()
        .build()
        .unwrap()
        .record_batches_of(sink)
        .unwrap_err();
    assert!(
        error.to_string().contains("no column \"server\""),
        "{error}"
    );
}
