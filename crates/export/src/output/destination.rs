//! What a path leads to.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::ExportError;

/// What a path leads to.
pub(super) enum Destination {
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
    pub(super) fn of(path: &Path) -> Result<Self, ExportError> {
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

/// Whether a path leads to a device, a pipe or standard output, which [`FileOutput`](crate::FileOutput) writes to directly.
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
