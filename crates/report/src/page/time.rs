//! Traffic over time.

use maud::{Markup, html};
use nfstream_decode::{Timestamp, UtcTime};

use crate::timeline::{Bin, Timeline};
use crate::{Report, human};

use super::card;
use super::chart::{self, Tick};

/// Fewer bins make no chart.
const FEWEST_BINS: usize = 4;

/// Labels that have room below a chart on a phone.
const MOST_TICKS: u64 = 4;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND;

/// Distances of labels, in nanoseconds; beyond, whole numbers of days.
const STEPS: &[u64] = &[
    SECOND / 1_000,
    SECOND / 500,
    SECOND / 200,
    SECOND / 100,
    SECOND / 50,
    SECOND / 20,
    SECOND / 10,
    SECOND / 5,
    SECOND / 2,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    60 * SECOND,
    2 * 60 * SECOND,
    5 * 60 * SECOND,
    10 * 60 * SECOND,
    15 * 60 * SECOND,
    30 * 60 * SECOND,
    3_600 * SECOND,
    2 * 3_600 * SECOND,
    3 * 3_600 * SECOND,
    6 * 3_600 * SECOND,
    12 * 3_600 * SECOND,
    DAY,
];

/// Bytes and packets in a second, over time.
pub(super) fn section(report: &Report) -> Markup {
    let timeline = &report.timeline;
    if timeline.bins().len() < FEWEST_BINS {
        return html! {};
    }
    let ticks = ticks(timeline);
    let in_a_second = human::real(SECOND) / human::real(timeline.width());
    let rates = |value: fn(&Bin) -> f64| -> Vec<f64> {
        let bins = timeline.bins().iter();
        bins.map(|bin| value(bin) * in_a_second).collect()
    };
    let width = human::duration(timeline.width());
    card(
        "wide",
        "Traffic over time",
        &html! {
            (rate("bytes", "Bytes per second", &rates(|bin| bin.bytes), |rate| human::scaled(rate, "B/s"), timeline, &ticks))
            (rate("packets", "Packets per second", &rates(|bin| bin.packets), |rate| human::amount(rate, "packets/s"), timeline, &ticks))
            p.muted {
                "In steps of " (width) ". A flow tells when it began and ended: what it carried is spread evenly over the time in between."
            }
        },
    )
}

/// One rate over time.
fn rate(
    class: &str,
    heading: &str,
    rates: &[f64],
    text: fn(f64) -> String,
    timeline: &Timeline,
    ticks: &[Tick],
) -> Markup {
    let peak = rates
        .iter()
        .enumerate()
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let (place, most) = peak.map_or((0, 0.0), |(place, &most)| (place as u64, most));
    let at = timeline
        .begin()
        .as_nanos()
        .saturating_add(place.saturating_mul(timeline.width()));
    let at = Timestamp::from_nanos(at);
    let peak = format!("peak {} at {}", text(most), human::moment(at));
    let label = format!("{heading} over time: {peak}");
    html! {
        h3 { (heading) span.muted { " " (peak) } }
        (chart::area(class, &label, rates, ticks))
    }
}

/// Round times below the chart.
fn ticks(timeline: &Timeline) -> Vec<Tick> {
    let span = timeline
        .width()
        .saturating_mul(timeline.bins().len() as u64);
    let begin = timeline.begin().as_nanos();
    let fits = |&step: &u64| span / step <= MOST_TICKS;
    let step = STEPS.iter().copied().find(fits);
    let step = step.unwrap_or_else(|| span.div_ceil(MOST_TICKS).div_ceil(DAY).saturating_mul(DAY));
    let first = begin.div_ceil(step);
    let times = (first..).map_while(|number| {
        number
            .checked_mul(step)
            .filter(|&time| time - begin <= span)
    });
    times
        .map(|time| Tick {
            at: human::share(time - begin, span),
            label: label(Timestamp::from_nanos(time), step),
        })
        .collect()
}

/// A time as far as labels at this distance need it.
fn label(time: Timestamp, step: u64) -> String {
    let UtcTime {
        hour,
        minute,
        second,
        millisecond,
        ..
    } = time.into();
    match step {
        DAY.. => human::date(time),
        _ if step >= 60 * SECOND => format!("{hour:02}:{minute:02}"),
        SECOND.. => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{minute:02}:{second:02}.{millisecond:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(first: u64, last: u64) -> Vec<String> {
        let mut timeline = Timeline::default();
        for millis in [first, last] {
            let time = Timestamp::from_millis(millis);
            timeline.add(time, time, 1, 1);
        }
        ticks(&timeline)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    #[test]
    fn labels_stand_at_round_times() {
        let begin = 1_700_000_000_000;
        assert_eq!(
            labels(begin, begin + 7),
            [
                "13:20.000",
                "13:20.002",
                "13:20.004",
                "13:20.006",
                "13:20.008"
            ]
        );
        assert_eq!(
            labels(begin, begin + 90_000),
            ["22:13:30", "22:14:00", "22:14:30"]
        );
        assert_eq!(
            labels(begin, begin + 7_200_000),
            ["22:30", "23:00", "23:30", "00:00"]
        );
        assert_eq!(
            labels(begin, begin + 4 * 86_400_000)
                .first()
                .map(String::as_str),
            Some("2023-11-15")
        );
    }

    #[test]
    fn labels_are_few_whatever_the_time() {
        for power in 0..54 {
            let labels = labels(0, 1 << power);
            assert!(labels.len() as u64 <= MOST_TICKS + 1, "{power}: {labels:?}");
            assert!(!labels.is_empty(), "{power}");
        }
    }
}
