#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "means are floating-point numbers, and some are exact"
)]

use std::vec;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn extent(series: &[u64]) -> Extent {
    let mut extent = Extent::default();
    for &value in series {
        extent.add(value);
    }
    extent
}

fn summary(series: &[u64]) -> Summary {
    Summary::of(&extent(series), series.len() as u64, series.iter().sum())
}

/// Mean and sample deviation by two passes over the series: the second one adds the squares of the deviations
/// (n·x − Σx) / n, each exact up to its division.
fn two_passes(series: &[u64]) -> (f64, f64) {
    let count = series.len() as f64;
    let sum: i128 = series.iter().map(|&value| i128::from(value)).sum();
    let squares: f64 = series
        .iter()
        .map(|&value| i128::from(value) * series.len() as i128 - sum)
        .map(|scaled| (scaled as f64 / count).powi(2))
        .sum();
    let stddev = match series.len() {
        1 => 0.0,
        _ => (squares / (count - 1.0)).sqrt(),
    };
    (sum as f64 / count, stddev)
}

/// NFStream's running mean and sample deviation, with one rounding and more a packet.
fn recurrence(series: &[u64]) -> (f64, f64) {
    let (mut mean, mut squares) = (0.0, 0.0);
    for (earlier, &value) in series.iter().enumerate() {
        let value = value as f64;
        let off = value - mean;
        mean += off / (earlier as f64 + 1.0);
        squares += off * (value - mean);
    }
    match series.len() {
        1 => (mean, 0.0),
        count => (mean, (squares / (count as f64 - 1.0)).sqrt()),
    }
}

fn close(found: f64, right: f64, tolerance: f64) -> bool {
    (found - right).abs() <= tolerance * right.abs()
}

fn assert_right(series: &[u64]) {
    let found = summary(series);
    let (mean, stddev) = two_passes(series);
    assert_eq!(Some(&found.min), series.iter().min());
    assert_eq!(Some(&found.max), series.iter().max());
    assert!(
        close(found.mean, mean, 1e-15),
        "mean {} of {series:?}, not {mean}",
        found.mean
    );
    assert!(
        close(found.stddev, stddev, 1e-13),
        "deviation {} of {series:?}, not {stddev}",
        found.stddev
    );
}

#[test]
fn nothing_of_no_value() {
    assert_eq!(summary(&[]), Summary::default());
}

#[test]
fn one_value_does_not_deviate() {
    for value in [0, 1, 1_514, u64::MAX] {
        let found = summary(&[value]);
        assert_eq!((found.min, found.max, found.stddev), (value, value, 0.0));
        assert_eq!(found.mean, value as f64);
    }
}

#[test]
fn two_values_deviate_by_their_distance_over_the_root_of_two() {
    let found = summary(&[10, 20]);
    assert_eq!((found.min, found.mean, found.max), (10, 15.0, 20));
    assert_eq!(found.stddev, 50_f64.sqrt());
    assert_right(&[0, u64::MAX]);
    assert_right(&[u64::MAX / 2, u64::MAX / 2 + 1]);
}

#[test]
fn equal_values_do_not_deviate() {
    for value in [0, 7, 40, u64::from(u32::MAX), 1 << 50] {
        assert_eq!(summary(&vec![value; 999]).stddev, 0.0, "{value}");
    }
}

#[test]
fn a_small_deviation_of_large_values_is_not_lost() {
    let near = u64::from(u32::MAX);
    assert_eq!(summary(&[near - 2, near - 1, near]).stddev, 1.0);
    let far = 1 << 61;
    assert_eq!(summary(&[far, far + 1, far + 2]).stddev, 1.0);
}

