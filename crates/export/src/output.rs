//! Files that get their name when they are complete.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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

/// What a path leads to.
enum Destination {
    /// Standard output or standard error: opened.
    Standard(File),
    /// A device or a pipe.
    Stream,
    /// A regular file, or none yet.
    File {
        /// Where the path leads, behind symbolic links.
        target: PathBuf,
        /// The file that is there.
        existing: Option<fs::Metadata>,
    },
}

impl Destination {
    fn of(path: &Path) -> Result<Self, ExportError> {
        // `Path` forgets a slash at the end, which the system does not.
        let ends_in_separator = path
            .as_os_str()
            .as_encoded_bytes()
            .last()
            .is_some_and(|&byte| std::path::is_separator(char::from(byte)));
        if ends_in_separator || path.file_name().is_none() {
            let path = path.to_owned();
            return Err(ExportError::NoFileName { path });
        }
        Self::examine(path).map_err(|source| ExportError::Create {
            path: path.to_owned(),
            source,
        })
    }

    fn examine(path: &Path) -> io::Result<Self> {
        if let Some(stream) = standard_stream(path) {
            return stream.map(Self::Standard);
        }
        let existing = match fs::metadata(path) {
            Ok(existing) => Some(existing),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if existing
            .as_ref()
            .is_some_and(|existing| !existing.is_file())
        {
            return Ok(Self::Stream);
        }
        Ok(Self::File {
            target: resolve(path)?,
            existing,
        })
    }
}

/// Whether a path leads to a device, a pipe or standard output, which [`FileOutput`] writes to directly.
///
/// Files and directories are none, nor is what does not exist. Nothing is opened for it, so that no pipe waits.
///
/// ```
/// # #[cfg(unix)]
/// assert!(nfstream_export::is_stream("/dev/null"));
/// assert!(!nfstream_export::is_stream("flows.csv"));
/// ```
pub fn is_stream(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    standard_stream(path).is_some()
        || fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// Whether several files can be made of what a path leads to: a regular file, or nothing yet.
pub(crate) fn can_be_split(path: &Path) -> Result<bool, ExportError> {
    Destination::of(path).map(|destination| matches!(destination, Destination::File { .. }))
}

/// Standard output and standard error by their path.
///
/// They may be redirected into a regular file, which is not to be replaced under the feet of the other programs that
/// write to it; and opening them anew would lose the position in it.
fn standard_stream(path: &Path) -> Option<io::Result<File>> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let duplicate = match path.to_str()? {
            "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => {
                io::stdout().as_fd().try_clone_to_owned()
            }
            "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => {
                io::stderr().as_fd().try_clone_to_owned()
            }
            _ => return None,
        };
        Some(duplicate.map(File::from))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Where a path leads, behind symbolic links; also where the last one leads to nothing.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows (`path_resolution(7)`).
    const MAX_LINKS: usize = 40;

    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
        if !is_link {
            return Ok(path);
        }
        let link = fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    Err(io::Error::other("too many levels of symbolic links"))
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
