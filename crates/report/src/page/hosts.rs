//! Who talks most.

use maud::{Markup, html};

use crate::Report;

use super::{card, ranking};

/// Sources, destinations, pairs of both, and the names that were asked for.
pub(super) fn section(report: &Report) -> Markup {
    let total = report.total;
    let table = |heading, hitters| ranking::heavy(heading, hitters, total);
    html! {
        div.columns {
            (card("", "Top sources", &table("Source", &report.sources)))
            (card("", "Top destinations", &table("Destination", &report.destinations)))
            (card("", "Top pairs", &table("Source → destination", &report.pairs)))
            @if report.server_names.len() > 0 {
                (card("", "Top server names", &table("Server name", &report.server_names)))
            }
        }
    }
}
