use nfstream_decode::Direction;
use nfstream_flow::{FlowTableConfig, schema};

use super::*;
use crate::testing::{meter, packet};

#[test]
fn packets_of_one_size_are_counted_in_both_directions() {
    let sizes = [40, 41, 40, 80, 40, 39];
    let packets: Vec<_> = [Direction::Src2Dst, Direction::Dst2Src]
        .into_iter()
        .cycle()
        .zip(sizes)
        .map(|(direction, size)| packet(0, direction, size))
        .collect();
    let count = |size| {
        let records = meter(
            &FlowTableConfig::default(),
            PacketSizeCounter::new(size),
            &packets,
        );
        records[0].output.packet_count
    };
    // The first packet has 40 bytes; IP sizes of 40, which another mode would count, do not matter.
    assert_eq!([40, 41, 80, 20].map(count), [3, 1, 1, 0]);
}

#[test]
fn its_column_has_the_size_in_its_name() {
    let config = FlowTableConfig::default();
    let plugins = (PacketSizeCounter::new(40), PacketSizeCounter::new(1_500));
    let schema = schema(&config, &plugins);
    let [.., first, second] = schema.columns() else {
        panic!("two columns")
    };
    assert_eq!(first.name, "udps.packet_40_count");
    assert_eq!(second.name, "udps.packet_1500_count");
    assert_eq!((first.column_type, first.nullable), (u64::TYPE, false));
}

/// Without a plugin there is no size, so there is no name.
#[test]
fn a_counter_that_is_off_has_no_column() {
    let config = FlowTableConfig::default();
    let off: Option<PacketSizeCounter> = None;
    assert_eq!(schema(&config, &off), schema(&config, &()));
}
