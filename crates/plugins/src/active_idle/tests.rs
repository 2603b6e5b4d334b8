use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_flow::FlowTableConfig;

use super::*;
use crate::testing::{assert_allocates, meter, packet};

/// A second.
const S: u64 = 1_000_000_000;

#[test]
fn periods_are_those_of_both_directions_together() {
    let packets = [
        packet(0, Src2Dst, 60),
        packet(4 * S, Dst2Src, 60),
        packet(8 * S + 500, Src2Dst, 60),
        packet(18 * S, Dst2Src, 60),
    ];
    let records = meter(&FlowTableConfig::default(), ActiveIdle::default(), &packets);
    let columns = records[0].output;
    assert_eq!(
        (columns.min_active_ms, columns.max_active_ms),
        (0.0, 8_000.000_5)
    );
    assert!((columns.mean_active_ms - 4_000.000_25).abs() < 1e-9);
    assert!((columns.stddev_active_ms - 8_000.000_5 / 2_f64.sqrt()).abs() < 1e-9);
    assert_eq!(columns.active_periods, 2);
    let idle = Some(9_999.999_5);
    assert_eq!(
        [
            columns.min_idle_ms,
            columns.mean_idle_ms,
            columns.max_idle_ms
        ],
        [idle; 3]
    );
    assert_eq!(columns.stddev_idle_ms, Some(0.0));
}

#[test]
fn the_threshold_is_a_parameter() {
    let packets = [packet(0, Src2Dst, 60), packet(2 * S, Src2Dst, 60)];
    let idle = |plugin: ActiveIdle| {
        let records = meter(&FlowTableConfig::default(), plugin, &packets);
        records[0].output.max_idle_ms
    };
    assert_eq!(idle(ActiveIdle::default()), None);
    assert_eq!(idle(ActiveIdle::new(Duration::from_secs(1))), Some(2_000.0));
    assert_eq!(idle(ActiveIdle::new(Duration::MAX)), None);
}

#[test]
fn nothing_is_allocated() {
    assert_allocates(0, ActiveIdle::default());
}
