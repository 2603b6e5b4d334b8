//! NFStream's clock and flow table, as far as they decide which packets a flow has.

use std::collections::HashMap;
use std::net::IpAddr;

use super::ModelPacket;

/// An end of a flow.
type Endpoint = (IpAddr, u16);

/// What the packets of a flow agree in: both ends, the smaller one first, protocol, VLAN and tunnel.
type Key = (Endpoint, Endpoint, u8, u16, u8);

/// Puts packets into flows.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    idle_ms: u64,
    active_ms: u64,
    /// The latest time seen. It survives a change of files, too (Q1).
    clock_ms: u64,
    flows: Vec<Flow>,
    /// The number of the flow that a packet of a key would continue.
    latest: HashMap<Key, usize>,
}

/// A flow, in the order of creation.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// 1 where a packet came after the active timeout; 0 where the flow ended in any other way.
    pub(crate) expiration_id: i32,
    /// The first packet as the decoder saw it; the direction and the addresses of the flow are its.
    pub(crate) first: ModelPacket,
    pub(crate) first_seen_ms: u64,
    pub(crate) last_seen_ms: u64,
}

/// What a packet became in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Metered {
    /// The number of the flow in [`Meter::flows`].
    pub(crate) flow: usize,
    /// The packet's time, raised to the latest time seen (Q1).
    pub(crate) time_ms: u64,
    /// Time since the flow's last packet.
    pub(crate) delta_ms: u64,
    /// 0 from the flow's source to its destination, 1 back.
    pub(crate) direction: u8,
}

impl Meter {
    /// Timeouts in whole seconds, as NFStream has them.
    pub(crate) fn new(idle_timeout_s: u64, active_timeout_s: u64) -> Self {
        Self {
            idle_ms: idle_timeout_s.saturating_mul(1_000),
            active_ms: active_timeout_s.saturating_mul(1_000),
            clock_ms: 0,
            flows: Vec::new(),
            latest: HashMap::new(),
        }
    }

    /// Puts a packet into its flow.
    ///
    /// NFStream also looks for idle flows between packets (Q19). That changes when a flow is handed out, not what it
    /// holds.
    pub(crate) fn meter(&mut self, packet: &ModelPacket) -> Metered {
        self.clock_ms = self.clock_ms.max(packet.time_ms);
        let time_ms = self.clock_ms;
        let latest = self.latest.entry(key(packet)).or_insert(usize::MAX);
        if let Some(flow) = self.flows.get_mut(*latest) {
            let delta_ms = time_ms - flow.last_seen_ms;
            if delta_ms < self.idle_ms && time_ms - flow.first_seen_ms < self.active_ms {
                flow.last_seen_ms = time_ms;
                return Metered {
                    flow: *latest,
                    time_ms,
                    delta_ms,
                    direction: direction(&flow.first, packet),
                };
            }
            flow.expiration_id = i32::from(delta_ms < self.idle_ms);
        }
        *latest = self.flows.len();
        self.flows.push(Flow {
            expiration_id: 0,
            first: packet.clone(),
            first_seen_ms: time_ms,
            last_seen_ms: time_ms,
        });
        Metered {
            flow: *latest,
            time_ms,
            delta_ms: 0,
            direction: 0,
        }
    }

    /// The flows so far.
    pub(crate) fn flows(&self) -> &[Flow] {
        &self.flows
    }
}

fn key(packet: &ModelPacket) -> Key {
    let source = (packet.src_ip, packet.src_port);
    let destination = (packet.dst_ip, packet.dst_port);
    (
        source.min(destination),
        source.max(destination),
        packet.protocol,
        packet.vlan_id,
        packet.tunnel_id,
    )
}

/// Decided by the flow's first packet, whoever sent it (Q40).
fn direction(first: &ModelPacket, packet: &ModelPacket) -> u8 {
    let forward = (
        packet.src_ip,
        packet.src_port,
        packet.dst_ip,
        packet.dst_port,
    ) == (first.src_ip, first.src_port, first.dst_ip, first.dst_port);
    u8::from(!forward)
}
