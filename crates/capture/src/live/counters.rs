//! What the system counted, and what was taken of it.

use pcap::Stat;

use crate::{CaptureStats, LiveStats};

/// The system's counters, which have 32 bits, added up; and what was taken.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Whether the system counts packets that libpcap does not hand out: then only what is taken tells how many were received.
    counts_more: bool,
    /// What the system said last.
    last: Option<Stat>,
    received: u64,
    dropped: u64,
    dropped_by_interface: u64,
    /// Frames that were taken.
    pub(super) read: u64,
    /// Their captured bytes.
    pub(super) bytes: u64,
}

impl Counters {
    /// Counts from here.
    pub(super) fn start(now: Stat, counts_more: bool) -> Self {
        Self {
            counts_more,
            last: Some(now),
            ..Self::default()
        }
    }

    /// Adds what the system counted since the last time.
    pub(super) fn update(&mut self, now: Stat) {
        if let Some(last) = self.last {
            let since = |now: u32, last: u32| u64::from(now.wrapping_sub(last));
            if !self.counts_more {
                self.received += since(now.received, last.received);
            }
            self.dropped += since(now.dropped, last.dropped);
            self.dropped_by_interface += since(now.if_dropped, last.if_dropped);
        }
        self.last = Some(now);
    }

    /// Frames that the system has for us; `None` where that is not known.
    pub(super) fn in_flight(&self) -> Option<u64> {
        let taken = self.dropped + self.read;
        (!self.counts_more).then(|| self.received.saturating_sub(taken))
    }

    pub(super) fn stats(&self) -> CaptureStats {
        CaptureStats {
            bytes_read: self.bytes,
            live: Some(LiveStats {
                // The system is asked now and then only.
                packets_received: self.received.max(self.dropped + self.read),
                packets_dropped: self.dropped,
                packets_dropped_by_interface: self.dropped_by_interface,
            }),
            ..CaptureStats::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(received: u32, dropped: u32) -> Stat {
        Stat {
            received,
            dropped,
            if_dropped: 0,
        }
    }

    #[test]
    fn counters_run_over_and_begin_where_the_capture_does() {
        let mut counters = Counters::start(stat(u32::MAX - 9, 5), false);
        counters.update(stat(u32::MAX, 5));
        counters.update(stat(10, 7));
        counters.read = 8;
        assert_eq!(counters.in_flight(), Some(20 - 2 - 8));
        let stats = counters.stats().live.unwrap();
        assert_eq!((stats.packets_received, stats.packets_dropped), (20, 2));
    }

    #[test]
    fn what_libpcap_does_not_hand_out_is_not_received() {
        let mut counters = Counters::start(stat(0, 0), true);
        counters.update(stat(20, 2));
        counters.read = 8;
        assert_eq!(counters.in_flight(), None);
        assert_eq!(counters.stats().live.unwrap().packets_received, 2 + 8);
    }

    #[test]
    fn no_more_is_read_than_was_received() {
        let mut counters = Counters::start(stat(0, 0), false);
        counters.read = 3;
        assert_eq!(counters.in_flight(), Some(0));
        assert_eq!(counters.stats().live.unwrap().packets_received, 3);
    }
}
