//! CSV files.

use core::fmt;
use std::path::{Path, PathBuf};

use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, FlowSink, Record, RecordEncoder, Schema};

use super::LineEnding;
use super::rows::Rows;
use crate::ExportError;
use crate::output::{FileOutput, can_be_split};
use crate::series::FileSeries;

/// How CSV files are written.
///
/// ```
/// use nfstream_export::{CsvOptions, LineEnding};
///
/// let options = CsvOptions::default()
///     .line_ending(LineEnding::Lf)
///     .flows_per_file(100_000)
///     .rotate_files(10);
/// assert_eq!(options.rotate_files, 10);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvOptions {
    /// What ends each line. Default: CR LF.
    pub line_ending: LineEnding,
    /// How many flows a file holds. Default: 0, all in one file.
    pub flows_per_file: u64,
    /// After how many files names are used again, the oldest file replaced. Needs `flows_per_file`. Default: 0, never.
    pub rotate_files: u64,
}

impl CsvOptions {
    /// The same options with this end of lines.
    #[must_use]
    pub fn line_ending(mut self, line_ending: LineEnding) -> Self {
        self.line_ending = line_ending;
        self
    }

    /// The same options with so many flows a file.
    #[must_use]
    pub fn flows_per_file(mut self, flows: u64) -> Self {
        self.flows_per_file = flows;
        self
    }

    /// The same options with so many files.
    #[must_use]
    pub fn rotate_files(mut self, files: u64) -> Self {
        self.rotate_files = files;
        self
    }
}

/// Writes flow records to CSV files, in the format of [`Csv`](super::Csv).
///
/// A file is a [`FileOutput`]: it has a temporary name until it is complete, and devices and pipes are written to
/// directly. It is opened at construction, so that a path that cannot be written is known before any packet is read.
/// After an error, and where the sink is dropped without being finished, the file keeps its temporary name, with the rows
/// that there were; after an error, the sink takes no more records.
///
/// With [`flows_per_file`](CsvOptions::flows_per_file), `flows.csv` becomes `flows.0.csv`, `flows.1.csv` and so on
/// (`flows` becomes `flows.0`), each with a header and exactly so many flows, the last one with what is left. Each has
/// its final name as soon as it is complete. With [`rotate_files`](CsvOptions::rotate_files) = *r*, numbers go from 0 to
/// *r* − 1 and start again.
///
/// Unlike NFStream, which writes no file for no flows, this writes one with just the header. (NFStream makes the names
/// by replacing every `csv` in the path.)
///
/// # Examples
///
/// ```
/// use nfstream_export::{CsvFile, CsvOptions};
/// use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig, schema};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flows.csv");
/// let config = FlowTableConfig::default();
/// let mut sink = CsvFile::with_options(&path, &CsvOptions::default().flows_per_file(1000))?;
/// let mut table = FlowTable::new(&config, ());
/// FlowSink::<()>::begin(&mut sink, &schema(&config, &()))?;
/// // table.push(&packet, &mut sink)?;
/// table.finish(&mut sink)?;
/// FlowSink::<()>::finish(&mut sink)?;
/// assert!(path.with_file_name("flows.0.csv").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CsvFile {
    rows: Rows,
    path: PathBuf,
    flows_per_file: u64,
    /// The names of the files, where there are several.
    series: Option<FileSeries>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// A file is being written.
    Open { output: FileOutput, flows: u64 },
    /// A file is complete, and there was no further flow yet.
    Between,
    /// Finished or failed.
    Closed,
}

