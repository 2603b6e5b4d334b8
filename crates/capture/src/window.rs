//! Turns a stream into windows of frames: buffer, parser and what is still to be told.

use std::io::{self, Read};
use std::mem;

use crate::buffer::Buffer;
use crate::compression::Stream;
use crate::format::{self, Format, Step, Stop};
use crate::{
    CaptureError, Damage, FrameLocation, Frames, OwnedFrames, Part, Received, UnknownBlock,
};

const MAGIC: usize = 4;

/// A window lends at most one frame for so many bytes of its size, so that frames of hardly any bytes do not make the index
/// longer than all of them.
const BYTES_PER_FRAME: usize = 64;

/// In how many files the first unknown block is remembered.
const MAX_UNKNOWN: usize = 16;

/// The reading of one stream after the other, with one buffer and one index for all.
#[derive(Debug, Default)]
pub(crate) struct Window {
    buffer: Buffer,
    index: Vec<FrameLocation>,
    /// How many bytes before the unread ones the index counts from.
    consumed: usize,
    /// `None` until the first bytes tell.
    format: Option<Format>,
    /// What is to be told behind the frames of the window.
    pending: Option<CaptureError>,
    /// Damaged blocks that were passed over, the first (which was told) included.
    passed_over: u64,
    /// The first unknown block of each stream, also of those before this one.
    unknown: Vec<UnknownBlock>,
    finished: bool,
}

impl Window {
    /// From now on a window holds at most `bytes`, or one record or block that is longer.
    pub(crate) fn set_size(&mut self, bytes: usize) {
        self.buffer.set_window_size(bytes);
    }

    /// Forgets the stream, for another one. Only the unknown blocks stay.
    pub(crate) fn reset(&mut self) {
        self.buffer.reset();
        self.index.clear();
        self.consumed = 0;
        self.format = None;
        self.pending = None;
        self.passed_over = 0;
        self.finished = false;
    }

    /// Goes on to the next window, and tells whether there is one.
    pub(crate) fn advance<R: Read>(
        &mut self,
        stream: &mut Stream<R>,
        file: &str,
    ) -> Result<bool, CaptureError> {
        self.index.clear();
        loop {
            if let Some(error) = self.pending.take() {
                return Err(error);
            }
            if self.finished {
                return self.further_damage(file).map_or(Ok(false), Err);
            }
            let start = self.buffer.offset();
            let step = self.step();
            self.buffer.consume(step.consumed);
            self.consumed = step.consumed;
            self.remember_unknown(stream, file);
            match step.stop {
                Stop::Lost(damage) => {
                    self.finish(damaged(file, self.buffer.offset(), stream, damage));
                }
                Stop::PassedOver { at, damage } => {
                    self.passed_over += 1;
                    if self.passed_over == 1 {
                        self.pending = Some(damaged(file, start + at as u64, stream, damage));
                    }
                }
                Stop::Needs { part, bytes } if self.index.is_empty() => {
                    self.read_on(stream, file, part, bytes);
                }
                Stop::Full | Stop::Needs { .. } => {}
            }
            if !self.index.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Hands the window over to the caller, and goes on in what the caller had.
    pub(crate) fn hand_over<'w>(&mut self, window: &'w mut OwnedFrames) -> Received<'w> {
        let consumed = mem::take(&mut self.consumed);
        window.exchange(&mut self.index, |storage| {
            let end = self.buffer.exchange(storage);
            end.saturating_sub(consumed)..end
        });
        self.index.clear();
        Received::Frames(window.frames())
    }

