//! What can go wrong while reading captures.

use std::io;
use std::path::PathBuf;

use crate::Compression;

/// Something in a list of captures could not be read.
///
/// Offsets count from the start of the stream; in a compressed file, of the decompressed stream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The list of captures is empty.
    #[error("no capture was given; give the path of at least one, or - for standard input")]
    NothingToRead,
    /// Paths that no capture can be read from; nothing was read.
    #[error("no capture can be read from {}; right is the path of a file, or - for standard input", listed(.paths))]
    Paths {
        /// Each of them, and why not.
        paths: Vec<(PathBuf, io::Error)>,
    },
    /// A file could not be opened.
    #[error("{file}: cannot be opened: {source}")]
    Open {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The system failed to read on. The rest of the file is given up.
    #[error("{file}: at byte {offset}: cannot be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// Where in the (decompressed) stream.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Compressed data is damaged or cut. The rest of the file is given up.
    #[error(
        "{file}: at byte {offset} of the decompressed stream: the {compression} data cannot be decompressed: {source}"
    )]
    Decompress {
        /// The file.
        file: String,
        /// How much of the decompressed stream was read.
        offset: u64,
        /// How the file is compressed.
        compression: Compression,
        /// What the decompressor said.
        source: io::Error,
    },
    /// The file has no content.
    #[error("{file}: is empty, where a capture has at least a file header")]
    Empty {
        /// The file.
        file: String,
    },
    /// The file is something else.
    #[error(
        "{file}: is not a capture but {found}; pcap and pcapng are read, also in gzip, zstd or lz4"
    )]
    NotACapture {
        /// The file.
        file: String,
        /// What it looks like.
        found: String,
    },
    /// The capture is damaged.
    #[error("{file}: at byte {offset}{}: {damage}", of_decompressed(*.compression))]
    Damaged {
        /// The file.
        file: String,
        /// Where in the (decompressed) stream the damaged record or block starts.
        offset: u64,
        /// How the file is compressed.
        compression: Option<Compression>,
        /// In what way it is damaged.
        damage: Damage,
    },
    /// More blocks of a file were passed over than the first, which has been told.
    #[error("{file}: {blocks} further damaged blocks were passed over")]
    FurtherDamage {
        /// The file.
        file: String,
        /// How many.
        blocks: u64,
    },
}

/// In what way a capture is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The file ends too early.
    #[error("the file ends inside {part}: {present} of {needed} bytes are there")]
    CutShort {
        /// What is cut.
        part: Part,
        /// How many of its bytes are there.
        present: u64,
        /// How many there should be.
        needed: u64,
    },
    /// The file header or section header names a version that nobody has defined.
    #[error(
        "{format} version {major}.{minor} is unknown, {known} are known; the rest of the file is given up"
    )]
    Version {
        /// Pcap or pcapng.
        format: &'static str,
        /// The first number.
        major: u16,
        /// The second number.
        minor: u16,
        /// The versions that are read.
        known: &'static str,
    },
    /// A record of a classic pcap claims more bytes than any capture holds.
    #[error(
        "a record claims {length} captured bytes, at most {limit} are right; the rest of the file is given up, because nothing tells where the next record starts"
    )]
    RecordTooLong {
        /// What it claims.
        length: u32,
        /// What would be right.
        limit: u32,
    },
    /// A block has a length that no block can have.
    #[error(
        "a block of type {block_type:#010x} claims {length} bytes, right is a multiple of 4 from {least} to {limit}; the rest of the file is given up"
    )]
    BlockLength {
        /// The type of the block.
        block_type: u32,
        /// What it claims.
        length: u32,
        /// The least that would be right.
        least: u32,
        /// The most that would be right.
        limit: u32,
    },
    /// The length at the end of a block is another one than at its start.
    #[error(
        "a block of type {block_type:#010x} has length {leading} at its start and {trailing} at its end, where both must be equal; it is given up"
    )]
    BlockTrailer {
        /// The type of the block.
        block_type: u32,
        /// The length at the start.
        leading: u32,
        /// The length at the end.
        trailing: u32,
    },
    /// A section header without the magic number that tells the byte order.
    #[error(
        "a section header has {found:02x?} for its byte-order magic, right is 1a 2b 3c 4d in either order; the rest of the file is given up"
    )]
    ByteOrderMagic {
        /// What is there.
        found: [u8; 4],
    },
    /// A block is too short for its fixed fields.
    #[error("{block} has a body of {length} bytes, at least {least} are right; it is passed over")]
    BlockTooShort {
        /// What kind of block.
        block: &'static str,
        /// The length of its body.
        length: usize,
        /// What would be right.
        least: usize,
    },
    /// A packet block claims more captured bytes than it has room for.
    #[error(
        "a packet block claims {length} captured bytes and has room for {room}; it is passed over"
    )]
    CapturedBeyondBlock {
        /// What it claims.
        length: u32,
        /// What would be right.
        room: usize,
    },
    /// A packet block names an interface that its section has not (soundly) described.
    #[error(
        "a packet block names interface {interface} of {described} that the section described; it is passed over"
    )]
    UnknownInterface {
        /// What it names.
        interface: u32,
        /// How many were described so far.
        described: usize,
    },
    /// An option of an interface description has a length that it cannot have.
    #[error(
        "option {code} of the interface description has {length} bytes, {right} are right; the packets of this interface are passed over"
    )]
    InterfaceOption {
        /// The option's code.
        code: u16,
        /// Its length.
        length: usize,
        /// What would be right.
        right: &'static str,
    },
    /// A section describes too many interfaces.
    #[error(
        "a section describes more than {limit} interfaces; the packets of further ones are passed over"
    )]
    TooManyInterfaces {
        /// The most that are kept.
        limit: usize,
    },
}

/// A part of a capture that the end of the file can cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The header of a classic pcap.
    FileHeader,
    /// The header of a record of a classic pcap.
    RecordHeader,
    /// The captured bytes of a record of a classic pcap, and its header.
    Record,
    /// Type and length of a pcapng block.
    BlockHeader,
    /// A pcapng block.
    Block,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::FileHeader => "the file header",
            Self::RecordHeader => "a record header",
            Self::Record => "a record",
            Self::BlockHeader => "a block header",
            Self::Block => "a block",
        })
    }
}

pub(crate) fn of_decompressed(compression: Option<Compression>) -> &'static str {
    if compression.is_some() {
        " of the decompressed stream"
    } else {
        ""
    }
}

fn listed(paths: &[(PathBuf, io::Error)]) -> String {
    paths
        .iter()
        .map(|(path, why)| format!("{} ({why})", path.display()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_file_offset_and_what_would_be_right() {
        let mut error = CaptureError::Damaged {
            file: "a.pcap".to_owned(),
            offset: 24,
            compression: None,
            damage: Damage::CutShort {
                part: Part::Record,
                present: 3,
                needed: 76,
            },
        };
        assert_eq!(
            error.to_string(),
            "a.pcap: at byte 24: the file ends inside a record: 3 of 76 bytes are there"
        );
        if let CaptureError::Damaged { compression, .. } = &mut error {
            *compression = Some(Compression::Gzip);
        }
        assert!(
            error
                .to_string()
                .starts_with("a.pcap: at byte 24 of the decompressed stream: the file ends")
        );
    }

    #[test]
    fn errors_cross_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<CaptureError>();
    }
}
