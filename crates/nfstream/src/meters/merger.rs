//! Rows of all meters become one output.

use std::collections::VecDeque;
use std::mem;

use nfstream_flow::{Dissector, FlowSink, NFPlugin, Record, Turn};

use super::worker::Worker;
use crate::meter::{Halt, Tallied};
use crate::rows::Rows;

/// Where a row belongs: rows of one segment of the input leave before those of the next, whatever their turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) segment: u64,
    pub(super) turn: Turn,
}

/// Merges the rows of the meters, while they make the next ones.
pub(super) struct Merger<O: Record> {
    /// What each meter made, batch by batch.
    batches: Vec<VecDeque<Rows<O, Place>>>,
    /// Empty batches, for their memory.
    unused: Vec<Rows<O, Place>>,
    /// The last row that nothing can come before any more; `None` where that holds for all.
    certain: Option<Place>,
    /// Records that were handed over.
    records: u64,
}

impl<O: Record> Merger<O> {
    /// For so many meters.
    pub(super) fn new(meters: usize) -> Self {
        Self {
            batches: (0..meters).map(|_| VecDeque::new()).collect(),
            unused: Vec::new(),
            certain: None,
            records: 0,
        }
    }

    /// The number of the next record.
    pub(super) fn next_id(&mut self) -> u64 {
        let id = self.records;
        self.records += 1;
        id
    }

    /// Takes the rows that the meters have made.
    pub(super) fn take<P: NFPlugin<Output = O>, D: Dissector>(
        &mut self,
        workers: &mut [Worker<P, D>],
    ) {
        self.certain = None;
        for (batches, worker) in self.batches.iter_mut().zip(workers) {
            if !worker.rows.is_empty() {
                let empty = self.unused.pop().unwrap_or_else(Rows::new);
                batches.push_back(mem::replace(&mut worker.rows, empty));
            }
            if !worker.is_done {
                // What it makes next comes behind its last row.
                let last = batches.back().and_then(Rows::last);
                self.certain = self.certain.into_iter().chain(last).min();
            }
        }
    }

    /// Whether a meter may go on: no more than one batch of its rows is not certain yet.
    pub(super) fn has_room(&self, meter: usize) -> bool {
        let batches = self.batches.get(meter).into_iter().flatten();
        let is_uncertain =
            |rows: &&Rows<O, Place>| self.certain.is_some_and(|it| rows.last() > Some(it));
        batches.filter(is_uncertain).count() <= 1
    }

    /// Hands over all rows whose order is certain.
    pub(super) fn hand_over<K: FlowSink<O>>(
        &mut self,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        let certain = self.certain;
        let is_certain = |place| certain.is_none_or(|certain| place <= certain);
        loop {
            let batches = self.batches.iter_mut();
            let next = batches
                .filter_map(|batches| Some((batches.front()?.first()?, batches)))
                .min_by_key(|(place, _)| *place);
            let Some((_, batches)) = next.filter(|(place, _)| is_certain(*place)) else {
                return Ok(());
            };
            let id = self.records;
            self.records += 1;
            if let Some(rows) = batches.front_mut() {
                rows.hand_over(id, sink)?;
                if rows.is_empty() {
                    rows.clear();
                    self.unused.extend(batches.pop_front());
                }
            }
        }
    }
}
