//! zstd: frames in a row, decoded one after the other.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{at_end, skip};

/// What a frame may ask for: as much as the zstd tool grants by default (`ZSTD_WINDOWLOG_LIMIT_DEFAULT`, 2^27 bytes).
const MAX_WINDOW_SIZE: u64 = 1 << 27;

/// An empty raw block that is the last of its frame (RFC 8878 §3.1.1.2), and a checksum.
const END_OF_FRAME: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Decodes all zstd frames of `R`.
pub(super) struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    in_frame: bool,
    /// What went wrong; told behind all that had been decoded before.
    failure: Option<io::Error>,
}

impl<R: BufRead> Zstd<R> {
    pub(super) fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW_SIZE);
        Self {
            source,
            decoder,
            in_frame: false,
            failure: None,
        }
    }

    pub(super) fn get_ref(&self) -> &R {
        &self.source
    }

    /// Decodes until there is something to read or the frame is over.
    fn decode(&mut self) {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let step = BlockDecodingStrategy::UptoBlocks(1);
            if let Err(error) = self.decoder.decode_blocks(&mut self.source, step) {
                self.failure = Some(io::Error::other(error));
                // The decoder holds back a window's worth of data until its frame is over. End the frame for it.
                let step = BlockDecodingStrategy::UptoBlocks(1);
                if self
                    .decoder
                    .decode_blocks(END_OF_FRAME.as_slice(), step)
                    .is_err()
                {
                    return;
                }
            }
        }
    }

    /// Ends a frame whose data was all read.
    fn end_frame(&mut self) -> io::Result<()> {
        self.in_frame = false;
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        match (
            self.decoder.get_checksum_from_data(),
            self.decoder.get_calculated_checksum(),
        ) {
            (Some(stored), Some(calculated)) if stored != calculated => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "the checksum of a frame is {stored:#010x}, its content has {calculated:#010x}"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Starts the next frame, if there is one.
    fn start_frame(&mut self) -> io::Result<bool> {
        loop {
            if at_end(&mut self.source)? {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => skip(&mut self.source, length)?,
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.in_frame {
                self.decode();
                let read = self.decoder.read(into)?;
                if read > 0 || into.is_empty() {
                    return Ok(read);
                }
                self.end_frame()?;
            }
            if !self.start_frame()? {
                return Ok(0);
            }
        }
    }
}
