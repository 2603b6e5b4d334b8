//! Rows that do not wait: what is on a terminal or in a pipe is looked at while the run goes on.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nfstream::export::{Csv, ExportError};
use nfstream::flow::Record;
use nfstream::{FlowRecord, FlowSink, RecordEncoder, Schema};

/// A sink that several hold: the run, which writes records, and who sees to it that they are flushed.
#[derive(Debug)]
pub(crate) struct Shared<K>(Arc<Mutex<State<K>>>);

#[derive(Debug)]
struct State<K> {
    sink: K,
    /// Of a flush: for whoever hands over the next record, or the last.
    failed: Option<ExportError>,
}

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
        Self(Arc::new(Mutex::new(State { sink, failed: None })))
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sink, unless a flush failed.
    fn with_sink(
        &self,
        write: impl FnOnce(&mut K) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut state = self.state();
        match state.failed.take() {
            Some(error) => Err(error),
            None => write(&mut state.sink),
        }
    }
}

impl<K: Flush> Shared<K> {
    /// Writes what was collected; tells whether more can be written. If not, the run gets the error with its next record,
    /// or at its end.
    pub(crate) fn flush(&self) -> bool {
        let mut state = self.state();
        if state.failed.is_none() {
            state.failed = state.sink.flush_rows().err();
        }
        state.failed.is_none()
    }
}

impl<K> Clone for Shared<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<O: Record, K: FlowSink<O, Error = ExportError>> FlowSink<O> for Shared<K> {
    type Error = ExportError;

    fn begin(&mut self, schema: &Schema) -> Result<(), ExportError> {
        self.with_sink(|sink| sink.begin(schema))
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), ExportError> {
        self.with_sink(|sink| sink.record(record))
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        self.state().sink.encoder()
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), ExportError> {
        self.with_sink(|sink| sink.encoded(id, row))
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.with_sink(FlowSink::finish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes everything, and can write nothing.
    struct Full;

    impl Flush for Full {
        fn flush_rows(&mut self) -> Result<(), ExportError> {
            Err(ExportError::Write {
                path: "full".into(),
                source: std::io::ErrorKind::StorageFull.into(),
            })
        }
    }

    impl FlowSink<()> for Full {
        type Error = ExportError;

        fn begin(&mut self, _: &Schema) -> Result<(), ExportError> {
            Ok(())
        }

        fn record(&mut self, _: FlowRecord<'_, ()>) -> Result<(), ExportError> {
            Ok(())
        }

        fn finish(&mut self) -> Result<(), ExportError> {
            Ok(())
        }
    }

    #[test]
    fn a_failed_flush_is_told_to_the_run() {
        let mut sink = Shared::new(Full);
        assert!(FlowSink::<()>::finish(&mut sink).is_ok());
        assert!(!sink.clone().flush());
        assert!(!sink.flush());
        let error = FlowSink::<()>::finish(&mut sink).unwrap_err();
        assert!(error.to_string().starts_with("full: "), "{error}");
    }
}
