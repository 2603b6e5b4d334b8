//! One of several meters.

use nfstream_decode::Timestamp;
use nfstream_flow::{
    Dissector, FlowShard, LOOK_AHEAD, Lookup, MAX_WAITING, NFPlugin, RecordEncoder, Turn,
};

use super::chunk::{Arrival, Chunk};
use super::merger::Place;
use super::round::Round;
use crate::rows::Rows;

/// One of several meters: its flows, and the rows that it has made of them.
pub(super) struct Worker<P: NFPlugin, D: Dissector> {
    pub(super) shard: FlowShard<P, D>,
    pub(super) rows: Rows<P::Output, Place>,
    /// What makes bytes of records, where the sink wants them.
    pub(super) encoder: Option<Box<dyn RecordEncoder<P::Output>>>,
    /// Which of the meters it is.
    number: usize,
    /// The chunk that comes next, and the packet of this meter in it.
    chunk: usize,
    packet: usize,
    /// The number of the chunk's first packet in the input, and the time before it.
    pub(super) first: u64,
    pub(super) clock: Timestamp,
    /// Which segment of the input comes next: so many packets, at whose end what waits for other flows leaves.
    segment: u64,
    pub(super) late_packets: u64,
    /// Whether it has come to the end of the round. If it has not, its rows have to be merged first.
    pub(super) is_done: bool,
}

impl<P: NFPlugin, D: Dissector> Worker<P, D> {
    pub(super) fn new(number: usize, shard: FlowShard<P, D>) -> Self {
        Self {
            shard,
            rows: Rows::new(),
            encoder: None,
            number,
            chunk: 0,
            packet: 0,
            first: 0,
            clock: Timestamp::EPOCH,
            segment: 0,
            late_packets: 0,
            is_done: true,
        }
    }

    /// Goes to the first packet of a new round.
    pub(super) fn rewind(&mut self) {
        (self.chunk, self.packet) = (0, 0);
        self.is_done = false;
    }

    /// Goes on until the end of the round, or until too many rows wait.
    pub(super) fn work(&mut self, round: &Round<'_>) {
        self.is_done = self.meter_all(round)
            && self.make_rows_before(self.clock)
            && (!round.is_last || self.make_rows(u64::MAX));
    }

    /// Puts the packets of a round into their flows; tells whether these are all.
    fn meter_all(&mut self, round: &Round<'_>) -> bool {
        while let Some(chunk) = round.chunk(self.chunk) {
            loop {
                let end = self.segment_end() - self.first;
                if !self.meter_until(chunk, end) {
                    return false;
                }
                if chunk.len() < end {
                    break;
                }
                if !self.end_segment(chunk.clock_before(end)) {
                    return false;
                }
            }
            self.pass(chunk);
        }
        true
    }

    /// Puts the packets of a chunk before this number into their flows; tells whether these are all.
    fn meter_until(&mut self, chunk: &Chunk<'_>, end: u64) -> bool {
        let mut lookups = [Lookup::NONE; LOOK_AHEAD];
        loop {
            let packets = chunk.packets(self.number, self.packet);
            let lookups = self.shard.look_ahead(packets, &mut lookups);
            if lookups.is_empty() {
                return true;
            }
            for lookup in lookups {
                let Some(arrival) = self.arrival(chunk, end) else {
                    return true;
                };
                if !self.make_rows_before(arrival.clock) {
                    return false;
                }
                self.meter(arrival, lookup);
            }
        }
    }

    /// The number of the first packet behind the segment.
    fn segment_end(&self) -> u64 {
        (self.segment + 1) * MAX_WAITING
    }

    /// Makes rows of what leaves at the end of a segment; tells whether these are all.
    fn end_segment(&mut self, clock: Timestamp) -> bool {
        if !self.make_rows_before(clock.max(self.clock)) {
            return false;
        }
        while let Some(turn) = self.shard.next_waiting() {
            if self.rows.is_full() {
                return false;
            }
            self.make_row(turn);
        }
        self.segment += 1;
        true
    }

    /// The packet of this meter that comes next in a chunk, if its number there is less than `end`.
    #[inline]
    pub(super) fn arrival<'a>(&self, chunk: &Chunk<'a>, end: u64) -> Option<Arrival<'a>> {
        let arrival = chunk.arrival(self.number, self.packet)?;
        (arrival.number < end).then(|| Arrival {
            number: self.first + arrival.number,
            clock: self.clock.max(arrival.clock),
            ..arrival
        })
    }

    /// Puts the packet that comes next into its flow.
    #[inline]
    pub(super) fn meter(&mut self, mut arrival: Arrival<'_>, lookup: &Lookup) {
        self.packet += 1;
        self.late_packets += u64::from(arrival.packet.timestamp() < arrival.clock);
        self.shard
            .meter(&mut arrival.packet, lookup, arrival.number);
    }

    /// Goes on behind a chunk.
    pub(super) fn pass(&mut self, chunk: &Chunk<'_>) {
        self.chunk += 1;
        self.packet = 0;
        self.first += chunk.len();
        self.clock = self.clock.max(chunk.clock_before(u64::MAX));
        self.segment = self.first / MAX_WAITING;
    }

    /// Makes rows of what is due before that time; tells whether these are all.
    #[inline]
    fn make_rows_before(&mut self, clock: Timestamp) -> bool {
        self.shard.set_clock(clock);
        self.shard.now() <= self.shard.earliest_due() || self.make_rows(self.shard.now() - 1)
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
        let place = Place {
            segment: self.segment,
            turn,
        };
        let rows = &mut self.rows.at(place, self.encoder.as_mut());
        let Ok(()) = self.shard.hand_over(0, rows);
    }
}
