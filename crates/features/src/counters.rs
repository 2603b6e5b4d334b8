//! Packets, bytes and times of one direction.

use nfstream_decode::Timestamp;

/// Packets, bytes and times of one direction of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// How many packets.
    pub packets: u64,
    /// The sum of their sizes in bytes, by the accounting mode.
    pub bytes: u64,
    /// When the first of them was seen; the epoch where there is none.
    pub first_seen: Timestamp,
    /// When the last of them was seen; the epoch where there is none.
    pub last_seen: Timestamp,
}

impl Counters {
    /// Counts one packet.
    #[inline]
    pub fn add(&mut self, time: Timestamp, size: u32) {
        if self.packets == 0 {
            self.first_seen = time;
        }
        self.last_seen = time;
        self.packets += 1;
        self.bytes += u64::from(size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packet_sets_the_first_time() {
        let mut counters = Counters::default();
        counters.add(Timestamp::EPOCH, u32::MAX);
        counters.add(Timestamp::from_nanos(5), u32::MAX);
        counters.add(Timestamp::from_nanos(9), 1);
        let right = Counters {
            packets: 3,
            bytes: 2 * u64::from(u32::MAX) + 1,
            first_seen: Timestamp::EPOCH,
            last_seen: Timestamp::from_nanos(9),
        };
        assert_eq!(counters, right);
    }
}
