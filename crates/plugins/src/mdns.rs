//! The names that multicast DNS announces.

mod message;

use nfstream_decode::{Packet, protocol};
use nfstream_derive::Record;
use nfstream_flow::{Flow, NFPlugin};

use message::PtrAnswers;

/// Where multicast DNS is spoken (RFC 6762 §3).
const PORT: u16 = 5353;
/// Names that a flow keeps.
const MAX_NAMES: usize = 64;

/// The names that multicast DNS announces: services, their instances, hosts.
///
/// It reads the flows to UDP port 5353, and all that is sent from that port, over IPv4 and IPv6, inside of tunnels too where
/// those are decoded. Names are taken from PTR records in the answers of a message: what a responder announces, and what
/// a querier knows already.
///
/// # Columns
///
/// `udps.mdns_ptr`: the names, each once, in the order in which they were first seen; an empty list if there are none. Labels
/// stand with dots between them as they are; what is not UTF-8 is U+FFFD.
///
/// # Memory
///
/// The state of a flow is one pointer. A packet that brings no new name allocates nothing, unless names in it are not UTF-8.
/// A flow keeps the first 64 names, of at most 253 bytes each, three times as many if they are not UTF-8: less than 50 KiB.
///
/// A message is read in time that grows with its length; of its names, at most 1,024 labels and pointers are followed.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTableConfig, schema};
/// use nfstream_plugins::Mdns;
///
/// let schema = schema(&FlowTableConfig::default(), &Mdns);
/// assert_eq!(schema.columns().last().unwrap().name, "udps.mdns_ptr");
/// ```
///
/// # Source
///
/// NFStream's plugin `MDNS`; RFC 6762, RFC 1035 §4.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mdns;

/// What [`Mdns`] keeps of a flow.
#[derive(Clone, Debug, Default)]
pub struct MdnsState(Option<Box<MdnsColumns>>);

/// What [`Mdns`] tells of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct MdnsColumns {
    /// Names in PTR answers, each once, in the order in which they were first seen (RFC 6762).
    pub mdns_ptr: Vec<Box<str>>,
}

impl NFPlugin for Mdns {
    type State = MdnsState;
    type Output = MdnsColumns;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> MdnsState {
        let mut state = MdnsState::default();
        self.on_update(packet, flow, &mut state);
        state
    }

    #[inline]
    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut MdnsState) {
        let is_mdns = packet.src_port() == PORT || flow.dst_port() == PORT;
        if is_mdns && packet.protocol() == protocol::UDP {
            state.take(packet.payload());
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, state: MdnsState) -> MdnsColumns {
        state
            .0
            .map_or_else(MdnsColumns::default, |columns| *columns)
    }
}

impl MdnsState {
    /// Takes over the names of a message.
    fn take(&mut self, message: &[u8]) {
        for name in PtrAnswers::of(message).into_iter().flatten() {
            let name = String::from_utf8_lossy(name.bytes());
            let names = &mut self.0.get_or_insert_default().mdns_ptr;
            if names.len() < MAX_NAMES && names.iter().all(|known| **known != *name) {
                names.push(name.into());
            }
        }
    }
}

#[cfg(test)]
mod tests;
