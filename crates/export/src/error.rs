//! What can go wrong while writing flow records.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Flow records could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// `rotate_files` was given without `flows_per_file` and `rotate_every`.
    #[error(
        "rotate_files is {rotate_files} but flows_per_file is 0: files can only be rotated where flows_per_file is at least 1, or with rotate_every"
    )]
    RotationWithoutSplit {
        /// What was given.
        rotate_files: u64,
    },
    /// `flows_per_file` was given for something that there is only one of: a device, a pipe, standard output.
    #[error(
        "{path}: is not a regular file, so the flows cannot be split into several (flows_per_file is {flows_per_file})"
    )]
    SplitStream {
        /// The device or pipe.
        path: PathBuf,
        /// What was given.
        flows_per_file: u64,
    },
    /// `rotate_every` was given for something that there is only one of: a device, a pipe, standard output.
    #[error(
        "{path}: is not a regular file, so no other one can follow it (rotate_every is {rotate_every:?})"
    )]
    RotateStream {
        /// The device or pipe.
        path: PathBuf,
        /// What was given.
        rotate_every: Duration,
    },
    /// `rotate_every` is shorter than what the names of files tell.
    #[error("rotate_every is {rotate_every:?}: allowed is 1 s or more")]
    ShortInterval {
        /// What was given.
        rotate_every: Duration,
    },
    /// The path ends in a slash, `.` or `..`, or is empty.
    #[error("{path:?}: does not name a file")]
    NoFileName {
        /// The path.
        path: PathBuf,
    },
    /// A file could not be created, or a device not opened.
    #[error("{path}: cannot be opened for writing: {source}")]
    Create {
        /// The file, as the caller named it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The temporary file could not be created that becomes the file when it is complete.
    #[error("{path}: no file can be created in the directory {directory}: {source}")]
    CreateTemporary {
        /// The file, as the caller named it.
        path: PathBuf,
        /// Where its temporary file was to be: beside it, or beside what it is a link to.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system did not take the data: the disk is full, the reader of a pipe is gone.
    #[error("{path}: cannot be written: {source}")]
    Write {
        /// The file, or what [`WriterSink::named`](crate::WriterSink::named) called the output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The output is complete, but could not get its final name.
    #[error("{partial}: is complete, but cannot be renamed to {path}: {source}")]
    Rename {
        /// The temporary name that it keeps.
        partial: PathBuf,
        /// The final name.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The oldest file could not be removed.
    #[error("{path}: cannot be removed: {source}")]
    Remove {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A record wrote more or fewer values than its schema has columns: a hand-written `Record` is wrong, or the sink
    /// was never told the schema.
    #[error("record {id} has {values} values for {columns} columns")]
    RowLength {
        /// Number of the record.
        id: u64,
        /// How many values it wrote.
        values: usize,
        /// How many columns were declared.
        columns: usize,
    },
    /// A value does not have the type that its column was declared with, where the format has types: a hand-written `Record`
    /// is wrong.
    #[error("record {id} has a value in the column {column} that is no {data_type}")]
    ValueType {
        /// Number of the record.
        id: u64,
        /// Name of the column.
        column: String,
        /// The type that was declared, in Arrow's terms.
        data_type: String,
    },
    /// The library that writes the format did not take the rows.
    #[error("rows cannot be written as {format}: {source}")]
    Format {
        /// Name of the format.
        format: &'static str,
        /// What the library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Columns cannot be anonymised as was asked.
    #[cfg(feature = "anonymize")]
    #[error(transparent)]
    Anonymize(#[from] crate::anonymize::AnonymizeError),
    /// A record came after the sink was finished or had failed.
    #[error("{path}: takes no more records: it was finished, or an earlier error ended it")]
    Closed {
        /// The file.
        path: PathBuf,
    },
}

impl ExportError {
    #[cfg(feature = "arrow")]
    pub(crate) fn format(
        format: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Format {
            format,
            source: Box::new(source),
        }
    }

    /// Whether the reader of a pipe went away, as `head` does: for most programs a reason to stop, but not to complain.
    pub fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Create { source, .. } | Self::Write { source, .. } => {
                source.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }
}
