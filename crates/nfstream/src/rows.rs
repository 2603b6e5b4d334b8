//! Rows that a meter has made, until they are handed over with those of the others.

use std::collections::VecDeque;
use std::convert::Infallible;

use nfstream_flow::{FlowEnd, FlowRecord, FlowSink, OwnedFlowRecord, Record, RecordEncoder};

use crate::meter::{Halt, Tallied};

/// How many rows a meter makes before they have to be taken: a bound on memory.
const MOST: usize = 1 << 12;

/// Rows of one meter, in their order: records, or bytes where there is an encoder. Each has a place in the output, of type
/// `T`: `()` where they are in the output's order.
pub(crate) struct Rows<O: Record, T = ()> {
    places: VecDeque<T>,
    records: VecDeque<OwnedFlowRecord<O>>,
    encoded: VecDeque<EncodedRow>,
    /// Those of all encoded rows, one behind the other.
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

/// Makes a row of a record.
struct Maker<'a, O: Record, T> {
    rows: &'a mut Rows<O, T>,
    encoder: Option<&'a mut Box<dyn RecordEncoder<O>>>,
}

impl<O: Record, T: Copy> Rows<O, T> {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            places: VecDeque::new(),
            records: VecDeque::new(),
            encoded: VecDeque::new(),
            bytes: Vec::new(),
            taken: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether no more rows are to be made before some are handed over.
    pub(crate) fn is_full(&self) -> bool {
        self.places.len() >= MOST
    }

    /// The place of the first row.
    pub(crate) fn first(&self) -> Option<T> {
        self.places.front().copied()
    }

    /// The place of the last row.
    pub(crate) fn last(&self) -> Option<T> {
        self.places.back().copied()
    }

    /// A sink for the record that has this place.
    pub(crate) fn at<'a>(
        &'a mut self,
        place: T,
        encoder: Option<&'a mut Box<dyn RecordEncoder<O>>>,
    ) -> impl FlowSink<O, Error = Infallible> {
        self.places.push_back(place);
        Maker {
            rows: self,
            encoder,
        }
    }

    /// Hands over the first row, as number `id` of the output.
    pub(crate) fn hand_over<K: FlowSink<O>>(
        &mut self,
        id: u64,
        sink: &mut Tallied<'_, K>,
    ) -> Result<(), Halt<K::Error>> {
        self.places.pop_front();
        if let Some(record) = self.records.pop_front() {
            return record.hand_over(id, sink);
        }
        let Some(row) = self.encoded.pop_front() else {
            return Ok(());
        };
        let bytes = self.bytes.get(self.taken..row.bytes_end);
        self.taken = row.bytes_end;
        sink.encoded_record(id, bytes.unwrap_or_default(), row.end, row.packets)
    }

    /// Forgets the bytes of rows that have all been handed over.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.taken = 0;
    }
}

impl<O: Record, T> FlowSink<O> for Maker<'_, O, T> {
    type Error = Infallible;

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Infallible> {
        let rows = &mut *self.rows;
        match &mut self.encoder {
            None => rows.records.push_back(record.into_owned()),
            Some(encoder) => {
                encoder.encode(&record, &mut rows.bytes);
                rows.encoded.push_back(EncodedRow {
                    end: record.end,
                    packets: record.flow.bidirectional().packets,
                    bytes_end: rows.bytes.len(),
                });
            }
        }
        Ok(())
    }
}
