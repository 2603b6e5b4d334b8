//! Flow records as an iterator.

use std::collections::VecDeque;
use std::convert::Infallible;

use nfstream_flow::{Dissector, FlowRecord, FlowSink, NFPlugin, OwnedFlowRecord, Record};

use crate::streamer::conclude;
use crate::{Error, Streamer, Summary};

/// An iterator of flow records: each comes when its flow has ended.
///
/// It keeps the records of one window of packets (with several meters of a few dozen windows, 8 MiB), and at the end of the input those of all flows that are left; where that
/// is too much, [`Streamer::run`] hands them over one by one.
///
/// Where part of the input could not be read, an [`Error::Input`] comes after the last record.
///
/// # Panics
///
/// Where a plugin, a dissector or a source does. Who catches the panic and goes on has lost the packets that were read with the
/// one at hand, and with several meters the order of the records too: better end there.
#[derive(Debug)]
pub struct FlowRecords<P: NFPlugin = (), D: Dissector = ()> {
    /// Taken when the input has ended.
    streamer: Option<Streamer<P, D>>,
    ready: Ready<P::Output>,
    /// What comes after the last record.
    error: Option<Error>,
    summary: Option<Summary>,
}

impl<P: NFPlugin, D: Dissector> FlowRecords<P, D> {
    pub(crate) fn new(streamer: Streamer<P, D>) -> Self {
        Self {
            streamer: Some(streamer),
            ready: Ready(VecDeque::new()),
            error: None,
            summary: None,
        }
    }

    /// The run as a whole, once the last record has come.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }
}

impl<P: NFPlugin, D: Dissector> Iterator for FlowRecords<P, D> {
    type Item = Result<OwnedFlowRecord<P::Output>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.ready.0.pop_front() {
                return Some(Ok(record));
            }
            let Some(streamer) = &mut self.streamer else {
                return self.error.take().map(Err);
            };
            let Ok(more) = streamer.step(&mut self.ready);
            if !more {
                let (summary, errors) = streamer.conclude();
                self.summary = Some(summary.clone());
                self.error = conclude(errors, summary).err();
                self.streamer = None;
            }
        }
    }
}

/// Records that wait to be asked for.
#[derive(Debug)]
struct Ready<O>(VecDeque<OwnedFlowRecord<O>>);

impl<O: Record> FlowSink<O> for Ready<O> {
    type Error = Infallible;

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Infallible> {
        self.0.push_back(record.into_owned());
        Ok(())
    }
}