/// A series doubled thirty times: its mean stays, and its variance is the population's times n / (n − 1).
#[test]
fn a_thousand_million_values() {
    for series in [[40, 1_500], [u64::from(u32::MAX) - 1, u64::from(u32::MAX)]] {
        let [low, high] = series;
        let mut merged = extent(&series);
        let mut count = 2_u64;
        for _ in 0..30 {
            merged = merged.merged(&merged);
            count *= 2;
        }
        let found = Summary::of(&merged, count, count / 2 * (low + high));
        let n = count as f64;
        let right = (high - low) as f64 / 2.0 * (n / (n - 1.0)).sqrt();
        assert_eq!((found.min, found.max), (low, high));
        assert_eq!(found.mean, (low + high) as f64 / 2.0);
        assert!(close(found.stddev, right, 1e-15), "{}", found.stddev);
    }
}

/// The largest sums that there can be: squares wrap around nowhere, and nothing is lost where they no longer fit times n.
#[test]
fn the_largest_sums() {
    let halves = [u64::MAX / 2, u64::MAX / 2 + 1];
    assert_right(&halves);
    let skewed: Vec<u64> = [u64::MAX - 1_000].into_iter().chain([1; 1_000]).collect();
    assert_right(&skewed);
    let mut nearly_equal = vec![u64::MAX / 1_000; 999];
    nearly_equal.push(0);
    assert_right(&nearly_equal);
}

#[test]
fn square_roots_of_squares_are_exact() {
    for root in (0..=1_000_u64).chain([65_535, 94_906_265]) {
        assert_eq!(square_root((root * root) as f64), root as f64);
    }
    assert_eq!(square_root(-1.0), 0.0);
}

#[test]
fn sizes_are_as_exact_as_other_values() {
    for sizes in [
        [40, 1_514, 60].as_slice(),
        &[0, 0],
        &[u32::MAX; 5],
        &[1, u32::MAX, u32::MAX, 2],
    ] {
        let mut found = SizeExtent::default();
        for &size in sizes {
            found.add(size);
        }
        let sizes: Vec<u64> = sizes.iter().map(|&size| size.into()).collect();
        assert_eq!(found.extent(), extent(&sizes));
    }
}

fn series() -> impl Strategy<Value = Vec<u64>> {
    let near = u64::from(u32::MAX);
    prop_oneof![
        vec(0..=1_514_u64, 1..200),
        vec(near - 1_000..=near + 1_000, 1..50),
        vec(0..=u64::MAX / 64, 1..64),
        vec(prop_oneof![Just(0), Just(1), Just(u64::MAX / 64)], 1..64),
        (0..u64::MAX / 64, vec(0..4_u64, 1..60)).prop_map(|(base, mut values)| {
            for value in &mut values {
                *value += base;
            }
            values
        }),
    ]
}

proptest! {
    #[test]
    fn as_two_passes(series in series()) {
        assert_right(&series);
    }

    #[test]
    fn as_the_recurrence_of_nfstream(
        series in prop_oneof![vec(0..65_536_u64, 1..500), vec(0..1_800_000_u64, 1..500)],
    ) {
        let found = summary(&series);
        let (mean, stddev) = recurrence(&series);
        prop_assert!(close(found.mean, mean, 1e-9), "{} is not {mean}", found.mean);
        prop_assert!(close(found.stddev, stddev, 1e-9), "{} is not {stddev}", found.stddev);
    }

    #[test]
    fn merged_is_as_added_one_after_the_other(left in series(), right in series()) {
        let both: Vec<u64> = left.iter().chain(&right).copied().collect();
        prop_assert_eq!(extent(&left).merged(&extent(&right)), extent(&both));
    }

    #[test]
    fn square_roots_are_as_exact_as_those_of_std(
        value in prop_oneof![0.0..10.0_f64, 0.0..1e40_f64, (-300..300).prop_map(|exponent| 10_f64.powi(exponent))],
    ) {
        let (found, right) = (square_root(value), value.sqrt());
        prop_assert!(found.to_bits().abs_diff(right.to_bits()) <= 1, "{found} is not {right}");
    }
}
