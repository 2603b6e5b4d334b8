//! Where flow records go.

use crate::FlowRecord;
use crate::record::{Record, Schema};

/// Takes flow records, each when its flow has ended and nothing can come before it.
///
/// Whoever runs it calls [`begin`](Self::begin) once before the first record and [`finish`](Self::finish) once after the last
/// one: `nfstream`'s `Streamer` does; a [`FlowTable`](crate::FlowTable) calls [`record`](Self::record) alone. An error of
/// any stops the run; `finish` is not called then, so that a sink can tell a complete output from one that was cut short.
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

    /// There are no more records.
    ///
    /// # Errors
    ///
    /// The output cannot be completed.
    fn finish(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl<O: Record, S: FlowSink<O> + ?Sized> FlowSink<O> for &mut S {
    type Error = S::Error;

    fn begin(&mut self, schema: &Schema) -> Result<(), Self::Error> {
        (**self).begin(schema)
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Self::Error> {
        (**self).record(record)
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
