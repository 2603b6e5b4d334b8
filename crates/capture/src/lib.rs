//! Where frames come from: capture files and network interfaces.
//!
//! Reads classic pcap (both byte orders, microseconds and nanoseconds, the modified and the IXIA variants) and pcapng
//! (several sections, several interfaces), bare or in gzip, zstd or lz4, from files, from standard input and from any
//! reader, and a list of files as one capture. What a file is, its content says, not its name. Memory is bounded
//! whatever the input claims: a file is never read as a whole. Damage is told with file and offset, after everything
//! that lies before it.
//!
//! It writes no captures, decodes no headers and does not sort packets. Directories and
//! patterns are the caller's to expand; [`is_capture`] tells which files of a directory are captures.
//!
//! ```
//! use nfstream_capture::{CaptureReader, PacketSource, Received};
//!
//! // A pcap file of one packet: file header, record header, four captured bytes of sixty.
//! let mut capture = Vec::new();
//! capture.extend(0xa1b2_c3d4_u32.to_le_bytes());
//! capture.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
//! capture.extend([65_535_u32, 1].iter().flat_map(|field| field.to_le_bytes()));
//! capture.extend([1_700_000_000_u32, 250_000, 4, 60].iter().flat_map(|field| field.to_le_bytes()));
//! capture.extend([1, 2, 3, 4]);
//!
//! let mut source = CaptureReader::new(capture.as_slice(), "example");
//! let mut lengths = Vec::new();
//! while let Received::Frames(frames) = source.receive()? {
//!     lengths.extend(frames.iter().map(|frame| (frame.data.len(), frame.wire_len)));
//! }
//! assert_eq!(lengths, [(4, 60)]);
//! # Ok::<(), nfstream_capture::CaptureError>(())
//! ```
//!
//! # Features
//!
//! `libpcap` adds filters in libpcap's language (`Filter`, `Filtered`) and live capture from network interfaces
//! (`Interface`, `LiveCapture`; Unix), and links libpcap. Without it there is no C in this crate.
//!
//! # What is read, and how
//!
//! | | |
//! |---|---|
//! | snaplen | not enforced: a record longer than the file's snaplen is passed on whole |
//! | captured length above the length on the wire | passed on as it is |
//! | seconds of a classic pcap | unsigned: 1970 to 2106 |
//! | zstd | windows of up to 128 MiB, as the zstd tool reads without asking |
//! | link types 12 and 14 | raw IP, as two systems number it; all others as they are |
//! | simple packet blocks | interface 0, [`Timestamp::EPOCH`](nfstream_decode::Timestamp::EPOCH) |
//! | pcapng blocks of unknown type | passed over and counted ([`CaptureStats`]); the first of each file is told ([`UnknownBlock`]) |
//! | damage in a classic pcap | ends the file; there is no way to find the next record |
//! | damage inside one pcapng block of plausible length | that block is passed over; the first is told at once, the others by number when the file ends |
#![forbid(unsafe_code)]

#[cfg(feature = "libpcap")]
mod bpf;
mod buffer;
mod bytes;
mod compression;
mod error;
mod files;
#[cfg(feature = "libpcap")]
mod filter;
mod format;
mod input;
#[cfg(all(feature = "libpcap", unix))]
mod live;
mod owned;
mod pcap;
mod pcapng;
mod reader;
mod source;
#[cfg(test)]
mod testing;
mod window;

pub use compression::Compression;
pub use error::{CaptureError, Damage, Part};
pub use files::CaptureFiles;
#[cfg(feature = "libpcap")]
pub use filter::{Filter, FilterError, Filtered, FilteredError};
pub use input::{Input, Source, is_capture};
#[cfg(all(feature = "libpcap", unix))]
pub use live::{Interface, InterfaceInfo, LiveCapture, LiveError, interfaces};
pub use owned::OwnedFrames;
pub use reader::CaptureReader;
pub use source::{
    CaptureStats, FrameLocation, Frames, LiveStats, PacketSource, Received, UnknownBlock,
};
