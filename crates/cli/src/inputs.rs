//! From what the user names to captures: files, directories, patterns, standard input.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nfstream::BoxError;
use nfstream::capture::{Input, is_capture};

use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// The path that stands for standard input and standard output.
pub(crate) const STANDARD_STREAM: &str = "-";

/// What is to be read.
#[derive(Debug, Default)]
pub(crate) struct Captures {
    /// In the order in which they are to be read.
    pub(crate) paths: Vec<PathBuf>,
    /// What was found in directories and cannot be read: to be told at the end, as no reason to leave the rest unread.
    pub(crate) unreadable: Vec<BoxError>,
}

/// The captures that are meant. What the user named and is not there is told before anything is read.
pub(crate) fn expand(named: &[PathBuf]) -> Result<Captures, Failure> {
    let mut captures = Captures::default();
    let mut errors = Vec::new();
    for path in named {
        if let Err(error) = captures.add(path)? {
            errors.push(error);
        }
    }
    if errors.is_empty() && !captures.paths.is_empty() {
        return Ok(captures);
    }
    errors.append(&mut captures.unreadable);
    Err(Failure::Inputs(errors))
}

impl Captures {
    /// Adds what one argument means. The outer error is one of usage.
    fn add(&mut self, path: &Path) -> Result<Result<(), BoxError>, Failure> {
        if path.is_dir() {
            return Ok(self.add_captures_in(path));
        }
        // A file may have the characters of a pattern in its name. One that is missing is found out when it is opened.
        let text = path.to_str().filter(|_| !path.exists());
        match text {
            Some("true" | "false") => Err(Failure::Usage(format!(
                "{}: there is no such file; the value of a switch follows a =, as in --statistical-analysis=true",
                path.display()
            ))),
            Some(pattern) if pattern.contains(['*', '?', '[']) => self.add_matches(pattern),
            _ => {
                self.paths.push(path.to_owned());
                Ok(Ok(()))
            }
        }
    }

    /// Adds the captures in a directory, by name.
    fn add_captures_in(&mut self, directory: &Path) -> Result<(), BoxError> {
        let failed =
            |path: &Path, error: io::Error| format!("{}: cannot be read: {error}", path.display());
        let (mut captures, mut unreadable) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(directory).map_err(|error| failed(directory, error))? {
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(error) => {
                    unreadable.push(failed(directory, error));
                    continue;
                }
            };
            // Not pipes, which would wait for a writer.
            if path.is_file() {
                match is_capture(&path) {
                    Ok(true) => captures.push(path),
                    Ok(false) => {}
                    Err(error) => unreadable.push(failed(&path, error)),
                }
            }
        }
        if captures.is_empty() && unreadable.is_empty() {
            return Err(format!("{}: no capture is in this directory", directory.display()).into());
        }
        captures.sort();
        unreadable.sort();
        self.paths.append(&mut captures);
        self.unreadable
            .extend(unreadable.into_iter().map(BoxError::from));
        Ok(())
    }

    /// Adds the files that a pattern matches, by name; not the directories.
    fn add_matches(&mut self, pattern: &str) -> Result<Result<(), BoxError>, Failure> {
        let matches = glob::glob(pattern)
            .map_err(|error| Failure::Usage(format!("{pattern}: is not a pattern: {error}")))?;
        let mut found = false;
        for path in matches {
            match path {
                Ok(path) if path.is_dir() => continue,
                Ok(path) => self.paths.push(path),
                Err(error) => self.unreadable.push(error.into()),
            }
            found = true;
        }
        Ok(if found {
            Ok(())
        } else {
            Err(format!("{pattern}: no file matches").into())
        })
    }
}

/// Opens what may keep its reader waiting so that an interrupt ends the wait.
pub(crate) fn open(captures: Vec<PathBuf>, interrupt: &Interrupt) -> Vec<Input> {
    captures
        .into_iter()
        .map(|path| {
            if path.as_os_str() == STANDARD_STREAM {
                let reader = interrupt.reader(|| Ok(io::stdin()));
                Input::reader(reader, "standard input")
            } else if fs::metadata(&path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
                let name = path.display().to_string();
                Input::reader(interrupt.reader(|| fs::File::open(path)), name)
            } else {
                Input::path(path)
            }
        })
        .collect()
}
