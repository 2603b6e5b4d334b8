//! Flows from our Parquet files.

mod column;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use crate::{FlowFacts, Report};
use column::{Numbers, Texts, Times};

/// What metadata of ours begin with.
const METADATA_PREFIX: &str = "nfstream.";

/// Why a Parquet file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system does not open it.
    #[error("{path}: cannot be opened: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no Parquet file, or damaged.
    #[error("{path}: cannot be read as Parquet: {source}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A column is missing without which there is no report.
    #[error("{path}: has no column `{column}`, which a report needs")]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A column has a type that its values cannot have.
    #[error("{path}: the column `{column}` is of type {data_type}; a report needs {needed}")]
    ColumnType {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Its type, in Arrow's terms.
        data_type: String,
        /// What it should be.
        needed: &'static str,
    },
}

impl Report {
    /// Counts the flows of a Parquet file with NFStream's columns: ours, or one that was made of such. It returns how many
    /// there are.
    ///
    /// Columns are found by their names, whatever their order. Needed are `src_ip`, `dst_ip`, `protocol`, and of both directions the
    /// packets, bytes, and times of the first and last packet, in any of the three units, as timestamps or integers. What
    /// depends on other columns is left out of the page where the file does not have them. A null counts as 0 or as unknown.
    ///
    /// # Errors
    ///
    /// What is wrong with the file. The rows before it may have been counted.
    pub fn add_parquet(&mut self, path: impl AsRef<Path>) -> Result<u64, ReadError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })?;
        let parquet_error = |error: ParquetError| format_error(path, error);
        let arrow_error = |error: ArrowError| format_error(path, error);
        // Types are those of Parquet, not those that the program which wrote the file used in memory: fewer of them.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
            .map_err(parquet_error)?;
        let metadata = builder.metadata().file_metadata().key_value_metadata();
        for entry in metadata.into_iter().flatten() {
            if let Some(value) = &entry.value
                && entry.key.starts_with(METADATA_PREFIX)
            {
                self.describe(&entry.key, value);
            }
        }
        let read = Columns::names();
        let mask =
            ProjectionMask::columns(builder.parquet_schema(), read.iter().map(String::as_str));
        let reader = builder
            .with_projection(mask)
            .build()
            .map_err(parquet_error)?;
        let before = self.total.flows;
        for batch in reader {
            let batch = batch.map_err(arrow_error)?;
            let columns = Columns::of(&batch, path)?;
            for row in 0..batch.num_rows() {
                self.add(&columns.flow(row));
            }
        }
        Ok(self.total.flows - before)
    }
}

/// The columns of a batch that a report needs.
struct Columns<'a> {
    src_ip: Texts<'a>,
    dst_ip: Texts<'a>,
    src_port: Option<Numbers>,
    dst_port: Option<Numbers>,
    protocol: Numbers,
    ip_version: Option<Numbers>,
    vlan_id: Option<Numbers>,
    tunnel_id: Option<Numbers>,
    expiration_id: Option<Numbers>,
    first_seen: Times,
    last_seen: Times,
    packets: Numbers,
    bytes: Numbers,
    src2dst_bytes: Option<Numbers>,
    application: Option<Texts<'a>>,
    category: Option<Texts<'a>>,
    server_name: Option<Texts<'a>>,
}

/// Names of columns, as they are looked for and read.
mod name {
    pub(super) const SRC_IP: &str = "src_ip";
    pub(super) const DST_IP: &str = "dst_ip";
    pub(super) const SRC_PORT: &str = "src_port";
    pub(super) const DST_PORT: &str = "dst_port";
    pub(super) const PROTOCOL: &str = "protocol";
    pub(super) const IP_VERSION: &str = "ip_version";
    pub(super) const VLAN_ID: &str = "vlan_id";
    pub(super) const TUNNEL_ID: &str = "tunnel_id";
    pub(super) const EXPIRATION_ID: &str = "expiration_id";
    /// A unit comes behind it.
    pub(super) const FIRST_SEEN: &str = "bidirectional_first_seen";
    /// A unit comes behind it.
    pub(super) const LAST_SEEN: &str = "bidirectional_last_seen";
    pub(super) const PACKETS: &str = "bidirectional_packets";
    pub(super) const BYTES: &str = "bidirectional_bytes";
    pub(super) const SRC2DST_BYTES: &str = "src2dst_bytes";
    pub(super) const APPLICATION: &str = "application_name";
    pub(super) const CATEGORY: &str = "application_category_name";
    pub(super) const SERVER_NAME: &str = "requested_server_name";
}

