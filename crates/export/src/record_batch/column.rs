//! The values of columns, until they are arrays.

use core::net::IpAddr;
use std::sync::Arc;

use arrow_array::types::{
    ArrowTimestampType, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, PrimitiveArray, StringArray,
    UInt64Array,
};
use arrow_buffer::{
    BooleanBufferBuilder, Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer,
};
use arrow_schema::{ArrowError, DataType, FieldRef, Schema, TimeUnit};
use nfstream_flow::record::RowWriter;

use crate::text::address;

/// The values of all columns.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Builder>,
    /// How many bytes texts and items of lists have, roughly.
    bytes: usize,
}

impl Columns {
    pub(super) fn new(schema: &Schema) -> Self {
        let fields = schema.fields().iter();
        Self {
            columns: fields
                .map(|field| Builder::new(field.data_type()))
                .collect(),
            bytes: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What takes the values of a column, or the items of its lists where so many lists are open.
    #[inline]
    fn builder(&mut self, index: usize, depth: usize) -> Option<&mut Builder> {
        let mut builder = self.columns.get_mut(index)?;
        for _ in 0..depth {
            let Values::List(items, ..) = &mut builder.values else {
                return None;
            };
            builder = items;
        }
        Some(builder)
    }

    /// All values as arrays, which leaves none.
    ///
    /// # Errors
    ///
    /// The texts of a column have more than 2³¹ − 1 bytes, or its lists items.
    pub(super) fn finish(&mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        self.bytes = 0;
        self.columns.iter_mut().map(Builder::finish).collect()
    }
}

/// The values of one column, or the items of its lists.
#[derive(Debug)]
struct Builder {
    values: Values,
    validity: NullBufferBuilder,
}

/// What stands in place of missing ones does not matter.
#[derive(Debug)]
enum Values {
    Bool(BooleanBufferBuilder),
    Int(Vec<i64>),
    UInt(Vec<u64>),
    Float(Vec<f64>),
    Timestamp(Vec<i64>, TimeUnit),
    /// Texts, one behind the other, and where each ends.
    Text(Vec<u8>, Vec<i32>),
    /// The items of all lists, and where each list ends.
    List(Box<Builder>, Vec<i32>, FieldRef),
}

impl Builder {
    fn new(data_type: &DataType) -> Self {
        Self {
            values: match data_type {
                DataType::Boolean => Values::Bool(BooleanBufferBuilder::new(0)),
                DataType::Int64 => Values::Int(Vec::new()),
                DataType::UInt64 => Values::UInt(Vec::new()),
                DataType::Float64 => Values::Float(Vec::new()),
                DataType::Timestamp(unit, _) => Values::Timestamp(Vec::new(), *unit),
                DataType::List(field) => {
                    let items = Box::new(Self::new(field.data_type()));
                    Values::List(items, Vec::new(), Arc::clone(field))
                }
                _ => Values::Text(Vec::new(), Vec::new()),
            },
            validity: NullBufferBuilder::new(0),
        }
    }

    fn len(&self) -> usize {
        self.validity.len()
    }

    /// What was appended is a value.
    #[inline]
    fn valid(&mut self) -> bool {
        self.validity.append_non_null();
        true
    }

    fn null(&mut self) -> bool {
        self.validity.append_null();
        match &mut self.values {
            Values::Bool(values) => values.append(false),
            Values::Int(values) | Values::Timestamp(values, _) => values.push(0),
            Values::UInt(values) => values.push(0),
            Values::Float(values) => values.push(0.0),
            Values::Text(bytes, ends) => ends.push(end(bytes.len())),
            Values::List(items, ends, _) => ends.push(end(items.len())),
        }
        true
    }

    /// All values as an array. There is as much room again for the next ones.
    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let nulls = self.validity.finish();
        Ok(match &mut self.values {
            Values::Bool(values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::Int(values) => Arc::new(Int64Array::new(take(values).into(), nulls)),
            Values::UInt(values) => Arc::new(UInt64Array::new(take(values).into(), nulls)),
            Values::Float(values) => Arc::new(Float64Array::new(take(values).into(), nulls)),
            Values::Timestamp(values, unit) => timestamps(take(values).into(), nulls, *unit),
            Values::Text(bytes, ends) => {
                let offsets = offsets(ends, bytes.len())?;
                let texts = Buffer::from_vec(take(bytes));
                Arc::new(StringArray::try_new(offsets, texts, nulls)?)
            }
            Values::List(items, ends, field) => {
                let offsets = offsets(ends, items.len())?;
                let (field, items) = (Arc::clone(field), items.finish()?);
                Arc::new(ListArray::try_new(field, offsets, items, nulls)?)
            }
        })
    }
}

/// Where a text or a list ends, as Arrow counts; what comes to more is refused in the end.
fn end(position: usize) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}

/// What lies between the ends, of which the last one is that of all.
fn offsets(ends: &mut Vec<i32>, all: usize) -> Result<OffsetBuffer<i32>, ArrowError> {
    if i32::try_from(all).is_err() {
        return Err(ArrowError::OffsetOverflowError(all));
    }
    let offsets: Vec<i32> = core::iter::once(0).chain(ends.drain(..)).collect();
    Ok(OffsetBuffer::new(offsets.into()))
}

/// Takes all values, and makes room for as many.
fn take<T>(values: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(values.len());
    core::mem::replace(values, room)
}

/// Integers since the epoch as points in time.
fn timestamps(values: ScalarBuffer<i64>, nulls: Option<NullBuffer>, unit: TimeUnit) -> ArrayRef {
    fn utc<T: ArrowTimestampType>(
        values: ScalarBuffer<i64>,
        nulls: Option<NullBuffer>,
    ) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::new(values, nulls).with_timezone("UTC"))
    }
    match unit {
        TimeUnit::Microsecond => utc::<TimestampMicrosecondType>(values, nulls),
        TimeUnit::Nanosecond => utc::<TimestampNanosecondType>(values, nulls),
        _ => utc::<TimestampMillisecondType>(values, nulls),
    }
}

