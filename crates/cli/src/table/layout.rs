//! The columns of a table, and how wide they are.

use nfstream::FlowRecord;

use super::cells;
use crate::scaled::fitting;

/// From this width on there are all columns.
const MEDIUM: usize = 100;
/// From this width on times have dates.
const WIDE: usize = 132;
/// Less of an address and a port is of no use.
const LEAST_ENDPOINT: usize = 13;

/// Columns with their widths. A narrow terminal has fewer and narrower ones, so that IPv4 addresses fit.
#[derive(Debug)]
pub(super) struct Layout {
    columns: Vec<(Column, usize)>,
    gap: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Number,
    Time,
    Source,
    Destination,
    Protocol,
    Packets,
    Bytes,
    Duration,
    End,
}

impl Layout {
    /// The layout that fills a terminal so wide.
    pub(super) fn for_width(width: usize) -> Self {
        use Column::{Bytes, Destination, Duration, End, Number, Packets, Protocol, Source, Time};
        let (gap, mut columns) = if width < MEDIUM {
            let columns = vec![
                (Time, 8),
                (Source, 0),
                (Destination, 0),
                (Protocol, 6),
                (Packets, 7),
                (Bytes, 6),
                (Duration, 6),
            ];
            (" ", columns)
        } else {
            let columns = vec![
                (Number, 7),
                (Time, if width < WIDE { 8 } else { 23 }),
                (Source, 0),
                (Destination, 0),
                (Protocol, 8),
                (Packets, 8),
                (Bytes, 9),
                (Duration, 8),
                (End, 6),
            ];
            (if width < WIDE { " " } else { "  " }, columns)
        };
        let taken: usize = columns.iter().map(|(_, width)| width).sum();
        let gaps = (columns.len() - 1) * gap.len();
        let left = width.saturating_sub(taken + gaps).max(2 * LEAST_ENDPOINT);
        for (column, width) in &mut columns {
            match column {
                Source => *width = left / 2,
                Destination => *width = left - left / 2,
                _ => {}
            }
        }
        Self { columns, gap }
    }

    pub(super) fn header(&self) -> String {
        let mut line = String::new();
        self.line(&mut line, |column, width| {
            let (name, short) = column.names();
            let name = if name.len() > width { short } else { name };
            name.to_owned()
        });
        line
    }

    /// Appends a row and the end of the line.
    pub(super) fn row<O>(&self, record: &FlowRecord<'_, O>, line: &mut String) {
        self.line(line, |column, width| column.cell(record, width));
        line.push('\n');
    }

    fn line(&self, line: &mut String, mut cell: impl FnMut(Column, usize) -> String) {
        let last = self.columns.len() - 1;
        for (index, &(column, width)) in self.columns.iter().enumerate() {
            let text = cell(column, width);
            let padding = width.saturating_sub(text.chars().count());
            let pad = |line: &mut String| line.extend(std::iter::repeat_n(' ', padding));
            if column.is_number() {
                pad(line);
            }
            line.push_str(&text);
            if index == last {
                break;
            }
            if !column.is_number() {
                pad(line);
            }
            line.push_str(self.gap);
        }
    }
}

impl Column {
    /// Its name, and one of six characters at most.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Number => ("#", "#"),
            Self::Time => ("time (UTC)", "time"),
            Self::Source => ("source", "source"),
            Self::Destination => ("destination", "dest"),
            Self::Protocol => ("protocol", "proto"),
            Self::Packets => ("packets", "pkts"),
            Self::Bytes => ("bytes", "bytes"),
            Self::Duration => ("duration", "lasted"),
            Self::End => ("end", "end"),
        }
    }

    /// Whether its cells are aligned to the right.
    fn is_number(self) -> bool {
        matches!(
            self,
            Self::Number | Self::Packets | Self::Bytes | Self::Duration
        )
    }

    fn cell<O>(self, record: &FlowRecord<'_, O>, width: usize) -> String {
        let flow = &record.flow;
        match self {
            Self::Number => fitting(record.id, width),
            Self::Time => cells::time(flow.first_seen(), width),
            Self::Source => cells::endpoint(flow.source(), width),
            Self::Destination => cells::endpoint(flow.destination(), width),
            Self::Protocol => cells::protocol(flow.protocol()),
            Self::Packets => fitting(flow.bidirectional().packets, width),
            Self::Bytes => fitting(flow.bidirectional().bytes, width),
            Self::Duration => cells::duration(flow.last_seen().saturating_since(flow.first_seen())),
            Self::End => cells::end(record.end).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fills_the_terminal() {
        for width in 70..300 {
            let layout = Layout::for_width(width);
            let columns: usize = layout.columns.iter().map(|(_, width)| width).sum();
            assert_eq!(
                columns + (layout.columns.len() - 1) * layout.gap.len(),
                width
            );
            assert!(layout.header().len() <= width);
        }
    }

    #[test]
    fn any_ipv4_address_and_port_fit_into_80_columns() {
        let layout = Layout::for_width(80);
        let widths = layout
            .columns
            .iter()
            .filter(|(column, _)| matches!(column, Column::Source | Column::Destination));
        assert!(widths.clone().count() == 2);
        for (_, width) in widths {
            assert!(*width >= "255.255.255.255:65535".len() - 1);
        }
    }
}
