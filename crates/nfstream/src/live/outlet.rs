//! Where a meter's records go on their way to the sink.

use std::convert::Infallible;
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender};

use nfstream_flow::{FlowRecord, FlowSink, Record, RecordEncoder};

use crate::rows::Rows;

/// Rows of one meter on their way to the sink.
pub(super) struct Batch<O: Record> {
    pub(super) meter: usize,
    pub(super) rows: Rows<O>,
}

/// Collects rows, and passes them on batch by batch. When nobody wants them any more it forgets them.
pub(super) struct Outlet<O: Record> {
    meter: usize,
    rows: Rows<O>,
    encoder: Option<Box<dyn RecordEncoder<O>>>,
    queue: SyncSender<Batch<O>>,
    /// Batches that come back empty, for their memory.
    empties: Receiver<Rows<O>>,
    is_open: bool,
}

impl<O: Record> Outlet<O> {
    pub(super) fn new(
        meter: usize,
        encoder: Option<Box<dyn RecordEncoder<O>>>,
        queue: SyncSender<Batch<O>>,
        empties: Receiver<Rows<O>>,
    ) -> Self {
        Self {
            meter,
            rows: Rows::new(),
            encoder,
            queue,
            empties,
            is_open: true,
        }
    }

    /// Whether somebody still wants rows.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Passes on what there is; waits while the sink has enough to do.
    pub(super) fn pass_on(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let empty = self.empties.try_recv().unwrap_or_else(|_| Rows::new());
        let batch = Batch {
            meter: self.meter,
            rows: mem::replace(&mut self.rows, empty),
        };
        self.is_open &= self.queue.send(batch).is_ok();
    }
}

impl<O: Record> FlowSink<O> for Outlet<O> {
    type Error = Infallible;

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Infallible> {
        if self.is_open {
            let Ok(()) = self.rows.at((), self.encoder.as_mut()).record(record);
            if self.rows.is_full() {
                self.pass_on();
            }
        }
        Ok(())
    }
}
