//! Rows of CSV.

/// Rows and what their columns are called.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    columns: Vec<String>,
    lines: Vec<String>,
}

impl Rows {
    /// Rows of a file or an output, which begins with a header.
    pub(crate) fn parse(csv: &str) -> Self {
        let mut lines = csv.lines().map(str::to_owned);
        let header = lines.next().unwrap_or_default();
        assert!(header.starts_with("id,expiration_id,src_ip,"), "{csv}");
        Self {
            columns: values(&header),
            lines: lines.collect(),
        }
    }

    /// Rows of several files with the same columns.
    pub(crate) fn join(parts: impl IntoIterator<Item = Self>) -> Self {
        parts
            .into_iter()
            .reduce(|mut all, part| {
                assert_eq!(all.columns, part.columns);
                all.lines.extend(part.lines);
                all
            })
            .unwrap()
    }

    /// The rows whose value in a column is this one.
    pub(crate) fn with(&self, column: &str, value: &str) -> Self {
        let place = self.place(column);
        let matches = |line: &&String| values(line)[place] == value;
        Self {
            columns: self.columns.clone(),
            lines: self.lines.iter().filter(matches).cloned().collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn has_column(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// A column.
    pub(crate) fn column(&self, column: &str) -> Vec<String> {
        let place = self.place(column);
        let value = |line: &String| values(line).swap_remove(place);
        self.lines.iter().map(value).collect()
    }

    /// The sum of a column.
    pub(crate) fn sum(&self, column: &str) -> u64 {
        let values = self.column(column);
        values
            .iter()
            .map(|value| value.parse::<u64>().unwrap())
            .sum()
    }

    /// The value in the only row.
    pub(crate) fn only(&self, column: &str) -> String {
        assert_eq!(self.lines.len(), 1, "one row is looked for: {self:#?}");
        self.column(column).swap_remove(0)
    }

    /// The rows without the columns whose names contain one of these: `column=value`, sorted.
    fn without(&self, parts: &[&str]) -> Vec<Vec<String>> {
        let row = |line: &String| {
            let values = values(line);
            assert_eq!(values.len(), self.columns.len(), "{line}");
            let named = self.columns.iter().zip(values);
            named
                .filter(|(column, _)| {
                    *column != "id" && !parts.iter().any(|it| column.contains(it))
                })
                .map(|(column, value)| format!("{column}={value}"))
                .collect()
        };
        let mut rows: Vec<Vec<String>> = self.lines.iter().map(row).collect();
        rows.sort();
        rows
    }

    fn place(&self, column: &str) -> usize {
        let place = self.columns.iter().position(|name| name == column);
        place.unwrap_or_else(|| panic!("no column {column} in {:?}", self.columns))
    }
}

/// What the columns of times have in their names.
const TIMES: [&str; 4] = ["_ms", "_us", "_ns", "piat"];

/// The same flows, whatever their order and their times.
pub(crate) fn assert_same_flows(live: &Rows, offline: &Rows) {
    assert_same_flows_but_for(&[], live, offline);
}

/// The same flows, whatever their order, their times, and the columns whose names contain one of these.
pub(crate) fn assert_same_flows_but_for(parts: &[&str], live: &Rows, offline: &Rows) {
    assert!(offline.len() > 0, "nothing to compare with");
    let parts = [&TIMES, parts].concat();
    let (live, offline) = (live.without(&parts), offline.without(&parts));
    let missing: Vec<_> = offline.iter().filter(|row| !live.contains(row)).collect();
    let unexpected: Vec<_> = live.iter().filter(|row| !offline.contains(row)).collect();
    assert!(
        live == offline,
        "{} flows live, {} offline\nmissing: {missing:#?}\nunexpected: {unexpected:#?}",
        live.len(),
        offline.len()
    );
}

/// The values of a line of CSV (RFC 4180 §2), which holds no line break.
fn values(line: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.trim_end_matches(['\r', '\n']).chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                values.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => values.push(String::new()),
            _ => values.last_mut().unwrap().push(character),
        }
    }
    values
}

#[test]
fn values_may_hold_quotes_and_commas() {
    assert_eq!(
        values("1,\"a, \"\"b\"\"\",,[1]\r"),
        ["1", "a, \"b\"", "", "[1]"]
    );
}
