//! NFStream's flow tables and packet dumps as CSV, and their comparison with ours.
//!
//! The rules are those of `compare.py`, which lies beside the golden tables: flows are matched by key, first time and
//! occurrence, so that the order of rows does not matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::{fs, io};

/// The columns that two rows of one flow agree in; a column that a table has not counts as empty.
const KEY_COLUMNS: [&str; 8] = [
    "bidirectional_first_seen_ms",
    "src_ip",
    "src_port",
    "dst_ip",
    "dst_port",
    "protocol",
    "vlan_id",
    "tunnel_id",
];

/// The columns that a dump of packets starts with; the first one identifies a row.
const PACKET_DUMP_COLUMNS: [&str; 3] = ["n", "flow", "time"];

/// How far two cells may lie apart that are no whole numbers.
const RELATIVE_TOLERANCE: f64 = 1e-6;

/// A CSV file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Key cells of a row, and its number among the rows with the same ones.
type Key<'a> = (Vec<&'a str>, usize);

impl Table {
    /// Reads a CSV file; an empty one is a table without columns and rows.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        Ok(Self::parse(&text))
    }

    /// Takes CSV text apart. The first record names the columns.
    pub(crate) fn parse(text: &str) -> Self {
        let mut records = Records { rest: text };
        Self {
            columns: records.next().unwrap_or_default(),
            rows: records.collect(),
        }
    }

    /// The number of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// A cell; empty where there is no such row or column, or the row ends before it.
    pub(crate) fn cell(&self, row: usize, column: &str) -> &str {
        self.column(column)
            .and_then(|column| self.rows.get(row)?.get(column))
            .map_or("", String::as_str)
    }

    /// Whether the rows are packets, not flows.
    pub(crate) fn is_packet_dump(&self) -> bool {
        self.columns
            .starts_with(&PACKET_DUMP_COLUMNS.map(String::from))
    }

    /// The numbers of the rows by what identifies them.
    fn keyed(&self) -> BTreeMap<Key<'_>, usize> {
        let names = if self.is_packet_dump() {
            PACKET_DUMP_COLUMNS.get(..1).unwrap_or_default()
        } else {
            &KEY_COLUMNS
        };
        let key_columns: Vec<Option<usize>> = names.iter().map(|name| self.column(name)).collect();
        let mut occurrences: HashMap<Vec<&str>, usize> = HashMap::new();
        let mut keyed = BTreeMap::new();
        for number in self.rows_by_id() {
            let row = self.rows.get(number).map_or(&[][..], Vec::as_slice);
            let cells: Vec<&str> = key_columns
                .iter()
                .map(|column| {
                    column
                        .and_then(|column| row.get(column))
                        .map_or("", String::as_str)
                })
                .collect();
            let occurrence = occurrences.entry(cells.clone()).or_default();
            keyed.insert((cells, *occurrence), number);
            *occurrence += 1;
        }
        keyed
    }

    /// The numbers of the rows in the order of the column `id`, where there is one and it holds numbers.
    fn rows_by_id(&self) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..self.rows.len()).collect();
        let ids: Option<Vec<i128>> = self
            .column("id")
            .and_then(|id| self.rows.iter().map(|row| integer(row.get(id)?)).collect());
        if let Some(ids) = ids {
            numbers.sort_by_key(|&number| ids.get(number));
        }
        numbers
    }
}

/// The records of CSV text (RFC 4180; a line may also end in LF alone).
struct Records<'a> {
    rest: &'a str,
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut record = Vec::new();
        let mut field = String::new();
        let mut quoted = false;
        let mut chars = self.rest.char_indices().peekable();
        while let Some((_, char)) = chars.next() {
            match char {
                '"' if quoted && chars.next_if(|&(_, next)| next == '"').is_some() => {
                    field.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => record.push(std::mem::take(&mut field)),
                '\r' if !quoted && chars.peek().is_some_and(|&(_, next)| next == '\n') => {}
                '\n' if !quoted => break,
                _ => field.push(char),
            }
        }
        record.push(field);
        let read = chars.next().map_or(self.rest.len(), |(next, _)| next);
        self.rest = self.rest.get(read..).unwrap_or_default();
        Some(record)
    }
}

