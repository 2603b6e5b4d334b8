//! Where frames come from: the trait that every source implements.

use std::fmt;

use nfstream_decode::{Frame, LinkType, Timestamp};

use crate::error::of_decompressed;
use crate::{Compression, OwnedFrames};

/// A source of frames: capture files, or one of the caller's own.
///
/// A source lends a *window* of frames at a time, because look-ahead on the flow table and parallel decoding need many
/// frames alive at once. One that has a single frame at a time lends a window of one.
pub trait PacketSource {
    /// What can go wrong while reading.
    type Error: core::error::Error + Send + Sync + 'static;

    /// The next window of frames.
    ///
    /// # Errors
    ///
    /// Something could not be read. The error does not end the source: the next call goes on behind what was unreadable
    /// (with the next file of a list, say), or says [`Received::End`].
    fn receive(&mut self) -> Result<Received<'_>, Self::Error>;

    /// The next window of frames, owned by the caller: the source can go on while the window is in use, on another thread,
    /// say. What `window` held is gone, also where there is no next window.
    ///
    /// The frames are those that [`receive`](Self::receive) would have lent, and calls of both may alternate. A source
    /// that can gives its buffer away and goes on in the caller's: with the same few windows in turn nothing is allocated,
    /// and no frame is copied. As provided, it copies the frames.
    ///
    /// ```
    /// use std::{mem, thread};
    ///
    /// use nfstream_capture::{OwnedFrames, PacketSource, Received};
    ///
    /// /// Reads each window while `meter` has the one before it.
    /// fn read<S: PacketSource>(source: &mut S, meter: impl Fn(&OwnedFrames) + Sync) -> Result<(), S::Error> {
    ///     let (mut metered, mut next) = (OwnedFrames::default(), OwnedFrames::default());
    ///     while let Received::Frames(_) = thread::scope(|scope| {
    ///         scope.spawn(|| meter(&metered));
    ///         source.receive_into(&mut next)
    ///     })? {
    ///         mem::swap(&mut metered, &mut next);
    ///     }
    ///     Ok(())
    /// }
    /// # let mut source = nfstream_capture::CaptureReader::new([].as_slice(), "empty");
    /// # assert!(read(&mut source, |_| ()).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// As those of [`receive`](Self::receive).
    fn receive_into<'w>(
        &mut self,
        window: &'w mut OwnedFrames,
    ) -> Result<Received<'w>, Self::Error> {
        window.clear();
        match self.receive()? {
            Received::Frames(frames) => {
                for frame in frames.iter() {
                    window.push(&frame);
                }
                Ok(Received::Frames(window.frames()))
            }
            Received::Idle(now) => Ok(Received::Idle(now)),
            Received::End => Ok(Received::End),
        }
    }

    /// The caller wants no more: from now on a live source lends what has come so far, then says [`Received::End`]. Tells
    /// whether the source does that; if not, the caller just asks no more.
    ///
    /// Default: no.
    fn stop(&mut self) -> bool {
        false
    }

    /// Whether windows can be had without waiting for what others have still to write, now and later. Who meters may then
    /// read before it is their turn, keep a few dozen windows at a time, and call [`receive_into`](Self::receive_into) from
    /// threads of a rayon pool: it must not wait for rayon's work of its own.
    ///
    /// Default: no.
    fn never_waits(&self) -> bool {
        false
    }

    /// What the source counted so far.
    fn stats(&self) -> CaptureStats {
        CaptureStats::default()
    }

    /// Where blocks of unknown type were passed over so far: the first of each file, in at most 16 files. How many there
    /// are in all is in [`stats`](Self::stats).
    fn unknown_blocks(&self) -> &[UnknownBlock] {
        &[]
    }
}

/// What a source has to say.
#[derive(Debug)]
#[non_exhaustive]
pub enum Received<'a> {
    /// A window of frames. Capture files lend no empty window; a filter does where nothing of a window matched, so that
    /// its caller gets a word in while nothing matches.
    Frames(Frames<'a>),
    /// No frame came for a while, as on a quiet interface: no frame that is still to come is older than this. Flows can
    /// end by it.
    Idle(Timestamp),
    /// No more frames, now and later.
    End,
}

