//! Parquet.

use arrow_schema::Schema as ArrowSchema;
use nfstream_flow::{FlowRecord, Record, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::ExportError;
use crate::format::Encode;
use crate::record_batch::{RecordBatchBuilder, Timestamps};
use crate::values::Rewrite;

/// Rows of a row group: what can be skipped, and read, by itself.
const ROW_GROUP_ROWS: usize = 131_072;

/// A row group ends earlier when it has so many bytes: long texts and lists.
const ROW_GROUP_BYTES: usize = 48 << 20;

/// Parquet files, compressed with zstd.
///
/// | value | type in the file |
/// |---|---|
/// | text, address | string |
/// | truth value | boolean |
/// | integer | 64 bits, signed or not |
/// | floating-point number | double |
/// | time | timestamp in UTC, or [integer](Timestamps::Integers) |
/// | list | list |
/// | no value | null |
///
/// Names of columns are the same in all formats. The key-value metadata tells how the file was made: what the
/// [`Schema`](nfstream_flow::Schema::metadata) tells (of `nfstream`'s `Streamer`: version, source, options). Units and documentation of
/// columns are metadata of the fields (`pyarrow.parquet.read_schema`).
///
/// Row groups have up to 131,072 rows, fewer where their columns need much memory: a file takes some 100 MB of memory while it
/// is written, however long it becomes. A file that was not completed has no footer and cannot be read: where a run may be killed,
/// [`Split`](crate::Split) bounds what is lost.
///
/// # Examples
///
/// ```
/// use nfstream_export::{FileSink, Parquet};
/// use nfstream_flow::{FlowSink, FlowTableConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flows.parquet");
/// let mut sink = FileSink::create(&path, Parquet::default())?;
/// FlowSink::<()>::begin(&mut sink, &FlowTableConfig::default().columns())?;
/// FlowSink::<()>::finish(&mut sink)?;
/// assert!(std::fs::read(&path)?.starts_with(b"PAR1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Parquet {
    timestamps: Timestamps,
    builder: RecordBatchBuilder,
    properties: WriterProperties,
    /// `None`: no file is open.
    writer: Option<ArrowWriter<Vec<u8>>>,
}

impl Parquet {
    /// The same format with times typed like this.
    #[must_use]
    pub fn timestamps(mut self, timestamps: Timestamps) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// Hands the rows that there are over to the writer.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        if let (Some(batch), Some(writer)) = (self.builder.finish()?, &mut self.writer) {
            writer.write(&batch).map_err(failed)?;
            out.append(writer.inner_mut());
        }
        Ok(())
    }
}

impl Encode for Parquet {
    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.builder = RecordBatchBuilder::new(schema, self.timestamps);
        self.properties = properties(schema, self.builder.schema()).map_err(failed)?;
        Ok(())
    }

    fn open(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        let schema = self.builder.schema().clone();
        let properties = Some(self.properties.clone());
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, properties).map_err(failed)?;
        out.append(writer.inner_mut());
        self.writer = Some(writer);
        Ok(())
    }

    fn push<O: Record>(
        &mut self,
        record: &FlowRecord<'_, O>,
        rewrite: Option<&mut Rewrite>,
        out: &mut Vec<u8>,
    ) -> Result<(), ExportError> {
        self.builder.push(record, rewrite)?;
        if self.builder.is_full() {
            self.write(out)?;
        }
        Ok(())
    }

    fn close(&mut self, out: &mut Vec<u8>) -> Result<(), ExportError> {
        self.write(out)?;
        if let Some(mut writer) = self.writer.take() {
            writer.finish().map_err(failed)?;
            out.append(writer.inner_mut());
        }
        Ok(())
    }
}

/// How files are written.
fn properties(schema: &Schema, typed: &ArrowSchema) -> Result<WriterProperties, ParquetError> {
    let metadata = schema.metadata().iter();
    let metadata = metadata.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("nfstream-export ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(metadata.collect()))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES));
    // These grow from row to row: a dictionary of them would be given up at its limit, differences are small.
    for field in typed.fields() {
        if field.name() == "id" || field.data_type().is_temporal() {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(properties.build())
}

fn failed(error: ParquetError) -> ExportError {
    ExportError::format("Parquet", error)
}

#[cfg(test)]
mod tests;
