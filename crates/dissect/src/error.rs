//! Why nDPI cannot be used.

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
    /// nDPI did not set up a detection module: out of memory, or a licence that it does not accept.
    #[error("nDPI did not set up its detection module")]
    Module,
    /// A file with protocols or categories cannot be read.
    #[error("{}: {source}", path.display())]
    #[non_exhaustive]
    File {
        /// Its path.
        path: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// nDPI refused a file with protocols or categories.
    #[error("{}: nDPI does not take it as a file of {kind}", path.display())]
    #[non_exhaustive]
    FileContent {
        /// Its path.
        path: PathBuf,
        /// What it should hold.
        kind: &'static str,
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
    #[error("{feature}: nDPI {library} does not have it ({versions} do)")]
    #[non_exhaustive]
    Unsupported {
        /// What it is.
        feature: &'static str,
        /// Version of the library.
        library: String,
        /// Which versions have it.
        versions: &'static str,
    },
}
