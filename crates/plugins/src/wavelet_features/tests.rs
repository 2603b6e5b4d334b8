use core::f64::consts::FRAC_1_SQRT_2;

use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_decode::PacketFields;
use nfstream_flow::features::TimeUnit;
use nfstream_flow::{FlowTableConfig, schema};

use super::*;
use crate::testing::{assert_allocates, meter, packet};

/// Bins of one second.
fn plugin(levels: u32) -> WaveletFeatures {
    WaveletFeatures::new(Duration::from_secs(1 << levels), levels).unwrap()
}

/// A packet so many milliseconds after the first one, whose IP packet has this size.
fn ip_packet(millis: u64, direction: Direction, ip_size: u32) -> PacketFields<'static> {
    packet(millis * 1_000_000, direction, 2 * ip_size)
}

/// The values of the only flow.
fn values(plugin: &WaveletFeatures, packets: &[PacketFields<'_>]) -> Box<[f64]> {
    let records = meter(&FlowTableConfig::default(), plugin.clone(), packets);
    assert_eq!(records.len(), 1);
    records[0].output.values.clone()
}

fn assert_close(values: &[f64], right: &[f64]) {
    assert_eq!(values.len(), right.len());
    for (value, right) in values.iter().zip(right) {
        assert!(
            (value - right).abs() < 1e-9 * right.abs().max(1.0),
            "{values:?}, not {right:?}"
        );
    }
}

/// Right values: NFStream's formulas over `pywt.swt(series, "haar", level=3, trim_approx=True)`, with `PyWavelets` 1.9.
#[test]
fn eight_bins_are_transformed_as_pywavelets_does() {
    let series = [60, 0, 1_500, 0, 40, 40, 0, 1_500];
    let packets: Vec<_> = (0..)
        .zip(series)
        .map(|(second, size)| ip_packet(second * 1_000, Src2Dst, size))
        .collect();
    let right = [
        // p
        0.501_699_537_969_914_6,
        0.113_024_363_436_526_29,
        0.160_611_426_594_206_5,
        0.224_664_671_999_347_5,
        // u
        1_110.157_646_462_879_7,
        272.236_110_756_820_95,
        547.5,
        537.401_153_701_776_1,
        // sigma
        0.0,
        526.925_042_107_509_1,
        628.132_151_700_579_7,
        742.899_724_054_330_4,
        // S
        2.079_440_741_680_145,
        0.697_707_633_169_378_2,
        1.792_741_364_324_647_3,
        1.391_692_828_382_38,
    ];
    let values = values(&plugin(3), &packets);
    assert_close(&values[..16], &right);
    assert_eq!(values[16..], [0.0; 16], "nothing came back");
}

/// As above, with `level=2`.
#[test]
fn both_directions_are_transformed_and_the_first_packet_counts() {
    let packets = [
        ip_packet(0, Src2Dst, 40),
        ip_packet(1_000, Src2Dst, 1_000),
        ip_packet(1_999, Src2Dst, 500),
        ip_packet(2_000, Src2Dst, 52),
        ip_packet(3_500, Dst2Src, 7),
    ];
    let right = [
        // f: p, u, sigma, S of 40, 1500, 52, 0
        0.367_265_080_325_609_67,
        0.326_064_728_835_836_15,
        0.306_670_190_838_539_8,
        796.0,
        750.0,
        530.330_085_889_910_6,
        0.0,
        750.023_999_616_012_5,
        727.376_106_288_899_3,
        1.386_293_961_119_955_4,
        1.386_165_972_041_886_2,
        0.701_102_540_636_119_7,
        // b: p, u, sigma, S of 0, 0, 0, 7
        0.333_333_333_106_576_04,
        0.333_333_333_106_576_04,
        0.333_333_333_106_575_9,
        3.5,
        3.5,
        2.474_873_734_152_916_3,
        0.0,
        3.5,
        3.5,
        1.386_293_960_331_615,
        1.386_293_960_331_615,
        0.693_146_981_186_195_6,
    ];
    assert_close(&values(&plugin(2), &packets), &right);
}

/// As above, with `level=1`.
#[test]
fn what_comes_after_the_last_bin_counts_in_it() {
    let right = [
        0.899_999_991,
        0.099_999_999,
        2.121_320_343_559_643,
        FRAC_1_SQRT_2,
        0.0,
        FRAC_1_SQRT_2,
        0.693_146_983_969_441_1,
        0.693_147_011_245_239_3,
    ];
    for late in [1_000, 1_999, 2_000, 100_000] {
        let packets = [ip_packet(0, Src2Dst, 1), ip_packet(late, Src2Dst, 2)];
        assert_close(&values(&plugin(1), &packets)[..8], &right);
    }
}

/// 0.9 and 1,000.1 milliseconds are 1,000 milliseconds apart: by now the second bin.
#[test]
fn times_are_truncated_to_the_unit_before_they_are_subtracted() {
    let packets = [
        packet(900_000, Src2Dst, 2),
        packet(1_000_100_000, Src2Dst, 4),
    ];
    let entropy = |time_unit| {
        let mut config = FlowTableConfig::default();
        config.time_unit = time_unit;
        meter(&config, plugin(1), &packets)[0].output.values[1]
    };
    assert!(
        entropy(TimeUnit::Milliseconds) > 0.09,
        "1 and 2 in two bins"
    );
    assert!(
        (entropy(TimeUnit::Nanoseconds) - 0.5).abs() < 1e-6,
        "3 and 0"
    );
}

#[test]
fn columns_are_named_as_nfstream_names_them() {
    let schema = schema(&FlowTableConfig::default(), &plugin(2));
    let columns: Vec<_> = schema
        .columns()
        .iter()
        .filter(|column| column.name.starts_with("udps."))
        .collect();
    let mut names = Vec::new();
    for direction in ["f", "b"] {
        for feature in ["p", "u", "sigma", "S"] {
            names.extend((0..3).map(|band| format!("udps.{direction}_{feature}_k_{band}")));
        }
    }
    assert!(columns.iter().map(|column| &*column.name).eq(&names));
    assert_eq!((&*columns[3].unit, &*columns[0].unit), ("bytes", ""));
    assert_eq!(
        columns[1].doc,
        "src2dst bytes over time: share of the energy of the details of level 2"
    );
}

#[test]
fn there_are_as_many_values_as_columns() {
    for levels in 1..=WaveletFeatures::MAX_LEVELS {
        let plugin = plugin(levels);
        let columns = schema(&FlowTableConfig::default(), &plugin).columns().len();
        let others = schema(&FlowTableConfig::default(), &()).columns().len();
        let values = values(
            &plugin,
            &[ip_packet(0, Src2Dst, 40), ip_packet(1_500, Dst2Src, 1_500)],
        );
        assert_eq!(values.len(), columns - others);
        assert!(values.iter().all(|value| value.is_finite()));
    }
}

#[test]
fn other_levels_and_a_timeout_of_zero_are_refused() {
    let second = Duration::from_secs(1);
    for levels in [0, 13, u32::MAX] {
        let error = WaveletFeatures::new(second, levels).unwrap_err();
        assert_eq!(error, WaveletFeaturesError::Levels(levels));
    }
    let error = WaveletFeatures::new(second, 13).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a wavelet transform of 13 levels: 1 to 12 can be had"
    );
    let error = WaveletFeatures::new(Duration::ZERO, 7).unwrap_err();
    assert_eq!(error, WaveletFeaturesError::NoTimeout);
}

#[test]
fn a_flow_allocates_twice_and_a_packet_never() {
    assert_allocates(2, plugin(7));
}
