//! Protocols and categories of the user.
//!
//! nDPI 4.2 crashes on some lines, never returns from others, skips in silence most that it does not understand, and
//! forgets the categories of one file when it loads the next. So files are read here, once, and nDPI sees their lines only
//! when all of them are right, those of all files in one.

use std::collections::HashSet;
use std::ffi::{CString, c_int};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use tempfile::NamedTempFile;

use self::grammar::{Grammar, Wrong};
use crate::NdpiError;
use crate::ffi::{Module, ndpi_version};

mod grammar;

/// Protocols and categories of the user, in nDPI's format and without a line that nDPI cannot digest.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    protocols: String,
    categories: String,
    mentions: Vec<Mention>,
}

/// A protocol, and the line that is about it.
#[derive(Debug)]
struct Mention {
    name: String,
    path: PathBuf,
    line: usize,
}

impl Rules {
    /// Reads and checks files.
    pub(crate) fn read(
        protocols_files: &[PathBuf],
        categories_files: &[PathBuf],
    ) -> Result<Self, NdpiError> {
        let mut rules = Self::default();
        let grammar = Grammar::of_library();
        for path in protocols_files {
            rules.add_protocols(path, &read(path)?, &grammar)?;
        }
        for path in categories_files {
            rules.add_categories(path, &read(path)?, &grammar)?;
        }
        Ok(rules)
    }

    fn add_protocols(
        &mut self,
        path: &Path,
        content: &[u8],
        grammar: &Grammar,
    ) -> Result<(), NdpiError> {
        for (line, text) in lines(content) {
            let (text, name) = grammar
                .protocol(text)
                .map_err(|wrong| error(path, line, wrong))?;
            let _ = writeln!(self.protocols, "{text}");
            self.mentions.extend(name.map(|name| Mention {
                name: name.to_owned(),
                path: path.to_owned(),
                line,
            }));
        }
        Ok(())
    }

    fn add_categories(
        &mut self,
        path: &Path,
        content: &[u8],
        grammar: &Grammar,
    ) -> Result<(), NdpiError> {
        for (line, text) in lines(content) {
            let (name, category) = grammar
                .category(text)
                .map_err(|wrong| error(path, line, wrong))?;
            let _ = writeln!(self.categories, "{name}\t{category}");
        }
        Ok(())
    }

    /// Lets a module load them.
    pub(crate) fn load(&self, module: &mut Module) -> Result<(), NdpiError> {
        load(&self.protocols, |path| module.load_protocols(path))?;
        load(&self.categories, |path| module.load_categories(path))
    }

    /// Whether a module that has loaded them had room for all protocols: it skips those that are too many.
    pub(crate) fn check_room(&self, module: &Module) -> Result<(), NdpiError> {
        if self.mentions.is_empty() {
            return Ok(());
        }
        // nDPI replaces some characters of names, and takes no notice of case; some versions read a number behind `=`.
        let essence = |name: &str| -> String {
            let characters = name.chars().take_while(|character| *character != '=');
            characters
                .filter(char::is_ascii_alphanumeric)
                .map(|character| character.to_ascii_lowercase())
                .collect()
        };
        let known: HashSet<_> = module.protocols().map(|(name, _)| essence(&name)).collect();
        let mut mentions = self.mentions.iter();
        match mentions.find(|mention| !known.contains(&essence(&mention.name))) {
            None => Ok(()),
            Some(Mention { name, path, line }) => {
                let problem = format!("{name:?} is one protocol too many");
                let allowed = format!("as many as nDPI {} has room for", ndpi_version());
                Err(error(path, *line, Wrong { problem, allowed }))
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, NdpiError> {
    fs::read(path).map_err(|source| NdpiError::File {
        path: path.to_owned(),
        source,
    })
}

/// Lines that say something, with their numbers.
fn lines(content: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    (1..)
        .zip(lines)
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"))
}

fn error(path: &Path, line: usize, Wrong { problem, allowed }: Wrong) -> NdpiError {
    NdpiError::Rule {
        path: path.to_owned(),
        line,
        problem,
        allowed,
    }
}

/// Hands rules over in a file, the only way in which nDPI takes them.
fn load(rules: &str, load: impl FnOnce(&CString) -> c_int) -> Result<(), NdpiError> {
    if rules.is_empty() {
        return Ok(());
    }
    let (_file, path) = written(rules).map_err(|source| NdpiError::File {
        path: env::temp_dir(),
        source,
    })?;
    match load(&path) {
        0.. => Ok(()),
        _ => Err(NdpiError::Module),
    }
}

/// A temporary file, and its path.
fn written(content: &str) -> io::Result<(NamedTempFile, CString)> {
    let mut file = NamedTempFile::new()?;
    file.write_all(content.as_bytes())?;
    let path = CString::new(file.path().as_os_str().as_encoded_bytes())?;
    Ok((file, path))
}

#[cfg(test)]
mod tests;
