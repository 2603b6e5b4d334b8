//! One file after the other: what they are called, and when the next one begins.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nfstream_decode::Timestamp;

use crate::output::{FileOutput, can_be_split};
use crate::{ExportError, Split, UtcTime};

/// Names tell no less.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// The file, or the files, of a sink: opens them, tells when one is over, and gives them their names.
///
/// | [`Split`] | names |
/// |---|---|
/// | neither | `flows.csv` |
/// | `flows_per_file` | `flows.0.csv`, `flows.1.csv`, …; with `rotate_files` they begin again |
/// | `rotate_every` | `flows.20261123T174500Z.csv`; further ones of the same interval `flows.20261123T174500Z.1.csv`, … |
#[derive(Debug)]
pub(crate) struct FileSeries {
    path: PathBuf,
    split: Split,
    /// Flows in the file that is open.
    flows: u64,
    /// The number of the next file; where files have intervals, of those in the interval.
    number: u64,
    /// Where the interval began in which the file was opened, as far as time is known.
    opened_in: Option<Timestamp>,
    /// Where the latest interval began that time has come to.
    latest: Option<Timestamp>,
    /// The complete files of these intervals that there may be, the oldest first.
    complete: VecDeque<PathBuf>,
}

impl FileSeries {
    /// Files whose names are made of `path`. None is opened yet.
    ///
    /// # Errors
    ///
    /// What is asked for contradicts itself or the kind of file.
    pub(crate) fn new(path: PathBuf, split: Split) -> Result<Self, ExportError> {
        let Split {
            flows_per_file,
            rotate_every,
            rotate_files,
        } = split;
        if rotate_files > 0 && flows_per_file == 0 && rotate_every.is_none() {
            return Err(ExportError::RotationWithoutSplit { rotate_files });
        }
        if let Some(rotate_every) = rotate_every.filter(|it| *it < SHORTEST_INTERVAL) {
            return Err(ExportError::ShortInterval { rotate_every });
        }
        let series = Self {
            path,
            split,
            flows: 0,
            number: 0,
            opened_in: None,
            latest: None,
            complete: VecDeque::new(),
        };
        if series.is_split() && !can_be_split(&series.path)? {
            return Err(series.not_for_streams(series.path.clone()));
        }
        Ok(series)
    }

    /// Opens the next file.
    pub(crate) fn open(&mut self) -> Result<FileOutput, ExportError> {
        if self.split.rotate_every.is_some() {
            if self.opened_in != self.latest {
                self.opened_in = self.latest;
                self.number = 0;
            }
            return FileOutput::unnamed(&self.path);
        }
        if !self.is_split() {
            return FileOutput::create(&self.path);
        }
        let rotate_files = self.split.rotate_files;
        let number = self.number.checked_rem(rotate_files).unwrap_or(self.number);
        self.number += 1;
        let output = FileOutput::create(with_infix(&self.path, &number.to_string()))?;
        if output.is_stream() {
            return Err(self.not_for_streams(output.path().to_owned()));
        }
        Ok(output)
    }

    /// A flow was written to the file that is open; tells whether it was the last one.
    pub(crate) fn count_flow(&mut self) -> bool {
        self.flows += 1;
        self.is_full()
    }

    /// Whether the file that is open has all its flows. As long as no interval is known to name it by, it takes more.
    pub(crate) fn is_full(&self) -> bool {
        let can_be_named = self.split.rotate_every.is_none() || self.opened_in.is_some();
        let most = self.split.flows_per_file;
        can_be_named && most > 0 && self.flows >= most
    }

    /// Time has come to `now`; tells whether the file's interval is over. If so, the file is to be completed and the next
    /// one to be opened. Time that goes back changes nothing.
    pub(crate) fn advance(&mut self, now: Timestamp) -> bool {
        let Some(every) = self.split.rotate_every else {
            return false;
        };
        self.latest = self.latest.max(Some(start_of_interval(now, every)));
        if self.opened_in.is_none() {
            self.opened_in = self.latest;
        }
        self.opened_in < self.latest
    }

    /// Gives a file its name: all is written to it.
    pub(crate) fn complete(&mut self, output: FileOutput) -> Result<(), ExportError> {
        self.flows = 0;
        if self.split.rotate_every.is_none() {
            return output.finish();
        }
        let (path, opened_in, number) = (&self.path, self.opened_in, &mut self.number);
        let name = output.finish_unnamed(|| {
            let name = name_in_interval(path, opened_in, *number);
            *number += 1;
            name
        })?;
        if self.split.rotate_files > 0 {
            self.complete.push_back(name);
            self.remove_oldest()?;
        }
        Ok(())
    }

    /// The path that all names are made of.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn is_split(&self) -> bool {
        self.split.flows_per_file > 0 || self.split.rotate_every.is_some()
    }

    /// Leaves no more files than there may be.
    fn remove_oldest(&mut self) -> Result<(), ExportError> {
        if (self.complete.len() as u64) <= self.split.rotate_files {
            return Ok(());
        }
        let Some(path) = self.complete.pop_front() else {
            return Ok(());
        };
        match fs::remove_file(&path) {
            // Whoever took it away wanted it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result.map_err(|source| ExportError::Remove { path, source }),
        }
    }

    fn not_for_streams(&self, path: PathBuf) -> ExportError {
        match self.split.rotate_every {
            Some(rotate_every) => ExportError::RotateStream { path, rotate_every },
            None => ExportError::SplitStream {
                path,
                flows_per_file: self.split.flows_per_file,
            },
        }
    }
}

/// Intervals begin at multiples of their length since 1970.
fn start_of_interval(now: Timestamp, every: Duration) -> Timestamp {
    let since_start = u128::from(now.as_nanos()).checked_rem(every.as_nanos());
    // Not more than `now`.
    let since_start = since_start.and_then(|it| u64::try_from(it).ok());
    Timestamp::from_nanos(now.as_nanos() - since_start.unwrap_or(0))
}

/// The path with the start of the interval in it, if that is known, and the number, unless it is 0.
fn name_in_interval(path: &Path, start: Option<Timestamp>, number: u64) -> PathBuf {
    let start = start.map(|start| {
        let UtcTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = start.into();
        format!("{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    });
    match (start, number) {
        (None, 0) => path.to_owned(),
        (None, number) => with_infix(path, &number.to_string()),
        (Some(start), 0) => with_infix(path, &start),
        (Some(start), number) => with_infix(path, &format!("{start}.{number}")),
    }
}

/// The path with something before its extension, or at the end where it has none.
fn with_infix(path: &Path, infix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".");
    name.push(infix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests;
