//! lz4: frames in a row, decoded one after the other.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::{Error, FrameDecoder};

use super::{at_end, cut, skip};

/// Decodes all lz4 frames of `R`.
pub(super) struct Lz4<R: Read> {
    /// One frame's decoder; a new one for each, because a decoder expects every frame to have the same block size. `None`
    /// only while one takes the place of another.
    decoder: Option<FrameDecoder<EndSeen<R>>>,
    in_frame: bool,
}

impl<R: BufRead> Lz4<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            decoder: Some(FrameDecoder::new(EndSeen { source, end: false })),
            in_frame: false,
        }
    }

    pub(super) fn get_ref(&self) -> Option<&R> {
        self.decoder
            .as_ref()
            .map(|decoder| &decoder.get_ref().source)
    }

    /// Goes behind a frame, with a fresh decoder.
    fn next_frame(&mut self) {
        self.in_frame = false;
        self.decoder = self
            .decoder
            .take()
            .map(|decoder| FrameDecoder::new(decoder.into_inner()));
    }
}

impl<R: BufRead> Read for Lz4<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            if !self.in_frame && at_end(&mut decoder.get_mut().source)? {
                return Ok(0);
            }
            self.in_frame = true;
            match decoder.read(into) {
                // The decoder takes the end of the data for the end of the frame, which an end mark tells.
                Ok(0) if decoder.get_ref().end => return Err(cut("a frame")),
                Ok(0) if into.is_empty() => return Ok(0),
                Ok(0) => self.next_frame(),
                Ok(read) => return Ok(read),
                Err(error) => {
                    let length = skippable(&error).ok_or(error)?;
                    skip(&mut decoder.get_mut().source, length)?;
                    self.next_frame();
                }
            }
        }
        Ok(0)
    }
}

/// The length of the frame, if the decoder met one that is to be skipped.
fn skippable(error: &io::Error) -> Option<u32> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        Error::SkippableFrame(length) => Some(*length),
        _ => None,
    }
}

/// Remembers that somebody wanted to read beyond the end.
struct EndSeen<R> {
    source: R,
    end: bool,
}

impl<R: Read> Read for EndSeen<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        self.end |= read == 0 && !into.is_empty();
        Ok(read)
    }
}
