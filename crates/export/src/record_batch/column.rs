//! The values of columns, until they are arrays.

use core::net::IpAddr;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, UInt64Builder,
};
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
};
use arrow_array::{ArrayRef, Int64Array, ListArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, FieldRef, Schema, TimeUnit};
use nfstream_flow::record::RowWriter;

use crate::text::address;

/// The values of all columns.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Builder>,
    /// The address that is being written.
    scratch: Vec<u8>,
}

impl Columns {
    pub(super) fn new(schema: &Schema) -> Self {
        let fields = schema.fields().iter();
        Self {
            columns: fields
                .map(|field| Builder::new(field.data_type()))
                .collect(),
            scratch: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// All values as arrays; the builders are empty then.
    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        self.columns.iter_mut().map(Builder::finish).collect()
    }
}

/// The values of one column, or the items of its lists.
#[derive(Debug)]
enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    UInt(UInt64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Timestamp(Int64Builder, TimeUnit),
    List(Box<Lists>),
}

/// Lists, and where each ends among the items of all.
#[derive(Debug)]
struct Lists {
    field: FieldRef,
    items: Builder,
    ends: Vec<i32>,
    validity: NullBufferBuilder,
}

impl Builder {
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::UInt64 => Self::UInt(UInt64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Timestamp(unit, _) => Self::Timestamp(Int64Builder::new(), *unit),
            DataType::List(field) => Self::List(Box::new(Lists {
                field: Arc::clone(field),
                items: Self::new(field.data_type()),
                ends: Vec::new(),
                validity: NullBufferBuilder::new(0),
            })),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Bool(values) => values.len(),
            Self::Int(values) | Self::Timestamp(values, _) => values.len(),
            Self::UInt(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::List(lists) => lists.ends.len(),
        }
    }

    fn null(&mut self) {
        match self {
            Self::Bool(values) => values.append_null(),
            Self::Int(values) | Self::Timestamp(values, _) => values.append_null(),
            Self::UInt(values) => values.append_null(),
            Self::Float(values) => values.append_null(),
            Self::Text(values) => values.append_null(),
            Self::List(lists) => {
                lists.validity.append_null();
                lists.end();
            }
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Bool(values) => Arc::new(values.finish()),
            Self::Int(values) => Arc::new(values.finish()),
            Self::UInt(values) => Arc::new(values.finish()),
            Self::Float(values) => Arc::new(values.finish()),
            Self::Text(values) => Arc::new(values.finish()),
            Self::Timestamp(values, unit) => timestamps(&values.finish(), *unit),
            Self::List(lists) => Arc::new(lists.finish()),
        }
    }
}

impl Lists {
    /// The list ends with the items that there are.
    fn end(&mut self) {
        self.ends
            .push(i32::try_from(self.items.len()).unwrap_or(i32::MAX));
    }

    fn finish(&mut self) -> ListArray {
        let ends = core::mem::take(&mut self.ends);
        let offsets: ScalarBuffer<i32> = core::iter::once(0).chain(ends).collect();
        ListArray::new(
            Arc::clone(&self.field),
            OffsetBuffer::new(offsets),
            self.items.finish(),
            self.validity.finish(),
        )
    }
}

/// Integers since the epoch as points in time.
fn timestamps(values: &Int64Array, unit: TimeUnit) -> ArrayRef {
    match unit {
        TimeUnit::Microsecond => Arc::new(
            values
                .reinterpret_cast::<TimestampMicrosecondType>()
                .with_timezone("UTC"),
        ),
        TimeUnit::Nanosecond => Arc::new(
            values
                .reinterpret_cast::<TimestampNanosecondType>()
                .with_timezone("UTC"),
        ),
        _ => Arc::new(
            values
                .reinterpret_cast::<TimestampMillisecondType>()
                .with_timezone("UTC"),
        ),
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
    fn value(&mut self, append: impl FnOnce(&mut Builder, &mut Vec<u8>) -> bool) {
        if self.depth == 0 {
            self.values += 1;
        }
        let index = self.values.saturating_sub(1);
        let Some(mut builder) = self.columns.columns.get_mut(index) else {
            return;
        };
        for _ in 0..self.depth {
            match builder {
                Builder::List(lists) => builder = &mut lists.items,
                _ => break,
            }
        }
        if !append(builder, &mut self.columns.scratch) {
            builder.null();
            self.mismatch.get_or_insert(index);
        }
    }

    /// Appends a text that is written into an empty buffer.
    fn ascii(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.value(|builder, scratch| {
            scratch.clear();
            write(scratch);
            match (builder, str::from_utf8(scratch)) {
                (Builder::Text(values), Ok(text)) => {
                    values.append_value(text);
                    true
                }
                _ => false,
            }
        });
    }
}

impl RowWriter for Row<'_> {
    fn bool(&mut self, value: bool) {
        self.value(|builder, _| match builder {
            Builder::Bool(values) => {
                values.append_value(value);
                true
            }
            _ => false,
        });
    }

    fn int(&mut self, value: i64) {
        self.value(|builder, _| match builder {
            Builder::Int(values) => {
                values.append_value(value);
                true
            }
            _ => false,
        });
    }

    #[inline]
    fn uint(&mut self, value: u64) {
        self.value(|builder, _| match builder {
            Builder::UInt(values) => {
                values.append_value(value);
                true
            }
            _ => false,
        });
    }

    #[inline]
    fn float(&mut self, value: f64) {
        self.value(|builder, _| match builder {
            Builder::Float(values) => {
                values.append_value(value);
                true
            }
            _ => false,
        });
    }

    fn text(&mut self, value: &str) {
        self.value(|builder, _| match builder {
            Builder::Text(values) => {
                values.append_value(value);
                true
            }
            _ => false,
        });
    }

    fn ip(&mut self, value: IpAddr) {
        self.ascii(|out| address::push(out, value));
    }

    fn timestamp(&mut self, value: Option<u64>) {
        self.value(|builder, _| match builder {
            Builder::Timestamp(values, _) => {
                values.append_option(value.and_then(|value| i64::try_from(value).ok()));
                true
            }
            Builder::UInt(values) => {
                values.append_value(value.unwrap_or(0));
                true
            }
            _ => false,
        });
    }

    fn mac(&mut self, octets: [u8; 6]) {
        self.ascii(|out| address::push_octets(out, octets));
    }

    fn oui(&mut self, octets: [u8; 3]) {
        self.ascii(|out| address::push_octets(out, octets));
    }

    fn null(&mut self) {
        self.value(|builder, _| {
            builder.null();
            true
        });
    }

    fn begin_list(&mut self) {
        self.value(|builder, _| matches!(builder, Builder::List(_)));
        self.depth += 1;
    }

    fn end_list(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        // The list itself was counted when it began.
        let index = self.values.saturating_sub(1);
        let mut builder = self.columns.columns.get_mut(index);
        for _ in 0..self.depth {
            builder = match builder {
                Some(Builder::List(lists)) => Some(&mut lists.items),
                _ => None,
            };
        }
        if let Some(Builder::List(lists)) = builder {
            lists.validity.append_non_null();
            lists.end();
        }
    }
}
