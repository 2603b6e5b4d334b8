//! The whole loop on the bundled capture, from the bytes of the file to records: with and without analyses and CSV.
//!
//! `cargo bench --bench meter`

use std::convert::Infallible;
use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nfstream::capture::Input;
use nfstream::export::{Csv, WriterSink};
use nfstream::{Builder, Streamer, sink_fn};

fn meter(criterion: &mut Criterion) {
    let capture = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/mixed.pcap"
    ))
    .expect("the bundled capture is there");
    let streamer = || {
        let reader = Input::reader(Cursor::new(capture.clone()), "mixed.pcap");
        Streamer::builder().source(reader)
    };
    let all = |builder: Builder| builder.statistical_analysis(true).splt_analysis(20);
    let nowhere = || {
        sink_fn(|record| {
            black_box(record);
            Ok::<_, Infallible>(())
        })
    };

    let mut group = criterion.benchmark_group("meter");
    group.throughput(Throughput::Bytes(capture.len() as u64));
    group.bench_function("core", |bencher| {
        bencher.iter(|| streamer().build().unwrap().run(nowhere()).unwrap());
    });
    group.bench_function("statistics_and_splt", |bencher| {
        bencher.iter(|| all(streamer()).build().unwrap().run(nowhere()).unwrap());
    });
    group.bench_function("statistics_and_splt_to_csv", |bencher| {
        bencher.iter(|| {
            let csv = WriterSink::new(std::io::sink(), Csv::default());
            all(streamer()).build().unwrap().run(csv).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, meter);
criterion_main!(benches);
