use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const THRESHOLD: Duration = Duration::from_secs(5);

fn periods(nanos: &[u64]) -> (Durations, Durations) {
    let mut times = nanos.iter().map(|&nanos| Timestamp::from_nanos(nanos));
    let mut periods = Periods::start(times.next().unwrap());
    for time in times {
        periods.add(time, THRESHOLD);
    }
    periods.end()
}

const fn seconds(seconds: u64) -> u64 {
    seconds * 1_000_000_000
}

#[test]
fn one_packet_is_an_active_period_of_no_length() {
    let (active, idle) = periods(&[seconds(7)]);
    assert_eq!(active.count(), 1);
    assert_eq!(active.summary_nanos(), Some(Summary::default()));
    assert_eq!((idle.count(), idle.summary_nanos()), (0, None));
}

#[test]
fn only_a_gap_longer_than_the_threshold_is_idle() {
    let (active, idle) = periods(&[0, seconds(5)]);
    assert_eq!((active.count(), idle.count()), (1, 0));
    assert_eq!(active.summary_nanos().unwrap().max, seconds(5));

    let (active, idle) = periods(&[0, seconds(5) + 1]);
    assert_eq!((active.count(), idle.count()), (2, 1));
    assert_eq!(active.summary_nanos(), Some(Summary::default()));
    assert_eq!(idle.summary_nanos().unwrap().max, seconds(5) + 1);
}

#[test]
fn the_last_active_period_counts() {
    let times = [0, 4, 8, 20, 21, 30, 34].map(seconds);
    let (active, idle) = periods(&times);
    // 0 to 8, 20 to 21, 30 to 34.
    let right = Summary {
        min: seconds(1),
        mean: 13e9 / 3.0,
        stddev: (37_f64 / 3.0).sqrt() * 1e9,
        max: seconds(8),
    };
    let summary = active.summary_nanos().unwrap();
    assert_eq!(
        (active.count(), summary.min, summary.max),
        (3, right.min, right.max)
    );
    assert!((summary.mean / right.mean - 1.0).abs() < 1e-15);
    assert!((summary.stddev / right.stddev - 1.0).abs() < 1e-15);
    // 8 to 20, 21 to 30.
    let right = Summary {
        min: seconds(9),
        mean: 10.5e9,
        stddev: 4.5_f64.sqrt() * 1e9,
        max: seconds(12),
    };
    let summary = idle.summary_nanos().unwrap();
    assert_eq!(
        (idle.count(), summary.min, summary.max),
        (2, right.min, right.max)
    );
    assert!((summary.mean / right.mean - 1.0).abs() < 1e-15);
    assert!((summary.stddev / right.stddev - 1.0).abs() < 1e-15);
}

#[test]
fn the_whole_range_of_times_is_one_idle_period() {
    let (active, idle) = periods(&[0, u64::MAX]);
    assert_eq!(active.count(), 2);
    let summary = idle.summary_nanos().unwrap();
    assert_eq!((summary.min, summary.max), (u64::MAX, u64::MAX));
}

proptest! {
    #[test]
    fn active_and_idle_periods_are_the_duration(
        gaps in vec(0..seconds(10), 0..50),
    ) {
        let mut times = vec![seconds(1)];
        for gap in gaps {
            times.push(times[times.len() - 1] + gap);
        }
        let (active, idle) = periods(&times);
        let long = times
            .array_windows()
            .filter(|[earlier, later]| later - earlier > seconds(5));
        prop_assert_eq!(idle.count(), long.count() as u64);
        prop_assert_eq!(active.count(), idle.count() + 1);
        let duration = times[times.len() - 1] - times[0];
        prop_assert_eq!(active.sum_nanos + idle.sum_nanos, duration);
        if let Some(idle) = idle.summary_nanos() {
            prop_assert!(idle.min > seconds(5));
        }
    }
}
