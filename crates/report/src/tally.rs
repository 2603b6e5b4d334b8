//! Flows, packets and bytes that have something in common.

use core::ops::AddAssign;

use crate::FlowFacts;

/// Flows, packets and bytes that have something in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) flows: u64,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

impl Tally {
    /// One flow.
    pub(crate) fn of(flow: &FlowFacts<'_>) -> Self {
        Self {
            flows: 1,
            packets: flow.packets,
            bytes: flow.bytes,
        }
    }

    /// What is left without `part`.
    pub(crate) fn without(self, part: Self) -> Self {
        Self {
            flows: self.flows.saturating_sub(part.flows),
            packets: self.packets.saturating_sub(part.packets),
            bytes: self.bytes.saturating_sub(part.bytes),
        }
    }
}

/// Rows of a file may hold any number: sums end at the largest one.
impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.flows = self.flows.saturating_add(other.flows);
        self.packets = self.packets.saturating_add(other.packets);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

impl core::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        let mut sum = Self::default();
        tallies.for_each(|tally| sum += tally);
        sum
    }
}