impl CsvFile {
    /// Writes all flows to one file.
    ///
    /// # Errors
    ///
    /// The file cannot be created.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, ExportError> {
        Self::with_options(path, &CsvOptions::default())
    }

    /// Writes flows to files.
    ///
    /// # Errors
    ///
    /// The first file cannot be created, or the options contradict each other or the kind of file.
    pub fn with_options(
        path: impl Into<PathBuf>,
        options: &CsvOptions,
    ) -> Result<Self, ExportError> {
        let path = path.into();
        let CsvOptions {
            line_ending,
            flows_per_file,
            rotate_files,
        } = *options;
        if rotate_files > 0 && flows_per_file == 0 {
            return Err(ExportError::RotationWithoutSplit { rotate_files });
        }
        if flows_per_file > 0 && !can_be_split(&path)? {
            return Err(ExportError::SplitStream {
                path,
                flows_per_file,
            });
        }
        let mut sink = Self {
            rows: Rows::new(line_ending),
            series: (flows_per_file > 0).then(|| FileSeries::new(path.clone(), rotate_files)),
            path,
            flows_per_file,
            state: State::Closed,
        };
        sink.open()?;
        Ok(sink)
    }

    /// Writes what is buffered, for readers that wait for it, as [`FlowSink::advance`] does.
    ///
    /// # Errors
    ///
    /// [`ExportError::Write`].
    pub fn flush(&mut self) -> Result<(), ExportError> {
        let State::Open { output, .. } = &mut self.state else {
            return Ok(());
        };
        let Err(source) = self.rows.write_to(output) else {
            return Ok(());
        };
        let path = output.path().to_owned();
        self.state = State::Closed;
        Err(ExportError::Write { path, source })
    }

    /// The path that was given; where flows are split into several files, their names are made from it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the next file.
    fn open(&mut self) -> Result<(), ExportError> {
        let path = match &mut self.series {
            Some(series) => series.next_path(),
            None => self.path.clone(),
        };
        let output = FileOutput::create(path)?;
        if self.series.is_some() && output.is_stream() {
            return Err(ExportError::SplitStream {
                path: output.path().to_owned(),
                flows_per_file: self.flows_per_file,
            });
        }
        self.state = State::Open { output, flows: 0 };
        Ok(())
    }

    /// Lets `push` append a row to the file, and completes it where it is the last one. After an error there is no more
    /// to append to.
    fn append(
        &mut self,
        push: impl FnOnce(&mut Rows) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let result = self.try_append(push);
        if result.is_err() {
            // The error that came first is the one to report.
            let _ = self.flush();
            self.state = State::Closed;
        }
        result
    }

    fn try_append(
        &mut self,
        push: impl FnOnce(&mut Rows) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        if matches!(self.state, State::Between) {
            self.open()?;
            self.rows.push_header();
        }
        let State::Open { flows, .. } = &mut self.state else {
            return Err(self.closed());
        };
        push(&mut self.rows)?;
        *flows += 1;
        if *flows == self.flows_per_file {
            self.complete()?;
            self.state = State::Between;
        } else if self.rows.is_full() {
            self.flush()?;
        }
        Ok(())
    }

    /// The file has all its rows.
    fn complete(&mut self) -> Result<(), ExportError> {
        self.flush()?;
        match core::mem::replace(&mut self.state, State::Closed) {
            State::Open { output, .. } => output.finish(),
            State::Between => Ok(()),
            State::Closed => Err(self.closed()),
        }
    }

    fn closed(&self) -> ExportError {
        ExportError::Closed {
            path: self.path.clone(),
        }
    }
}

/// Writes the rows that there are.
impl Drop for CsvFile {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

impl fmt::Debug for CsvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvFile")
            .field("path", &self.path)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<O: Record> FlowSink<O> for CsvFile {
    type Error = ExportError;

    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.rows.set_columns(schema);
        self.rows.push_header();
        Ok(())
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), ExportError> {
        self.append(|rows| rows.push(&record))
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        Some(Box::new(self.rows.encoder()))
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), ExportError> {
        self.append(|rows| rows.push_encoded(id, row))
    }

    fn advance(&mut self, _now: Timestamp) -> Result<(), ExportError> {
        self.flush()
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.complete()
    }
}

#[cfg(test)]
mod tests;
