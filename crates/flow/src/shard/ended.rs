//! Flows that have ended and wait for their turn.

use core::cmp::Reverse;

use crate::FlowEnd;
use crate::slab::Slot;

/// Flows that have ended wait for others that are due at the same time, but no longer than until the next packet whose number
/// is a multiple of this.
pub const MAX_WAITING: u64 = 1 << 16;

/// When it is a record's turn to leave: among all that wait, the smallest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// When the flow was due, in time units.
    pub due: u64,
    /// Number of the flow's first packet in the input.
    pub first_packet: u64,
}

/// A flow that has ended.
#[derive(Debug)]
pub(super) struct Ended<O> {
    pub(super) turn: Turn,
    pub(super) slot: Slot,
    pub(super) end: FlowEnd,
    /// What the plugins made of it.
    pub(super) output: O,
}

/// Flows that have ended and wait until nothing can come before them.
#[derive(Debug)]
pub(super) struct EndedFlows<O> {
    /// The first `sorted` of them with the one whose turn is next at their end, then others in any order.
    flows: Vec<Ended<O>>,
    sorted: usize,
}

impl<O> EndedFlows<O> {
    pub(super) const fn new() -> Self {
        Self {
            flows: Vec::new(),
            sorted: 0,
        }
    }

    /// Makes room for this many flows altogether.
    pub(super) fn reserve(&mut self, flows: usize) {
        self.flows.reserve(flows.saturating_sub(self.flows.len()));
    }

    #[inline]
    pub(super) fn push(&mut self, flow: Ended<O>) {
        self.flows.push(flow);
    }

    /// The turn of the flow that leaves first.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Turn> {
        if self.sorted < self.flows.len() {
            self.sort();
        }
        self.flows.last().map(|flow| flow.turn)
    }

    /// Takes the flow that leaves first.
    pub(super) fn pop(&mut self) -> Option<Ended<O>> {
        self.next()?;
        self.sorted -= 1;
        self.flows.pop()
    }

    /// Puts the flow that leaves first at the end.
    #[cold]
    fn sort(&mut self) {
        // Of those that are sorted, the ones that leave after all others stay where they are.
        let unsorted = self.flows.get(self.sorted..).unwrap_or_default();
        let last = unsorted.iter().map(|flow| flow.turn).max();
        let before = self.flows.get(..self.sorted).unwrap_or_default();
        let start = before.partition_point(|flow| Some(flow.turn) > last);
        if let Some(flows) = self.flows.get_mut(start..) {
            flows.sort_unstable_by_key(|flow| Reverse(flow.turn));
        }
        self.sorted = self.flows.len();
    }
}
