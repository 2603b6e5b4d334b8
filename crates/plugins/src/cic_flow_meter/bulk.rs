//! Bulks: many packets with payload in one direction.

use core::time::Duration;

use nfstream_decode::{Direction, Packet, Timestamp};

/// From so many packets on, a run is a bulk.
const MIN_PACKETS: u64 = 4;

/// The bulks of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bulks {
    pub(super) count: u64,
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) nanos: u64,
}

/// The packets with payload that came last: all in one direction, and without a pause.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    direction: Direction,
    packets: u64,
    bytes: u64,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

impl Run {
    /// Adds a packet with payload, and what becomes part of a bulk by it to the `bulks` of its direction.
    pub(super) fn add(&mut self, packet: &Packet<'_>, pause: Duration, bulks: &mut Bulks) {
        let now = packet.timestamp();
        let gap = now.saturating_since(self.last_seen);
        if self.packets == 0 || self.direction != packet.direction() || gap > pause {
            *self = Self {
                direction: packet.direction(),
                packets: 0,
                bytes: 0,
                first_seen: now,
                last_seen: now,
            };
        }
        let bytes = u64::from(packet.payload_size());
        let since_last = now.nanos_since(self.last_seen);
        self.packets += 1;
        self.bytes += bytes;
        self.last_seen = now;
        if self.packets == MIN_PACKETS {
            bulks.count += 1;
            bulks.packets += self.packets;
            bulks.bytes += self.bytes;
            bulks.nanos += now.nanos_since(self.first_seen);
        } else if self.packets > MIN_PACKETS {
            bulks.packets += 1;
            bulks.bytes += bytes;
            bulks.nanos += since_last;
        }
    }
}