/// What a source counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaptureStats {
    /// Bytes consumed of the input, as stored (compressed bytes count as such); of a live capture, as captured.
    pub bytes_read: u64,
    /// Bytes that there are to read, where that is known.
    pub bytes_total: Option<u64>,
    /// Packets that the filter took away; they are in no window. A live capture does not see them.
    pub packets_filtered: u64,
    /// What the system counted for a live capture; `None` for other sources.
    pub live: Option<LiveStats>,
    /// Blocks of pcapng files whose type is unknown; they were passed over.
    /// [`PacketSource::unknown_blocks`] tells where the first ones are.
    pub unknown_blocks: u64,
}

/// What the system counted for a live capture. They add up: packets received = packets dropped + packets lent + those
/// that wait in the system's buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveStats {
    /// Packets that the system received for us, those that it dropped among them.
    pub packets_received: u64,
    /// Packets that the system dropped because its buffer was full.
    pub packets_dropped: u64,
    /// Packets that the interface or its driver dropped meanwhile, as far as the system knows, whoever they were for; they
    /// are not among the received ones.
    pub packets_dropped_by_interface: u64,
}

impl LiveStats {
    /// Adds what was counted for another socket of the same interface.
    pub fn add(&mut self, other: &Self) {
        self.packets_received += other.packets_received;
        self.packets_dropped += other.packets_dropped;
        // Each socket has the number of the whole interface.
        let by_interface = &mut self.packets_dropped_by_interface;
        *by_interface = other.packets_dropped_by_interface.max(*by_interface);
    }
}

/// A block of a pcapng file whose type is unknown.
///
/// Such blocks are legal, and no error: they are passed over. Blocks whose types are known to carry no packets, such as
/// name resolution, are not among them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownBlock {
    /// The file.
    pub file: String,
    /// Where in the (decompressed) stream the block starts.
    pub offset: u64,
    /// How the file is compressed.
    pub compression: Option<Compression>,
    /// The type of the block.
    pub block_type: u32,
}

/// `<file>: at byte <offset>: …`, as errors are told.
impl fmt::Display for UnknownBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            offset,
            compression,
            block_type,
        } = self;
        let of = of_decompressed(*compression);
        write!(
            f,
            "{file}: at byte {offset}{of}: a block of type {block_type:#010x} is unknown; it is passed over"
        )
    }
}

/// A window of frames: one buffer and an index into it.
#[derive(Clone, Copy, Debug)]
pub struct Frames<'a> {
    buffer: &'a [u8],
    index: &'a [FrameLocation],
}

/// Where one frame of a window lies, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct FrameLocation {
    /// When the frame was captured.
    pub timestamp: Timestamp,
    /// The length of the frame on the wire, in bytes.
    pub wire_len: u32,
    /// The offset of the first captured byte in the window's buffer.
    pub offset: u32,
    /// How many bytes were captured.
    pub captured_len: u32,
    /// How the frame's first bytes are to be read.
    pub link_type: LinkType,
}

impl<'a> Frames<'a> {
    /// A window over `buffer`. A location that points outside of it yields an empty frame.
    pub fn new(buffer: &'a [u8], index: &'a [FrameLocation]) -> Self {
        Self { buffer, index }
    }

    /// The buffer that the locations point into.
    pub fn buffer(&self) -> &'a [u8] {
        self.buffer
    }

    /// Where the frames lie, in the order of the capture.
    pub fn locations(&self) -> &'a [FrameLocation] {
        self.index
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The frames, in the order of the capture.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Frame<'a>> + use<'a> {
        let buffer = self.buffer;
        self.index
            .iter()
            .map(move |location| location.frame(buffer))
    }
}

impl FrameLocation {
    /// The frame in a window's buffer; an empty one if that has no such place.
    pub(crate) fn frame<'a>(&self, buffer: &'a [u8]) -> Frame<'a> {
        let start = self.offset as usize;
        Frame {
            timestamp: self.timestamp,
            link_type: self.link_type,
            wire_len: self.wire_len,
            data: buffer
                .get(start..start + self.captured_len as usize)
                .unwrap_or_default(),
        }
    }
}
