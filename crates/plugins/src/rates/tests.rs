use nfstream_decode::AccountingMode;
use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_flow::FlowTableConfig;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::{assert_allocates, meter, packet};

#[test]
fn rates_are_over_the_duration_of_the_flow() {
    let packets = [
        packet(0, Src2Dst, 100),
        packet(100_000_000, Dst2Src, 1_000),
        packet(250_000_000, Src2Dst, 100),
    ];
    let records = meter(&FlowTableConfig::default(), Rates, &packets);
    let right = RatesColumns {
        bidirectional_bytes_per_s: Some(4_800.0),
        bidirectional_packets_per_s: Some(12.0),
        src2dst_bytes_per_s: Some(800.0),
        src2dst_packets_per_s: Some(8.0),
        dst2src_bytes_per_s: Some(4_000.0),
        dst2src_packets_per_s: Some(4.0),
    };
    assert_eq!(records[0].output, right);
}

#[test]
fn bytes_are_counted_by_the_accounting_mode() {
    let mut config = FlowTableConfig::default();
    config.accounting_mode = AccountingMode::Ip;
    let packets = [packet(0, Src2Dst, 100), packet(500_000_000, Src2Dst, 200)];
    let output = meter(&config, Rates, &packets)[0].output;
    assert_eq!(output.src2dst_bytes_per_s, Some(300.0));
    assert_eq!(output.dst2src_bytes_per_s, Some(0.0));
}

#[test]
fn a_duration_below_a_millisecond_counts() {
    let packets = [packet(5, Src2Dst, 100), packet(6, Src2Dst, 100)];
    let output = meter(&FlowTableConfig::default(), Rates, &packets)[0].output;
    assert_eq!(output.bidirectional_packets_per_s, Some(2e9));
}

#[test]
fn a_flow_without_duration_has_no_rate() {
    let nothing = RatesColumns {
        bidirectional_bytes_per_s: None,
        bidirectional_packets_per_s: None,
        src2dst_bytes_per_s: None,
        src2dst_packets_per_s: None,
        dst2src_bytes_per_s: None,
        dst2src_packets_per_s: None,
    };
    let config = FlowTableConfig::default();
    let packets = [packet(7, Src2Dst, 100), packet(7, Dst2Src, 100)];
    assert_eq!(meter(&config, Rates, &packets)[0].output, nothing);
    assert_eq!(meter(&config, Rates, &packets[..1])[0].output, nothing);
}

#[test]
fn nothing_is_allocated() {
    assert_allocates(0, Rates);
}

proptest! {
    #[test]
    fn both_directions_add_up_to_the_flow(
        packets in vec((any::<u64>(), any::<bool>(), any::<u32>()), 1..20),
    ) {
        let packets: Vec<_> = packets
            .into_iter()
            .map(|(nanos, is_reply, size)| packet(nanos, if is_reply { Dst2Src } else { Src2Dst }, size))
            .collect();
        for record in meter(&FlowTableConfig::default(), Rates, &packets) {
            let rates = record.output;
            let (Some(there), Some(back)) = (rates.src2dst_bytes_per_s, rates.dst2src_bytes_per_s) else {
                continue;
            };
            let both = rates.bidirectional_bytes_per_s.unwrap();
            prop_assert!(there.is_finite() && back.is_finite());
            prop_assert!((there + back - both).abs() <= both * 1e-12);
        }
    }
}
