//! The flow table: packets of flows that are alive, by their number, and flows that come and go. Making the packet is
//! included; `making_packets` is that alone.
//!
//! `cargo bench --bench table`

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use nfstream_decode::Timestamp;
use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig, sink_fn};

#[path = "common/packets.rs"]
mod packets;

/// Packets in one iteration.
const PACKETS: u32 = 10_000;

fn nowhere() -> impl FlowSink<(), Error = Infallible> {
    sink_fn(|record| {
        black_box(record);
        Ok(())
    })
}

/// What the others include and the table does not do.
fn making_packets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("table/making_packets");
    group.throughput(Throughput::Elements(u64::from(PACKETS)));
    group.bench_function("alone", |bencher| {
        bencher.iter(|| {
            for number in 0..PACKETS {
                let time = Timestamp::from_nanos(u64::from(number));
                black_box(packets::packet(black_box(number), number, time));
            }
        });
    });
    group.finish();
}

/// Each packet belongs to another flow than the one before, far away in memory.
fn live_flows(criterion: &mut Criterion) {
    /// A prime, and so without a common factor with any number of flows.
    const STRIDE: u64 = 982_451_653;
    let mut group = criterion.benchmark_group("table/live_flows");
    group.throughput(Throughput::Elements(u64::from(PACKETS)));
    for statistics in [false, true] {
        for flows in [100, 10_000, 1_000_000] {
            let mut config = FlowTableConfig::default();
            config.statistical_analysis = statistics;
            config.active_timeout = Duration::from_hours(24);
            let mut table = FlowTable::new(&config, ());
            let mut sink = nowhere();
            let mut sent = 0;
            let mut send = |packets| {
                for _ in 0..packets {
                    let flow = (sent * STRIDE % u64::from(flows)) as u32;
                    let time = Timestamp::from_nanos(sent * 1000);
                    let packet = packets::packet(flow, (sent / u64::from(flows)) as u32, time);
                    let Ok(()) = table.push(black_box(&packet), &mut sink);
                    sent += 1;
                }
            };
            send(flows);
            let name = if statistics { "statistics" } else { "core" };
            group.bench_function(BenchmarkId::new(name, flows), |bencher| {
                bencher.iter(|| send(PACKETS));
            });
            assert_eq!(table.active_flows(), flows);
        }
    }
    group.finish();
}

/// Ten thousand flows are alive at a time, and each has so many packets.
fn churn(criterion: &mut Criterion) {
    const LIVE_FLOWS: u64 = 10_000;
    /// Flows that take turns while they have packets.
    const SIDE_BY_SIDE: u64 = 10;
    let mut group = criterion.benchmark_group("table/churn");
    group.throughput(Throughput::Elements(u64::from(PACKETS)));
    for packets_per_flow in [1_u64, 10] {
        let mut config = FlowTableConfig::default();
        config.idle_timeout = Duration::from_millis(LIVE_FLOWS * packets_per_flow);
        let mut table = FlowTable::new(&config, ());
        let mut sink = nowhere();
        let mut sent = 0;
        let mut send = |packets| {
            for _ in 0..packets {
                let block = sent / (SIDE_BY_SIDE * packets_per_flow);
                let flow = (block * SIDE_BY_SIDE + sent % SIDE_BY_SIDE) & 0xff_ffff;
                let number = sent / SIDE_BY_SIDE % packets_per_flow;
                // One a millisecond.
                let time = Timestamp::from_millis(sent);
                let packet = packets::packet(flow as u32, number as u32, time);
                let Ok(()) = table.push(black_box(&packet), &mut sink);
                sent += 1;
            }
        };
        send(2 * LIVE_FLOWS * packets_per_flow);
        group.bench_function(
            BenchmarkId::new("packets_per_flow", packets_per_flow),
            |bencher| bencher.iter(|| send(u64::from(PACKETS))),
        );
        assert!(table.active_flows().abs_diff(LIVE_FLOWS as u32) <= 2 * SIDE_BY_SIDE as u32);
    }
    group.finish();
}

criterion_group!(benches, making_packets, live_flows, churn);
criterion_main!(benches);