impl<'a> Columns<'a> {
    /// Every name that a column may have which is read.
    fn names() -> Vec<String> {
        let plain = [
            name::SRC_IP,
            name::DST_IP,
            name::SRC_PORT,
            name::DST_PORT,
            name::PROTOCOL,
            name::IP_VERSION,
            name::VLAN_ID,
            name::TUNNEL_ID,
            name::EXPIRATION_ID,
            name::PACKETS,
            name::BYTES,
            name::SRC2DST_BYTES,
            name::APPLICATION,
            name::CATEGORY,
            name::SERVER_NAME,
        ];
        let times = [name::FIRST_SEEN, name::LAST_SEEN]
            .into_iter()
            .flat_map(|name| column::UNITS.map(|unit| format!("{name}_{}", unit.symbol())));
        plain.map(str::to_owned).into_iter().chain(times).collect()
    }

    fn of(batch: &'a RecordBatch, path: &Path) -> Result<Self, ReadError> {
        let texts = |name| column::texts(batch, name, path);
        let numbers = |name| column::numbers(batch, name, path);
        let times = |name| {
            needed(
                column::times(batch, name, path)?,
                &format!("{name}_ms"),
                path,
            )
        };
        Ok(Self {
            src_ip: needed(texts(name::SRC_IP)?, name::SRC_IP, path)?,
            dst_ip: needed(texts(name::DST_IP)?, name::DST_IP, path)?,
            src_port: numbers(name::SRC_PORT)?,
            dst_port: numbers(name::DST_PORT)?,
            protocol: needed(numbers(name::PROTOCOL)?, name::PROTOCOL, path)?,
            ip_version: numbers(name::IP_VERSION)?,
            vlan_id: numbers(name::VLAN_ID)?,
            tunnel_id: numbers(name::TUNNEL_ID)?,
            expiration_id: numbers(name::EXPIRATION_ID)?,
            first_seen: times(name::FIRST_SEEN)?,
            last_seen: times(name::LAST_SEEN)?,
            packets: needed(numbers(name::PACKETS)?, name::PACKETS, path)?,
            bytes: needed(numbers(name::BYTES)?, name::BYTES, path)?,
            src2dst_bytes: numbers(name::SRC2DST_BYTES)?,
            application: texts(name::APPLICATION)?,
            category: texts(name::CATEGORY)?,
            server_name: texts(name::SERVER_NAME)?,
        })
    }

    fn flow(&self, row: usize) -> FlowFacts<'_> {
        fn number<T: TryFrom<i64> + Default>(column: Option<&Numbers>, row: usize) -> T {
            column
                .and_then(|column| column.get(row))
                .unwrap_or_default()
        }
        fn text<'t>(column: Option<&'t Texts<'_>>, row: usize) -> Option<&'t str> {
            column.and_then(|column| column.get(row))
        }
        FlowFacts {
            src: self.src_ip.get(row).unwrap_or_default(),
            dst: self.dst_ip.get(row).unwrap_or_default(),
            src_port: number(self.src_port.as_ref(), row),
            dst_port: number(self.dst_port.as_ref(), row),
            protocol: number(Some(&self.protocol), row),
            ip_version: number(self.ip_version.as_ref(), row),
            vlan_id: number(self.vlan_id.as_ref(), row),
            tunnel_id: number(self.tunnel_id.as_ref(), row),
            expiration_id: self
                .expiration_id
                .as_ref()
                .and_then(|column| column.get(row)),
            seen: self.first_seen.get(row).zip(self.last_seen.get(row)),
            packets: number(Some(&self.packets), row),
            bytes: number(Some(&self.bytes), row),
            src2dst_bytes: self
                .src2dst_bytes
                .as_ref()
                .and_then(|column| column.get(row)),
            application: text(self.application.as_ref(), row),
            category: text(self.category.as_ref(), row),
            server_name: text(self.server_name.as_ref(), row).unwrap_or_default(),
        }
    }
}

/// A column without which there is no report.
fn needed<C>(column: Option<C>, name: &str, path: &Path) -> Result<C, ReadError> {
    column.ok_or_else(|| ReadError::MissingColumn {
        path: path.to_owned(),
        column: name.to_owned(),
    })
}

fn format_error(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Format {
        path: path.to_owned(),
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests;
