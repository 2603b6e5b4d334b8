//! A table of names with the most flows, packets and bytes.

use maud::{Markup, html};

use crate::clean::clean;
use crate::heavy_hitters::HeavyHitters;
use crate::human;
use crate::tally::Tally;

/// Names that are shown of each order: by bytes, by packets, by flows.
const FIRST_OF_EACH: usize = 8;

/// Names that are shown where there is one order.
const FIRST: usize = 10;

/// Names that are shown when asked for.
const MORE: usize = 10;

/// One name.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) tally: Tally,
    /// Bytes that there may have been besides. `None`: the figures are exact.
    pub(super) error: Option<u64>,
}

impl Row {
    pub(super) fn exact(name: impl Into<String>, tally: Tally) -> Self {
        Self {
            name: name.into(),
            tally,
            error: None,
        }
    }
}

/// The names that are among the first by bytes, by packets or by flows, and what is left of `total`.
pub(super) fn exact(heading: &str, rows: Vec<Row>, total: Tally) -> Markup {
    let names = rows.len();
    let rows = first_of_each(rows);
    let shown: Tally = rows.iter().map(|row| row.tally).sum();
    let others = names - rows.len();
    let rest = (others > 0).then(|| (others, total.without(shown)));
    table(heading, &rows, total, rest)
}

/// The rows that are among the first by any order, in that of bytes.
fn first_of_each(rows: Vec<Row>) -> Vec<Row> {
    let orders: [fn(&Tally) -> u64; 3] = [|t| t.flows, |t| t.packets, |t| t.bytes];
    let mut rows: Vec<(Row, bool)> = rows.into_iter().map(|row| (row, false)).collect();
    for order in orders {
        rows.sort_by(|(a, _), (b, _)| {
            let by_order = order(&b.tally).cmp(&order(&a.tally));
            let by_bytes = b.tally.bytes.cmp(&a.tally.bytes);
            by_order.then(by_bytes).then_with(|| a.name.cmp(&b.name))
        });
        for (_, is_shown) in rows.iter_mut().take(FIRST_OF_EACH) {
            *is_shown = true;
        }
    }
    let shown = rows.into_iter().filter(|&(_, is_shown)| is_shown);
    shown.map(|(row, _)| row).collect()
}

/// The names with the most bytes.
pub(super) fn heavy(heading: &str, hitters: &HeavyHitters, total: Tally) -> Markup {
    let ranked = hitters.ranked();
    let mut rows = ranked.iter().take(FIRST + MORE).map(|counter| Row {
        name: counter.name.to_string(),
        tally: counter.tally,
        error: (!counter.is_exact).then_some(counter.error),
    });
    let first: Vec<Row> = rows.by_ref().take(FIRST).collect();
    let more: Vec<Row> = rows.collect();
    let shown: Tally = first.iter().chain(&more).map(|row| row.tally).sum();
    let others = hitters.len() - first.len() - more.len();
    let rest = (others > 0 && hitters.is_exact()).then(|| (others, total.without(shown)));
    html! {
        @if more.is_empty() {
            (table(heading, &first, total, rest))
        } @else {
            (table(heading, &first, total, None))
            details {
                summary { "The next " (more.len()) }
                (table(heading, &more, total, rest))
            }
        }
        p.muted {
            @if hitters.is_exact() { (human::grouped(hitters.len() as u64)) " in all." }
            @else { "More than " (human::grouped(hitters.len() as u64)) " in all." }
        }
    }
}

/// Names with their figures. `rest`: how many others there are, and their figures.
fn table(heading: &str, rows: &[Row], total: Tally, rest: Option<(usize, Tally)>) -> Markup {
    html! {
        table.ranking {
            thead {
                tr {
                    th scope="col" { (heading) }
                    th.n scope="col" { "Bytes" }
                    th.n scope="col" { "Packets" }
                    th.n scope="col" { "Flows" }
                }
            }
            tbody {
                @for Row { name, tally, error } in rows {
                    tr {
                        th scope="row" { bdi { (clean(name)) } }
                        (cell("bytes", tally.bytes, total.bytes, &human::bytes(tally.bytes), *error))
                        (cell("packets", tally.packets, total.packets, &human::count(tally.packets), error.map(|_| 0)))
                        (cell("flows", tally.flows, total.flows, &human::count(tally.flows), error.map(|_| 0)))
                    }
                }
                @if let Some((others, tally)) = rest {
                    tr.rest {
                        th scope="row" { (human::grouped(others as u64)) @if others == 1 { " other" } @else { " others" } }
                        (cell("bytes", tally.bytes, total.bytes, &human::bytes(tally.bytes), None))
                        (cell("packets", tally.packets, total.packets, &human::count(tally.packets), None))
                        (cell("flows", tally.flows, total.flows, &human::count(tally.flows), None))
                    }
                }
            }
        }
    }
}

/// A figure with a bar as long as its share. `error`: how much more it may be, or 0 if that is not known; `None`: exact.
fn cell(noun: &str, part: u64, whole: u64, text: &str, error: Option<u64>) -> Markup {
    let exact = human::grouped(part);
    let percent = human::percent(part, whole);
    let title = match error {
        None => format!("{exact} {noun}, {percent}"),
        Some(0) => format!("at least {exact} {noun}"),
        Some(error) => {
            let most = human::grouped(part.saturating_add(error));
            format!("from {exact} to {most} {noun}")
        }
    };
    let share = format!("--share:{:.1}%", 100.0 * human::share(part, whole));
    html! {
        td.n title=(title) {
            @if error.is_some() { "≥ " }
            (text)
            i style=[(part > 0).then_some(share)] {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_order_are_shown_in_that_of_bytes() {
        let row = |number: u64, [flows, packets, bytes]: [u64; 3]| {
            let tally = Tally {
                flows,
                packets,
                bytes,
            };
            Row::exact(format!("{number:02}"), tally)
        };
        let mut rows: Vec<Row> = (0..20)
            .map(|number| row(number, [1, 1, 100 - number]))
            .collect();
        rows.push(row(20, [1, 9, 1]));
        rows.push(row(21, [9, 1, 2]));
        let shown = first_of_each(rows);
        let names: Vec<&str> = shown.iter().map(|row| &*row.name).collect();
        assert_eq!(
            names,
            ["00", "01", "02", "03", "04", "05", "06", "07", "21", "20"]
        );
    }
}
