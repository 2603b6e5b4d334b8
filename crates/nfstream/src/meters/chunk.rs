//! Part of a window of frames, decoded and sorted by meter.

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

/// Neighbouring frames of a window, decoded.
#[derive(Default)]
pub(super) struct Chunk<'a> {
    pub(super) counts: PacketCounts,
    /// The packets of each meter.
    lanes: Vec<Lane<'a>>,
    /// The meter of each packet.
    meters: Vec<u32>,
}

/// What one meter gets of a chunk.
#[derive(Default)]
struct Lane<'a> {
    packets: Vec<Packet<'a>>,
    places: Vec<Place>,
}

/// Where a packet stands in its chunk.
#[derive(Clone, Copy)]
struct Place {
    number: u64,
    /// The time of the newest packet of the chunk up to this one.
    clock: Timestamp,
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
            .resize_with(share.meters.get() as usize, Lane::default);
        let mut clock = Timestamp::EPOCH;
        for frame in frames.iter() {
            let mut packet = Packet::from(PacketFields::default());
            if !self.counts.decode_into(decoder, &frame, &mut packet) {
                continue;
            }
            clock = clock.max(packet.timestamp());
            let meter = share.meter_of(&packet);
            if let Some(lane) = self.lanes.get_mut(meter as usize) {
                let number = self.meters.len() as u64;
                lane.packets.push(packet);
                lane.places.push(Place { number, clock });
                self.meters.push(meter);
            }
        }
    }

    /// How many packets it has.
    pub(super) fn len(&self) -> u64 {
        self.meters.len() as u64
    }

    /// The time of the newest of its packets before the one with this number.
    pub(super) fn clock_before(&self, number: u64) -> Timestamp {
        let newest = self.lanes.iter().filter_map(|lane| {
            let end = lane.places.partition_point(|place| place.number < number);
            Some(lane.places.get(end.checked_sub(1)?)?.clock)
        });
        newest.max().unwrap_or_default()
    }

    /// A packet of one meter, if there are so many; number and time are those of the chunk.
    #[inline]
    pub(super) fn arrival(&self, meter: usize, index: usize) -> Option<Arrival<'a>> {
        let lane = self.lanes.get(meter)?;
        let place = lane.places.get(index)?;
        Some(Arrival {
            packet: *lane.packets.get(index)?,
            number: place.number,
            clock: place.clock,
        })
    }

    /// The packets of one meter.
    pub(super) fn packets(&self, meter: usize) -> &[Packet<'a>] {
        self.lanes
            .get(meter)
            .map_or(&[], |lane| lane.packets.as_slice())
    }

    /// The meter that gets each of its packets.
    pub(super) fn meters(&self) -> impl Iterator<Item = usize> {
        self.meters.iter().map(|&meter| meter as usize)
    }

    /// Its memory, for a chunk of another window.
    pub(super) fn into_memory(mut self) -> Chunk<'static> {
        self.clear();
        Chunk {
            lanes: self.lanes.into_iter().map(Lane::into_memory).collect(),
            counts: self.counts,
            meters: self.meters,
        }
    }

    fn clear(&mut self) {
        self.counts = PacketCounts::default();
        self.meters.clear();
        for lane in &mut self.lanes {
            lane.packets.clear();
            lane.places.clear();
        }
    }
}

impl Lane<'_> {
    fn into_memory(self) -> Lane<'static> {
        // Nothing is mapped, as it is empty, and a vector that is collected out of itself keeps its memory.
        let none = self.packets.into_iter();
        Lane {
            packets: none
                .map(|_| Packet::from(PacketFields::default()))
                .collect(),
            places: self.places,
        }
    }
}
