//! A prediction takes no heap.

#![allow(clippy::unwrap_used, reason = "a test, helpers included")]

use core::convert::Infallible;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use nfstream_decode::{PacketFields, Timestamp};
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, NFPlugin, sink_fn};
use nfstream_models::{Model, ModelPrediction, Prediction};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/models")
}

#[test]
fn predicting_allocates_nothing() {
    let mut models = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "onnx") {
            continue;
        }
        models += 1;
        let model = Model::load(&path).unwrap();
        let mut predictor = model.predictor();
        let features = vec![1.5; model.features()];
        let allocations = allocation_counter::measure(|| {
            for _ in 0..100 {
                let prediction = predictor.predict(&features).unwrap();
                assert!(prediction.class().is_some() || prediction.value().is_some());
            }
        });
        assert_eq!(allocations.count_total, 0, "{}", path.display());
    }
    assert!(models > 20, "{models} models");
}

/// The sixty packets of twenty flows, in a second of their own.
fn packets(second: u64) -> impl Iterator<Item = PacketFields<'static>> {
    (0..60).map(move |number: u16| PacketFields {
        timestamp: Timestamp::from_millis(1_000 * second + u64::from(number)),
        src_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        dst_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)),
        src_port: number % 20,
        dst_port: 443,
        protocol: 6,
        raw_size: 60,
        ..PacketFields::default()
    })
}

#[test]
fn predicting_flows_allocates_nothing_once_the_table_has_grown() {
    let mut config = FlowTableConfig::default();
    config.statistical_analysis = true;
    let model = Model::load(folder().join("lightgbm.onnx")).unwrap();
    // At the second packet of the three that each flow has.
    for packet in [0, 2] {
        let mut plugin = ModelPrediction::new(model.clone()).at_packet(packet);
        plugin.begin(&config.columns()).unwrap();
        let mut table = FlowTable::new(&config, plugin);
        let mut classes = 0;
        let mut sink = sink_fn(|record: FlowRecord<'_, Prediction>| {
            classes += usize::from(record.output.class().is_some());
            Ok::<_, Infallible>(())
        });
        let mut allocations = 0;
        // Far enough from each other for all flows to end in between.
        for second in [0, 1_000, 2_000, 3_000, 4_000] {
            let told = allocation_counter::measure(|| {
                for packet in packets(second) {
                    let Ok(()) = table.push(&packet.into(), &mut sink);
                }
            });
            allocations = told.count_total;
        }
        assert_eq!(allocations, 0);
        assert_eq!(classes, 80);
    }
}
