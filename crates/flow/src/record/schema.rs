//! The columns of a record.

use std::borrow::Cow;

use nfstream_features::TimeUnit;

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name, as headers show it.
    pub name: Cow<'static, str>,
    /// The type of its values.
    pub column_type: ColumnType,
    /// Whether values may be missing.
    pub nullable: bool,
    /// The unit of its values; empty where they have none.
    pub unit: Cow<'static, str>,
    /// What it tells.
    pub doc: Cow<'static, str>,
}

impl Column {
    /// A column whose values are never missing.
    pub fn new(name: impl Into<Cow<'static, str>>, column_type: ColumnType) -> Self {
        Self {
            name: name.into(),
            column_type,
            nullable: false,
            unit: Cow::Borrowed(""),
            doc: Cow::Borrowed(""),
        }
    }

    /// The same column whose values may be missing, or not.
    #[must_use]
    pub fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The same column with values of another type.
    #[must_use]
    pub fn column_type(mut self, column_type: ColumnType) -> Self {
        self.column_type = column_type;
        self
    }

    /// The same column with this unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
        self.unit = unit.into();
        self
    }

    /// The same column with this documentation.
    #[must_use]
    pub fn doc(mut self, doc: impl Into<Cow<'static, str>>) -> Self {
        self.doc = doc.into();
        self
    }
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// A signed integer of 64 bits.
    Int,
    /// An unsigned integer of 64 bits.
    UInt,
    /// A floating-point number of 64 bits.
    Float,
    /// Text.
    Text,
    /// An IP address.
    Ip,
    /// A point in time, in this unit since 1970-01-01T00:00:00Z.
    Timestamp(TimeUnit),
    /// A list of values of one type.
    List(&'static Self),
}

/// The columns of a record, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
    metadata: Vec<(String, String)>,
}

impl Schema {
    /// Appends a column.
    pub fn push(&mut self, column: Column) {
        self.columns.push(column);
    }

    /// Lets `declare` append columns, and makes them nullable.
    pub fn nullable(&mut self, declare: impl FnOnce(&mut Self)) {
        for column in self.appended(declare) {
            column.nullable = true;
        }
    }

    /// Lets `declare` append columns, and puts `prefix` before their names.
    pub fn prefixed(&mut self, prefix: &str, declare: impl FnOnce(&mut Self)) {
        for column in self.appended(declare) {
            column.name = Cow::Owned(format!("{prefix}{}", column.name));
        }
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The same with other columns in place of these, one for one.
    #[must_use]
    pub fn map(&self, column: impl FnMut(&Column) -> Column) -> Self {
        Self {
            columns: self.columns.iter().map(column).collect(),
            metadata: self.metadata.clone(),
        }
    }

    /// Appends something that is to be known about all records, such as how they were made.
    pub fn push_metadata(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.metadata.push((name.into(), value.into()));
    }

    /// What is to be known about all records: names and values. Formats that have a place for it keep it.
    pub fn metadata(&self) -> &[(String, String)] {
        &self.metadata
    }

    /// The first name that more than one column has.
    pub fn duplicate_name(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.columns.iter().map(|column| &*column.name).collect();
        names.sort_unstable();
        names
            .array_windows()
            .find(|[a, b]| a == b)
            .map(|[name, _]| *name)
    }

    fn appended(&mut self, declare: impl FnOnce(&mut Self)) -> &mut [Column] {
        let before = self.columns.len();
        declare(self);
        self.columns.get_mut(before..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
