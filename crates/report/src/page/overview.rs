//! What was read, and how much it is.

use core::time::Duration;

use maud::{Markup, html};

use crate::clean::clean;
use crate::tally::Tally;
use crate::{Context, Report, human};

use super::card;

/// Inputs that are named; the others are counted.
const MOST_INPUTS: usize = 20;

/// Inputs that are named in the heading.
const FIRST_INPUTS: usize = 3;

/// Notes that are shown; the others are counted.
const MOST_NOTES: usize = 20;

/// The heading: what was read, and of when it is.
pub(super) fn header(report: &Report, context: &Context, title: &str) -> Markup {
    let named = context.inputs.iter().take(FIRST_INPUTS);
    let more = context.inputs.len().saturating_sub(FIRST_INPUTS);
    html! {
        header {
            h1 { bdi { (title) } }
            @if !context.inputs.is_empty() {
                p.inputs {
                    @for (place, input) in named.enumerate() {
                        @if place > 0 { ", " }
                        bdi { (clean(input)) }
                    }
                    @if more > 0 { " and " (human::grouped(more as u64)) " more" }
                }
            }
            @if let Some((first, last)) = report.time_span {
                p { (human::moment(first)) " – " (human::moment(last)) }
            }
        }
    }
}

/// The totals.
pub(super) fn figures(report: &Report, context: &Context) -> Markup {
    let Tally {
        flows,
        packets,
        bytes,
    } = report.total;
    let duration = duration(report);
    let ignored = context
        .ignored
        .as_ref()
        .map(|ignored| ignored.iter().map(|ignored| ignored.packets).sum::<u64>());
    let packets_below = match ignored {
        Some(0) => "none ignored".to_owned(),
        Some(ignored) => format!("{} ignored", human::count(ignored)),
        None => String::new(),
    };
    html! {
        div.figures {
            (figure("bytes", "Bytes", bytes, &human::bytes(bytes), &directions(report)))
            (figure("packets", "Packets", packets, &human::count(packets), &packets_below))
            (figure("flows", "Flows", flows, &human::count(flows), &per_flow(report)))
            @if let Some(duration) = duration {
                div.figure {
                    h2 { "Duration" }
                    p.value data-figure="duration_ns" data-value=(duration.as_nanos()) title=(human::seconds(duration)) {
                        (human::duration(nanos(duration)))
                    }
                    p.below { "first to last packet of flows" }
                }
            }
            @if let Some(rate) = duration.and_then(|duration| Rate::of(report.total, duration)) {
                div.figure {
                    h2 { "Mean rate" }
                    p.value { (human::scaled(rate.bits, "bit/s")) }
                    p.below { (human::amount(rate.packets, "packets/s")) br; (human::amount(rate.flows, "flows/s")) }
                }
            }
            (super::applications::unclassified(report))
        }
    }
}

/// What was read, what of it is not in the flows, and how they were made.
pub(super) fn input(report: &Report, context: &Context) -> Markup {
    html! {
        div.columns {
            (card("", "Ignored packets", &ignored(context)))
            (card("", "Input", &html! {
                @if !context.notes.is_empty() {
                    ul.notes {
                        @for note in context.notes.iter().take(MOST_NOTES) { li { bdi { (clean(note)) } } }
                        (more(context.notes.len(), MOST_NOTES))
                    }
                }
                @if !context.inputs.is_empty() {
                    ul {
                        @for input in context.inputs.iter().take(MOST_INPUTS) { li { bdi { (clean(input)) } } }
                        (more(context.inputs.len(), MOST_INPUTS))
                    }
                }
                @if !report.metadata.is_empty() || context.created.is_some() {
                    table.plain {
                        tbody {
                            @for (name, value) in &report.metadata {
                                tr {
                                    th scope="row" { (clean(name.trim_start_matches("nfstream.")).replace('_', " ")) }
                                    td { bdi { (clean(value)) } }
                                }
                            }
                            @if let Some(created) = &context.created {
                                tr { th scope="row" { "report made" } td { bdi { (clean(created)) } } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// Packets that are in no flow, by layer and reason.
fn ignored(context: &Context) -> Markup {
    let Some(ignored) = &context.ignored else {
        return html! { p.muted { "Flows alone do not tell which packets were ignored when they were made: the summary of that run does." } };
    };
    let total: u64 = ignored.iter().map(|ignored| ignored.packets).sum();
    let mut ignored: Vec<_> = ignored.iter().collect();
    ignored.sort_by_key(|ignored| core::cmp::Reverse(ignored.packets));
    html! {
        p data-figure="ignored" data-value=(total) {
            @if total == 0 { "None: every packet is in a flow." }
            @else { (human::grouped(total)) " packets could not be metered, at the layer and for the reason that is told." }
        }
        @if total > 0 {
            table {
                thead { tr { th scope="col" { "Layer" } th scope="col" { "Reason" } th.n scope="col" { "Packets" } } }
                tbody {
                    @for ignored in ignored {
                        tr {
                            th scope="row" { (clean(&ignored.layer)) }
                            td { (clean(&ignored.reason)) }
                            td.n title=(human::percent(ignored.packets, total)) { (human::grouped(ignored.packets)) }
                        }
                    }
                }
            }
        }
    }
}

/// How many are not shown.
fn more(all: usize, shown: usize) -> Markup {
    let more = all.saturating_sub(shown);
    html! { @if more > 0 { li { "and " (human::grouped(more as u64)) " more" } } }
}

/// One of the totals.
fn figure(name: &str, heading: &str, exact: u64, value: &str, below: &str) -> Markup {
    html! {
        div class=(format!("figure {name}")) {
            h2 { (heading) }
            p.value data-figure=(name) data-value=(exact) title=(human::grouped(exact)) { (value) }
            p.below { (below) }
        }
    }
}

/// How many bytes went which way.
fn directions(report: &Report) -> String {
    report
        .directions
        .map_or_else(String::new, |(src2dst, dst2src)| {
            let (sent, received) = (human::bytes(src2dst), human::bytes(dst2src));
            format!("{sent} sent, {received} received by sources")
        })
}

/// What a flow has on average.
fn per_flow(report: &Report) -> String {
    let Tally {
        flows,
        packets,
        bytes,
    } = report.total;
    if flows == 0 {
        return String::new();
    }
    let of_each = |sum| human::real(sum) / human::real(flows);
    let packets = human::amount(of_each(packets), "packets");
    format!("{packets}, {} each", human::scaled(of_each(bytes), "B"))
}

/// What there is in a second, on average.
struct Rate {
    bits: f64,
    packets: f64,
    flows: f64,
}

impl Rate {
    /// `None` where it took no time.
    fn of(total: Tally, duration: Duration) -> Option<Self> {
        let seconds = duration.as_secs_f64();
        (seconds > 0.0).then(|| Self {
            bits: 8.0 * human::real(total.bytes) / seconds,
            packets: human::real(total.packets) / seconds,
            flows: human::real(total.flows) / seconds,
        })
    }
}

/// From the first packet of all flows to the last.
fn duration(report: &Report) -> Option<Duration> {
    let (first, last) = report.time_span?;
    Some(last.saturating_since(first))
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
