use std::vec::Vec;

use nfstream_decode::Timestamp;

use super::*;
use crate::Counters;

/// A flow of five packets, two of them replies: direction, size, flags and time.
const FLOW: [(Direction, u32, u8, u64); 5] = [
    (Direction::Src2Dst, 60, 0x02, 100),
    (Direction::Dst2Src, 70, 0x12, 110),
    (Direction::Src2Dst, 50, 0x10, 140),
    (Direction::Src2Dst, 40, 0x18, 140),
    (Direction::Dst2Src, 90, 0x11, 240),
];

/// The statistics, and the counters of source and destination.
fn metered() -> (Statistics, [Counters; 2]) {
    let mut statistics = Statistics::default();
    let mut counters = [Counters::default(); 2];
    let mut last_seen = None;
    for (direction, size, flags, time) in FLOW {
        let own = &mut counters[direction as usize];
        let since_previous_same_way = (own.packets > 0).then(|| time - own.last_seen.as_nanos());
        statistics.add(
            direction,
            size,
            TcpFlags::from_bits(flags),
            last_seen.map(|last_seen| time - last_seen),
            since_previous_same_way,
        );
        own.add(Timestamp::from_nanos(time), size);
        last_seen = Some(time);
    }
    (statistics, counters)
}

/// Minimum, mean, variance and maximum.
fn assert_summary(found: Summary, (min, mean, variance, max): (u64, f64, f64, u64)) {
    assert_eq!((found.min, found.max), (min, max));
    assert!((found.mean - mean).abs() <= 1e-15 * mean, "{found:?}");
    assert!(
        (found.stddev - variance.sqrt()).abs() <= 1e-15 * variance.sqrt(),
        "{found:?}, not {}",
        variance.sqrt()
    );
}

#[test]
fn sizes_of_either_direction_and_of_both() {
    let (statistics, [sent, received]) = metered();
    let of = |direction, counters: &Counters| {
        statistics.packet_sizes(direction, counters.packets, counters.bytes)
    };
    assert_summary(of(Direction::Src2Dst, &sent), (40, 50.0, 100.0, 60));
    assert_summary(of(Direction::Dst2Src, &received), (70, 80.0, 200.0, 90));
    assert_summary(
        statistics.bidirectional_packet_sizes(5, 310),
        (40, 62.0, 370.0, 90),
    );
}

/// The gap between two packets of the source counts whatever the destination sends in between.
#[test]
fn times_between_packets_of_either_direction_and_of_both() {
    let (statistics, _) = metered();
    assert_summary(
        statistics.inter_arrival(Direction::Src2Dst, 3, 40),
        (0, 20.0, 800.0, 40),
    );
    assert_summary(
        statistics.inter_arrival(Direction::Dst2Src, 2, 130),
        (130, 130.0, 0.0, 130),
    );
    assert_summary(
        statistics.bidirectional_inter_arrival(5, 140),
        (0, 35.0, 6_100.0 / 3.0, 100),
    );
}

#[test]
fn one_packet_has_no_gap_and_no_packet_has_nothing() {
    let mut statistics = Statistics::default();
    statistics.add(Direction::Src2Dst, 60, TcpFlags::default(), None, None);
    assert_eq!(
        statistics.bidirectional_inter_arrival(1, 0),
        Summary::default()
    );
    assert_eq!(
        statistics.packet_sizes(Direction::Dst2Src, 0, 0),
        Summary::default()
    );
    assert_eq!(
        statistics.inter_arrival(Direction::Dst2Src, 0, 0),
        Summary::default()
    );
}

/// The flags in the order of NFStream's columns.
const COLUMN_ORDER: [TcpFlags; 8] = [
    TcpFlags::SYN,
    TcpFlags::CWR,
    TcpFlags::ECE,
    TcpFlags::URG,
    TcpFlags::ACK,
    TcpFlags::PSH,
    TcpFlags::RST,
    TcpFlags::FIN,
];

#[test]
fn packets_by_flag() {
    let (statistics, _) = metered();
    let counts = |flags: FlagCounts| -> Vec<u64> {
        COLUMN_ORDER
            .into_iter()
            .map(|flag| flags.packets_with(flag))
            .collect()
    };
    // syn, cwr, ece, urg, ack, psh, rst, fin
    assert_eq!(
        counts(statistics.flags(Direction::Src2Dst)),
        [1, 0, 0, 0, 2, 1, 0, 0]
    );
    assert_eq!(
        counts(statistics.flags(Direction::Dst2Src)),
        [1, 0, 0, 0, 2, 0, 0, 1]
    );
    assert_eq!(
        counts(statistics.bidirectional_flags()),
        [2, 0, 0, 0, 4, 1, 0, 1]
    );
}

/// One flag in every packet, another in all but one, and so on, far beyond what a byte holds.
#[test]
fn each_flag_has_its_own_count() {
    let mut statistics = Statistics::default();
    for packet in 0..70_000 {
        let flags = COLUMN_ORDER
            .into_iter()
            .enumerate()
            .filter(|(column, _)| packet % (column + 1) == 0)
            .fold(0, |flags, (_, flag)| flags | flag.bits());
        let flags = TcpFlags::from_bits(flags);
        statistics.add(Direction::Dst2Src, 60, flags, None, None);
    }
    let counts = |flags: FlagCounts| COLUMN_ORDER.map(|flag| flags.packets_with(flag));
    assert_eq!(
        counts(statistics.flags(Direction::Dst2Src)),
        [
            70_000, 35_000, 23_334, 17_500, 14_000, 11_667, 10_000, 8_750
        ]
    );
    assert_eq!(counts(statistics.flags(Direction::Src2Dst)), [0; 8]);
    assert_eq!(FlagCounts::default().packets_with(TcpFlags::default()), 0);
}

#[test]
fn every_combination_of_flags_is_counted() {
    for bits in 0..=u8::MAX {
        for before in [0, 1, 0x7f, 0x80, 0xfe, 0xff] {
            let mut low = FlagBytes(u64::from_le_bytes([before; 8]));
            let mut carries = FlagCarries::default();
            let carried = low.add(TcpFlags::from_bits(bits));
            carries.add(carried);
            let right: [u64; 8] =
                core::array::from_fn(|bit| u64::from(before) + u64::from(bits >> bit & 1));
            assert_eq!(low.with(&carries).counts, right, "{bits:#x} on {before}");
        }
    }
}
