//! A flow table as simple as one can be: lists that are searched from front to end, and one sort when all is over.

use std::time::Duration;

use nfstream_decode::{PacketFields, Timestamp};
use nfstream_flow::features::{Counters, TimeUnit};
use nfstream_flow::{Endpoint, FlowEnd, FlowRecord, FlowTableConfig};

/// What happens to a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    /// A packet.
    Packet(PacketFields<'static>),
    /// The clock goes on without one.
    Clock(Timestamp),
}

/// A record, as far as table and model can agree on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) end: FlowEnd,
    pub(crate) source: Endpoint,
    pub(crate) destination: Endpoint,
    pub(crate) protocol: u8,
    pub(crate) vlan_id: u16,
    pub(crate) tunnel_id: u8,
    pub(crate) src2dst: Counters,
    pub(crate) dst2src: Counters,
}

impl Outcome {
    pub(crate) fn of<O>(record: &FlowRecord<'_, O>) -> Self {
        let flow = &record.flow;
        Self {
            end: record.end,
            source: flow.source(),
            destination: flow.destination(),
            protocol: flow.protocol(),
            vlan_id: flow.vlan_id(),
            tunnel_id: flow.tunnel().id(),
            src2dst: *flow.src2dst(),
            dst2src: *flow.dst2src(),
        }
    }
}

/// A flow, and the number of its first packet.
struct Flow {
    first_packet: usize,
    outcome: Outcome,
}

impl Flow {
    fn new(first_packet: usize, packet: &PacketFields<'_>) -> Self {
        let [source, destination] = ends(packet);
        Self {
            first_packet,
            outcome: Outcome {
                end: FlowEnd::EndOfInput,
                source,
                destination,
                protocol: packet.protocol,
                vlan_id: packet.vlan_id,
                tunnel_id: packet.tunnel.id(),
                src2dst: Counters::default(),
                dst2src: Counters::default(),
            },
        }
    }

    fn has(&self, packet: &PacketFields<'_>) -> bool {
        let [sender, receiver] = ends(packet);
        let Outcome {
            source,
            destination,
            protocol,
            vlan_id,
            tunnel_id,
            ..
        } = self.outcome;
        let same_ends = (sender, receiver) == (source, destination)
            || (sender, receiver) == (destination, source);
        let same_rest =
            (packet.protocol, packet.vlan_id, packet.tunnel.id()) == (protocol, vlan_id, tunnel_id);
        same_ends && same_rest
    }

    fn count(&mut self, packet: &PacketFields<'_>, time: Timestamp) {
        let [sender, receiver] = ends(packet);
        let forward = (sender, receiver) == (self.outcome.source, self.outcome.destination);
        let own = if forward {
            &mut self.outcome.src2dst
        } else {
            &mut self.outcome.dst2src
        };
        if own.packets == 0 {
            own.first_seen = time;
        }
        own.last_seen = time;
        own.packets += 1;
        own.bytes += u64::from(packet.raw_size);
    }

    fn packets(&self) -> u64 {
        self.outcome.src2dst.packets + self.outcome.dst2src.packets
    }
}

fn ends(packet: &PacketFields<'_>) -> [Endpoint; 2] {
    [
        Endpoint {
            ip: packet.src_ip,
            port: packet.src_port,
        },
        Endpoint {
            ip: packet.dst_ip,
            port: packet.dst_port,
        },
    ]
}

/// The model's state.
struct Model {
    unit: TimeUnit,
    idle_timeout: u64,
    active_timeout: u64,
    clock: Timestamp,
    /// In the order in which they were last seen.
    alive: Vec<Flow>,
    /// With the times at which they were due.
    ended: Vec<(u64, Flow)>,
}

impl Model {
    fn now(&self) -> u64 {
        self.unit.truncate(self.clock)
    }

    /// When a flow was last seen, in time units.
    fn last_seen(&self, flow: &Flow) -> u64 {
        let Outcome {
            src2dst, dst2src, ..
        } = &flow.outcome;
        self.unit.truncate(src2dst.last_seen.max(dst2src.last_seen))
    }

