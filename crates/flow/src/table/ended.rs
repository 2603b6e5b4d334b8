//! Flows that have ended and wait for their turn.

use core::cmp::Reverse;

use crate::FlowEnd;
use crate::slab::Slot;

/// A flow that has ended.
#[derive(Debug)]
pub(super) struct Ended<O> {
    /// When it was due, in time units.
    pub(super) due: u64,
    /// Number of its first packet.
    pub(super) first_packet: u64,
    pub(super) slot: Slot,
    pub(super) end: FlowEnd,
    /// What the plugins made of it.
    pub(super) output: O,
}

/// Flows that have ended and wait until nothing can come before them.
#[derive(Debug)]
pub(super) struct EndedFlows<O> {
    /// Sorted or not; whoever pops sorts before.
    flows: Vec<Ended<O>>,
}

impl<O> EndedFlows<O> {
    pub(super) const fn new() -> Self {
        Self { flows: Vec::new() }
    }

    /// Makes room for this many flows altogether.
    pub(super) fn reserve(&mut self, flows: usize) {
        self.flows.reserve(flows.saturating_sub(self.flows.len()));
    }

    #[inline]
    pub(super) fn push(&mut self, flow: Ended<O>) {
        self.flows.push(flow);
    }

    pub(super) fn len(&self) -> usize {
        self.flows.len()
    }

    /// Puts the one that leaves first at the end.
    pub(super) fn sort(&mut self) {
        self.flows
            .sort_unstable_by_key(|flow| Reverse((flow.due, flow.first_packet)));
    }

    /// Sorts those that are due then and were pushed since the rest was sorted.
    pub(super) fn sort_due_at(&mut self, due: u64) {
        let earlier = self.flows.iter().rposition(|flow| flow.due != due);
        let start = earlier.map_or(0, |place| place + 1);
        if let Some(flows) = self.flows.get_mut(start..) {
            flows.sort_unstable_by_key(|flow| Reverse(flow.first_packet));
        }
    }

    /// When the one that leaves first is due.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.flows.last().map(|flow| flow.due)
    }

    /// Takes the one that leaves first.
    pub(super) fn pop(&mut self) -> Option<Ended<O>> {
        self.flows.pop()
    }
}