/// What a comparison found. Rows are numbers of rows in the tables compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comparison {
    /// Golden rows that ours equal.
    pub(crate) equal: usize,
    /// Golden rows that we have not.
    pub(crate) missing: Vec<usize>,
    /// Rows of ours that the golden table has not.
    pub(crate) extra: Vec<usize>,
    /// Rows of both with cells that differ.
    pub(crate) differing: Vec<Differing>,
    /// Columns of ours that the golden table has not.
    pub(crate) surplus_columns: Vec<String>,
}

/// A row of both tables that is not the same in both.
#[derive(Clone, Debug)]
pub(crate) struct Differing {
    pub(crate) golden: usize,
    pub(crate) ours: usize,
    pub(crate) columns: Vec<String>,
}

impl Comparison {
    /// Compares tables, `excused` columns left out.
    pub(crate) fn of(golden: &Table, ours: &Table, excused: &BTreeSet<String>) -> Self {
        let mut comparison = Self::default();
        if !golden.rows.is_empty() {
            let surplus =
                |name: &&String| golden.column(name).is_none() && !excused.contains(*name);
            comparison.surplus_columns = ours.columns.iter().filter(surplus).cloned().collect();
        }
        let columns: Vec<(usize, Option<usize>)> = golden
            .columns
            .iter()
            .enumerate()
            .filter(|(_, name)| !excused.contains(*name))
            .map(|(number, name)| (number, ours.column(name)))
            .collect();
        let mut our_rows = ours.keyed();
        for (key, golden_row) in golden.keyed() {
            let Some(our_row) = our_rows.remove(&key) else {
                comparison.missing.push(golden_row);
                continue;
            };
            let differs = |&(golden_column, our_column): &(usize, Option<usize>)| {
                let golden_cell = golden
                    .rows
                    .get(golden_row)
                    .and_then(|row| row.get(golden_column));
                let our_cell = our_column.and_then(|column| ours.rows.get(our_row)?.get(column));
                our_cell
                    .is_none_or(|cell| !cells_equal(golden_cell.map_or("", String::as_str), cell))
            };
            let columns: Vec<String> = columns
                .iter()
                .filter(|pair| differs(pair))
                .filter_map(|&(column, _)| golden.columns.get(column).cloned())
                .collect();
            if columns.is_empty() {
                comparison.equal += 1;
            } else {
                comparison.differing.push(Differing {
                    golden: golden_row,
                    ours: our_row,
                    columns,
                });
            }
        }
        comparison.extra = our_rows.into_values().collect();
        comparison
    }

    /// Whether there is no difference at all.
    pub(crate) fn is_equal(&self) -> bool {
        self.missing.is_empty()
            && self.extra.is_empty()
            && self.differing.is_empty()
            && self.surplus_columns.is_empty()
    }
}

/// Whether our cell says what the golden one says.
///
/// Integers, booleans and text must be the same; lists are compared element by element; a number with a fraction or an
/// exponent may be off by a millionth, unless the golden cell is a whole number.
pub(crate) fn cells_equal(golden: &str, ours: &str) -> bool {
    let (golden, ours) = (word(golden), word(ours));
    if golden == ours {
        return true;
    }
    if let (Some(golden), Some(ours)) = (list(golden), list(ours)) {
        return golden.split(',').count() == ours.split(',').count()
            && golden
                .split(',')
                .zip(ours.split(','))
                .all(|(golden, ours)| cells_equal(golden.trim(), ours.trim()));
    }
    let whole = integer(golden);
    if let (Some(golden), Some(ours)) = (whole, integer(ours)) {
        return golden == ours;
    }
    let (Ok(golden), Ok(ours)) = (golden.parse::<f64>(), ours.parse::<f64>()) else {
        return false;
    };
    let tolerance = match whole {
        Some(_) => 0.0,
        None => RELATIVE_TOLERANCE * golden.abs().max(ours.abs()),
    };
    golden.is_nan() && ours.is_nan() || (golden - ours).abs() <= tolerance
}

