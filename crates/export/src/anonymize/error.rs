//! Which columns cannot be anonymised, and why.

use nfstream_flow::Schema;
use nfstream_flow::record::{Column, ColumnType, nearest_name};

/// Columns cannot be anonymised as was asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnonymizeError {
    /// There is no such column.
    #[error("there is no column {column:?} to anonymise{}; there are: {}", did_you_mean(.nearest.as_deref()), .columns.join(", "))]
    UnknownColumn {
        /// What was given.
        column: String,
        /// The column whose name is most like it.
        nearest: Option<String>,
        /// All columns.
        columns: Vec<String>,
    },
    /// A column was named more than once.
    #[error("column {column:?} is to be anonymised twice")]
    NamedTwice {
        /// The column.
        column: String,
    },
    /// Only addresses have prefixes.
    #[error("column {column:?} holds no IP addresses, so it has no prefixes to preserve; these do: {}", .columns.join(", "))]
    NoAddress {
        /// The column.
        column: String,
        /// The columns that hold addresses.
        columns: Vec<String>,
    },
    /// The number of the row is known only when the row is written, and tells nothing about anybody.
    #[error("column \"id\" is the number of the row and cannot be anonymised")]
    RowNumber,
    /// A list of lists.
    #[error("column {column:?} holds lists of lists, which cannot be anonymised")]
    NestedList {
        /// The column.
        column: String,
    },
}

impl AnonymizeError {
    pub(super) fn unknown(column: &str, schema: &Schema) -> Self {
        let columns = names(schema, |_| true);
        let nearest = nearest_name(column, columns.iter().map(String::as_str)).map(str::to_owned);
        Self::UnknownColumn {
            column: column.to_owned(),
            nearest,
            columns,
        }
    }

    pub(super) fn no_address(column: &Column, schema: &Schema) -> Self {
        Self::NoAddress {
            column: column.name.to_string(),
            columns: names(schema, super::holds_addresses),
        }
    }
}

/// The names of the columns with such a type.
fn names(schema: &Schema, wanted: impl Fn(ColumnType) -> bool) -> Vec<String> {
    let columns = schema.columns().iter();
    columns
        .filter(|column| wanted(column.column_type))
        .map(|column| column.name.to_string())
        .collect()
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(": did you mean {name:?}"))
}