/// Takes the values of a row, and appends each to its column.
pub(super) struct Row<'a> {
    columns: &'a mut Columns,
    /// How many values there are.
    values: usize,
    /// How many lists are open.
    depth: usize,
    /// The first column that got a value of another type.
    mismatch: Option<usize>,
}

impl<'a> Row<'a> {
    pub(super) fn new(columns: &'a mut Columns) -> Self {
        Self {
            columns,
            values: 0,
            depth: 0,
            mismatch: None,
        }
    }

    /// How many values there were, and the first column that got one of another type.
    pub(super) fn finish(self) -> (usize, Option<usize>) {
        (self.values, self.mismatch)
    }

    /// Appends a value where it belongs. `append` tells whether it could.
    #[inline]
    fn value(&mut self, append: impl FnOnce(&mut Builder) -> bool) {
        if self.depth == 0 {
            self.values += 1;
        } else {
            self.columns.bytes += size_of::<u64>();
        }
        let index = self.values.saturating_sub(1);
        let Some(builder) = self.columns.builder(index, self.depth) else {
            return;
        };
        if !append(builder) {
            builder.null();
            self.mismatch.get_or_insert(index);
        }
    }

    /// Appends a text that is written behind the others.
    #[inline]
    fn append_text(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut length = 0;
        self.value(|builder| match &mut builder.values {
            Values::Text(bytes, ends) => {
                let start = bytes.len();
                write(bytes);
                length = bytes.len() - start;
                ends.push(end(bytes.len()));
                builder.valid()
            }
            _ => false,
        });
        self.columns.bytes += length;
    }
}

impl RowWriter for Row<'_> {
    fn bool(&mut self, value: bool) {
        self.value(|builder| match &mut builder.values {
            Values::Bool(values) => {
                values.append(value);
                builder.valid()
            }
            _ => false,
        });
    }

    fn int(&mut self, value: i64) {
        self.value(|builder| match &mut builder.values {
            Values::Int(values) => {
                values.push(value);
                builder.valid()
            }
            _ => false,
        });
    }

    #[inline]
    fn uint(&mut self, value: u64) {
        self.value(|builder| match &mut builder.values {
            Values::UInt(values) => {
                values.push(value);
                builder.valid()
            }
            _ => false,
        });
    }

    #[inline]
    fn float(&mut self, value: f64) {
        self.value(|builder| match &mut builder.values {
            Values::Float(values) => {
                values.push(value);
                builder.valid()
            }
            _ => false,
        });
    }

    fn text(&mut self, value: &str) {
        self.append_text(|out| out.extend_from_slice(value.as_bytes()));
    }

    fn ip(&mut self, value: IpAddr) {
        self.append_text(|out| address::push(out, value));
    }

    fn timestamp(&mut self, value: Option<u64>) {
        self.value(|builder| match &mut builder.values {
            Values::Timestamp(values, _) => match value.map(i64::try_from) {
                Some(Ok(time)) => {
                    values.push(time);
                    builder.valid()
                }
                // Never, or later than the type can tell.
                _ => builder.null(),
            },
            Values::UInt(values) => {
                values.push(value.unwrap_or(0));
                builder.valid()
            }
            _ => false,
        });
    }

    fn mac(&mut self, octets: [u8; 6]) {
        self.append_text(|out| address::push_octets(out, octets));
    }

    fn oui(&mut self, octets: [u8; 3]) {
        self.append_text(|out| address::push_octets(out, octets));
    }

    fn null(&mut self) {
        self.value(Builder::null);
    }

    fn begin_list(&mut self) {
        self.value(|builder| matches!(builder.values, Values::List(..)));
        self.depth += 1;
    }

    fn end_list(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        // The list itself was counted when it began.
        let index = self.values.saturating_sub(1);
        if let Some(builder) = self.columns.builder(index, self.depth)
            && let Values::List(items, ends, _) = &mut builder.values
        {
            ends.push(end(items.len()));
            builder.valid();
        }
    }
}
