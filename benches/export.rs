//! Rows of CSV, written nowhere: core columns, with statistics, with SPLT.
//!
//! `cargo bench --bench export`

use std::convert::Infallible;
use std::io;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nfstream::export::{Csv, WriterSink};
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

fn csv(criterion: &mut Criterion) {
    let config = |statistics, splt| {
        let mut config = FlowTableConfig::default();
        config.statistical_analysis = statistics;
        config.splt_analysis = splt;
        config
    };
    let mut group = criterion.benchmark_group("export/csv");
    group.throughput(Throughput::Elements(u64::from(FLOWS)));
    for (name, config) in [
        ("core", config(false, 0)),
        ("statistics", config(true, 0)),
        ("splt_20", config(false, 20)),
        ("statistics_and_splt_20", config(true, 20)),
    ] {
        let records = records(&config);
        assert_eq!(records.len(), FLOWS as usize);
        let mut csv = WriterSink::new(io::sink(), Csv::default());
        FlowSink::<&()>::begin(&mut csv, &config.columns()).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for record in &records {
                    csv.record(record.as_record()).unwrap();
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, csv);
criterion_main!(benches);
