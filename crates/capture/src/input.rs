//! What a list of captures is made of.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::compression::Stream;
use crate::format::Format;

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";

/// One capture of a list: a file, standard input or any reader.
pub struct Input {
    name: String,
    kind: Kind,
}

enum Kind {
    File(PathBuf),
    StandardInput,
    Reader(Box<dyn Read + Send>),
}

impl Input {
    /// The file at `path`; `-` is standard input.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        if path.as_os_str() == STANDARD_INPUT {
            return Self::standard_input();
        }
        Self {
            name: path.display().to_string(),
            kind: Kind::File(path),
        }
    }

    /// Standard input.
    pub fn standard_input() -> Self {
        Self {
            name: "standard input".to_owned(),
            kind: Kind::StandardInput,
        }
    }

    /// What `read` holds; errors call it `name`.
    pub fn reader(read: impl Read + Send + 'static, name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: Kind::Reader(Box::new(read)),
        }
    }

    /// What errors call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path, if it has one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.kind {
            Kind::File(path) => Some(path),
            Kind::StandardInput | Kind::Reader(_) => None,
        }
    }

    /// How many bytes it has, where that can be known; an error if nothing can be read from it.
    pub(crate) fn size(&self) -> io::Result<Option<u64>> {
        let Some(path) = self.file() else {
            return Ok(None);
        };
        let metadata = fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(metadata.is_file().then_some(metadata.len()))
    }

    /// The path of a regular file, which can be read twice. A pipe has a path too, and what is read from it is gone.
    pub(crate) fn regular_file(&self) -> Option<&Path> {
        self.file()
            .filter(|path| fs::metadata(path).is_ok_and(|metadata| metadata.is_file()))
    }

    pub(crate) fn open(self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self.kind {
            Kind::File(path) => Box::new(File::open(path)?),
            Kind::StandardInput => Box::new(io::stdin()),
            Kind::Reader(read) => read,
        })
    }
}

/// What packets can come from.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source {
    /// A capture.
    Capture(Input),
    /// A network interface.
    #[cfg(all(feature = "libpcap", unix))]
    Interface(crate::Interface),
}

impl<I: Into<Input>> From<I> for Source {
    fn from(capture: I) -> Self {
        Self::Capture(capture.into())
    }
}

#[cfg(all(feature = "libpcap", unix))]
impl From<crate::Interface> for Source {
    fn from(interface: crate::Interface) -> Self {
        Self::Interface(interface)
    }
}

impl<P: Into<PathBuf>> From<P> for Input {
    fn from(path: P) -> Self {
        Self::path(path)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Whether the file at `path` starts as a capture does, compressed or not.
///
/// It reads the first bytes only, which are gone then where it is a pipe. What starts like compressed data and cannot be decompressed is no capture.
///
/// # Errors
///
/// The file cannot be opened or read.
pub fn is_capture(path: impl AsRef<Path>) -> io::Result<bool> {
    let mut stream = Stream::new(File::open(path)?);
    let mut magic = [0; 4];
    match stream.read_exact(&mut magic) {
        Ok(()) => Ok(Format::recognise(magic).is_some()),
        Err(_) if !stream.source_failed() => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::testing::{gzip, one_packet_pcap};

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(Input::from("-").name(), "standard input");
        assert_eq!(Input::from("./-").name(), "./-");
    }

    #[test]
    fn captures_are_told_by_content() {
        let sniff = |content: &[u8]| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(content).unwrap();
            is_capture(file.path()).unwrap()
        };
        let capture = one_packet_pcap();
        assert!(sniff(&capture));
        assert!(sniff(&gzip(&capture)));
        assert!(!sniff(b""));
        assert!(!sniff(b"text"));
        assert!(!sniff(&[0x1f, 0x8b, 8, 0xff, 1, 2, 3]));
        assert!(!sniff(&gzip(b"text")));
        assert!(is_capture("/nonexistent").is_err());
    }
}
