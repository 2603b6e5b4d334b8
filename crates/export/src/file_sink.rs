//! A sink that writes files.

use core::fmt;
use std::path::{Path, PathBuf};

use nfstream_decode::Timestamp;
use nfstream_flow::{FlowRecord, FlowSink, Record, RecordEncoder, Schema};

use crate::format::Format;
use crate::output::FileOutput;
use crate::rows::Rows;
use crate::series::FileSeries;
use crate::{ExportError, Split};

/// Writes flow records in a [`Format`] to a file, or to several.
///
/// A file is a [`FileOutput`]: it has a temporary name until it is complete, and devices and pipes are written to
/// directly. It is opened at construction, so that a path that cannot be written is known before any packet is read.
/// After an error, and where the sink is dropped without being finished, the file keeps its temporary name, with the rows
/// that there were (of formats of columns, with whole batches); after an error, the sink takes no more records.
///
/// # Several files
///
/// With [`flows_per_file`](Split::flows_per_file), `flows.csv` becomes `flows.0.csv`, `flows.1.csv` and so on
/// (`flows` becomes `flows.0`), each whole by itself and with exactly so many flows, the last one with what is left. Each has
/// its final name as soon as it is complete. With [`rotate_files`](Split::rotate_files) = *r*, numbers go from 0 to
/// *r* − 1 and start again.
///
/// With [`rotate_every`](Split::rotate_every), the file is completed and the next one begun when the sink is told
/// that its interval is over ([`FlowSink::advance`]). Intervals are aligned: they begin at multiples of their length since
/// 1970-01-01T00:00:00Z, those of five minutes at 17:45:00, 17:50:00 and so on. The name carries the beginning, in UTC:
/// `flows.20261123T174500Z.csv`. In particular:
///
/// - The file that is being written is always `flows.csv.partial`, or, where that was left behind by a program that was
///   killed, `flows.csv.partial.1` and so on.
/// - A file holds the flows that *ended* in its interval, or with packet time in the windows of packets that were read
///   then; none are split. The first and the last file may cover part of an interval only.
/// - An interval without flows has a file without rows, so that a missing file means that nothing ran. Intervals
///   that time jumped over have none.
/// - Time that goes back begins no file.
/// - No file is replaced: where the name is taken, as after a restart within an interval, the file is called
///   `flows.20261123T174500Z.1.csv`, `.2.csv` and so on.
/// - With `flows_per_file` too, whichever comes first completes a file, and further files of the same interval are
///   numbered likewise. As long as no time was told, files are not full.
/// - With `rotate_files` = *r*, the oldest file of this sink is removed when there would be more than *r* complete ones.
///   Files of earlier runs stay.
///
/// Unlike NFStream, which writes no file for no flows, this writes one without rows. (NFStream makes the names by replacing
/// every `csv` in the path.)
///
/// # Examples
///
/// ```
/// use nfstream_export::{Csv, FileSink, Split};
/// use nfstream_flow::{FlowSink, FlowTable, FlowTableConfig, schema};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flows.csv");
/// let config = FlowTableConfig::default();
/// let mut sink = FileSink::split(&path, Csv::default(), &Split::default().flows_per_file(1000))?;
/// let mut table = FlowTable::new(&config, ());
/// FlowSink::<()>::begin(&mut sink, &schema(&config, &()))?;
/// // table.push(&packet, &mut sink)?;
/// table.finish(&mut sink)?;
/// FlowSink::<()>::finish(&mut sink)?;
/// assert!(path.with_file_name("flows.0.csv").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileSink<F: Format> {
    rows: Rows<F>,
    series: FileSeries,
    state: State,
}

#[derive(Debug)]
enum State {
    /// A file is being written.
    Open(FileOutput),
    /// A file is complete, and there was no further flow yet.
    Between,
    /// Finished or failed.
    Closed,
}

impl<F: Format> FileSink<F> {
    /// Writes all flows to one file, in `format`.
    ///
    /// # Errors
    ///
    /// The file cannot be created.
    pub fn create(path: impl Into<PathBuf>, format: F) -> Result<Self, ExportError> {
        Self::split(path, format, &Split::default())
    }

