use nfstream_decode::Direction;
use nfstream_flow::FlowTableConfig;

use super::*;
use crate::testing::{meter, packet};

/// The packets of each flow, and its `expiration_id`, of seven packets back and forth.
fn sliced(limit: u64) -> Vec<(u64, i8)> {
    let packets: Vec<_> = [Direction::Src2Dst, Direction::Dst2Src]
        .into_iter()
        .cycle()
        .take(7)
        .map(|direction| packet(0, direction, 60))
        .collect();
    meter(
        &FlowTableConfig::default(),
        FlowSlicer::new(limit),
        &packets,
    )
    .iter()
    .map(|record| {
        let packets = record.flow().bidirectional().packets;
        (packets, record.end.expiration_id())
    })
    .collect()
}

#[test]
fn each_packet_is_a_flow() {
    assert_eq!(sliced(1), [(1, -1); 7]);
}

#[test]
fn a_flow_of_four_packets_and_the_rest() {
    assert_eq!(sliced(4), [(4, -1), (3, 0)]);
    assert_eq!(sliced(7), [(7, -1)]);
}

#[test]
fn nothing_is_sliced_without_limit() {
    assert_eq!(sliced(0), [(7, 0)]);
    assert_eq!(sliced(u64::MAX), [(7, 0)]);
}
