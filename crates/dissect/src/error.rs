//! Why nDPI cannot be used.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why nDPI cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NdpiError {
    /// The library that is loaded is not the one whose headers this program was built with. Their structures may differ
    /// although both have the same file name.
    #[error(
        "libndpi {library} is loaded, but this program was built for {headers}: build it again on this machine, or \
         point the loader at the library that it was built for"
    )]
    #[non_exhaustive]
    OtherLibrary {
        /// Version of the headers, as `major.minor`.
        headers: String,
        /// Version of the library, as it says itself.
        library: String,
    },
    /// This version of nDPI wants to know under which licence it is used.
    #[error("nDPI {library} wants to know under which licence it is used: say so with `licence`")]
    #[non_exhaustive]
    Licence {
        /// Version of the library.
        library: String,
    },
    /// nDPI did not set up a detection module: out of memory, or a licence or rules that it does not accept.
    #[error("nDPI did not set up its detection module")]
    Module,
    /// A file with protocols or categories cannot be read, or its copy for nDPI not be written.
    #[error("{}: {source}", path.display())]
    #[non_exhaustive]
    File {
        /// Its path.
        path: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// A line of a file with protocols or categories is none that nDPI takes.
    #[error("{}:{line}: {problem}; allowed: {allowed}", path.display())]
    #[non_exhaustive]
    Rule {
        /// Path of the file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
        /// What would be right.
        allowed: String,
    },
    /// nDPI refused a setting.
    #[error("nDPI does not take the setting {setting} = {value:?} (its code is {code})")]
    #[non_exhaustive]
    Setting {
        /// Its name: `protocol.key`, or `key` for one of no protocol.
        setting: String,
        /// Its value.
        value: String,
        /// What nDPI returned.
        code: i32,
    },
    /// Something that this version of nDPI does not have.
    #[error("nDPI {library} has no {feature}; {versions} have")]
    #[non_exhaustive]
    Unsupported {
        /// What it is.
        feature: Feature,
        /// Version of the library.
        library: String,
        /// Which versions have it.
        versions: &'static str,
    },
}

/// Something that some versions of nDPI do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Feature {
    /// JA3 of TLS clients.
    Ja3,
    /// JA4 of TLS clients.
    Ja4,
    /// [`set`](crate::NdpiBuilder::set).
    Settings,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ja3 => "JA3 of clients",
            Self::Ja4 => "JA4",
            Self::Settings => "settings",
        })
    }
}
