//! Flows that have ended and wait for their turn.

use crate::FlowEnd;
use crate::slab::Slot;

/// A flow that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    /// When it was due, in time units.
    pub(super) due: u64,
    /// Number of its first packet.
    pub(super) first_packet: u64,
    pub(super) slot: Slot,
    pub(super) end: FlowEnd,
}

/// Flows that have ended and wait until nothing can come before them.
#[derive(Debug, Default)]
pub(super) struct EndedFlows {
    /// In the order in which they ended.
    flows: Vec<Ended>,
}

impl EndedFlows {
    /// Makes room for this many flows altogether.
    pub(super) fn reserve(&mut self, flows: usize) {
        self.flows.reserve(flows.saturating_sub(self.flows.len()));
    }

    #[inline]
    pub(super) fn push(&mut self, flow: Ended) {
        self.flows.push(flow);
    }

    pub(super) fn len(&self) -> usize {
        self.flows.len()
    }

    /// When the first of them is due.
    pub(super) fn earliest_due(&self) -> Option<u64> {
        self.flows.iter().map(|flow| flow.due).min()
    }

    /// Brings them into the order of the output, and counts those that are due by `last_due`.
    pub(super) fn sort(&mut self, last_due: u64) -> usize {
        self.flows
            .sort_unstable_by_key(|flow| (flow.due, flow.first_packet));
        self.flows.partition_point(|flow| flow.due <= last_due)
    }

    /// The one at this place of the order.
    pub(super) fn get(&self, place: usize) -> Option<Ended> {
        self.flows.get(place).copied()
    }

    /// Forgets the first `count`, which were handed over.
    pub(super) fn remove_first(&mut self, count: usize) {
        self.flows.drain(..count);
    }
}
