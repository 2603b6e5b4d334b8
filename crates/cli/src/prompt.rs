//! Rows that do not wait: what is on a terminal or in a pipe is looked at while the run goes on.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nfstream::export::{Csv, ExportError};
use nfstream::flow::Record;
use nfstream::{FlowRecord, FlowSink, Schema};

/// A sink that several hold: the run, which writes records, and who sees to it that they are flushed.
#[derive(Debug)]
pub(crate) struct Shared<K>(Arc<Mutex<K>>);

/// A sink that collects rows and can be told to write them.
pub(crate) trait Flush {
    fn flush_rows(&mut self) -> Result<(), ExportError>;
}

impl<W: Write> Flush for Csv<W> {
    fn flush_rows(&mut self) -> Result<(), ExportError> {
        self.flush()
    }
}

impl<K> Shared<K> {
    pub(crate) fn new(sink: K) -> Self {
        Self(Arc::new(Mutex::new(sink)))
    }

    fn sink(&self) -> MutexGuard<'_, K> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Flush> Shared<K> {
    /// Writes what was collected. An output that fails will fail again when it gets the next record, or the last.
    pub(crate) fn flush(&self) {
        let _ = self.sink().flush_rows();
    }
}

impl<K> Clone for Shared<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<O: Record, K: FlowSink<O>> FlowSink<O> for Shared<K> {
    type Error = K::Error;

    fn begin(&mut self, schema: &Schema) -> Result<(), K::Error> {
        self.sink().begin(schema)
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), K::Error> {
        self.sink().record(record)
    }

    fn finish(&mut self) -> Result<(), K::Error> {
        self.sink().finish()
    }
}
