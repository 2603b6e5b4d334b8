//! As many packets as were asked for, taken by several sockets.

use std::sync::{Mutex, PoisonError};

/// How many packets may still be taken.
#[derive(Debug)]
pub(super) struct PacketLimit(Mutex<Left>);

#[derive(Debug)]
struct Left {
    /// Packets that nobody has taken.
    packets: u64,
    /// Those of them that somebody is about to take.
    reserved: u64,
}

impl PacketLimit {
    pub(super) fn new(packets: u64) -> Self {
        Self(Mutex::new(Left {
            packets,
            reserved: 0,
        }))
    }

    /// How many of `wanted` packets may be taken now, to be [settled](Self::settle); `None` when all have been.
    pub(super) fn reserve(&self, wanted: usize) -> Option<usize> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if left.packets == 0 {
            return None;
        }
        let free = usize::try_from(left.packets - left.reserved).unwrap_or(usize::MAX);
        let granted = wanted.min(free);
        left.reserved += granted as u64;
        Some(granted)
    }

    /// Of so many that were granted, so many were taken.
    pub(super) fn settle(&self, granted: usize, taken: usize) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.reserved -= granted as u64;
        left.packets = left.packets.saturating_sub(taken as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_taken_than_were_asked_for() {
        let limit = PacketLimit::new(10);
        assert_eq!(limit.reserve(8), Some(8));
        assert_eq!(limit.reserve(8), Some(2));
        assert_eq!(limit.reserve(8), Some(0));
        limit.settle(8, 1);
        limit.settle(2, 2);
        assert_eq!(limit.reserve(8), Some(7));
        limit.settle(7, 7);
        assert_eq!(limit.reserve(8), None);
    }
}
