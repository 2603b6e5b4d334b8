//! The accumulators of features: what a packet adds, and what is computed when a flow ends.
//!
//! `cargo bench --bench features`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nfstream_decode::{Direction, TcpFlags, Timestamp};
use nfstream_flow::features::{Counters, Statistics};

const PACKETS: u32 = 1000;

/// Direction, size and time since the previous packet, in milliseconds.
fn packets() -> Vec<(Direction, u32, u64)> {
    let packet = |number: u32| {
        let direction = if number % 3 == 2 {
            Direction::Dst2Src
        } else {
            Direction::Src2Dst
        };
        (direction, 60 + number * 7919 % 1455, u64::from(number % 17))
    };
    (0..PACKETS).map(packet).collect()
}

fn statistics_of(packets: &[(Direction, u32, u64)]) -> Statistics {
    let mut statistics = Statistics::default();
    for &(direction, size, gap) in packets {
        let flags = TcpFlags::ACK | TcpFlags::PSH;
        statistics.add(direction, size, flags, Some(gap), Some(gap));
    }
    statistics
}

fn add(criterion: &mut Criterion) {
    let packets = packets();
    let mut group = criterion.benchmark_group("features/add");
    group.throughput(Throughput::Elements(u64::from(PACKETS)));
    group.bench_function("counters", |bencher| {
        bencher.iter(|| {
            let mut counters = Counters::default();
            for (_, size, gap) in black_box(&packets) {
                counters.add(Timestamp::from_millis(*gap), *size);
            }
            counters
        });
    });
    group.bench_function("statistics", |bencher| {
        bencher.iter(|| statistics_of(black_box(&packets)));
    });
    group.finish();
}

/// All six summaries of a flow: sizes and inter-arrival times, of both directions and of each.
fn summaries(criterion: &mut Criterion) {
    use Direction::{Dst2Src, Src2Dst};
    let packets = packets();
    let statistics = statistics_of(&packets);
    let bytes: u64 = packets.iter().map(|(_, size, _)| u64::from(*size)).sum();
    let duration: u64 = packets.iter().map(|(_, _, gap)| gap).sum();
    let count = u64::from(PACKETS);
    criterion.bench_function("features/summaries", |bencher| {
        bencher.iter(|| {
            let it = black_box(&statistics);
            [
                it.bidirectional_packet_sizes(count, bytes),
                it.packet_sizes(Src2Dst, count * 2 / 3, bytes * 2 / 3),
                it.packet_sizes(Dst2Src, count / 3, bytes / 3),
                it.bidirectional_inter_arrival(count, duration),
                it.inter_arrival(Src2Dst, count * 2 / 3, duration),
                it.inter_arrival(Dst2Src, count / 3, duration),
            ]
        });
    });
}

criterion_group!(benches, add, summaries);
criterion_main!(benches);
