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
/// How wide an IPv4 address and a port are at most.
const IPV4_ENDPOINT: usize = 21;
/// How wide a time of day is.
const TIME: usize = 8;
/// How wide a time with a date is.
const DATE_AND_TIME: usize = 23;

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
    Application,
    ServerName,
    Packets,
    Bytes,
    Duration,
    End,
}

impl Layout {
    /// The layout that fills a terminal so wide.
    pub(super) fn for_width(width: usize) -> Self {
        use Column::{Bytes, Destination, Duration, End, Number, Packets, Protocol, Source, Time};
        let (gap, columns) = if width < MEDIUM {
            let columns = vec![
                (Time, TIME),
                (Source, LEAST_ENDPOINT),
                (Destination, LEAST_ENDPOINT),
                (Protocol, 6),
                (Packets, 7),
                (Bytes, 6),
                (Duration, 6),
            ];
            (" ", columns)
        } else {
            let columns = vec![
                (Number, 7),
                (Time, if width < WIDE { TIME } else { DATE_AND_TIME }),
                (Source, LEAST_ENDPOINT),
                (Destination, LEAST_ENDPOINT),
                (Protocol, 8),
                (Packets, 8),
                (Bytes, 9),
                (Duration, 8),
                (End, 6),
            ];
            (if width < WIDE { " " } else { "  " }, columns)
        };
        Self { columns, gap }.filling(width)
    }

    /// The layout with applications. What says least about a flow goes first where there is no room for all.
    pub(super) fn with_applications(width: usize) -> Self {
        use Column::{
            Application, Bytes, Destination, Duration, End, Number, Packets, Protocol, ServerName,
            Source, Time,
        };
        let columns = vec![
            (Number, 7),
            (Time, DATE_AND_TIME),
            (Source, IPV4_ENDPOINT),
            (Destination, IPV4_ENDPOINT),
            (Protocol, 6),
            (Application, 13),
            (ServerName, 30),
            (Packets, 7),
            (Bytes, 6),
            (Duration, 6),
            (End, 6),
        ];
        let mut layout = Self { columns, gap: " " };
        for (least_needed, narrower) in [
            (End, 0),
            (Number, 0),
            (Time, TIME),
            (ServerName, 18),
            (Packets, 0),
            (Duration, 0),
            (ServerName, 0),
            (Source, LEAST_ENDPOINT),
            (Destination, LEAST_ENDPOINT),
        ] {
            if layout.width() <= width {
                break;
            }
            for (column, width) in &mut layout.columns {
                if *column == least_needed {
                    *width = narrower;
                }
            }
            layout.columns.retain(|&(_, width)| width > 0);
        }
        layout.filling(width)
    }

    /// Shares out the room that is left.
    fn filling(mut self, width: usize) -> Self {
        let mut left = width.saturating_sub(self.width());
        let mut shares: usize = self.columns.iter().map(|(column, _)| column.share()).sum();
        for (column, width) in &mut self.columns {
            let share = column.share();
            let more = (left * share).checked_div(shares).unwrap_or_default();
            *width += more;
            left -= more;
            shares -= share;
        }
        self
    }

    /// How wide a row is.
    fn width(&self) -> usize {
        let columns: usize = self.columns.iter().map(|(_, width)| width).sum();
        columns + (self.columns.len() - 1) * self.gap.len()
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
            Self::Application => ("application", "app"),
            Self::ServerName => ("server name", "server"),
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

    /// Its share of the room that is left.
    fn share(self) -> usize {
        match self {
            Self::Source | Self::Destination | Self::Application => 1,
            Self::ServerName => 3,
            _ => 0,
        }
    }

    fn cell<O>(self, record: &FlowRecord<'_, O>, width: usize) -> String {
        let flow = &record.flow;
        match self {
            Self::Number => fitting(record.id, width),
            Self::Time => cells::time(flow.first_seen(), width),
            Self::Source => cells::endpoint(flow.source(), width),
            Self::Destination => cells::endpoint(flow.destination(), width),
            Self::Protocol => cells::protocol(flow.protocol()),
            Self::Application => flow
                .application()
                .map(|it| cells::application(it.name, width))
                .unwrap_or_default(),
            Self::ServerName => flow
                .application()
                .map(|it| cells::server_name(it.server_name, width))
                .unwrap_or_default(),
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
            for layout in [Layout::for_width(width), Layout::with_applications(width)] {
                assert_eq!(layout.width(), width);
                assert!(layout.header().len() <= width);
            }
        }
    }

    #[test]
    fn any_ipv4_address_and_port_fit_into_80_columns() {
        for layout in [Layout::for_width(80), Layout::with_applications(80)] {
            let widths = layout
                .columns
                .iter()
                .filter(|(column, _)| matches!(column, Column::Source | Column::Destination));
            assert!(widths.clone().count() == 2);
            for (_, width) in widths {
                assert!(*width >= IPV4_ENDPOINT - 1);
            }
        }
    }

    #[test]
    fn more_room_shows_more() {
        for (width, shown, not_shown) in [
            (80, "application", "server"),
            (100, "server name", "lasted"),
            (120, "lasted", "#"),
            (160, "end", ""),
        ] {
            let header = Layout::with_applications(width).header();
            assert!(header.contains(shown), "{header}");
            assert!(
                not_shown.is_empty() || !header.contains(not_shown),
                "{header}"
            );
        }
    }
}
