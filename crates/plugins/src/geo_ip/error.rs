//! Why a database cannot be used.

use std::io;
use std::path::PathBuf;

/// A database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GeoIpError {
    /// The file cannot be read.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not in `MaxMind`'s format, or damaged.
    #[error("{path}: is not a database in MaxMind's format (.mmdb): {reason}")]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The database tells other things of addresses.
    #[error(
        "{path}: is a database of type {database_type:?}: its type must have Country, City or Enterprise in it, or ASN or ISP"
    )]
    OtherType {
        /// The file.
        path: PathBuf,
        /// What the file says it is.
        database_type: String,
    },
    /// A database before tells the same.
    #[error("{path}: is a second database of {kind}")]
    Second {
        /// The file.
        path: PathBuf,
        /// What it tells of addresses.
        kind: &'static str,
    },
}
