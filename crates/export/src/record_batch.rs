//! Rows as Arrow record batches.

mod column;
mod sink;

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit as ArrowUnit};
use nfstream_decode::Timestamp;
use nfstream_flow::features::TimeUnit;
use nfstream_flow::record::{ColumnType, RowWriter};
use nfstream_flow::{FlowRecord, Record, Schema};

use crate::ExportError;
use crate::values::{self, Rewrite};
use column::{Columns, Row};
pub use sink::RecordBatchSink;

/// Rows of a batch: a megabyte or two in most schemas, so that a core's cache holds it.
pub(crate) const ROWS: usize = 2_048;

/// A batch ends earlier when its texts and lists have so many bytes: Arrow counts those of a column with 32 bits.
const BYTES: usize = 16 << 20;

/// How columns of points in time are typed in Arrow and Parquet. Their names are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timestamps {
    /// As `timestamp[ms, UTC]` (or `us`, `ns`): null where a flow has no packet of that direction, and, in nanoseconds,
    /// behind the year 2262, which Arrow's type does not reach.
    #[default]
    Typed,
    /// As NFStream's integers: `uint64` in the unit that the name ends in, 0 where there is none.
    Integers,
}

/// How long rows wait for others, by the clock that sinks are told: short for who looks on, long enough that batches of a
/// capture that is read have hundreds of rows.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Collects rows until they are a record batch.
#[derive(Debug)]
pub(crate) struct RecordBatchBuilder {
    schema: SchemaRef,
    columns: Columns,
    rows: usize,
    /// When rows were first found waiting.
    waiting_since: Option<Timestamp>,
}

impl RecordBatchBuilder {
    /// For rows with these columns.
    pub(crate) fn new(schema: &Schema, timestamps: Timestamps) -> Self {
        let schema = Arc::new(arrow_schema(schema, timestamps));
        let columns = Columns::new(&schema);
        Self {
            schema,
            columns,
            rows: 0,
            waiting_since: None,
        }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Whether there are enough rows for a batch.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS || self.columns.bytes() >= BYTES
    }

    /// Time has come to `now`; tells whether rows have waited long enough.
    pub(crate) fn advance(&mut self, now: Timestamp) -> bool {
        if self.rows == 0 {
            return false;
        }
        let since = *self.waiting_since.get_or_insert(now);
        now.saturating_since(since) >= LONGEST_WAIT
    }

    /// Takes a row. After an error no more can be taken.
    pub(crate) fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
    ) -> Result<(), ExportError> {
        let mut row = Row::new(&mut self.columns);
        row.uint(record.id);
        values::write_after_id(record, rewrite, &mut row);
        let (values, mismatch) = row.finish();
        let columns = self.columns.len();
        if values != columns {
            let id = record.id;
            return Err(ExportError::RowLength {
                id,
                values,
                columns,
            });
        }
        if let Some(field) = mismatch.and_then(|index| self.schema.fields().get(index)) {
            return Err(ExportError::ValueType {
                id: record.id,
                column: field.name().clone(),
                data_type: field.data_type().to_string(),
            });
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows that there are, as a batch.
    pub(crate) fn finish(&mut self) -> Result<Option<RecordBatch>, ExportError> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.rows = 0;
        self.waiting_since = None;
        let columns = self.columns.finish();
        columns
            .and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns))
            .map(Some)
            .map_err(|error| ExportError::format("a record batch", error))
    }
}

/// For rows without columns.
impl Default for RecordBatchBuilder {
    fn default() -> Self {
        Self::new(&Schema::default(), Timestamps::default())
    }
}

/// The same columns in Arrow's terms. Units and what columns tell are metadata of the fields.
fn arrow_schema(schema: &Schema, timestamps: Timestamps) -> arrow_schema::Schema {
    let fields = schema.columns().iter().map(|column| {
        let described = [("unit", &column.unit), ("description", &column.doc)];
        let metadata = described
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| (name.to_owned(), text.to_string()));
        // Any time may be missing, or be none that Arrow's type reaches.
        let is_time = matches!(column.column_type, ColumnType::Timestamp(_));
        let data_type = data_type(column.column_type, timestamps);
        Field::new(&*column.name, data_type, column.nullable || is_time)
            .with_metadata(metadata.collect())
    });
    let fields: Vec<Field> = fields.collect();
    let metadata = schema.metadata().iter().cloned();
    arrow_schema::Schema::new_with_metadata(fields, metadata.collect())
}

fn data_type(column_type: ColumnType, timestamps: Timestamps) -> DataType {
    match column_type {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Int => DataType::Int64,
        ColumnType::UInt => DataType::UInt64,
        ColumnType::Float => DataType::Float64,
        ColumnType::Timestamp(unit) => match timestamps {
            Timestamps::Typed => DataType::Timestamp(arrow_unit(unit), Some("UTC".into())),
            Timestamps::Integers => DataType::UInt64,
        },
        ColumnType::List(items) => {
            let items = data_type(*items, timestamps);
            DataType::List(Arc::new(Field::new_list_field(items, true)))
        }
        // Texts and addresses.
        _ => DataType::Utf8,
    }
}

fn arrow_unit(unit: TimeUnit) -> ArrowUnit {
    match unit {
        TimeUnit::Microseconds => ArrowUnit::Microsecond,
        TimeUnit::Nanoseconds => ArrowUnit::Nanosecond,
        _ => ArrowUnit::Millisecond,
    }
}

#[cfg(test)]
mod tests;