    /// Writes flows to files, in `format`.
    ///
    /// # Errors
    ///
    /// The first file cannot be created, or what `split` asks for contradicts itself or the kind of file.
    pub fn split(path: impl Into<PathBuf>, format: F, split: &Split) -> Result<Self, ExportError> {
        let mut series = FileSeries::new(path.into(), *split)?;
        Ok(Self {
            rows: Rows::new(format),
            state: State::Open(series.open()?),
            series,
        })
    }

    /// The same sink with some columns anonymised.
    #[cfg(feature = "anonymize")]
    #[must_use]
    pub fn anonymize(mut self, anonymizer: crate::Anonymizer) -> Self {
        self.rows.anonymize(anonymizer);
        self
    }

    /// Writes what is buffered.
    fn flush(&mut self) -> Result<(), ExportError> {
        let State::Open(output) = &mut self.state else {
            return Ok(());
        };
        let Err(source) = self.rows.write_to(output) else {
            return Ok(());
        };
        let path = output.path().to_owned();
        self.state = State::Closed;
        Err(ExportError::Write { path, source })
    }

    /// The path that was given; where there are several files, their names are made from it.
    pub fn path(&self) -> &Path {
        self.series.path()
    }

    /// Opens the next file.
    fn open(&mut self) -> Result<(), ExportError> {
        self.state = State::Open(self.series.open()?);
        self.rows.open()
    }

    /// Does something to the file. After an error there is no more to be done.
    fn unless_failed(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let result = act(self);
        if result.is_err() {
            // The error that came first is the one to report.
            let _ = self.flush();
            self.state = State::Closed;
        }
        result
    }

    /// Lets `push` append a row to the file, and completes it where it is the last one.
    fn append(
        &mut self,
        push: impl FnOnce(&mut Rows<F>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        match self.state {
            State::Open(_) => {}
            State::Between => self.open()?,
            State::Closed => return Err(self.closed()),
        }
        push(&mut self.rows)?;
        if self.series.count_flow() {
            self.complete()?;
        } else if self.rows.is_full() {
            self.flush()?;
        }
        Ok(())
    }

    /// Begins the next file if it is time.
    fn advance_to(&mut self, now: Timestamp) -> Result<(), ExportError> {
        if matches!(self.state, State::Closed) {
            return Ok(());
        }
        if self.series.advance(now) {
            self.complete()?;
            self.open()?;
        } else if self.series.is_full() {
            self.complete()?;
        } else if matches!(self.state, State::Open(_)) {
            self.rows.advance(now)?;
        }
        self.flush()
    }

    /// The file, if there is one, has all its rows.
    fn complete(&mut self) -> Result<(), ExportError> {
        if matches!(self.state, State::Open(_)) {
            self.rows.close()?;
        }
        self.flush()?;
        match core::mem::replace(&mut self.state, State::Closed) {
            State::Open(output) => self.series.complete(output)?,
            State::Between => {}
            State::Closed => return Err(self.closed()),
        }
        self.state = State::Between;
        Ok(())
    }

    fn closed(&self) -> ExportError {
        ExportError::Closed {
            path: self.path().to_owned(),
        }
    }
}

/// Writes the rows that there are.
impl<F: Format> Drop for FileSink<F> {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

impl<F: Format> fmt::Debug for FileSink<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSink")
            .field("series", &self.series)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<O: Record, F: Format> FlowSink<O> for FileSink<F> {
    type Error = ExportError;

    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.unless_failed(|file| {
            file.rows.begin(schema)?;
            file.rows.open()
        })
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), ExportError> {
        self.unless_failed(|file| file.append(|rows| rows.push(&record)))
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        self.rows.encoder()
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), ExportError> {
        self.unless_failed(|file| file.append(|rows| rows.push_encoded(id, row)))
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), ExportError> {
        self.unless_failed(|file| file.advance_to(now))
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.unless_failed(Self::complete)?;
        self.state = State::Closed;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
