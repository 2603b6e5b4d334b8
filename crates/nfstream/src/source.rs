//! Any source of packets, its type forgotten, and its windows.

use nfstream_capture::{CaptureStats, OwnedFrames, PacketSource, Received, UnknownBlock};

use crate::BoxError;

/// A [`PacketSource`] of any type. Dispatch costs one call a window, not one a packet.
pub(crate) trait AnySource: Send {
    fn receive(&mut self) -> Result<Received<'_>, BoxError>;
    fn receive_into<'w>(&mut self, window: &'w mut OwnedFrames) -> Result<Received<'w>, BoxError>;
    fn stop(&mut self) -> bool;
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

    fn stop(&mut self) -> bool {
        PacketSource::stop(self)
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

/// Bytes of a window whose memory is used again: twice what capture files lend as a rule.
const MAX_KEPT: usize = 512 << 10;

/// The windows of a source, one after the other.
pub(crate) struct Windows {
    source: Box<dyn AnySource>,
    ahead: Option<Ahead>,
    /// Memory for windows.
    unused: Vec<OwnedFrames>,
    is_stopped: bool,
}

/// What was read before its turn.
struct Ahead {
    /// A window, `None` behind the last one.
    outcome: Result<Option<OwnedFrames>, BoxError>,
    /// What the source had counted before.
    stats: CaptureStats,
    /// How many unknown blocks it had told of.
    unknown_blocks: usize,
}

impl Windows {
    pub(crate) fn new(source: Box<dyn AnySource>) -> Self {
        Self {
            source,
            ahead: None,
            unused: Vec::new(),
            is_stopped: false,
        }
    }

    /// Whether windows can be read before they are needed.
    pub(crate) fn never_wait(&self) -> bool {
        self.ahead.is_some() || self.source.never_waits()
    }

    /// Nothing more is read, but what a live source has received: a window that was read before its turn is the last one.
    pub(crate) fn stop(&mut self) {
        self.is_stopped = !self.source.stop();
    }

    /// What comes next. Nothing must have been [read ahead](Self::next_within).
    pub(crate) fn next(&mut self) -> Result<Received<'_>, BoxError> {
        if self.is_stopped {
            return Ok(Received::End);
        }
        self.source.receive()
    }

    /// The next window, `None` behind the last one, for as long as the caller wants it.
    pub(crate) fn next_owned(&mut self) -> Result<Option<OwnedFrames>, BoxError> {
        match self.ahead.take() {
            Some(ahead) => ahead.outcome,
            None if self.is_stopped => Ok(None),
            None => self.read(),
        }
    }

    /// The next window, if there is one and it has no more frames than that. What is read otherwise is told in its turn.
    pub(crate) fn next_within(&mut self, most_frames: u64) -> Option<OwnedFrames> {
        if self.ahead.is_some() || self.is_stopped {
            return None;
        }
        let stats = self.source.stats();
        let unknown_blocks = self.source.unknown_blocks().len();
        match self.read() {
            Ok(Some(window)) if window.frames().len() as u64 <= most_frames => Some(window),
            outcome => {
                self.ahead = Some(Ahead {
                    outcome,
                    stats,
                    unknown_blocks,
                });
                None
            }
        }
    }

    /// Takes the memory of a window that nobody needs any more; that of a large one is not kept.
    pub(crate) fn give_back(&mut self, window: OwnedFrames) {
        if window.frames().buffer().len() <= MAX_KEPT {
            self.unused.push(window);
        }
    }

    /// What the source has counted up to the window whose turn it was last.
    pub(crate) fn stats(&self) -> CaptureStats {
        match &self.ahead {
            Some(ahead) => ahead.stats,
            None => self.source.stats(),
        }
    }

    pub(crate) fn unknown_blocks(&self) -> &[UnknownBlock] {
        let told = self.source.unknown_blocks();
        let before = self.ahead.as_ref().map(|ahead| ahead.unknown_blocks);
        before.and_then(|count| told.get(..count)).unwrap_or(told)
    }

    fn read(&mut self) -> Result<Option<OwnedFrames>, BoxError> {
        let mut window = self.unused.pop().unwrap_or_default();
        match self.source.receive_into(&mut window)? {
            Received::End => Ok(None),
            _ => Ok(Some(window)),
        }
    }
}
