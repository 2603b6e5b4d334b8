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

/// The captures that are meant, in the order in which they are to be read.
pub(crate) fn expand(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut captures = Vec::new();
    let mut errors = Vec::new();
    for path in named {
        match expand_one(path)? {
            Ok(found) => captures.extend(found),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(captures)
    } else {
        Err(Failure::Inputs(errors))
    }
}

/// What one argument means. The outer error is one of usage.
fn expand_one(path: &Path) -> Result<Result<Vec<PathBuf>, BoxError>, Failure> {
    if path.is_dir() {
        return Ok(captures_in(path));
    }
    // A file may have the characters of a pattern in its name. One that is missing is found out when it is opened.
    let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']));
    match pattern {
        Some(pattern) if !path.exists() => matches(pattern),
        _ => Ok(Ok(vec![path.to_owned()])),
    }
}

/// The captures in a directory, by name.
fn captures_in(directory: &Path) -> Result<Vec<PathBuf>, BoxError> {
    let failed =
        |path: &Path, error: io::Error| format!("{}: cannot be read: {error}", path.display());
    let mut captures = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| failed(directory, error))? {
        let path = entry.map_err(|error| failed(directory, error))?.path();
        // Not pipes, which would wait for a writer.
        if path.is_file() && is_capture(&path).map_err(|error| failed(&path, error))? {
            captures.push(path);
        }
    }
    if captures.is_empty() {
        return Err(format!("{}: no capture is in this directory", directory.display()).into());
    }
    captures.sort();
    Ok(captures)
}

/// The files that a pattern matches, by name.
fn matches(pattern: &str) -> Result<Result<Vec<PathBuf>, BoxError>, Failure> {
    let paths = glob::glob(pattern)
        .map_err(|error| Failure::Usage(format!("{pattern}: is not a pattern: {error}")))?;
    let found: Result<Vec<PathBuf>, _> = paths.collect();
    Ok(match found {
        Err(error) => Err(error.into()),
        Ok(files) if files.is_empty() => Err(format!("{pattern}: no file matches").into()),
        Ok(files) => Ok(files),
    })
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
