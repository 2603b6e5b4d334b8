//! The reader of captures, over any bytes, however they come.

use std::io::{self, Read};

use nfstream_capture::{CaptureReader, PacketSource, Received};

/// The least that a packet takes in a file: the record header of a classic pcap, or a simple packet block.
const LEAST_RECORD: usize = 16;
/// The first damaged block, what ended the file, and how many more blocks were damaged.
const MOST_ERRORS: usize = 3;
/// Compressed data may be far longer than the input; what comes first is enough of it.
const MOST_WINDOWS: usize = 64;

/// First byte: how many bytes come at a time. The rest: the file.
pub fn run(input: &[u8]) {
    let [piece, file @ ..] = input else {
        return;
    };
    let whole = read(file, usize::MAX);
    let in_pieces = read(file, usize::from(*piece) + 1);
    let (Some(whole), Some(in_pieces)) = (whole, in_pieces) else {
        return;
    };
    let is_damaged = |said: &[Said]| said.iter().any(|said| matches!(said, Said::Error(_)));
    // How much of damaged data comes out before the damage is the decompressor's business.
    if starts_as_capture(file) || !is_damaged(&whole) {
        assert_eq!(whole, in_pieces, "it does not matter how the bytes come");
    } else {
        assert!(
            is_damaged(&in_pieces),
            "damage is told however the bytes come"
        );
    }
}

/// What a source said.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Frame {
        nanos: u64,
        link_type: u16,
        wire_len: u32,
        data: Vec<u8>,
    },
    Error(String),
}

/// Everything that the file says; `None` if it is compressed and long.
fn read(file: &[u8], piece: usize) -> Option<Vec<Said>> {
    let pieces = Pieces {
        rest: file,
        piece,
        interrupted: false,
    };
    let mut source = CaptureReader::new(pieces, "file");
    let (mut said, mut windows, mut errors) = (Vec::new(), 0, 0);
    loop {
        match source.receive() {
            Ok(Received::Frames(frames)) => {
                assert!(!frames.is_empty(), "an empty window");
                for location in frames.locations() {
                    let end = location.offset as usize + location.captured_len as usize;
                    assert!(
                        end <= frames.buffer().len(),
                        "a frame outside of the window"
                    );
                }
                said.extend(frames.iter().map(|frame| Said::Frame {
                    nanos: frame.timestamp.as_nanos(),
                    link_type: frame.link_type.0,
                    wire_len: frame.wire_len,
                    data: frame.data.to_vec(),
                }));
                windows += 1;
            }
            Err(error) => {
                errors += 1;
                assert!(errors <= MOST_ERRORS, "one error too many: {error}");
                said.push(Said::Error(error.to_string()));
            }
            Ok(_) => break,
        }
        let is_compressed = !starts_as_capture(file);
        if is_compressed && windows >= MOST_WINDOWS {
            return None;
        }
        assert!(
            is_compressed || said.len() <= file.len() / LEAST_RECORD + MOST_ERRORS,
            "more packets than the file has room for"
        );
    }
    assert!(
        matches!(source.receive(), Ok(Received::End)),
        "the end is the end"
    );
    assert!(source.stats().bytes_read <= file.len() as u64);
    Some(said)
}

/// Whether it starts with the magic number of a pcapng or of a classic pcap, in either byte order; others cannot have
/// packets unless they are decompressed first.
fn starts_as_capture(file: &[u8]) -> bool {
    matches!(
        file,
        [0x0a, 0x0d, 0x0d, 0x0a, ..]
            | [0xa1, _, _, _, ..]
            | [_, _, _, 0xa1, ..]
            | [0x1c, 0x00, 0x01, 0xac, ..]
            | [0xac, 0x01, 0x00, 0x1c, ..]
    )
}

/// Hands out so many bytes at a time, and is interrupted in between.
struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
    interrupted: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = into.len().min(self.piece);
        self.rest.read(&mut into[..length])
    }
}
