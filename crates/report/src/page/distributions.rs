//! How large flows are, and how long.

use maud::{Markup, html};

use crate::histogram::Histogram;
use crate::{Report, human};

use super::card;
use super::chart::{self, Bar, Tick};

/// A histogram has room for so many powers of two at least, so that its bars are not too wide.
const FEWEST_POWERS: u32 = 10;

/// Labels that have room below a chart on a phone.
const MOST_TICKS: usize = 5;

/// Where the first label behind that of 0 has room.
const BEHIND_ZERO: f64 = 0.13;

/// Where labels may stand on an axis of durations, in nanoseconds: powers of ten, and units of time beyond seconds.
const TIMES: &[u64] = &[
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    60_000_000_000,
    600_000_000_000,
    3_600_000_000_000,
    86_400_000_000_000,
    864_000_000_000_000,
    8_640_000_000_000_000,
    86_400_000_000_000_000,
    864_000_000_000_000_000,
];

/// What is counted, and how it is told.
struct Quantity<'a> {
    heading: &'a str,
    column: &'a str,
    text: fn(u64) -> String,
    /// The same for round values.
    round: fn(u64) -> String,
    /// Where labels may stand.
    marks: &'a [u64],
}

/// Sizes, packets and durations of flows.
pub(super) fn section(report: &Report) -> Markup {
    let tens: Vec<u64> = (0..20).map(|power| 10_u64.pow(power)).collect();
    let bytes = Quantity {
        heading: "Flows by bytes",
        column: "Bytes",
        text: human::bytes,
        round: |bytes| human::round(human::real(bytes), "B"),
        marks: &tens,
    };
    let packets = Quantity {
        heading: "Flows by packets",
        column: "Packets",
        text: human::count,
        round: |packets| human::round(human::real(packets), ""),
        marks: &tens,
    };
    let durations = Quantity {
        heading: "Flows by duration",
        column: "Duration",
        text: human::duration,
        round: human::duration,
        marks: TIMES,
    };
    card(
        "wide",
        "Distributions",
        &html! {
            div.three {
                (histogram(&report.sizes, &bytes))
                (histogram(&report.packets, &packets))
                @if report.durations.total() > 0 { (histogram(&report.durations, &durations)) }
            }
        },
    )
}

fn histogram(histogram: &Histogram, quantity: &Quantity<'_>) -> Markup {
    let total = histogram.total();
    let axis = Axis::of(histogram);
    let zeros = Bar {
        at: 0.0,
        width: 0.8 * axis.power,
        value: histogram.zeros(),
        title: told(&(quantity.text)(0), histogram.zeros(), total),
    };
    let powers = histogram.powers().map(|(power, flows)| Bar {
        at: axis.at(f64::from(power)) + 0.1 * axis.power,
        width: 0.8 * axis.power,
        value: flows,
        title: told(&quantity.range(power), flows, total),
    });
    let bars: Vec<Bar> = core::iter::once(zeros).chain(powers).collect();
    let median = match histogram.median_power() {
        Some(power) => format!("median {}", quantity.range(power)),
        None => format!("median {}", (quantity.text)(0)),
    };
    let label = format!("{}, in powers of two: {median}", quantity.heading);
    html! {
        div {
            h3 { (quantity.heading) span.muted { " " (median) } }
            (chart::bars("flows", &label, &bars, &axis.ticks(quantity)))
            details {
                summary { "Table" }
                table {
                    thead { tr { th scope="col" { (quantity.column) } th.n scope="col" { "Flows" } } }
                    tbody {
                        @if histogram.zeros() > 0 {
                            tr { th scope="row" { ((quantity.text)(0)) } td.n { (human::grouped(histogram.zeros())) } }
                        }
                        @for (power, flows) in histogram.powers() {
                            tr { th scope="row" { (quantity.range(power)) } td.n { (human::grouped(flows)) } }
                        }
                    }
                }
            }
        }
    }
}

impl Quantity<'_> {
    /// From a power of two to the next one.
    fn range(&self, power: u32) -> String {
        let from = 1_u64 << power;
        format!(
            "{} – {}",
            (self.text)(from),
            (self.text)(from.saturating_mul(2))
        )
    }
}

fn told(range: &str, flows: u64, total: u64) -> String {
    let percent = human::percent(flows, total);
    format!("{range}: {} flows, {percent}", human::grouped(flows))
}

/// Where values stand: zeros by themselves, then powers of two, each as wide as the others.
struct Axis {
    /// The first power.
    first: f64,
    /// Where the first power begins, from 0 to 1.
    begin: f64,
    /// Width of a power, from 0 to 1.
    power: f64,
    has_zeros: bool,
}

impl Axis {
    fn of(histogram: &Histogram) -> Self {
        let first = histogram.powers().next().map_or(0, |(power, _)| power);
        let last = histogram
            .powers()
            .next_back()
            .map_or(0, |(power, _)| power + 1);
        let powers = f64::from((last - first).max(FEWEST_POWERS));
        let has_zeros = histogram.zeros() > 0;
        let before = if has_zeros { 1.5 } else { 0.0 };
        let power = 1.0 / (powers + before);
        Self {
            first: f64::from(first),
            begin: before * power,
            power,
            has_zeros,
        }
    }

    /// Where a binary logarithm stands.
    fn at(&self, logarithm: f64) -> f64 {
        self.begin + (logarithm - self.first) * self.power
    }

    fn ticks(&self, quantity: &Quantity<'_>) -> Vec<Tick> {
        let places = quantity
            .marks
            .iter()
            .map(|&mark| (mark, self.at(human::real(mark).log2())));
        let begin = if self.has_zeros {
            BEHIND_ZERO.max(self.begin)
        } else {
            self.begin
        };
        let inside: Vec<(u64, f64)> = places
            .filter(|(_, at)| (begin..=1.0).contains(at))
            .collect();
        let every = inside.len().div_ceil(MOST_TICKS).max(1);
        let marks = inside.into_iter().step_by(every).map(|(mark, at)| Tick {
            at,
            label: (quantity.round)(mark),
        });
        let zero = self.has_zeros.then(|| Tick {
            at: 0.4 * self.power,
            label: "0".to_owned(),
        });
        zero.into_iter().chain(marks).collect()
    }
}
