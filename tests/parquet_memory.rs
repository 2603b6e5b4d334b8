//! How much memory a large Parquet file takes while it is written.
//!
//! Takes minutes: `cargo test --release --features parquet --test parquet_memory -- --ignored --nocapture`

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use nfstream::export::{FileSink, Parquet};
use nfstream_decode::Timestamp;
use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig};

#[path = "../benches/common/packets.rs"]
mod packets;

const FLOWS: u32 = 10_000_000;
const PACKETS_PER_FLOW: u32 = 3;
const MOST_KIB: u64 = 200 * 1000 * 1000 / 1024;

/// The most memory that the program had so far, in KiB.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    peak.unwrap().parse().unwrap()
}

/// Another number below 2^24 for each, in no order: addresses, ports and sizes that compress badly.
fn scrambled(flow: u32) -> u32 {
    // Odd, so that no two become one: 2^32 by the golden ratio (Knuth, The Art of Computer Programming 6.4).
    flow.wrapping_mul(0x9e37_79b1) & 0x00ff_ffff
}

#[test]
#[ignore = "takes minutes"]
fn ten_million_flows_take_less_than_200_mb() {
    let mut config = FlowTableConfig::default();
    config.idle_timeout = Duration::from_secs(1);
    config.statistical_analysis = true;
    config.splt_analysis = 20;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("flows.parquet");
    let mut sink = FileSink::create(&path, Parquet::default()).unwrap();
    FlowSink::<()>::begin(&mut sink, &config.columns()).unwrap();
    let mut table = FlowTable::new(&config, ());
    // 10,000 flows a second begin, and have their packets within 30 ms.
    for flow in 0..FLOWS + 200 {
        for number in 0..PACKETS_PER_FLOW {
            let Some(flow) = flow.checked_sub(100 * number).filter(|flow| *flow < FLOWS) else {
                continue;
            };
            let name = scrambled(flow);
            let micros = u64::from(flow) * 100 + u64::from(number * (10_000 + name % 1000));
            let time = Timestamp::from_nanos((1_700_000_000_000_000 + micros) * 1000);
            table
                .push(&packets::packet(name, number, time), &mut sink)
                .unwrap();
        }
    }
    table.finish(&mut sink).unwrap();
    FlowSink::<()>::finish(&mut sink).unwrap();
    let (peak, bytes) = (peak_kib(), fs::metadata(&path).unwrap().len());
    fs::remove_file(&path).unwrap();
    println!("{FLOWS} flows, {bytes} bytes: at most {peak} KiB of memory");
    assert!(bytes > u64::from(FLOWS));
    assert!(peak < MOST_KIB, "{peak} KiB");
}
