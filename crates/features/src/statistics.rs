//! What NFStream's statistical columns are computed from.

use core::hint::black_box;

use nfstream_decode::{Direction, TcpFlags};

use crate::extent::SizeExtent;
use crate::{Extent, Summary};

/// What the 48 statistical columns of one flow are computed from: sizes and inter-arrival times in both directions, and
/// the packets with each TCP flag.
///
/// Exact for fewer than 2^40 packets in each direction, and 2^64 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(32))]
pub struct Statistics {
    // A packet touches the first three, but one direction alone: 96 bytes in a row, so two cache lines.
    src2dst: DirectionStatistics,
    /// Time from each packet of the flow to the next, whatever their directions.
    inter_arrival: Extent,
    dst2src: DirectionStatistics,
    src2dst_flags: FlagCarries,
    dst2src_flags: FlagCarries,
}

const _: () = assert!(
    size_of::<Statistics>() == 224,
    "a million flows with statistics take 224 MB more"
);

/// What every packet of one direction reads and writes: the size of one cache line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct DirectionStatistics {
    inter_arrival: Extent,
    sizes: SizeExtent,
    flags: FlagBytes,
}

/// How many packets had each TCP flag set, modulo 256: one byte a flag, that of FIN the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FlagBytes(u64);

/// How often each of [`FlagBytes`] has run over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FlagCarries([u32; 8]);

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
        let (own, carries) = match direction {
            Direction::Src2Dst => (&mut self.src2dst, &mut self.src2dst_flags),
            Direction::Dst2Src => (&mut self.dst2src, &mut self.dst2src_flags),
        };
        own.sizes.add(size);
        if let Some(time) = since_previous_same_way {
            own.inter_arrival.add(time);
        }
        let carried = own.flags.add(flags);
        if carried != 0 {
            carries.add(carried);
        }
    }

    /// Reads something of each cache line, so that all of it is fetched from memory before [`add`](Self::add) needs it.
    #[inline]
    pub fn touch(&self) {
        black_box(self.src2dst);
        black_box(self.inter_arrival);
        black_box(self.dst2src.flags);
    }

    /// Packet sizes of one direction, in bytes; `packets` and `bytes` are the flow's.
    pub fn packet_sizes(&self, direction: Direction, packets: u64, bytes: u64) -> Summary {
        Summary::of(&self.direction(direction).sizes.extent(), packets, bytes)
    }

    /// Packet sizes of both directions, in bytes; `packets` and `bytes` are the flow's.
    pub fn bidirectional_packet_sizes(&self, packets: u64, bytes: u64) -> Summary {
        Summary::of(
            &self
                .src2dst
                .sizes
                .extent()
                .merged(&self.dst2src.sizes.extent()),
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
        match direction {
            Direction::Src2Dst => self.src2dst.flags.with(&self.src2dst_flags),
            Direction::Dst2Src => self.dst2src.flags.with(&self.dst2src_flags),
        }
    }

    /// Packets of both directions by TCP flag.
    pub fn bidirectional_flags(&self) -> FlagCounts {
        let mut sum = self.flags(Direction::Src2Dst);
        let other = self.flags(Direction::Dst2Src);
        for (count, other) in sum.counts.iter_mut().zip(other.counts) {
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

impl FlagBytes {
    /// The lowest bit of each byte, and the highest.
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = Self::ONES << 7;

    /// Adds one packet's flags. Returns the highest bit of each byte that has run over.
    #[inline]
    fn add(&mut self, flags: TcpFlags) -> u64 {
        let before = self.0;
        // The highest bits are left out and put back without carry, so that no byte runs into the next.
        self.0 = ((before & !Self::TOPS) + Self::spread(flags)) ^ (before & Self::TOPS);
        before & !self.0 & Self::TOPS
    }

    /// The bits of a byte as eight bytes, each 0 or 1.
    #[inline]
    fn spread(flags: TcpFlags) -> u64 {
        /// Bit 0 in byte 0, bit 1 in byte 1, and so on.
        const DIAGONAL: u64 = 0x8040_2010_0804_0201;
        /// What makes the highest bit of a byte of the one that the diagonal leaves.
        const TO_TOP: u64 = 0x0040_6070_787c_7e7f;
        let diagonal = (u64::from(flags.bits()) * Self::ONES) & DIAGONAL;
        (diagonal + TO_TOP) >> 7 & Self::ONES
    }

    /// The whole counts.
    fn with(self, carries: &FlagCarries) -> FlagCounts {
        let mut counts = self.0.to_le_bytes().map(u64::from);
        for (count, carries) in counts.iter_mut().zip(carries.0) {
            *count += u64::from(carries) << 8;
        }
        FlagCounts { counts }
    }
}

impl FlagCarries {
    /// Adds what [`FlagBytes::add`] has returned.
    #[cold]
    fn add(&mut self, carried: u64) {
        for (carries, carried) in self.0.iter_mut().zip(carried.to_le_bytes()) {
            *carries = carries.wrapping_add(u32::from(carried >> 7));
        }
    }
}

impl FlagCounts {
    /// Packets with this flag, which must be a single one.
    pub fn packets_with(&self, flag: TcpFlags) -> u64 {
        let bit = flag.bits().trailing_zeros() as usize;
        self.counts.get(bit).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
