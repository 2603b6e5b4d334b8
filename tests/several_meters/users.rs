//! What users write: a plugin, and a dissector that can be shared out.

use std::num::NonZeroU32;

use nfstream::flow::FlowKey;
use nfstream::{Application, Dissection, Dissector, Flow, NFPlugin, Packet, Record, TcpFlags};

/// Ends flows with their FIN, and those of more than so many bytes.
#[derive(Clone)]
pub(crate) struct Closer {
    pub(crate) most_bytes: u64,
}

/// What [`Closer`] tells of a flow.
#[derive(Clone, Debug, Record)]
pub(crate) struct Closed {
    /// Why it ended the flow, in words that CSV has to quote; missing where something else did.
    reason: Option<String>,
    /// The longest time between two packets, in seconds.
    longest_gap: f64,
}

impl Closer {
    fn close(&self, packet: &Packet<'_>, flow: &mut Flow<'_>, closed: &mut Closed) {
        let gap = packet.since_previous().as_secs_f64();
        closed.longest_gap = closed.longest_gap.max(gap);
        let bytes = flow.bidirectional().bytes;
        if packet.tcp_flags().contains(TcpFlags::FIN) {
            closed.reason = Some("a \"FIN\", as it should be".to_owned());
        } else if bytes > self.most_bytes {
            closed.reason = Some(format!("{bytes} bytes"));
        }
        if closed.reason.is_some() {
            flow.expire();
        }
    }
}

impl NFPlugin for Closer {
    type State = Closed;
    type Output = Closed;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Closed {
        let mut closed = Closed {
            reason: None,
            longest_gap: 0.0,
        };
        self.close(packet, flow, &mut closed);
        closed
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, closed: &mut Closed) {
        self.close(packet, flow, closed);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, closed: Closed) -> Closed {
        closed
    }
}

/// Calls flows by their shard and their number in it, and has room for so many flows of each shard at a time. What it says
/// depends on the order of all that happens to a shard.
pub(crate) struct Numberer {
    shards: Vec<Shard>,
    name: String,
}

/// A share of the flows.
struct Shard {
    number: u32,
    room: u32,
    flows: u64,
    finished: u64,
}

impl Numberer {
    const SHARDS: NonZeroU32 = NonZeroU32::new(6).unwrap();

    pub(crate) fn new(room: u32) -> Self {
        let shards = (0..Self::SHARDS.get()).map(|number| Shard {
            number,
            room,
            flows: 0,
            finished: 0,
        });
        Self {
            shards: shards.collect(),
            name: String::new(),
        }
    }

    fn shard(&mut self, number: u32) -> &mut Shard {
        let mut shards = self.shards.iter_mut();
        shards.find(|shard| shard.number == number).unwrap()
    }
}

impl Dissector for Numberer {
    /// The shard, the number of the flow in it, and the packets that were looked into.
    type State = (u32, u64, u64);

    fn start(&mut self, key: &FlowKey) -> Option<Self::State> {
        let number = key.shard(Self::SHARDS);
        let shard = self.shard(number);
        shard.room = shard.room.checked_sub(1)?;
        shard.flows += 1;
        Some((number, shard.flows, 0))
    }

    fn dissect<'a>(
        &'a mut self,
        packet: &Packet<'_>,
        (_, _, packets): &'a mut Self::State,
    ) -> Dissection<'a> {
        *packets += 1;
        if packet.payload_size() == 31 {
            Dissection::Done
        } else {
            Dissection::Nothing
        }
    }

    fn finish<'a>(&'a mut self, state: &'a mut Self::State) -> Application<'a> {
        let (number, flow, packets) = *state;
        let shard = self.shard(number);
        shard.finished += 1;
        self.name = format!("{number}.{flow} finished {}, {packets}", shard.finished);
        let mut application = Application::UNKNOWN;
        application.name = &self.name;
        application
    }

    fn release(&mut self, (number, ..): Self::State) {
        self.shard(number).room += 1;
    }

    fn max_parts(&self) -> NonZeroU32 {
        Self::SHARDS
    }

    fn share_out(self, parts: NonZeroU32) -> Vec<Self> {
        let parts = parts.min(Self::SHARDS);
        let none = || Self {
            shards: Vec::new(),
            name: String::new(),
        };
        let mut shared_out: Vec<_> = (0..parts.get()).map(|_| none()).collect();
        for shard in self.shards {
            let part = FlowKey::part_of_shard(shard.number, Self::SHARDS, parts);
            shared_out[part as usize].shards.push(shard);
        }
        shared_out
    }
}
