//! One of several meters.

use nfstream_decode::Timestamp;
use nfstream_flow::{Dissector, FlowShard, LOOK_AHEAD, Lookup, NFPlugin, Turn};

use super::chunk::{Arrival, Chunk};
use super::rows::Rows;
use super::{Segment, Then};

/// One of several meters: its flows, and the rows that it has made of them.
pub(super) struct Worker<P: NFPlugin, D: Dissector> {
    pub(super) shard: FlowShard<P, D>,
    pub(super) rows: Rows<P::Output>,
    /// Which of the meters it is.
    number: usize,
    /// The chunk that comes next, and the packet of this meter in it.
    chunk: usize,
    packet: usize,
    pub(super) late_packets: u64,
    /// Whether it has come to the end of the segment. If it has not, its rows have to be merged first.
    pub(super) is_done: bool,
}

impl<P: NFPlugin, D: Dissector> Worker<P, D> {
    pub(super) fn new(number: usize, shard: FlowShard<P, D>) -> Self {
        Self {
            shard,
            rows: Rows::new(None),
            number,
            chunk: 0,
            packet: 0,
            late_packets: 0,
            is_done: true,
        }
    }

    /// Goes to the first packet of a new window.
    pub(super) fn rewind(&mut self) {
        (self.chunk, self.packet) = (0, 0);
    }

    /// Goes on until the end of the segment, or until too many rows wait.
    pub(super) fn work(&mut self, chunks: &[Chunk<'_>], segment: &Segment) {
        self.rows.compact();
        self.is_done = self.meter_until(chunks, segment.end) && self.conclude(segment);
    }

    /// Puts the packets before this number into their flows; tells whether these are all.
    fn meter_until(&mut self, chunks: &[Chunk<'_>], end: u64) -> bool {
        let mut lookups = [Lookup::NONE; LOOK_AHEAD];
        while let Some(chunk) = chunks.get(self.chunk).filter(|it| it.first() < end) {
            loop {
                let packets = chunk.packets(self.number).get(self.packet..);
                let packets = packets.unwrap_or_default();
                if packets.is_empty() {
                    break;
                }
                let lookups = self.shard.look_ahead(packets, &mut lookups);
                for lookup in lookups {
                    match chunk.arrival(self.number, self.packet) {
                        Some(arrival) if arrival.number < end => {
                            if !self.make_rows_before(arrival.clock) {
                                return false;
                            }
                            self.meter(arrival, lookup);
                        }
                        _ => return true,
                    }
                }
            }
            (self.chunk, self.packet) = (self.chunk + 1, 0);
        }
        true
    }

    /// Makes rows of what leaves at the end of a segment; tells whether these are all.
    fn conclude(&mut self, segment: &Segment) -> bool {
        if !self.make_rows_before(segment.clock) {
            return false;
        }
        match segment.then {
            Then::GoOn => true,
            Then::Finish => self.make_rows(u64::MAX),
            Then::EndWaiting => {
                while let Some(turn) = self.shard.next_waiting() {
                    if self.rows.is_full() {
                        return false;
                    }
                    self.make_row(turn);
                }
                true
            }
        }
    }

    /// The packet that comes next.
    pub(super) fn arrival<'a>(&mut self, chunks: &[Chunk<'a>]) -> Option<Arrival<'a>> {
        loop {
            let chunk = chunks.get(self.chunk)?;
            let arrival = chunk.arrival(self.number, self.packet);
            if arrival.is_some() {
                return arrival;
            }
            (self.chunk, self.packet) = (self.chunk + 1, 0);
        }
    }

    /// Puts the packet that comes next into its flow.
    #[inline]
    pub(super) fn meter(&mut self, mut arrival: Arrival<'_>, lookup: &Lookup) {
        self.packet += 1;
        self.late_packets += u64::from(arrival.packet.timestamp() < arrival.clock);
        self.shard
            .meter(&mut arrival.packet, lookup, arrival.number);
    }

    /// Makes rows of what is due before that time; tells whether these are all.
    #[inline]
    fn make_rows_before(&mut self, clock: Timestamp) -> bool {
        self.shard.set_clock(clock);
        let past = self.shard.now().checked_sub(1);
        past.is_none_or(|past| past < self.shard.earliest_due() || self.make_rows(past))
    }

    /// Makes rows of what is due by then, in time units; tells whether these are all.
    fn make_rows(&mut self, last_due: u64) -> bool {
        while !self.rows.is_full() {
            match self.shard.next_due_by(last_due) {
                Some(turn) => self.make_row(turn),
                None => return true,
            }
        }
        false
    }

    fn make_row(&mut self, turn: Turn) {
        let Ok(()) = self.shard.hand_over(0, &mut self.rows.at(turn));
    }
}
