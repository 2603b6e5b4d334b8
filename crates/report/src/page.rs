//! The page: what stands where.

mod applications;
mod chart;
mod distributions;
mod headers;
mod hosts;
mod overview;
mod ranking;
mod time;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::clean::clean;
use crate::{Context, Report};

const STYLE: &str = include_str!("page/style.css");

/// What the browser is told: nothing is loaded and no script is run, whatever stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page.
pub(crate) fn render(report: &Report, context: &Context) -> String {
    let title = clean(&context.title);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (overview::header(report, context, &title))
                (overview::notes(context))
                main {
                    (overview::figures(report, context))
                    @if report.total.flows > 0 {
                        (time::section(report))
                        (applications::section(report))
                        (hosts::section(report))
                        (distributions::section(report))
                        (headers::section(report))
                    }
                    (overview::input(report, context))
                }
                footer { (notes(report)) }
            }
        }
    };
    page.into_string()
}

/// How the figures are to be read.
fn notes(report: &Report) -> Markup {
    html! {
        p { "Prefixes are decimal: 1 kB is 1,000 bytes. Rounded figures tell all their digits when pointed at. Times are UTC." }
        @if !report.sources.is_exact() || !report.destinations.is_exact() || !report.pairs.is_exact() || !report.server_names.is_exact() {
            p { "Figures with ≥ are lower bounds: there were more names than counters, so what a name had before it got one is not known." }
        }
        p { "Made by nfstream-report " (env!("CARGO_PKG_VERSION")) "." }
    }
}

/// A part of the page with a heading.
fn card(class: &str, heading: &str, content: &Markup) -> Markup {
    html! {
        section class=(format!("card {class}")) {
            h2 { (heading) }
            (content)
        }
    }
}
