//! The local program that a flow belongs to.

use std::sync::Arc;

use crate::slab::{Slab, Slot};
use crate::{Flow, FlowKey};

/// A running program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Process {
    /// The number that the system knows it by.
    pub id: u32,
    /// Its name, which many flows share.
    pub name: Arc<str>,
}

/// Tells which local program a flow belongs to: see [`FlowTable::set_process_lookup`](crate::FlowTable::set_process_lookup).
///
/// It is called in the metering loop: what takes long belongs in a thread of its own.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{Flow, Process, ProcessLookup};
///
/// /// The system's own resolver asks all names.
/// struct Resolver(Process);
///
/// impl ProcessLookup for Resolver {
///     fn process_of(&mut self, flow: &Flow<'_>) -> Option<Process> {
///         (flow.dst_port() == 53).then(|| self.0.clone())
///     }
/// }
/// ```
pub trait ProcessLookup: Send {
    /// A flow has its first packet. Its sockets may soon be gone. Several flows can start with the same key, one after the
    /// other.
    fn flow_started(&mut self, key: &FlowKey) {
        let _ = key;
    }

    /// A flow has ended: which program does it belong to? Called once a flow. `None`: unknown.
    fn process_of(&mut self, flow: &Flow<'_>) -> Option<Process>;
}

/// One process a flow, known once it has ended.
#[derive(Debug)]
pub(crate) struct Processes(Slab<Option<Process>>);

const _: () = assert!(
    size_of::<Option<Process>>() == 24,
    "what the table says that a flow takes"
);

impl Processes {
    pub(crate) const fn new() -> Self {
        Self(Slab::new())
    }

    /// Adds room for one segment of flows.
    pub(crate) fn grow(&mut self) {
        self.0.grow();
    }

    pub(crate) fn set(&mut self, slot: Slot, process: Option<Process>) {
        *self.0.get_mut(slot) = process;
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Process> {
        self.0.get(slot).as_ref()
    }
}

#[cfg(test)]
mod tests;
