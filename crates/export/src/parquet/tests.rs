use std::fs::File;
use std::io::Write;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use nfstream_flow::record::{Column, ColumnType, RowWriter};
use nfstream_flow::{Flow, FlowSink, NFPlugin};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::LogicalType;
use parquet::file::metadata::ParquetMetaData;

use super::*;
use crate::testing::{EveryType, Wrong, meter, packet, schema, syns, written};
use crate::{FileSink, RecordBatchSink, Split};

/// What a Parquet file holds.
struct Contents {
    metadata: ParquetMetaData,
    schema: ArrowSchema,
    batches: Vec<RecordBatch>,
}

fn read(file: File) -> Contents {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let metadata = builder.metadata().as_ref().clone();
    let schema = builder.schema().as_ref().clone();
    let batches = builder.with_batch_size(1 << 20).build().unwrap();
    let batches = batches.map(Result::unwrap).collect();
    Contents {
        metadata,
        schema,
        batches,
    }
}

fn read_bytes(bytes: &[u8]) -> Contents {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    read(file)
}

fn ids(contents: &Contents) -> Vec<u64> {
    let batches = contents.batches.iter();
    let ids = batches.map(|batch| batch.column(0).as_primitive::<UInt64Type>());
    ids.flat_map(|ids| ids.values().to_vec()).collect()
}

#[test]
fn a_file_holds_the_record_batches() {
    for timestamps in [Timestamps::Typed, Timestamps::Integers] {
        let mut sink = RecordBatchSink::default().timestamps(timestamps);
        meter(EveryType, &syns(3), &mut sink).unwrap();
        FlowSink::<()>::finish(&mut sink).unwrap();
        let expected = sink.next_batch().unwrap();

        let format = Parquet::default().timestamps(timestamps);
        let contents = read_bytes(&written(format, EveryType, &syns(3)).unwrap());
        assert_eq!(contents.schema.fields(), expected.schema().fields());
        assert_eq!(contents.batches.len(), 1);
        let columns = |batch: &RecordBatch| format!("{:?}", batch.columns());
        assert_eq!(columns(&contents.batches[0]), columns(&expected));
    }
}

#[test]
fn columns_have_the_types_of_parquet() {
    let contents = read_bytes(&written(Parquet::default(), EveryType, &[]).unwrap());
    let columns = contents.metadata.file_metadata().schema_descr();
    let logical = |name: &str| {
        let columns = columns.columns().iter();
        let column = columns
            .clone()
            .find(|column| column.path().string() == name);
        column.unwrap().logical_type_ref().cloned()
    };
    assert_eq!(logical("src_ip"), Some(LogicalType::String));
    assert_eq!(logical("src_port"), Some(LogicalType::integer(64, false)));
    assert_eq!(logical("udps.ratio"), None);
    let Some(LogicalType::Timestamp(time)) = logical("bidirectional_first_seen_ms") else {
        panic!("no time");
    };
    assert!(time.is_adjusted_to_u_t_c);
}

#[test]
fn the_footer_tells_who_made_the_file_and_how() {
    let mut schema = schema(&());
    schema.push_metadata("nfstream.source", "a.pcap");
    let mut bytes = Vec::new();
    let mut sink = crate::WriterSink::new(&mut bytes, Parquet::default());
    FlowSink::<()>::begin(&mut sink, &schema).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    drop(sink);
    let contents = read_bytes(&bytes);
    let metadata = contents.metadata.file_metadata();
    let created_by = concat!("nfstream-export ", env!("CARGO_PKG_VERSION"));
    assert_eq!(metadata.created_by(), Some(created_by));
    let pairs = metadata.key_value_metadata().unwrap();
    let value = |key: &str| {
        let pairs: Vec<_> = pairs.iter().filter(|pair| pair.key == key).collect();
        assert_eq!(pairs.len(), 1, "{key}");
        pairs[0].value.clone().unwrap()
    };
    assert_eq!(value("nfstream.source"), "a.pcap");
    assert_eq!(value("nfstream.idle_timeout"), "120s");
    assert_eq!(value("nfstream.accounting_mode"), "raw");
    // The same in Arrow's terms, with units.
    assert_eq!(contents.schema.metadata()["nfstream.source"], "a.pcap");
    let bytes = contents.schema.field_with_name("src2dst_bytes").unwrap();
    assert_eq!(bytes.metadata()["unit"], "bytes");
}

#[test]
fn without_flows_there_are_columns() {
    let contents = read_bytes(&written(Parquet::default(), (), &[]).unwrap());
    assert_eq!(contents.schema.fields().len(), 29);
    assert_eq!(contents.metadata.file_metadata().num_rows(), 0);
}

#[test]
fn columns_are_compressed_with_zstd() {
    let contents = read_bytes(&written(Parquet::default(), EveryType, &syns(3)).unwrap());
    let group = contents.metadata.row_group(0);
    assert_eq!(group.columns().len(), 39);
    for column in group.columns() {
        assert!(
            matches!(column.compression(), Compression::ZSTD(_)),
            "{column:?}"
        );
    }
}

/// The rows of each group.
fn groups(contents: &Contents) -> Vec<usize> {
    let groups = contents.metadata.row_groups().iter();
    groups
        .map(|group| usize::try_from(group.num_rows()).unwrap())
        .collect()
}

