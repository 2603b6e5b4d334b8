//! One column of a batch, by its name.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use nfstream_decode::Timestamp;
use nfstream_flow::features::TimeUnit;

use super::ReadError;

/// The units that names of columns may end in.
pub(super) const UNITS: [TimeUnit; 3] = [
    TimeUnit::Milliseconds,
    TimeUnit::Microseconds,
    TimeUnit::Nanoseconds,
];

/// A column of texts.
pub(super) struct Texts<'a>(&'a StringArray);

/// A column of whole numbers; null is `None`, and so is what 64 bits with a sign do not hold.
pub(super) struct Numbers(Vec<Option<i64>>);

/// A column of points in time.
pub(super) struct Times {
    numbers: Numbers,
    /// Nanoseconds in one of them.
    unit: u64,
}

impl Texts<'_> {
    /// `None` where it is null.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

impl Numbers {
    /// `None` where it is null, or the type does not hold the number.
    pub(super) fn get<T: TryFrom<i64>>(&self, row: usize) -> Option<T> {
        let number = self.0.get(row).copied().flatten()?;
        T::try_from(number).ok()
    }
}

impl Times {
    pub(super) fn get(&self, row: usize) -> Option<Timestamp> {
        let nanos = self.numbers.get::<u64>(row)?.checked_mul(self.unit)?;
        Some(Timestamp::from_nanos(nanos))
    }
}

/// A column of texts, where there is one of this name.
pub(super) fn texts<'a>(
    batch: &'a RecordBatch,
    name: &str,
    path: &Path,
) -> Result<Option<Texts<'a>>, ReadError> {
    let Some(column) = batch.column_by_name(name) else {
        return Ok(None);
    };
    match column.as_string_opt() {
        Some(texts) => Ok(Some(Texts(texts))),
        None => Err(wrong_type(path, name, column.data_type(), "text")),
    }
}

/// A column of whole numbers, where there is one of this name.
pub(super) fn numbers(
    batch: &RecordBatch,
    name: &str,
    path: &Path,
) -> Result<Option<Numbers>, ReadError> {
    let Some(column) = batch.column_by_name(name) else {
        return Ok(None);
    };
    match integers(column) {
        Some(numbers) => Ok(Some(Numbers(numbers))),
        None => Err(wrong_type(path, name, column.data_type(), "whole numbers")),
    }
}

/// A column of points in time, where there is one of this name and a unit behind it.
pub(super) fn times(
    batch: &RecordBatch,
    name: &str,
    path: &Path,
) -> Result<Option<Times>, ReadError> {
    for unit in UNITS {
        let name = format!("{name}_{}", unit.symbol());
        let Some(column) = batch.column_by_name(&name) else {
            continue;
        };
        let unit = match column.data_type() {
            DataType::Timestamp(ArrowUnit::Millisecond, _) => TimeUnit::Milliseconds.nanos(),
            DataType::Timestamp(ArrowUnit::Microsecond, _) => TimeUnit::Microseconds.nanos(),
            DataType::Timestamp(ArrowUnit::Nanosecond, _) => TimeUnit::Nanoseconds.nanos(),
            _ => unit.nanos(),
        };
        return match integers(column) {
            Some(numbers) => Ok(Some(Times {
                numbers: Numbers(numbers),
                unit,
            })),
            None => Err(wrong_type(
                path,
                &name,
                column.data_type(),
                "timestamps or whole numbers",
            )),
        };
    }
    Ok(None)
}

fn wrong_type(path: &Path, column: &str, data_type: &DataType, needed: &'static str) -> ReadError {
    ReadError::ColumnType {
        path: path.to_owned(),
        column: column.to_owned(),
        data_type: data_type.to_string(),
        needed,
    }
}

/// The whole numbers, if it is a column of such.
fn integers(column: &dyn Array) -> Option<Vec<Option<i64>>> {
    macro_rules! of_type {
        ($type:ty) => {{
            let values = column.as_primitive::<$type>().iter();
            values.map(|value| i64::try_from(value?).ok()).collect()
        }};
    }
    Some(match column.data_type() {
        DataType::Int8 => of_type!(Int8Type),
        DataType::Int16 => of_type!(Int16Type),
        DataType::Int32 => of_type!(Int32Type),
        DataType::Int64 => of_type!(Int64Type),
        DataType::UInt8 => of_type!(UInt8Type),
        DataType::UInt16 => of_type!(UInt16Type),
        DataType::UInt32 => of_type!(UInt32Type),
        DataType::UInt64 => of_type!(UInt64Type),
        DataType::Timestamp(ArrowUnit::Millisecond, _) => of_type!(TimestampMillisecondType),
        DataType::Timestamp(ArrowUnit::Microsecond, _) => of_type!(TimestampMicrosecondType),
        DataType::Timestamp(ArrowUnit::Nanosecond, _) => of_type!(TimestampNanosecondType),
        _ => return None,
    })
}
