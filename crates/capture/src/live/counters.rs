//! What the system counted, and what was taken of it.

use pcap::Stat;

use crate::CaptureStats;

/// The system's counters, which have 32 bits, added up; and what was taken.
#[derive(Debug, Default)]
pub(super) struct Counters {
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
    /// Adds what the system counted since the last time.
    pub(super) fn update(&mut self, now: Stat) {
        if let Some(last) = self.last {
            let since = |now: u32, last: u32| u64::from(now.wrapping_sub(last));
            self.received += since(now.received, last.received);
            self.dropped += since(now.dropped, last.dropped);
            self.dropped_by_interface += since(now.if_dropped, last.if_dropped);
        }
        self.last = Some(now);
    }

    /// Frames that the system has for us.
    pub(super) fn in_flight(&self) -> u64 {
        self.received.saturating_sub(self.dropped + self.read)
    }

    pub(super) fn stats(&self) -> CaptureStats {
        CaptureStats {
            bytes_read: self.bytes,
            // The system is asked now and then only.
            packets_received: self.received.max(self.dropped + self.read),
            packets_dropped: self.dropped,
            packets_dropped_by_interface: self.dropped_by_interface,
            ..CaptureStats::default()
        }
    }
}

/// Counts from here.
impl From<Stat> for Counters {
    fn from(now: Stat) -> Self {
        Self {
            last: Some(now),
            ..Self::default()
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
        let mut counters = Counters::from(stat(u32::MAX - 9, 5));
        counters.update(stat(u32::MAX, 5));
        counters.update(stat(10, 7));
        counters.read = 8;
        assert_eq!(counters.in_flight(), 20 - 2 - 8);
        let stats = counters.stats();
        assert_eq!((stats.packets_received, stats.packets_dropped), (20, 2));
    }

    #[test]
    fn no_more_is_read_than_was_received() {
        let mut counters = Counters::from(stat(0, 0));
        counters.read = 3;
        assert_eq!(counters.in_flight(), 0);
        assert_eq!(counters.stats().packets_received, 3);
    }
}
