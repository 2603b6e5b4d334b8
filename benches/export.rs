//! Rows of each format, written nowhere: core columns, with statistics, with SPLT.
//!
//! `cargo bench --bench export --features json,parquet`

use std::convert::Infallible;
use std::io;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nfstream::export::{Arrow, Csv, Format, JsonLines, Parquet, RecordBatchSink, WriterSink};
use nfstream_decode::Timestamp;
use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig, OwnedFlowRecord, sink_fn};

#[path = "common/packets.rs"]
mod packets;

const FLOWS: u32 = 1000;
const PACKETS_PER_FLOW: u32 = 25;

/// The records of some flows, for keeps.
fn records(config: &FlowTableConfig) -> Vec<OwnedFlowRecord<()>> {
    let mut records = Vec::new();
    let mut sink = sink_fn(|record| {
        records.push(nfstream_flow::FlowRecord::into_owned(record));
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::new(config, ());
    for number in 0..PACKETS_PER_FLOW {
        for flow in 0..FLOWS {
            let millis = 1_700_000_000_000 + u64::from(number * FLOWS + flow);
            let packet = packets::packet(flow, number, Timestamp::from_millis(millis));
            let Ok(()) = table.push(&packet, &mut sink);
        }
    }
    let Ok(()) = table.finish(&mut sink);
    records
}

/// What flows are recorded with.
fn configurations() -> [(&'static str, FlowTableConfig); 4] {
    let config = |statistics, splt| {
        let mut config = FlowTableConfig::default();
        config.statistical_analysis = statistics;
        config.splt_analysis = splt;
        config
    };
    [
        ("core", config(false, 0)),
        ("statistics", config(true, 0)),
        ("splt_20", config(false, 20)),
        ("statistics_and_splt_20", config(true, 20)),
    ]
}

/// Hands the same records over, again and again.
fn measure<K>(criterion: &mut Criterion, name: &str, sink: impl Fn() -> K, written: fn(&mut K))
where
    K: for<'a> FlowSink<&'a (), Error: std::fmt::Debug>,
{
    let mut group = criterion.benchmark_group(format!("export/{name}"));
    group.throughput(Throughput::Elements(u64::from(FLOWS)));
    for (name, config) in configurations() {
        let records = records(&config);
        assert_eq!(records.len(), FLOWS as usize);
        let mut sink = sink();
        sink.begin(&config.columns()).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for record in &records {
                    sink.record(record.as_record()).unwrap();
                }
                written(&mut sink);
            });
        });
    }
    group.finish();
}

fn sinks(criterion: &mut Criterion) {
    fn nowhere<F: Format>(format: F) -> WriterSink<io::Sink, F> {
        WriterSink::new(io::sink(), format)
    }
    measure(criterion, "csv", || nowhere(Csv::default()), |_| ());
    measure(criterion, "json", || nowhere(JsonLines::default()), |_| ());
    measure(criterion, "arrow", || nowhere(Arrow::stream()), |_| ());
    measure(criterion, "parquet", || nowhere(Parquet::default()), |_| ());
    measure(
        criterion,
        "record_batches",
        RecordBatchSink::default,
        |sink| while sink.next_batch().is_some() {},
    );
}

criterion_group!(benches, sinks);
criterion_main!(benches);
