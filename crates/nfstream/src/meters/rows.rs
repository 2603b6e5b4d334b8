//! Rows that a meter has made, until they are merged with those of the others.

use std::collections::VecDeque;
use std::convert::Infallible;

use nfstream_flow::{FlowEnd, FlowRecord, FlowSink, OwnedFlowRecord, Record, RecordEncoder, Turn};

use crate::meter::{Halt, Tallied};

/// How many rows a meter makes before they have to be merged: a bound on memory.
const MOST: usize = 1 << 12;

/// The rows of one meter, in their order.
pub(super) struct Rows<O: Record> {
    turns: VecDeque<Turn>,
    rows: Form<O>,
}

/// Rows as the sink wants them.
enum Form<O: Record> {
    Records(VecDeque<OwnedFlowRecord<O>>),
    Bytes(Encoded<O>),
}

/// Rows as bytes, one behind the other.
struct Encoded<O: Record> {
    encoder: Box<dyn RecordEncoder<O>>,
    rows: VecDeque<EncodedRow>,
    bytes: Vec<u8>,
    /// How many bytes have been handed over.
    taken: usize,
}

struct EncodedRow {
    end: FlowEnd,
    packets: u64,
    /// Where its bytes end.
    bytes_end: usize,
}

impl<O: Record> Rows<O> {
    /// None yet. With an encoder they will be bytes.
    pub(super) fn new(encoder: Option<Box<dyn RecordEncoder<O>>>) -> Self {
        Self {
            turns: VecDeque::new(),
            rows: match encoder {
                None => Form::Records(VecDeque::new()),
                Some(encoder) => Form::Bytes(Encoded {
                    encoder,
                    rows: VecDeque::new(),
                    bytes: Vec::new(),
                    taken: 0,
                }),
            },
        }
    }

    /// Whether no more rows are to be made before some are handed over.
    pub(super) fn is_full(&self) -> bool {
        self.turns.len() >= MOST
    }

    /// The turn of the first row.
    pub(super) fn first(&self) -> Option<Turn> {
        self.turns.front().copied()
    }

    /// The turn of the last row.
    pub(super) fn last(&self) -> Option<Turn> {
        self.turns.back().copied()
    }

    /// A sink for the record that has this turn.
    pub(super) fn at(&mut self, turn: Turn) -> impl FlowSink<O, Error = Infallible> {
        self.turns.push_back(turn);
        &mut self.rows
    }

    /// Hands over the first row, as number `id` of the output.
    pub(super) fn hand_over<K: FlowSink<O>>(
        &mut self,
        id: u64,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        self.turns.pop_front();
        match &mut self.rows {
            Form::Records(records) => match records.pop_front() {
                Some(record) => record.hand_over(id, sink),
                None => Ok(()),
            },
            Form::Bytes(encoded) => match encoded.rows.pop_front() {
                Some(row) => {
                    let bytes = encoded.bytes.get(encoded.taken..row.bytes_end);
                    encoded.taken = row.bytes_end;
                    sink.encoded_record(id, bytes.unwrap_or_default(), row.end, row.packets)
                }
                None => Ok(()),
            },
        }
    }

    /// Forgets the bytes that have been handed over.
    pub(super) fn compact(&mut self) {
        if let Form::Bytes(Encoded {
            rows, bytes, taken, ..
        }) = &mut self.rows
        {
            bytes.drain(..*taken);
            for row in rows {
                row.bytes_end -= *taken;
            }
            *taken = 0;
        }
    }
}

impl<O: Record> FlowSink<O> for Form<O> {
    type Error = Infallible;

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Infallible> {
        match self {
            Self::Records(records) => records.push_back(record.into_owned()),
            Self::Bytes(encoded) => {
                encoded.encoder.encode(&record, &mut encoded.bytes);
                encoded.rows.push_back(EncodedRow {
                    end: record.end,
                    packets: record.flow.bidirectional().packets,
                    bytes_end: encoded.bytes.len(),
                });
            }
        }
        Ok(())
    }
}