/// Python's words for what other languages write as numbers, or not at all.
fn word(cell: &str) -> &str {
    match cell {
        "True" | "true" => "1",
        "False" | "false" => "0",
        "None" => "",
        _ => cell,
    }
}

/// What stands between the brackets of a list.
fn list(cell: &str) -> Option<&str> {
    cell.strip_prefix('[')?.strip_suffix(']')
}

/// A whole number written as one.
fn integer(cell: &str) -> Option<i128> {
    cell.parse().ok()
}

/// Golden cells that are not the same from run to run, because NFStream read memory behind the packet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unstable {
    /// By file, as `configuration/capture.csv`; `*` means the rows themselves.
    columns: HashMap<String, BTreeSet<String>>,
}

impl Unstable {
    /// Reads `UNSTABLE.tsv`.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut unstable = Self::default();
        for line in fs::read_to_string(path)?
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let mut fields = line.split('\t').map(str::to_owned);
            if let (Some(file), Some(column)) = (fields.next(), fields.next()) {
                unstable.columns.entry(file).or_default().insert(column);
            }
        }
        Ok(unstable)
    }

    /// The unstable columns of a file; `*` among them: not even the number of rows is stable.
    pub(crate) fn columns(&self, configuration: &str, capture: &str) -> BTreeSet<String> {
        self.columns
            .get(&format!("{configuration}/{capture}.csv"))
            .cloned()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Comparison, Table, cells_equal};

    #[test]
    fn csv_text_is_taken_apart() {
        let table = Table::parse("a,b\r\n1,\"[0, 1]\"\r\n\"say \"\"x\"\"\n\",\r\n");
        assert_eq!(table.columns, ["a", "b"]);
        assert_eq!(table.rows, [["1", "[0, 1]"], ["say \"x\"\n", ""]]);
        assert!(Table::parse("").columns.is_empty());
    }

    #[test]
    fn cells_are_compared_by_what_they_say() {
        for (golden, ours) in [
            ("1", "True"),
            ("", "None"),
            ("632.9999999999999", "633.0"),
            ("7", "7.0"),
            ("18446741926225908616", "18446741926225908616"),
            ("[0, 1.5]", "[0,1.5000001]"),
            ("nan", "NaN"),
        ] {
            assert!(cells_equal(golden, ours), "{golden} {ours}");
        }
        for (golden, ours) in [
            ("1", "2"),
            ("10000000", "10000001"),
            ("10000000", "10000000.5"),
            ("1.5", "1.50001"),
            ("[0, 1]", "[0]"),
            ("a", "b"),
            ("", "0"),
        ] {
            assert!(!cells_equal(golden, ours), "{golden} {ours}");
        }
    }

    #[test]
    fn flows_are_matched_by_key_and_occurrence() {
        let golden = Table::parse(
            "id,src_ip,bidirectional_first_seen_ms,bytes\r\n1,a,5,20\r\n0,a,5,10\r\n2,b,5,1\r\n3,c,5,1\r\n",
        );
        let ours = Table::parse(
            "id,src_ip,bidirectional_first_seen_ms,bytes,more\n7,a,5,10,\n8,a,5,21,\n9,b,5,1,\n9,d,5,1,\n",
        );
        let comparison = Comparison::of(&golden, &ours, &BTreeSet::from(["id".to_owned()]));
        assert_eq!(comparison.equal, 2);
        assert_eq!(comparison.missing, [3]);
        assert_eq!(comparison.extra, [3]);
        assert_eq!(comparison.surplus_columns, ["more"]);
        let differing = &comparison.differing[0];
        assert_eq!((differing.golden, differing.ours), (0, 1));
        assert_eq!(differing.columns, ["bytes"]);
        assert!(!comparison.is_equal());
    }
}
