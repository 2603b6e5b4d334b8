//! Reading the next window while one is metered.

use nfstream_capture::{Frames, OwnedFrames, Received};
use rayon::ThreadPool;

use crate::BoxError;
use crate::source::AnySource;

/// A window of fewer frames means that the input is slow, or that the source has small ones: it is not worth a thread.
const MIN_FRAMES: usize = 256;

/// Two windows of a source: one is metered while the other one is read.
#[derive(Default)]
pub(crate) struct ReadAhead {
    current: OwnedFrames,
    next: OwnedFrames,
    /// Whether there is a next window, if that is known.
    outcome: Option<Result<bool, BoxError>>,
}

impl ReadAhead {
    /// Goes on to the next window; tells whether there is one.
    pub(crate) fn advance(&mut self, source: &mut dyn AnySource) -> Result<bool, BoxError> {
        let outcome = self.outcome.take();
        let there_is_one = outcome.unwrap_or_else(|| receive(source, &mut self.next))?;
        if there_is_one {
            std::mem::swap(&mut self.current, &mut self.next);
        }
        Ok(there_is_one)
    }

    /// Works with the window in this thread, and reads the next one in another.
    pub(crate) fn work<R>(
        &mut self,
        source: &mut dyn AnySource,
        threads: &ThreadPool,
        work: impl FnOnce(Frames<'_>) -> R,
    ) -> R {
        let Self {
            current,
            next,
            outcome,
        } = self;
        let frames = current.frames();
        if frames.len() < MIN_FRAMES {
            return work(frames);
        }
        threads.in_place_scope(|scope| {
            scope.spawn(|_| *outcome = Some(receive(source, next)));
            work(frames)
        })
    }
}

/// Reads a window; tells whether there was one.
fn receive(source: &mut dyn AnySource, window: &mut OwnedFrames) -> Result<bool, BoxError> {
    Ok(!matches!(source.receive_into(window)?, Received::End))
}
