//! The first packets of a flow.

use nfstream_decode::Direction;

/// One of the first packets of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequenceEntry {
    /// Time since the flow's previous packet, in the unit of the columns; 0 for the first.
    pub inter_arrival: u64,
    /// Size in bytes, by the accounting mode.
    pub size: u32,
    /// Which way it went.
    pub direction: Direction,
}

/// The sequence of packet lengths and times (SPLT): the first packets of a flow, at most as many as were asked for.
///
/// As columns it is three lists of always the same length, padded with −1 behind the last packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketSequence<'a> {
    entries: &'a [SequenceEntry],
    columns: usize,
}

impl<'a> PacketSequence<'a> {
    /// What stands in the lists behind the last packet.
    pub const PADDING: i64 = -1;

    /// A sequence with `columns` places, of which the first are taken by `entries`.
    pub fn new(entries: &'a [SequenceEntry], columns: usize) -> Self {
        Self { entries, columns }
    }

    /// The packets, the flow's first one first.
    pub fn entries(&self) -> &'a [SequenceEntry] {
        self.entries
    }

    /// Length of the three lists: how many packets were asked for.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Directions as NFStream lists them: 0, 1, and −1 behind the last packet. (`splt_direction`)
    pub fn directions(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.padded(|entry| match entry.direction {
            Direction::Src2Dst => 0,
            Direction::Dst2Src => 1,
        })
    }

    /// Sizes in bytes, and −1 behind the last packet. (`splt_ps`)
    pub fn sizes(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.padded(|entry| i64::from(entry.size))
    }

    /// Inter-arrival times, and −1 behind the last packet. (`splt_piat_ms`)
    pub fn inter_arrivals(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.padded(|entry| i64::try_from(entry.inter_arrival).unwrap_or(i64::MAX))
    }

    fn padded(&self, value: fn(&SequenceEntry) -> i64) -> impl Iterator<Item = i64> + use<'a> {
        let padding = self.columns.saturating_sub(self.entries.len());
        self.entries
            .iter()
            .map(value)
            .chain(core::iter::repeat_n(Self::PADDING, padding))
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const ENTRIES: [SequenceEntry; 2] = [
        SequenceEntry {
            inter_arrival: 0,
            size: 60,
            direction: Direction::Src2Dst,
        },
        SequenceEntry {
            inter_arrival: u64::MAX,
            size: u32::MAX,
            direction: Direction::Dst2Src,
        },
    ];

    fn lists(sequence: PacketSequence<'_>) -> [Vec<i64>; 3] {
        [
            sequence.directions().collect(),
            sequence.sizes().collect(),
            sequence.inter_arrivals().collect(),
        ]
    }

    #[test]
    fn lists_are_padded_to_their_length() {
        let sequence = PacketSequence::new(&ENTRIES, 4);
        assert_eq!((sequence.entries(), sequence.columns()), (&ENTRIES[..], 4));
        let [directions, sizes, inter_arrivals] = lists(sequence);
        assert_eq!(directions, [0, 1, -1, -1]);
        assert_eq!(sizes, [60, i64::from(u32::MAX), -1, -1]);
        assert_eq!(inter_arrivals, [0, i64::MAX, -1, -1]);
    }

    #[test]
    fn a_full_sequence_has_no_padding() {
        let [directions, sizes, inter_arrivals] = lists(PacketSequence::new(&ENTRIES, 2));
        assert_eq!((directions.len(), sizes.len()), (2, 2));
        assert!(!inter_arrivals.contains(&PacketSequence::PADDING));
    }

    #[test]
    fn without_packets_there_is_only_padding() {
        assert!(
            lists(PacketSequence::new(&[], 3))
                .iter()
                .all(|list| *list == [-1; 3])
        );
        assert!(lists(PacketSequence::new(&[], 0)).iter().all(Vec::is_empty));
    }
}
