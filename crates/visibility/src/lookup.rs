//! What a flow table asks.

use std::sync::Arc;

use nfstream_decode::Tunnel;
use nfstream_flow::{Flow, FlowKey, Process, ProcessLookup};

use crate::socket::Protocol;
use crate::watch::Shared;

/// Asks a [`SocketWatch`](crate::SocketWatch) which process a flow belongs to.
///
/// Copies share what the watch knows: each meter takes one. When the watch is gone, it answers what was known then.
#[derive(Clone, Debug)]
pub struct SocketLookup {
    shared: Arc<Shared>,
}

impl SocketLookup {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl ProcessLookup for SocketLookup {
    fn flow_started(&mut self, key: &FlowKey) {
        if let Some(protocol) = protocol_of(key)
            && !self.shared.is_look_wanted()
            && self
                .shared
                .sockets()
                .is_worth_a_look(protocol, key.endpoints())
        {
            self.shared.want_look();
        }
    }

    fn process_of(&mut self, flow: &Flow<'_>) -> Option<Process> {
        let protocol = protocol_of(flow.key())?;
        let sockets = self.shared.sockets();
        sockets
            .process_of(protocol, flow.source(), flow.destination())
            .cloned()
    }
}

/// The protocol, if sockets of this machine can be the flow's ends.
fn protocol_of(key: &FlowKey) -> Option<Protocol> {
    let protocol = Protocol::from_number(key.protocol());
    protocol.filter(|_| key.tunnel() == Tunnel::None)
}
