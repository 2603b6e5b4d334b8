//! A list of captures as one source.

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};

use nfstream_decode::Timestamp;

use crate::compression::Stream;
use crate::window::Window;
use crate::{
    CaptureError, CaptureReader, CaptureStats, Input, OwnedFrames, PacketSource, Received,
    UnknownBlock,
};

/// Captures read one after the other as if they were one.
///
/// They are opened one at a time, each when its turn comes, and may differ in format, compression, byte order and link
/// type. An error in one does not end the source: [`receive`](PacketSource::receive) tells it once, and the next call
/// goes on, with the next capture where nothing more can be had of this one.
///
/// ```no_run
/// use nfstream_capture::{CaptureFiles, PacketSource, Received, UnknownBlock};
///
/// let mut source = CaptureFiles::open(["monday.pcap", "tuesday.pcapng.zst"])?;
/// let mut packets = 0;
/// loop {
///     match source.receive() {
///         Ok(Received::Frames(frames)) => packets += frames.len(),
///         Ok(_) => break,
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// println!("{packets}");
/// # Ok::<(), nfstream_capture::CaptureError>(())
/// ```
#[derive(Debug)]
pub struct CaptureFiles {
    waiting: VecDeque<Input>,
    current: Option<Open>,
    window: Window,
    order_by_first_timestamp: bool,
    /// Whether all captures are regular files.
    never_waits: bool,
    /// Of what is behind the current capture.
    done: CaptureStats,
}

#[derive(Debug)]
struct Open {
    name: String,
    stream: Stream<Box<dyn Read + Send>>,
}

impl CaptureFiles {
    /// The captures at `inputs`, in this order. Paths are inputs; `-` is standard input.
    ///
    /// Nothing is opened yet.
    ///
    /// # Errors
    ///
    /// `inputs` is empty, or paths among them do not exist or are directories; the error names all of those.
    pub fn open<I: Into<Input>>(inputs: impl IntoIterator<Item = I>) -> Result<Self, CaptureError> {
        let waiting: VecDeque<Input> = inputs.into_iter().map(Into::into).collect();
        if waiting.is_empty() {
            return Err(CaptureError::NothingToRead);
        }
        let mut bytes_total = Some(0);
        let mut paths = Vec::new();
        for input in &waiting {
            match input.size() {
                Ok(size) => {
                    bytes_total = bytes_total
                        .zip(size)
                        .map(|(total, size): (u64, u64)| total.saturating_add(size));
                }
                Err(error) => paths.push((
                    input.file().map(Path::to_path_buf).unwrap_or_default(),
                    error,
                )),
            }
        }
        if !paths.is_empty() {
            return Err(CaptureError::Paths { paths });
        }
        Ok(Self {
            never_waits: waiting.iter().all(|input| input.regular_file().is_some()),
            waiting,
            current: None,
            window: Window::default(),
            order_by_first_timestamp: false,
            done: CaptureStats {
                bytes_total,
                ..CaptureStats::default()
            },
        })
    }

    /// Whether to read the files in the order of their first packets' timestamps and not in the given one.
    ///
    /// The first call of [`receive`](PacketSource::receive) then reads the start of each file. Files that begin at the same
    /// time keep the given order. Behind all files with a first packet come, in the given order, those whose first packet
    /// cannot be read, and standard input, pipes, devices and other readers, at which nobody can look twice. Packets are not
    /// sorted: files that overlap in time are still read one after the other.
    #[must_use]
    pub fn order_by_first_timestamp(mut self, order: bool) -> Self {
        self.order_by_first_timestamp = order;
        self
    }

    /// How many bytes a window holds at most, its frames' headers in the file included; 256 KiB where nothing is said.
    ///
    /// A record or block that is longer has a window that holds it all the same. Windows are shorter where less can be had
    /// without waiting: of pipes, say. There is at most one frame for 64 bytes of this size. Which frames there are,
    /// and their order, never depends on it.
    ///
    /// Less than 4 KiB is taken for 4 KiB, and more than 1 GiB for 1 GiB.
    #[must_use]
    pub fn window_size(mut self, bytes: usize) -> Self {
        self.window.set_size(bytes);
        self
    }

    fn order(&mut self) {
        // No first timestamp sorts behind every one there is.
        self.waiting.make_contiguous().sort_by_cached_key(|input| {
            input
                .regular_file()
                .and_then(first_timestamp)
                .map_or((true, Timestamp::MAX), |first| (false, first))
        });
    }

    fn close(&mut self) {
        if let Some(open) = self.current.take() {
            self.done.bytes_read += open.stream.stored_bytes();
            self.done.unknown_blocks += self.window.unknown_blocks();
            self.window.reset();
        }
    }

    /// Goes on to the next window, and tells whether there is one.
    fn advance(&mut self) -> Result<bool, CaptureError> {
        if std::mem::take(&mut self.order_by_first_timestamp) {
            self.order();
        }
        loop {
            if let Some(open) = &mut self.current {
                if self.window.advance(&mut open.stream, &open.name)? {
                    return Ok(true);
                }
                self.close();
            }
            let Some(input) = self.waiting.pop_front() else {
                return Ok(false);
            };
            let name = input.name().to_owned();
            let never_waits = input.regular_file().is_some();
            match input.open() {
                Ok(read) => {
                    let mut stream = Stream::new(read);
                    if never_waits {
                        stream = stream.filling();
                    }
                    self.current = Some(Open { name, stream });
                }
                Err(source) => return Err(CaptureError::Open { file: name, source }),
            }
        }
    }
}

impl PacketSource for CaptureFiles {
    type Error = CaptureError;

    fn receive(&mut self) -> Result<Received<'_>, CaptureError> {
        if self.advance()? {
            Ok(Received::Frames(self.window.frames()))
        } else {
            Ok(Received::End)
        }
    }

    fn receive_into<'w>(
        &mut self,
        window: &'w mut OwnedFrames,
    ) -> Result<Received<'w>, CaptureError> {
        window.clear();
        if self.advance()? {
            Ok(self.window.hand_over(window))
        } else {
            Ok(Received::End)
        }
    }

    /// Whether all captures were regular files when the list was made.
    fn never_waits(&self) -> bool {
        self.never_waits
    }

    fn stats(&self) -> CaptureStats {
        let mut stats = self.done;
        if let Some(open) = &self.current {
            stats.bytes_read += open.stream.stored_bytes();
            stats.unknown_blocks += self.window.unknown_blocks();
        }
        stats
    }

    fn unknown_blocks(&self) -> &[UnknownBlock] {
        self.window.unknown()
    }
}

/// When the first packet of a file was captured, if that can be read.
fn first_timestamp(path: &Path) -> Option<Timestamp> {
    let read = Input::path(PathBuf::from(path)).open().ok()?;
    match CaptureReader::new(read, String::new()).receive() {
        Ok(Received::Frames(frames)) => frames.iter().next().map(|frame| frame.timestamp),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
