//! Charts: shapes as SVG that stretches, labels as text beside it that does not.

use core::fmt::Write as _;

use maud::{Markup, html};

use crate::human;

/// A label at a place of an axis, from 0 to 1.
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// One bar of a histogram.
pub(super) struct Bar {
    /// From 0 to 1.
    pub(super) at: f64,
    /// From 0 to 1.
    pub(super) width: f64,
    pub(super) value: u64,
    /// What it says when pointed at.
    pub(super) title: String,
}

/// An area under steps, all of the same width.
pub(super) fn area(class: &str, label: &str, values: &[f64], ticks: &[Tick]) -> Markup {
    let most = values.iter().copied().fold(0.0, f64::max);
    let top = round_up(most);
    let mut line = String::new();
    for (place, value) in values.iter().enumerate() {
        let height = 100.0 - 100.0 * value.max(0.0) / top;
        let start = if place == 0 { 'M' } else { 'L' };
        // Writing into memory does not fail.
        let _ = write!(line, "{start}{place} {height:.1}H{}", place + 1);
    }
    let width = human::real(values.len() as u64);
    let shape = html! {
        path.area d=(format!("{line}V100H0Z")) {}
        path.line d=(line) {}
    };
    figure(class, label, width, &shape, &heights(top), ticks)
}

/// Bars of flows.
pub(super) fn bars(class: &str, label: &str, bars: &[Bar], ticks: &[Tick]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0);
    let top = round_up_count(human::real(most));
    let shape = html! {
        @for bar in bars {
            @let height = 100.0 * human::real(bar.value) / top;
            @if bar.value > 0 {
                rect x=(format!("{:.2}", 100.0 * bar.at)) y=(format!("{:.2}", 100.0 - height))
                    width=(format!("{:.2}", 100.0 * bar.width)) height=(format!("{height:.2}")) { title { (bar.title) } }
            }
        }
    };
    figure(class, label, 100.0, &shape, &heights(top), ticks)
}

/// Shapes of 100 in height, between their axes.
fn figure(class: &str, label: &str, width: f64, shape: &Markup, y: &[Tick], x: &[Tick]) -> Markup {
    html! {
        div class=(format!("chart {class}")) role="img" aria-label=(label) {
            div.plot {
                @for tick in y {
                    span.y style=(format!("bottom:{:.2}%", 100.0 * tick.at)) { b { (tick.label) } }
                }
                svg viewBox=(format!("0 0 {width} 100")) preserveAspectRatio="none" aria-hidden="true" { (shape) }
                @for tick in x {
                    span class=(edge(tick)) style=(format!("left:{:.2}%", 100.0 * tick.at)) { (tick.label) }
                }
            }
        }
    }
}

/// Labels at the ends of an axis do not stand out beyond it.
fn edge(tick: &Tick) -> &'static str {
    match tick.at {
        ..0.06 => "x first",
        ..0.94 => "x",
        _ => "x last",
    }
}

/// Labels of an axis from 0 to `top`.
fn heights(top: f64) -> [Tick; 3] {
    [0.0, 0.5, 1.0].map(|at| Tick {
        at,
        label: if at == 0.0 {
            "0".to_owned()
        } else {
            human::round(at * top, "")
        },
    })
}

/// The next number that has one digit, or is 1.5, times a power of ten.
fn round_up(number: f64) -> f64 {
    if number <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(number.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0];
    let step = steps.into_iter().find(|step| step * power >= number);
    step.unwrap_or(10.0) * power
}

/// The same for what is counted: its half is a whole number.
fn round_up_count(count: f64) -> f64 {
    let top = round_up(count);
    if top < 20.0 {
        2.0 * (top / 2.0).ceil()
    } else {
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (number, top) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (1.1, 1.5),
            (7.0, 8.0),
            (8.5, 10.0),
            (1634.0, 2000.0),
        ] {
            assert!((round_up(number) - top).abs() < 1e-9, "{number}");
        }
        for (count, top) in [
            (0.0, 2.0),
            (1.0, 2.0),
            (3.0, 4.0),
            (14.0, 16.0),
            (130.0, 150.0),
        ] {
            assert!((round_up_count(count) - top).abs() < 1e-9, "{count}");
        }
    }
}
