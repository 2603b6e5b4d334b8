//! What was read, and how much it is.

use core::time::Duration;

use maud::{Markup, html};

use crate::clean::{clean, clean_sentence};
use crate::tally::Tally;
use crate::{Context, Ignored, Report, human};

use super::card;

/// Inputs that are named; the others are counted.
const MOST_INPUTS: usize = 10;

/// Inputs that are named in the heading.
const FIRST_INPUTS: usize = 3;

/// Notes that are shown; the others are counted.
const MOST_NOTES: usize = 5;

/// Reasons to ignore packets that are shown; the others are counted together.
const MOST_REASONS: usize = 20;

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
                        bdi { (clean_sentence(input)) }
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
    let ignored = context.ignored.as_deref().map(self::packets);
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

/// What the reader should know before anything else: what of the input could not be read, say.
pub(super) fn notes(context: &Context) -> Markup {
    html! {
        @if !context.notes.is_empty() {
            ul.notes { (items(&context.notes, MOST_NOTES)) }
        }
    }
}

/// What of the input is not in the flows, what it was in full, and how flows were made of it.
pub(super) fn input(report: &Report, context: &Context) -> Markup {
    let has_more = context.inputs.len() > FIRST_INPUTS;
    let has_settings = !report.metadata.is_empty() || context.created.is_some();
    html! {
        div.columns {
            (card("", "Ignored packets", &ignored(context)))
            @if has_more || has_settings {
                (card("", "Input and settings", &html! {
                    @if has_more {
                        ul { (items(&context.inputs, MOST_INPUTS)) }
                    }
                    @if has_settings {
                        table.plain { tbody {
                            @for (name, value) in &report.metadata {
                                (setting(name.trim_start_matches("nfstream."), value))
                            }
                            @if let Some(created) = &context.created {
                                (setting("report_made", created))
                            }
                        } }
                    }
                }))
            }
        }
    }
}

/// A row of settings.
fn setting(name: &str, value: &str) -> Markup {
    html! {
        tr {
            th scope="row" { (clean(name).replace('_', " ")) }
            td { bdi { (clean(value)) } }
        }
    }
}

/// The first of some texts, and how many others there are.
fn items(texts: &[String], most: usize) -> Markup {
    let more = texts.len().saturating_sub(most);
    html! {
        @for text in texts.iter().take(most) { li { bdi { (clean_sentence(text)) } } }
        @if more > 0 { li { "and " (human::grouped(more as u64)) " more" } }
    }
}

/// Packets that are in no flow, by layer and reason.
fn ignored(context: &Context) -> Markup {
    let Some(ignored) = &context.ignored else {
        return html! { p.muted { "Flows alone do not tell which packets were ignored when they were made: the summary of that run does." } };
    };
    let total = packets(ignored);
    let mut ranked = ignored.clone();
    ranked.sort_by_key(|ignored| core::cmp::Reverse(ignored.packets));
    let (shown, others) = ranked.split_at(ranked.len().min(MOST_REASONS));
    let row = |layer: &str, reason: &str, packets| {
        html! {
            tr {
                th scope="row" { (clean(layer)) }
                td { (clean(reason)) }
                td.n title=(human::percent(packets, total)) { (human::grouped(packets)) }
            }
        }
    };
    html! {
        p data-figure="ignored" data-value=(total) {
            @if total == 0 { "None: every packet is in a flow." }
            @else { (human::grouped(total)) " packets could not be metered, at the layer and for the reason that is told." }
        }
        @if total > 0 {
            table {
                thead { tr { th scope="col" { "Layer" } th scope="col" { "Reason" } th.n scope="col" { "Packets" } } }
                tbody {
                    @for Ignored { layer, reason, packets } in shown { (row(layer, reason, *packets)) }
                    @if !others.is_empty() { (row("others", "", packets(others))) }
                }
            }
        }
    }
}

/// All of them together.
fn packets(ignored: &[Ignored]) -> u64 {
    let packets = ignored.iter().map(|ignored| ignored.packets);
    packets.fold(0, u64::saturating_add)
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
