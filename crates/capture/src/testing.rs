//! Builds captures for tests, and reads them back.

use std::io::{self, Read, Write};

use nfstream_decode::LinkType;

use crate::bytes::ByteOrder;
use crate::{
    CaptureError, CaptureReader, CaptureStats, Frames, OwnedFrames, PacketSource, Received,
    UnknownBlock,
};

/// Writes integers in one byte order.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) order: ByteOrder,
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(order: ByteOrder) -> Self {
        Self {
            order,
            bytes: Vec::new(),
        }
    }

    pub(crate) fn u16(mut self, value: u16) -> Self {
        self.bytes.extend(match self.order {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        });
        self
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.bytes.extend(match self.order {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        });
        self
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    /// A classic pcap's file header.
    pub(crate) fn pcap(order: ByteOrder, magic: u32, version: (u16, u16), network: u32) -> Self {
        Self::new(order)
            .u32(magic)
            .u16(version.0)
            .u16(version.1)
            .u32(0)
            .u32(0)
            .u32(65_535)
            .u32(network)
    }

    /// A classic pcap's record.
    pub(crate) fn record(self, seconds: u32, fraction: u32, wire_len: u32, data: &[u8]) -> Self {
        self.u32(seconds)
            .u32(fraction)
            .u32(length(data))
            .u32(wire_len)
            .raw(data)
    }

    /// A pcapng block, padded.
    pub(crate) fn block(self, block_type: u32, body: impl FnOnce(Self) -> Self) -> Self {
        let mut body = body(Self::new(self.order)).bytes;
        body.resize(body.len().next_multiple_of(4), 0);
        let total = length(&body) + 12;
        self.u32(block_type).u32(total).raw(&body).u32(total)
    }

    pub(crate) fn section(self) -> Self {
        self.block(0x0a0d_0d0a, |body| {
            body.u32(0x1a2b_3c4d).u16(1).u16(0).raw(&[0xff; 8])
        })
    }

    pub(crate) fn interface(self, link_type: u16, snaplen: u32, options: &[u8]) -> Self {
        self.block(1, |body| {
            body.u16(link_type).u16(0).u32(snaplen).raw(options)
        })
    }

    pub(crate) fn enhanced(self, interface: u32, time: u64, wire_len: u32, data: &[u8]) -> Self {
        self.block(6, |body| {
            body.u32(interface)
                .u32(u32::try_from(time >> 32).unwrap())
                .u32(u32::try_from(time & 0xffff_ffff).unwrap())
                .u32(length(data))
                .u32(wire_len)
                .raw(data)
        })
    }
}

fn length(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap()
}

pub(crate) fn one_packet_pcap() -> Vec<u8> {
    small_pcap(1)
}

/// A pcap of Ethernet frames of 0, 1, 2 ... bytes, a second apart.
pub(crate) fn small_pcap(packets: u32) -> Vec<u8> {
    let mut writer = Writer::pcap(ByteOrder::Little, 0xa1b2_c3d4, (2, 4), 1);
    for number in 0..packets {
        let data = vec![7; number as usize % 50];
        writer = writer.record(number, 5, number + 7, &data);
    }
    writer.bytes
}

