//! The flows whose packets are looked into.

use core::fmt;

use nfstream_decode::Packet;

use crate::applications::Applications;
use crate::slab::{Slab, Slot};
use crate::{Application, Dissection, Dissector, FlowKey};

/// A dissector, and what each flow carries for it.
pub(super) struct Dissections<D: Dissector> {
    /// They go before the dissector does.
    states: Slab<Option<D::State>>,
    dissector: D,
    /// Packets of a flow to look into.
    limit: u64,
    /// Flows that the dissector had no room for.
    refused: u64,
}

impl<D: Dissector> Dissections<D> {
    pub(super) fn new(dissector: D, limit: u8) -> Self {
        let limit = if dissector.is_off() { 0 } else { limit };
        Self {
            dissector,
            states: Slab::new(),
            limit: limit.into(),
            refused: 0,
        }
    }

    pub(super) fn dissector(&self) -> &D {
        &self.dissector
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// Adds room for one segment of flows.
    pub(super) fn grow(&mut self) {
        if self.limit > 0 {
            self.states.grow();
        }
    }

    /// A flow starts in a slot; tells whether its packets are looked into.
    pub(super) fn start(&mut self, slot: Slot, key: &FlowKey) -> bool {
        if self.limit == 0 {
            return false;
        }
        let state = self.dissector.start(key);
        let is_dissected = state.is_some();
        *self.states.get_mut(slot) = state;
        self.refused += u64::from(!is_dissected);
        is_dissected
    }

    /// Looks into the flow's packet with this number, counted from 1; tells whether to go on with the next one.
    pub(super) fn dissect(
        &mut self,
        slot: Slot,
        packet: &Packet<'_>,
        number: u64,
        applications: &mut Applications,
    ) -> bool {
        let Some(state) = self.states.get_mut(slot) else {
            return false;
        };
        let is_last = number >= self.limit;
        match self.dissector.dissect(packet, state) {
            Dissection::Nothing if number == 1 => applications.set(slot, &Application::UNKNOWN),
            Dissection::Nothing => {}
            Dissection::Found(_) if is_last => {}
            Dissection::Found(application) => applications.set(slot, &application),
            Dissection::Done => {
                self.finish(slot, applications);
                return false;
            }
        }
        if is_last {
            self.finish(slot, applications);
        }
        !is_last
    }

    /// No more packets of the flow are looked into.
    pub(super) fn finish(&mut self, slot: Slot, applications: &mut Applications) {
        if let Some(mut state) = self.states.get_mut(slot).take() {
            let application = self.dissector.finish(&mut state);
            applications.set(slot, &application);
            self.dissector.release(state);
        }
    }
}

impl<D: Dissector> fmt::Debug for Dissections<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dissections")
            .field("limit", &self.limit)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
