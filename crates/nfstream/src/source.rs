//! Any source of packets, its type forgotten, and its windows.

use std::mem;

use nfstream_capture::{CaptureStats, Frames, OwnedFrames, PacketSource, Received, UnknownBlock};

use crate::BoxError;

/// A [`PacketSource`] of any type. Dispatch costs one call a window, not one a packet.
pub(crate) trait AnySource: Send {
    fn receive(&mut self) -> Result<Received<'_>, BoxError>;
    fn receive_into<'w>(&mut self, window: &'w mut OwnedFrames) -> Result<Received<'w>, BoxError>;
    fn never_waits(&self) -> bool;
    fn stats(&self) -> CaptureStats;
    fn unknown_blocks(&self) -> &[UnknownBlock];
}

impl<S: PacketSource + Send> AnySource for S {
    fn receive(&mut self) -> Result<Received<'_>, BoxError> {
        PacketSource::receive(self).map_err(Into::into)
    }

    fn receive_into<'w>(&mut self, window: &'w mut OwnedFrames) -> Result<Received<'w>, BoxError> {
        PacketSource::receive_into(self, window).map_err(Into::into)
    }

    fn never_waits(&self) -> bool {
        PacketSource::never_waits(self)
    }

    fn stats(&self) -> CaptureStats {
        PacketSource::stats(self)
    }

    fn unknown_blocks(&self) -> &[UnknownBlock] {
        PacketSource::unknown_blocks(self)
    }
}

/// The windows of a source, one after the other.
pub(crate) struct Windows {
    source: Box<dyn AnySource>,
    /// Whether somebody has the time to read the next one while one is in use.
    reads_ahead: bool,
    current: OwnedFrames,
    next: OwnedFrames,
    /// What reading `next` brought: whether there is one. `None` where it was not read.
    ahead: Option<Result<bool, BoxError>>,
    /// What the source had counted before `next` was read.
    stats: CaptureStats,
    is_stopped: bool,
}

/// What reads the next window while one is in use, on any thread.
pub(crate) struct ReadAhead<'a> {
    source: &'a mut dyn AnySource,
    window: &'a mut OwnedFrames,
    outcome: &'a mut Option<Result<bool, BoxError>>,
}

impl Windows {
    pub(crate) fn new(source: Box<dyn AnySource>, reads_ahead: bool) -> Self {
        Self {
            source,
            reads_ahead,
            current: OwnedFrames::default(),
            next: OwnedFrames::default(),
            ahead: None,
            stats: CaptureStats::default(),
            is_stopped: false,
        }
    }

    /// Nothing more is read: a window that was read ahead is the last one.
    pub(crate) fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// The window whose turn it is, `None` behind the last one, and what reads the one behind it, where that never waits.
    pub(crate) fn advance(
        &mut self,
    ) -> Result<Option<(Frames<'_>, Option<ReadAhead<'_>>)>, BoxError> {
        let reads_ahead = self.reads_ahead && self.source.never_waits();
        let is_there = match self.ahead.take() {
            Some(outcome) => {
                mem::swap(&mut self.current, &mut self.next);
                outcome?
            }
            None if self.is_stopped => false,
            None if reads_ahead => is_window(&self.source.receive_into(&mut self.current)?),
            None => {
                return Ok(match self.source.receive()? {
                    Received::Frames(frames) => Some((frames, None)),
                    other => is_window(&other).then(|| (Frames::new(&[], &[]), None)),
                });
            }
        };
        if !is_there {
            return Ok(None);
        }
        let read_ahead = if reads_ahead && !self.is_stopped {
            self.stats = self.source.stats();
            Some(ReadAhead {
                source: &mut *self.source,
                window: &mut self.next,
                outcome: &mut self.ahead,
            })
        } else {
            None
        };
        Ok(Some((self.current.frames(), read_ahead)))
    }

    /// What the source has counted up to the window whose turn it was last.
    pub(crate) fn stats(&self) -> CaptureStats {
        match self.ahead {
            Some(_) => self.stats,
            None => self.source.stats(),
        }
    }

    pub(crate) fn unknown_blocks(&self) -> &[UnknownBlock] {
        self.source.unknown_blocks()
    }
}

impl ReadAhead<'_> {
    pub(crate) fn read(self) {
        let received = self.source.receive_into(self.window);
        *self.outcome = Some(received.map(|received| is_window(&received)));
    }
}

/// What else a source may have to say one day is a window without frames.
fn is_window(received: &Received<'_>) -> bool {
    !matches!(received, Received::End)
}