/// A pcapng with everything that one can hold.
pub(crate) fn rich_pcapng() -> Vec<u8> {
    let options = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    let first = Writer::new(ByteOrder::Little)
        .section()
        .interface(1, 4, &options)
        .interface(101, 0, &[])
        .enhanced(0, 7, 60, &[1, 2, 3])
        .block(4, |body| body.u32(0))
        .enhanced(1, 8, 4, &[4; 4])
        .block(3, |body| body.u32(9).raw(&[5; 4]))
        .block(0x8000_0001, |body| body.raw(b"local"));
    Writer {
        order: ByteOrder::Big,
        bytes: first.bytes,
    }
    .section()
    .interface(113, 0, &[])
    .block(2, |body| {
        body.u16(0)
            .u16(1)
            .u32(0)
            .u32(1_000_000)
            .u32(2)
            .u32(2)
            .raw(&[6, 7])
    })
    .enhanced(0, 2_000_000, 0, &[])
    .bytes
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

pub(crate) fn lz4(content: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A frame that zstd and lz4 decoders pass over.
pub(crate) fn skippable() -> Vec<u8> {
    [
        0x184d_2a53_u32.to_le_bytes().as_slice(),
        &5_u32.to_le_bytes(),
        &[9; 5],
    ]
    .concat()
}

/// A frame, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) nanos: u64,
    pub(crate) link_type: LinkType,
    pub(crate) wire_len: u32,
    pub(crate) data: Vec<u8>,
}

/// Everything that a source has, in order.
pub(crate) fn drain<S: PacketSource>(source: &mut S) -> (Vec<Owned>, Vec<S::Error>) {
    let (mut frames, mut errors) = (Vec::new(), Vec::new());
    loop {
        match source.receive() {
            Ok(Received::Frames(window)) => frames.extend(owned(window)),
            Ok(Received::Idle(_)) => {}
            Ok(Received::End) => return (frames, errors),
            Err(error) => errors.push(error),
        }
    }
}

fn owned(window: Frames<'_>) -> Vec<Owned> {
    let frames = window.iter().map(|frame| Owned {
        nanos: frame.timestamp.as_nanos(),
        link_type: frame.link_type,
        wire_len: frame.wire_len,
        data: frame.data.to_vec(),
    });
    frames.collect()
}

/// What a source says to one call, and what it has counted then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) frames: Vec<Owned>,
    pub(crate) error: Option<String>,
    pub(crate) stats: CaptureStats,
    pub(crate) unknown_blocks: Vec<UnknownBlock>,
}

/// Everything that a source says, call by call, some of them to `receive_into`, with two windows in turn. A window of these
/// is looked at only when the source has gone on.
pub(crate) fn hear<S: PacketSource>(
    mut source: S,
    into: impl IntoIterator<Item = bool, IntoIter: Clone>,
) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    let (mut filled, mut next) = (OwnedFrames::default(), OwnedFrames::default());
    let mut to_look_at = None;
    let mut into = into.into_iter().cycle();
    loop {
        let (mut frames, mut error) = (Vec::new(), None);
        let by_receive_into = into.next().unwrap();
        let received = if by_receive_into {
            source.receive_into(&mut next)
        } else {
            source.receive()
        };
        let end = matches!(received, Ok(Received::End));
        match received {
            Ok(Received::Frames(window)) if !by_receive_into => frames = owned(window),
            Ok(_) => {}
            Err(found) => error = Some(found.to_string()),
        }
        if let Some(at) = to_look_at.take() {
            let earlier: &mut Said = &mut said[at];
            earlier.frames = owned(filled.frames());
        }
        if by_receive_into {
            assert!(next.frames().is_empty() || error.is_none() && !end);
            std::mem::swap(&mut filled, &mut next);
            to_look_at = Some(said.len());
        }
        said.push(Said {
            frames,
            error,
            stats: source.stats(),
            unknown_blocks: source.unknown_blocks().to_vec(),
        });
        if end {
            return said;
        }
    }
}

pub(crate) fn read(capture: &[u8]) -> (Vec<Owned>, Vec<CaptureError>) {
    drain(&mut CaptureReader::new(capture, "test"))
}

/// The frames of a capture without errors.
pub(crate) fn frames(capture: &[u8]) -> Vec<Owned> {
    let (frames, errors) = read(capture);
    assert!(errors.is_empty(), "{errors:?}");
    frames
}

/// Reads in pieces of the given lengths, in turn; interrupted between them.
#[derive(Debug)]
pub(crate) struct Pieces<'a> {
    pub(crate) rest: &'a [u8],
    pub(crate) lengths: std::iter::Cycle<std::slice::Iter<'a, usize>>,
    interrupt: bool,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(content: &'a [u8], lengths: &'a [usize]) -> Self {
        Self {
            rest: content,
            lengths: lengths.iter().cycle(),
            interrupt: false,
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = *self.lengths.next().unwrap();
        self.rest.by_ref().take(length as u64).read(into)
    }
}
