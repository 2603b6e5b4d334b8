//! The time of one prediction, and of flows with one. The former for each model of a folder: `tests/data/models`, or what `NFSTREAM_MODELS` says. Beside each
//! `x.onnx` stands `x.csv`, whose rows begin with the features.

use std::convert::Infallible;
use std::fs;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use criterion::{Criterion, criterion_group, criterion_main};
use nfstream_decode::PacketFields;
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, NFPlugin, sink_fn};
use nfstream_models::{Model, ModelPrediction};

fn predict(criterion: &mut Criterion) {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/models");
    let folder = std::env::var_os("NFSTREAM_MODELS").map_or(PathBuf::from(own), PathBuf::from);
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut tables: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .collect();
    tables.sort();
    let mut group = criterion.benchmark_group("predict");
    for table in tables {
        let model = Model::load(table.with_extension("onnx")).unwrap();
        let rows: Vec<Vec<f32>> = fs::read_to_string(&table)
            .unwrap()
            .lines()
            .map(|line| {
                line.split(',')
                    .take(model.features())
                    .map(|value| value.parse().unwrap())
                    .collect()
            })
            .collect();
        let mut predictor = model.predictor();
        let mut rows = rows.iter().cycle();
        group.bench_function(table.file_stem().unwrap().to_str().unwrap(), |bencher| {
            bencher.iter(|| {
                let row = rows.next().unwrap();
                predictor.predict(black_box(row)).unwrap().class()
            });
        });
    }
}

/// A thousand flows of one packet, without predictions and with those of a linear model, which is most of all the choice of its
/// features from the columns.
fn meter(criterion: &mut Criterion) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/models/logistic.onnx"
    );
    let plugin = ModelPrediction::new(Model::load(path).unwrap());
    let mut group = criterion.benchmark_group("meter_1000_flows");
    group.bench_function("without", |bencher| bencher.iter(|| flows(())));
    group.bench_function("with", |bencher| bencher.iter(|| flows(plugin.clone())));
}

fn flows<P: NFPlugin>(mut plugin: P) -> u64 {
    let mut config = FlowTableConfig::default();
    config.statistical_analysis = true;
    plugin.begin(&config.columns()).unwrap();
    let mut table = FlowTable::new(&config, plugin);
    let mut sink = sink_fn(|record: FlowRecord<'_, P::Output>| {
        black_box(&record.output);
        Ok::<_, Infallible>(())
    });
    for port in 0..1_000 {
        let packet = PacketFields {
            src_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            dst_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            src_port: port,
            protocol: 17,
            ..PacketFields::default()
        };
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    table.records()
}

criterion_group!(benches, predict, meter);
criterion_main!(benches);