    /// The frames of the window, empty between windows.
    pub(crate) fn frames(&self) -> Frames<'_> {
        Frames::new(self.buffer.with_consumed(self.consumed), &self.index)
    }

    pub(crate) fn unknown_blocks(&self) -> u64 {
        self.format.as_ref().map_or(0, Format::unknown_blocks)
    }

    /// The first unknown block of each stream that had one, of the first 16.
    pub(crate) fn unknown(&self) -> &[UnknownBlock] {
        &self.unknown
    }

    fn remember_unknown<R: Read>(&mut self, stream: &Stream<R>, file: &str) {
        let first = self.format.as_mut().and_then(Format::take_first_unknown);
        let Some((offset, block_type)) = first else {
            return;
        };
        if self.unknown.len() < MAX_UNKNOWN {
            self.unknown.push(UnknownBlock {
                file: file.to_owned(),
                offset,
                compression: stream.compression(),
                block_type,
            });
        }
    }

    fn step(&mut self) -> Step {
        let bytes = self.buffer.unread();
        if self.format.is_none() {
            self.format = bytes
                .first_chunk()
                .and_then(|&magic| Format::recognise(magic));
        }
        let most = self.buffer.window_size() / BYTES_PER_FRAME;
        match &mut self.format {
            Some(format) => format.step(bytes, &mut self.index, most),
            None => Step {
                consumed: 0,
                stop: Stop::Needs {
                    part: Part::FileHeader,
                    bytes: MAGIC,
                },
            },
        }
    }

    /// Reads once; where nothing more comes, says what the end of the stream means.
    fn read_on<R: Read>(&mut self, stream: &mut Stream<R>, file: &str, part: Part, needed: usize) {
        let rest = self.buffer.unread();
        if self.format.is_none() && rest.len() >= format::DESCRIBABLE {
            let error = not_a_capture(file, rest);
            self.finish(error);
            return;
        }
        match self.buffer.fill(stream) {
            Ok(true) => {}
            Ok(false) => {
                self.pending = self.at_end(stream, file, part, needed);
                self.finished = true;
            }
            Err(error) => {
                let error = failed(file, self.end(), stream, error);
                self.finish(error);
            }
        }
    }

    fn at_end<R: Read>(
        &self,
        stream: &Stream<R>,
        file: &str,
        part: Part,
        needed: usize,
    ) -> Option<CaptureError> {
        let rest = self.buffer.unread();
        match &self.format {
            None if rest.is_empty() => Some(CaptureError::Empty {
                file: file.to_owned(),
            }),
            None => Some(not_a_capture(file, rest)),
            Some(_) if rest.is_empty() => None,
            Some(_) => {
                let damage = Damage::CutShort {
                    part,
                    present: rest.len() as u64,
                    needed: needed as u64,
                };
                Some(damaged(file, self.buffer.offset(), stream, damage))
            }
        }
    }

    fn finish(&mut self, error: CaptureError) {
        self.pending = Some(error);
        self.finished = true;
    }

    /// The offset behind what was read.
    fn end(&self) -> u64 {
        self.buffer.offset() + self.buffer.unread().len() as u64
    }

    fn further_damage(&mut self, file: &str) -> Option<CaptureError> {
        let blocks = mem::take(&mut self.passed_over).saturating_sub(1);
        (blocks > 0).then(|| CaptureError::FurtherDamage {
            file: file.to_owned(),
            blocks,
        })
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }
}

fn not_a_capture(file: &str, start: &[u8]) -> CaptureError {
    CaptureError::NotACapture {
        file: file.to_owned(),
        found: format::describe(start),
    }
}

fn damaged<R: Read>(file: &str, offset: u64, stream: &Stream<R>, damage: Damage) -> CaptureError {
    CaptureError::Damaged {
        file: file.to_owned(),
        offset,
        compression: stream.compression(),
        damage,
    }
}

fn failed<R: Read>(file: &str, offset: u64, stream: &Stream<R>, source: io::Error) -> CaptureError {
    let file = file.to_owned();
    match stream.compression() {
        Some(compression) if !stream.source_failed() => CaptureError::Decompress {
            file,
            offset,
            compression,
            source,
        },
        _ => CaptureError::Read {
            file,
            offset,
            source,
        },
    }
}
