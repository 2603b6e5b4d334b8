//! Community ids, as a plugin.

mod ends;
mod text;

use core::net::IpAddr;

use nfstream_decode::Packet;
use nfstream_derive::Record;
use nfstream_flow::{Flow, NFPlugin};
use sha1::{Digest as _, Sha1};

use ends::Ends;
pub use text::CommunityIdText;

/// The community id of a flow, version 1: the same text for the same flow in every tool that knows it, such as Zeek,
/// Suricata and Wireshark.
///
/// It is made of addresses, protocol and ports, or of what stands for ports: the types of ICMP messages. Both directions
/// have the same one. VLANs and tunnels are not in it, so flows that differ in these alone share theirs, and so do all flows
/// of one connection that timeouts have cut.
///
/// Other tools tell the messages of ICMP between two hosts apart by type. A flow here holds them all; its id is that of its
/// first message.
///
/// # Columns
///
/// `udps.community_id`: text of 30 characters, null where the first packet ends before its ports, or type and code.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTable, FlowTableConfig};
/// use nfstream_plugins::CommunityId;
///
/// // The seed of most installations is 0, `CommunityId::default()`.
/// let table = FlowTable::new(&FlowTableConfig::default(), CommunityId::new(1));
/// # assert_eq!(table.active_flows(), 0);
/// ```
///
/// # Source
///
/// *Community ID Flow Hashing*, version 1, <https://github.com/corelight/community-id-spec>.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommunityId {
    seed: u16,
}

impl CommunityId {
    /// Ids with this seed, by which installations keep theirs apart.
    pub fn new(seed: u16) -> Self {
        Self { seed }
    }

    fn of(self, source: IpAddr, destination: IpAddr, protocol: u8, ends: Ends) -> CommunityIdText {
        let [src, dst] = match ends {
            Ends::None => [0, 0],
            Ends::Ports(ports) | Ends::OneWay(ports) => ports,
        };
        let mut in_order = [(source, src), (destination, dst)];
        if !matches!(ends, Ends::OneWay(_)) {
            in_order.sort_unstable();
        }
        let mut hash = Sha1::new();
        hash.update(self.seed.to_be_bytes());
        for (ip, _) in in_order {
            match ip {
                IpAddr::V4(ip) => hash.update(ip.octets()),
                IpAddr::V6(ip) => hash.update(ip.octets()),
            }
        }
        hash.update([protocol, 0]);
        if ends != Ends::None {
            for (_, port) in in_order {
                hash.update(port.to_be_bytes());
            }
        }
        CommunityIdText::of(&hash.finalize().into())
    }
}

/// What [`CommunityId`] keeps of a flow: the ports, or what stands for them, of its first packet.
#[derive(Clone, Copy, Debug)]
pub struct CommunityIdState(Option<Ends>);

/// What [`CommunityId`] tells of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct CommunityIdColumns {
    /// Community id, version 1; null where the first packet ends before its ports, or type and code.
    pub community_id: Option<CommunityIdText>,
}

impl NFPlugin for CommunityId {
    type State = CommunityIdState;
    type Output = CommunityIdColumns;

    fn on_init(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>) -> CommunityIdState {
        CommunityIdState(Ends::of(packet))
    }

    fn on_expire(
        &mut self,
        flow: &Flow<'_>,
        CommunityIdState(ends): CommunityIdState,
    ) -> CommunityIdColumns {
        let of = |ends| self.of(flow.src_ip(), flow.dst_ip(), flow.protocol(), ends);
        CommunityIdColumns {
            community_id: ends.map(of),
        }
    }
}

#[cfg(test)]
mod tests;
