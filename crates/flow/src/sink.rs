//! Where flow records go.

use nfstream_decode::Timestamp;

use crate::FlowRecord;
use crate::record::{Record, Schema};

/// Takes flow records, each when its flow has ended and nothing can come before it.
///
/// Whoever runs it calls [`begin`](Self::begin) once before the first record and [`finish`](Self::finish) once after the last
/// one, and [`advance`](Self::advance) now and then in between: `nfstream`'s `Streamer` does; a
/// [`FlowTable`](crate::FlowTable) calls [`record`](Self::record) alone. An error of any stops the run; `finish` is not
/// called then, so that a sink can tell a complete output from one that was cut short.
pub trait FlowSink<O: Record> {
    /// What can go wrong while writing.
    type Error;

    /// The columns of all records to come.
    ///
    /// # Errors
    ///
    /// The output cannot be started.
    fn begin(&mut self, schema: &Schema) -> Result<(), Self::Error> {
        let _ = schema;
        Ok(())
    }

    /// One record.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Self::Error>;

    /// How this sink turns records into bytes, if it does: several meters encode their records at the same time then, and
    /// the sink gets the bytes in the order of the output. It is asked after [`begin`](Self::begin), once a meter.
    ///
    /// Default: `None`, it gets the records themselves.
    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        None
    }

    /// One record as an [encoder](Self::encoder) of this sink has encoded it, all but its number, which is known only in
    /// the order of the output. It has the same effect as [`record`](Self::record); a run may call both.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    ///
    /// # Panics
    ///
    /// Where a sink has encoders but not this method.
    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), Self::Error> {
        let _ = row;
        unreachable!("record {id} is encoded for a sink that takes only records");
    }

    /// Time has come to `now`: packet time where a capture file is read, the wall clock in a live capture.
    ///
    /// It is called after each window of packets, once a packet has been read; in a live capture at least every 100 ms,
    /// whether packets come or not. Sinks that collect rows write them here, so that readers need not wait; sinks that
    /// change files by time do so here. Records of what was read before `now` may still come after it, and a clock that
    /// is set back is told as it is.
    ///
    /// Default: nothing happens.
    ///
    /// # Errors
    ///
    /// What was collected cannot be written.
    fn advance(&mut self, now: Timestamp) -> Result<(), Self::Error> {
        let _ = now;
        Ok(())
    }

    /// There are no more records.
    ///
    /// # Errors
    ///
    /// The output cannot be completed.
    fn finish(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Turns records into the bytes that its sink takes, apart from the sink: on the core that metered the flow.
pub trait RecordEncoder<O>: Send {
    /// Appends the bytes of one record to `row`. They must not depend on the record's number, which is not known yet.
    fn encode(&mut self, record: &FlowRecord<'_, O>, row: &mut Vec<u8>);
}

impl<O: Record, S: FlowSink<O> + ?Sized> FlowSink<O> for &mut S {
    type Error = S::Error;

    fn begin(&mut self, schema: &Schema) -> Result<(), Self::Error> {
        (**self).begin(schema)
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Self::Error> {
        (**self).record(record)
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        (**self).encoder()
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), Self::Error> {
        (**self).encoded(id, row)
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), Self::Error> {
        (**self).advance(now)
    }

    fn finish(&mut self) -> Result<(), Self::Error> {
        (**self).finish()
    }
}

impl<O: Record, S: FlowSink<O> + ?Sized> FlowSink<O> for Box<S> {
    type Error = S::Error;

    fn begin(&mut self, schema: &Schema) -> Result<(), Self::Error> {
        (**self).begin(schema)
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Self::Error> {
        (**self).record(record)
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        (**self).encoder()
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), Self::Error> {
        (**self).encoded(id, row)
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), Self::Error> {
        (**self).advance(now)
    }

    fn finish(&mut self) -> Result<(), Self::Error> {
        (**self).finish()
    }
}

/// A sink that calls a closure with every record.
#[derive(Debug)]
pub struct FnSink<F>(F);

/// A sink that calls `f` with every record, and stops the run at its first error.
pub fn sink_fn<O: Record, E, F: FnMut(FlowRecord<'_, O>) -> Result<(), E>>(f: F) -> FnSink<F> {
    FnSink(f)
}

impl<O: Record, E, F: FnMut(FlowRecord<'_, O>) -> Result<(), E>> FlowSink<O> for FnSink<F> {
    type Error = E;

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), E> {
        (self.0)(record)
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use super::*;

    /// Remembers what time it is.
    struct Clock(Timestamp);

    impl FlowSink<()> for Clock {
        type Error = Timestamp;

        fn record(&mut self, _: FlowRecord<'_, ()>) -> Result<(), Timestamp> {
            Ok(())
        }

        fn advance(&mut self, now: Timestamp) -> Result<(), Timestamp> {
            let before = core::mem::replace(&mut self.0, now);
            if now < before { Err(before) } else { Ok(()) }
        }
    }

    #[test]
    fn borrowed_and_boxed_sinks_are_told_the_time() {
        let mut clock = Clock(Timestamp::EPOCH);
        let sink: &mut dyn FlowSink<(), Error = Timestamp> = &mut clock;
        let mut sink = Box::new(sink);
        let now = Timestamp::from_millis(7);
        assert_eq!(sink.advance(now), Ok(()));
        assert_eq!(sink.advance(Timestamp::EPOCH), Err(now));
        let mut other = sink_fn(|_: FlowRecord<'_, ()>| Ok::<(), Infallible>(()));
        assert_eq!(other.advance(now), Ok(()));
    }

    #[test]
    #[should_panic(expected = "record 7 is encoded for a sink that takes only records")]
    fn sinks_without_encoder_take_no_encoded_records() {
        let mut sink = sink_fn(|_: FlowRecord<'_, ()>| Ok::<(), Infallible>(()));
        assert!(sink.encoder().is_none());
        let _ = sink.encoded(7, b"");
    }
}