#[test]
fn row_groups_are_bounded_by_their_rows() {
    let flows = ROW_GROUP_ROWS + 1;
    let packets: Vec<_> = (0..flows as u64)
        // More flows than ports: one after the other, each idle before the next of that port.
        .map(|flow| {
            let port = u16::try_from(flow % 60_000).unwrap();
            packet(
                port,
                flow / 60_000 * 1_000_000 + flow % 60_000,
                false,
                nfstream_decode::TcpFlags::SYN,
            )
        })
        .collect();
    let contents = read_bytes(&written(Parquet::default(), (), &packets).unwrap());
    assert_eq!(groups(&contents), [ROW_GROUP_ROWS, 1]);
    assert_eq!(ids(&contents), (0..flows as u64).collect::<Vec<_>>());
}

/// A long text that cannot be compressed.
#[derive(Clone)]
struct Noise(u64);

/// Bytes of it.
const NOISE: usize = 64 * 1024;

impl NFPlugin for Noise {
    type State = ();
    type Output = Self;

    fn on_init(&mut self, _packet: &nfstream_decode::Packet<'_>, _flow: &mut Flow<'_>) {}

    fn on_expire(&mut self, _flow: &Flow<'_>, (): ()) -> Self {
        self.0 = self.0.wrapping_add(1);
        self.clone()
    }
}

impl Record for Noise {
    fn columns(schema: &mut Schema) {
        schema.push(Column::new("noise", ColumnType::Text));
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        // xorshift64 (Marsaglia, Xorshift RNGs, 2003).
        let mut state = self.0 | 1 << 63;
        let text: String = (0..NOISE)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                char::from(b' ' + (state % 95) as u8)
            })
            .collect();
        row.text(&text);
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        row.null();
    }
}

#[test]
fn row_groups_are_bounded_by_their_bytes() {
    let flows = 2 * ROW_GROUP_BYTES / NOISE;
    let flows = u16::try_from(flows).unwrap();
    let contents = read_bytes(&written(Parquet::default(), Noise(0), &syns(flows)).unwrap());
    assert!(groups(&contents).len() > 1, "{:?}", groups(&contents));
    for group in contents.metadata.row_groups() {
        // A batch is compressed before it is known how long it has become.
        let most = ROW_GROUP_BYTES + (16 << 20);
        assert!(usize::try_from(group.total_byte_size()).unwrap() <= most);
    }
    assert_eq!(ids(&contents).len(), usize::from(flows));
}

#[test]
fn each_file_of_a_split_run_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.parquet");
    let split = Split::default().flows_per_file(2).rotate_files(2);
    let mut sink = FileSink::split(&path, Parquet::default(), &split).unwrap();
    meter(EveryType, &syns(5), &mut sink).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    let open = |path: &Path| read(File::open(path).unwrap());
    // The third file took the place of the first one.
    for (name, expected) in [
        ("flows.0.parquet", vec![4]),
        ("flows.1.parquet", vec![2, 3]),
    ] {
        let contents = open(&path.with_file_name(name));
        assert_eq!(ids(&contents), expected);
        assert_eq!(contents.schema.fields().len(), 39);
    }
}

#[test]
fn files_of_intervals_are_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flows.parquet");
    let split = Split::default().rotate_every(std::time::Duration::from_mins(1));
    let mut sink = FileSink::split(&path, Parquet::default(), &split).unwrap();
    let advance = |sink: &mut FileSink<Parquet>, millis| {
        let now = nfstream_decode::Timestamp::from_millis(millis);
        FlowSink::<()>::advance(sink, now).unwrap();
    };
    advance(&mut sink, 0);
    meter((), &syns(2), &mut sink).unwrap();
    advance(&mut sink, 59_999);
    advance(&mut sink, 60_000);
    let first = path.with_file_name("flows.19700101T000000Z.parquet");
    assert_eq!(ids(&read(File::open(first).unwrap())), [0, 1]);
}

#[cfg(feature = "anonymize")]
#[test]
fn anonymised_columns_do_not_hold_what_they_held() {
    let key = crate::AnonymizationKey::from_bytes([7; 64]);
    let anonymizer = crate::Anonymizer::new(key)
        .hash(["src_mac"])
        .prefix_preserving(["src_ip", "dst_ip"]);
    let mut bytes = Vec::new();
    let mut sink = crate::WriterSink::new(&mut bytes, Parquet::default()).anonymize(anonymizer);
    meter((), &syns(2), &mut sink).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    drop(sink);
    let contents = read_bytes(&bytes);
    let text = |name: &str| {
        let column = contents.batches[0].column_by_name(name).unwrap();
        column.as_string::<i32>().value(1).to_owned()
    };
    assert_eq!(text("src_mac").len(), 128);
    assert!(text("src_ip").parse::<core::net::Ipv4Addr>().is_ok());
    assert_ne!(text("src_ip"), "192.0.2.1");
    // Statistics of columns tell no more than the columns.
    let statistics = format!("{:?}", contents.metadata.row_group(0));
    assert!(!statistics.contains("192.0.2.1"));
}

#[test]
fn a_row_that_does_not_fit_the_columns_is_an_error() {
    for (wrong, message) in [
        (Wrong::TooFew, "record 0 has 30 values for 31 columns"),
        (
            Wrong::TextForItem,
            "record 0 has a value in the column udps.sizes that is no List(UInt64)",
        ),
    ] {
        let error = written(Parquet::default(), wrong, &syns(1)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

/// What is kept of a file that was not completed cannot pass for a file.
#[test]
fn an_unfinished_file_cannot_be_read() {
    let mut bytes = Vec::new();
    let mut sink = crate::WriterSink::new(&mut bytes, Parquet::default());
    meter((), &syns(2), &mut sink).unwrap();
    FlowSink::<()>::advance(&mut sink, nfstream_decode::Timestamp::EPOCH).unwrap();
    drop(sink);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    assert!(ParquetRecordBatchReaderBuilder::try_new(file).is_err());
}
