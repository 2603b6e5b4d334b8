//! Applications and their categories, or what ports say instead.

use maud::{Markup, html};
use nfstream_flow::Application;

use crate::Report;
use crate::human;
use crate::shares::Shares;
use crate::tally::Tally;

use super::card;
use super::ranking::{self, Row};

/// Applications and categories; services where no flow was looked into.
pub(super) fn section(report: &Report) -> Markup {
    let total = report.total;
    if report.applications.is_empty() {
        let services = ranking::exact("Service by port", rows(&report.services), total);
        return card(
            "wide",
            "Services",
            &html! {
                p.muted {
                    "By port and protocol alone, as the flows do not tell their applications. With layer 7 they do: "
                    code { "nfstream" } " built with the feature " code { "ndpi" } ", and " code { "--n-dissections" } " at its default of 20."
                }
                (services)
            },
        );
    }
    let mut applications = rows(&report.applications);
    if report.without_application.flows > 0 {
        applications.push(Row::exact("(not looked into)", report.without_application));
    }
    html! {
        div.columns {
            (card("", "Applications", &ranking::exact("Application", applications, total)))
            (card("", "Categories", &ranking::exact("Category", rows(&report.categories), total)))
        }
    }
}

/// How much has no name, as one of the totals.
pub(super) fn unclassified(report: &Report) -> Markup {
    let unknown = || {
        let mut unknown = report.applications.get(Application::UNKNOWN.name);
        unknown += report.without_application;
        unknown
    };
    html! {
        div.figure {
            h2 { "Unclassified" }
            @if report.applications.is_empty() {
                p.value { "–" }
                p.below { "without layer 7 there are no applications" }
            } @else {
                @let Tally { flows, bytes, .. } = unknown();
                p.value data-figure="unclassified_flows" data-value=(flows) title=(format!("{} flows", human::grouped(flows))) {
                    (human::percent(flows, report.total.flows))
                }
                p.below { "of flows; " (human::percent(bytes, report.total.bytes)) " of bytes" }
            }
        }
    }
}

fn rows(shares: &Shares) -> Vec<Row> {
    let named = shares.iter().map(|(name, tally)| Row::exact(name, tally));
    let others = Some(shares.others()).filter(|others| others.flows > 0);
    named
        .chain(others.map(|others| Row::exact("(other names)", others)))
        .collect()
}
