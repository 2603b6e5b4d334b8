//! Files that get their name when they are complete.

mod destination;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use self::destination::Destination;
pub(crate) use self::destination::can_be_split;
pub use self::destination::is_stream;
use crate::ExportError;

/// An output file that gets its name when it is complete.
///
/// | what the path leads to | what happens |
/// |---|---|
/// | nothing | the file is written as `<name>.partial` in the same directory, and renamed by [`finish`](Self::finish) |
/// | a regular file | the same; the file that was there is replaced by `finish`, and its permissions are kept |
/// | a symbolic link to either | the same, with what the link leads to; the link stays |
/// | a device, a pipe, standard output | it is written to directly and never renamed over; opening a named pipe waits for its reader |
///
/// A file that is dropped without `finish`, because an error or a crash came first, stays under its temporary name,
/// unless nothing was written to it. Where that name is taken, `<name>.partial.1` and so on are tried: no file is
/// overwritten. Writes are not buffered.
///
/// Data is handed to the operating system, not forced onto the disk (no `fsync`), and what a network file system
/// reports only when a file is closed is not seen.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use nfstream_export::FileOutput;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("flows.txt");
/// let mut output = FileOutput::create(&path)?;
/// output.write_all(b"complete\n")?;
/// assert!(!path.exists());
/// output.finish()?;
/// assert_eq!(std::fs::read(&path)?, b"complete\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileOutput {
    file: File,
    /// As the caller named it.
    path: PathBuf,
    /// `None`: a device or pipe.
    rename: Option<Rename>,
}

/// A file under its temporary name.
#[derive(Debug)]
struct Rename {
    partial: PathBuf,
    target: PathBuf,
    /// Whether there is something in it, or it has its final name.
    keep: bool,
}

impl Drop for Rename {
    fn drop(&mut self) {
        if !self.keep {
            // An empty file that stays harms nobody.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

impl FileOutput {
    /// Opens the file under a temporary name, or the device or pipe that is there.
    ///
    /// # Errors
    ///
    /// The path does not name a file, or the file cannot be created, or what is there cannot be written.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, ExportError> {
        let path = path.into();
        let error = |source| ExportError::Create {
            path: path.clone(),
            source,
        };
        let open = || {
            let mut options = OpenOptions::new();
            options.write(true).open(&path).map_err(error)
        };
        let (file, rename) = match Destination::of(&path)? {
            Destination::Standard(file) => (file, None),
            Destination::Stream => (open()?, None),
            Destination::File { target, existing } => {
                if existing.is_some() {
                    // What may not be written may not be replaced either.
                    open()?;
                }
                let (file, partial) =
                    create_partial(&target).map_err(|source| ExportError::CreateTemporary {
                        path: path.clone(),
                        directory: directory(&target),
                        source,
                    })?;
                let rename = Rename {
                    partial,
                    target,
                    keep: false,
                };
                if let Some(existing) = existing {
                    file.set_permissions(existing.permissions())
                        .map_err(error)?;
                }
                (file, Some(rename))
            }
        };
        Ok(Self { file, path, rename })
    }

    /// Creates a file under the temporary name of a regular file at `path`, to be called otherwise: what is at `path` does
    /// not matter.
    pub(crate) fn unnamed(path: &Path) -> Result<Self, ExportError> {
        let (file, partial) =
            create_partial(path).map_err(|source| ExportError::CreateTemporary {
                path: path.to_owned(),
                directory: directory(path),
                source,
            })?;
        Ok(Self {
            file,
            path: path.to_owned(),
            rename: Some(Rename {
                partial,
                target: path.to_owned(),
                keep: false,
            }),
        })
    }

    /// Gives the file its final name.
    ///
    /// # Errors
    ///
    /// It cannot be renamed.
    pub fn finish(self) -> Result<(), ExportError> {
        let Some(rename) = self.close()? else {
            return Ok(());
        };
        fs::rename(&rename.partial, &rename.target).map_err(|source| ExportError::Rename {
            partial: rename.partial.clone(),
            path: rename.target.clone(),
            source,
        })
    }

    /// Gives the file the first one of these names that is free, and tells which. Devices and pipes have theirs.
    pub(crate) fn finish_unnamed(
        self,
        mut next_name: impl FnMut() -> PathBuf,
    ) -> Result<PathBuf, ExportError> {
        let path = self.path.clone();
        let Some(rename) = self.close()? else {
            return Ok(path);
        };
        loop {
            let path = next_name();
            match rename_if_free(&rename.partial, &path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(source) => {
                    let partial = rename.partial.clone();
                    return Err(ExportError::Rename {
                        partial,
                        path,
                        source,
                    });
                }
            }
        }
    }

    /// Nothing more is written; a file, which stays, is yet to be renamed.
    fn close(self) -> Result<Option<Rename>, ExportError> {
        let Self {
            mut file,
            path,
            mut rename,
        } = self;
        if let Err(source) = file.flush() {
            return Err(ExportError::Write { path, source });
        }
        if let Some(rename) = &mut rename {
            rename.keep = true;
        }
        Ok(rename)
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a device, a pipe or standard output, which no file is renamed over.
    pub fn is_stream(&self) -> bool {
        self.rename.is_none()
    }
}

impl Write for FileOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(rename) = &mut self.rename {
            rename.keep = true;
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The directory that a file lies in.
fn directory(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|it| !it.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// A new file beside `target`.
fn create_partial(target: &Path) -> io::Result<(File, PathBuf)> {
    let mut number = 0_u32;
    loop {
        let mut name = target.file_name().unwrap_or(OsStr::new("")).to_owned();
        name.push(".partial");
        if number > 0 {
            name.push(format!(".{number}"));
        }
        let path = target.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Renames a file, unless there is something of that name.
fn rename_if_free(from: &Path, to: &Path) -> io::Result<()> {
    // A second name never replaces anything, whoever else is looking for one.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not all file systems allow for two names.
        Err(_) if fs::symlink_metadata(to).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

#[cfg(test)]
pub(crate) mod tests;