    fn is_idle(&self, flow: &Flow) -> bool {
        self.now() - self.last_seen(flow) >= self.idle_timeout
    }

    fn is_old(&self, flow: &Flow) -> bool {
        let first_seen = self.unit.truncate(flow.outcome.src2dst.first_seen);
        self.now() - first_seen >= self.active_timeout
    }

    /// Flows leave in the order of the times when they were due.
    fn end(&mut self, mut flow: Flow, end: FlowEnd) {
        let due = match end {
            FlowEnd::Idle | FlowEnd::EndOfInput => {
                self.last_seen(&flow).saturating_add(self.idle_timeout)
            }
            _ => self.now(),
        };
        flow.outcome.end = end;
        self.ended.push((due, flow));
    }

    fn tick(&mut self, time: Timestamp) {
        self.clock = self.clock.max(time);
        for flow in std::mem::take(&mut self.alive) {
            // What is due at this very moment may still be found by a packet, or end otherwise.
            if self.now() - self.last_seen(&flow) > self.idle_timeout {
                self.end(flow, FlowEnd::Idle);
            } else {
                self.alive.push(flow);
            }
        }
    }

    fn packet(&mut self, number: usize, packet: &PacketFields<'_>, most: usize, limit: u64) {
        self.tick(packet.timestamp);
        let place = self.alive.iter().position(|flow| flow.has(packet));
        let known = match place.map(|place| self.alive.remove(place)) {
            Some(flow) if self.is_idle(&flow) => {
                self.end(flow, FlowEnd::Idle);
                None
            }
            Some(flow) if self.is_old(&flow) => {
                self.end(flow, FlowEnd::Active);
                None
            }
            known => known,
        };
        let mut flow = known.unwrap_or_else(|| {
            if self.alive.len() >= most {
                let unseen = self.alive.remove(0);
                let idle = self.is_idle(&unseen);
                self.end(
                    unseen,
                    if idle {
                        FlowEnd::Idle
                    } else {
                        FlowEnd::Resources
                    },
                );
            }
            Flow::new(number, packet)
        });
        flow.count(packet, self.clock);
        if flow.packets() == limit {
            self.end(flow, FlowEnd::Forced);
        } else {
            self.alive.push(flow);
        }
    }
}

/// The records that a table with this configuration has to hand over, in order. Flows end with their packet number
/// `limit`, if it is not 0.
pub(crate) fn records(config: &FlowTableConfig, limit: u64, events: &[Event]) -> Vec<Outcome> {
    let mut model = Model {
        unit: config.time_unit,
        idle_timeout: in_units(config.idle_timeout, config.time_unit),
        active_timeout: in_units(config.active_timeout, config.time_unit),
        clock: Timestamp::EPOCH,
        alive: Vec::new(),
        ended: Vec::new(),
    };
    let most = config.max_active_flows.get() as usize;
    for (number, event) in events.iter().enumerate() {
        match event {
            Event::Packet(packet) => model.packet(number, packet, most, limit),
            Event::Clock(time) => model.tick(*time),
        }
    }
    for flow in std::mem::take(&mut model.alive) {
        let idle = model.is_idle(&flow);
        model.end(
            flow,
            if idle {
                FlowEnd::Idle
            } else {
                FlowEnd::EndOfInput
            },
        );
    }
    model
        .ended
        .sort_by_key(|(due, flow)| (*due, flow.first_packet));
    model
        .ended
        .into_iter()
        .map(|(_, flow)| flow.outcome)
        .collect()
}

/// A timeout, of which a part of a unit counts as one.
fn in_units(timeout: Duration, unit: TimeUnit) -> u64 {
    let nanos = u128::from(unit.nanos());
    u64::try_from(timeout.as_nanos().div_ceil(nanos)).unwrap_or(u64::MAX)
}
