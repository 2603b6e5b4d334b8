//! What NFStream's statistical columns are computed from.

use core::hint::black_box;

use nfstream_decode::{Direction, TcpFlags};

use crate::{Extent, Summary};

/// What the 48 statistical columns of one flow are computed from: sizes and inter-arrival times in both directions, and
/// the packets with each TCP flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    src2dst: DirectionStatistics,
    dst2src: DirectionStatistics,
    /// Time from each packet of the flow to the next, whatever their directions.
    inter_arrival: Extent,
}

/// What the statistical columns of one direction are computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct DirectionStatistics {
    sizes: Extent,
    inter_arrival: Extent,
    flags: FlagCounts,
}

/// How many packets had each TCP flag set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagCounts {
    counts: [u64; 8],
}

impl Statistics {
    /// Adds one packet.
    ///
    /// `since_previous` is the time since the flow's previous packet, `since_previous_same_way` since the previous one
    /// of the same direction; both `None` where there is none, and both in the unit of the columns.
    #[inline]
    pub fn add(
        &mut self,
        direction: Direction,
        size: u32,
        flags: TcpFlags,
        since_previous: Option<u64>,
        since_previous_same_way: Option<u64>,
    ) {
        if let Some(time) = since_previous {
            self.inter_arrival.add(time);
        }
        let own = match direction {
            Direction::Src2Dst => &mut self.src2dst,
            Direction::Dst2Src => &mut self.dst2src,
        };
        own.sizes.add(u64::from(size));
        if let Some(time) = since_previous_same_way {
            own.inter_arrival.add(time);
        }
        own.flags.add(flags);
    }

    /// Reads something of each cache line, so that all of it is fetched from memory before [`add`](Self::add) needs it.
    #[inline]
    pub fn touch(&self) {
        for own in [&self.src2dst, &self.dst2src] {
            black_box(own.sizes);
            black_box(own.flags.counts[0]);
        }
    }

    /// Packet sizes of one direction, in bytes; `packets` and `bytes` are the flow's.
    pub fn packet_sizes(&self, direction: Direction, packets: u64, bytes: u64) -> Summary {
        Summary::of(&self.direction(direction).sizes, packets, bytes)
    }

    /// Packet sizes of both directions, in bytes; `packets` and `bytes` are the flow's.
    pub fn bidirectional_packet_sizes(&self, packets: u64, bytes: u64) -> Summary {
        Summary::of(
            &self.src2dst.sizes.merged(&self.dst2src.sizes),
            packets,
            bytes,
        )
    }

    /// Inter-arrival times of one direction; `packets` are the flow's, `duration` its in the unit of the times that were
    /// added.
    pub fn inter_arrival(&self, direction: Direction, packets: u64, duration: u64) -> Summary {
        let gaps = packets.saturating_sub(1);
        Summary::of(&self.direction(direction).inter_arrival, gaps, duration)
    }

    /// Inter-arrival times of the flow, whatever the directions; `packets` are the flow's, `duration` its in the unit of
    /// the times that were added.
    pub fn bidirectional_inter_arrival(&self, packets: u64, duration: u64) -> Summary {
        Summary::of(&self.inter_arrival, packets.saturating_sub(1), duration)
    }

    /// Packets of one direction by TCP flag.
    pub fn flags(&self, direction: Direction) -> FlagCounts {
        self.direction(direction).flags
    }

    /// Packets of both directions by TCP flag.
    pub fn bidirectional_flags(&self) -> FlagCounts {
        let mut sum = self.src2dst.flags;
        for (count, other) in sum.counts.iter_mut().zip(self.dst2src.flags.counts) {
            *count += other;
        }
        sum
    }

    fn direction(&self, direction: Direction) -> &DirectionStatistics {
        match direction {
            Direction::Src2Dst => &self.src2dst,
            Direction::Dst2Src => &self.dst2src,
        }
    }
}

impl FlagCounts {
    /// Adds one packet's flags.
    #[inline]
    fn add(&mut self, flags: TcpFlags) {
        for (bit, count) in self.counts.iter_mut().enumerate() {
            *count += u64::from(flags.bits() >> bit & 1);
        }
    }

    /// Packets with this flag, which must be a single one.
    pub fn packets_with(&self, flag: TcpFlags) -> u64 {
        let bit = flag.bits().trailing_zeros() as usize;
        self.counts.get(bit).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
