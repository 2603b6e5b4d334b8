//! Ends flows after a number of packets.

use nfstream_decode::Packet;
use nfstream_flow::{Flow, NFPlugin};

/// Ends a flow with its packet number `limit`; the next packet of the same key starts another flow.
///
/// # Source
///
/// NFStream's plugin of the same name.
#[derive(Clone, Copy, Debug)]
pub struct FlowSlicer {
    limit: u64,
}

impl FlowSlicer {
    /// Flows of at most `limit` packets; 0 for no limit.
    pub fn new(limit: u64) -> Self {
        Self { limit }
    }

    fn slice(self, flow: &mut Flow<'_>) {
        if flow.bidirectional().packets == self.limit {
            flow.expire();
        }
    }
}

impl NFPlugin for FlowSlicer {
    type State = ();
    type Output = ();

    fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) {
        self.slice(flow);
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, _state: &mut ()) {
        self.slice(flow);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, _state: ()) {}
}

#[cfg(test)]
mod tests;
