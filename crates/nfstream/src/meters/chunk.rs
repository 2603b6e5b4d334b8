//! Neighbouring frames of a round, decoded and sorted by meter.

use std::num::NonZeroU32;

use nfstream_capture::Frames;
use nfstream_decode::{Decoder, Packet, PacketFields, Timestamp};
use nfstream_flow::FlowKey;

use crate::packets::PacketCounts;

/// How flows are shared out among meters: see [`FlowKey::part`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) shards: NonZeroU32,
    pub(super) meters: NonZeroU32,
}

impl Share {
    /// The meter that gets a packet.
    fn meter_of(self, packet: &Packet<'_>) -> u32 {
        FlowKey::of(packet).0.part(self.shards, self.meters)
    }
}

/// Neighbouring frames of a round, decoded.
#[derive(Default)]
pub(super) struct Chunk<'a> {
    pub(super) counts: PacketCounts,
    packets: Vec<Packet<'a>>,
    /// The time of the newest packet up to each.
    clocks: Vec<Timestamp>,
    /// The meter of each packet.
    meters: Vec<u32>,
    /// Where the packets of each meter are.
    lanes: Vec<Vec<usize>>,
}

/// A packet, its number, and what time it is then.
pub(super) struct Arrival<'a> {
    pub(super) packet: Packet<'a>,
    pub(super) number: u64,
    pub(super) clock: Timestamp,
}

impl<'a> Chunk<'a> {
    /// Decodes frames, in place of those that were there.
    pub(super) fn decode(&mut self, decoder: Decoder, frames: Frames<'a>, share: Share) {
        self.clear();
        self.lanes
            .resize_with(share.meters.get() as usize, Vec::new);
        let mut clock = Timestamp::EPOCH;
        for frame in frames.iter() {
            let number = self.packets.len();
            self.packets.push(Packet::from(PacketFields::default()));
            let Some(packet) = self.packets.last_mut() else {
                break;
            };
            if !self.counts.decode_into(decoder, &frame, packet) {
                self.packets.pop();
                continue;
            }
            clock = clock.max(packet.timestamp());
            let meter = share.meter_of(packet);
            self.clocks.push(clock);
            self.meters.push(meter);
            if let Some(lane) = self.lanes.get_mut(meter as usize) {
                lane.push(number);
            }
        }
    }

    /// How many packets it has.
    pub(super) fn len(&self) -> u64 {
        self.packets.len() as u64
    }

    /// The time of the newest of its packets before the one with this number.
    pub(super) fn clock_before(&self, number: u64) -> Timestamp {
        let before =
            usize::try_from(number).map_or(self.clocks.len(), |it| it.min(self.clocks.len()));
        let newest = self.clocks.get(..before).and_then(<[_]>::last);
        newest.copied().unwrap_or_default()
    }

    /// A packet of one meter, if there are so many; number and time are those of the chunk.
    #[inline]
    pub(super) fn arrival(&self, meter: usize, index: usize) -> Option<Arrival<'a>> {
        let number = *self.lanes.get(meter)?.get(index)?;
        Some(Arrival {
            packet: *self.packets.get(number)?,
            number: number as u64,
            clock: *self.clocks.get(number)?,
        })
    }

    /// The packets of one meter, from this one on.
    #[inline]
    pub(super) fn packets(&self, meter: usize, from: usize) -> impl Iterator<Item = &Packet<'a>> {
        let lane = self.lanes.get(meter).and_then(|lane| lane.get(from..));
        let numbers = lane.unwrap_or_default();
        numbers
            .iter()
            .filter_map(|&number| self.packets.get(number))
    }

    /// The meter that gets each of its packets.
    pub(super) fn meters(&self) -> impl Iterator<Item = usize> {
        self.meters.iter().map(|&meter| meter as usize)
    }

    /// Its memory, for a chunk of another round.
    pub(super) fn into_memory(mut self) -> Chunk<'static> {
        self.clear();
        // Nothing is mapped, as it is empty, and a vector that is collected out of itself keeps its memory.
        let none = self.packets.into_iter();
        Chunk {
            packets: none
                .map(|_| Packet::from(PacketFields::default()))
                .collect(),
            counts: self.counts,
            clocks: self.clocks,
            meters: self.meters,
            lanes: self.lanes,
        }
    }

    fn clear(&mut self) {
        self.counts = PacketCounts::default();
        self.packets.clear();
        self.clocks.clear();
        self.meters.clear();
        for lane in &mut self.lanes {
            lane.clear();
        }
    }
}
