use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_decode::PacketFields;
use nfstream_flow::{FlowTableConfig, schema};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::{meter, packet};

const MODES: [AccountingMode; 4] = [
    AccountingMode::Raw,
    AccountingMode::Ip,
    AccountingMode::Transport,
    AccountingMode::Payload,
];

fn config(accounting_mode: AccountingMode, splt_analysis: u16) -> FlowTableConfig {
    let mut config = FlowTableConfig::default();
    config.accounting_mode = accounting_mode;
    config.splt_analysis = splt_analysis;
    config
}

#[test]
fn the_first_packets_and_padding() {
    let packets = [
        packet(900_000, Src2Dst, 60),
        packet(1_100_000, Dst2Src, 120),
        packet(5_000_000, Dst2Src, 1_200),
    ];
    // The table counts other sizes than the plugin.
    let config = config(AccountingMode::Payload, 0);
    let records = meter(&config, Splt::<4>::new(AccountingMode::Raw), &packets);
    let right = SpltColumns {
        splt_direction: [0, 1, 1, -1],
        splt_ps: [60, 120, 1_200, -1],
        splt_piat_ms: [0, 1, 4, -1],
    };
    assert_eq!(records[0].output, right);
    let records = meter(&config, Splt::<2>::new(AccountingMode::Ip), &packets);
    assert_eq!(records[0].output.splt_ps, [30, 60]);
}

#[test]
fn names_and_types_are_those_of_the_built_in_analysis() {
    let config = config(AccountingMode::Raw, 3);
    let schema = schema(&config, &Splt::<3>::new(AccountingMode::Raw));
    let [.., a, b, c, plugin_a, plugin_b, plugin_c] = schema.columns() else {
        panic!("six columns")
    };
    for (built_in, plugin) in [(a, plugin_a), (b, plugin_b), (c, plugin_c)] {
        assert_eq!(format!("udps.{}", built_in.name), plugin.name);
        assert_eq!(built_in.column_type, plugin.column_type);
        assert_eq!(built_in.unit, plugin.unit);
    }
}

/// Up to three times as many packets as there are places, with times that also run backwards.
fn packets() -> impl Strategy<Value = Vec<PacketFields<'static>>> {
    let one = (0..20_000_000_u64, any::<bool>(), 0..70_000_u32);
    let make = |(nanos, back, size)| packet(nanos, if back { Dst2Src } else { Src2Dst }, size);
    vec(one.prop_map(make), 1..24)
}

proptest! {
    #[test]
    fn as_the_built_in_analysis(packets in packets()) {
        for mode in MODES {
            for record in meter(&config(mode, 8), Splt::<8>::new(mode), &packets) {
                let flow = record.flow();
                let built_in = flow.splt().unwrap();
                let plugin = record.output;
                prop_assert!(built_in.directions().eq(plugin.splt_direction));
                prop_assert!(built_in.sizes().eq(plugin.splt_ps));
                prop_assert!(built_in.inter_arrivals().eq(plugin.splt_piat_ms));
                let taken = packets.len().min(8);
                prop_assert_eq!(built_in.entries().len(), taken);
            }
        }
    }
}
