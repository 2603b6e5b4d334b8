//! From a source to flow records.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nfstream_capture::CaptureStats;
use nfstream_flow::{Dissector, FlowSink, NFPlugin, Schema};

use crate::meter::{Halt, Meter};
use crate::{BoxError, Builder, Error, FlowRecords, Summary};

/// Meters a source: an iterator of flow records, or a run into a sink.
///
/// # Examples
///
/// ```no_run
/// use nfstream::Streamer;
///
/// for record in Streamer::builder().source("capture.pcap").build()? {
///     let record = record?;
///     let flow = record.flow();
///     println!("{} -> {}: {} bytes", flow.src_ip(), flow.dst_ip(), flow.bidirectional().bytes);
/// }
/// # Ok::<(), nfstream::Error>(())
/// ```
pub struct Streamer<P: NFPlugin = (), D: Dissector = ()> {
    pub(crate) meter: Meter<P, D>,
    pub(crate) schema: Schema,
    pub(crate) stop: StopHandle,
    pub(crate) on_progress: Option<Box<OnProgress>>,
}

/// Is told where a run stands.
type OnProgress = dyn FnMut(&Progress) + Send;

/// Where a run stands.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Packets read so far.
    pub packets_read: u64,
    /// Records handed over so far.
    pub records: u64,
    /// Flows that are alive.
    pub active_flows: u64,
    /// What the source counted so far.
    pub capture: CaptureStats,
}

/// Stops a run from elsewhere: another thread, a signal handler.
///
/// The run ends as if the input had ended: the flows so far are handed over.
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<AtomicBool>);

impl StopHandle {
    /// Stops the run.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Streamer {
    /// Says what to meter, and how.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl<P: NFPlugin, D: Dissector> Streamer<P, D> {
    /// The columns of every record.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// A handle to stop the run with.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Calls `f` after every window of packets (256 KiB of input, up to 8 MiB with several meters).
    #[must_use]
    pub fn on_progress(mut self, f: impl FnMut(&Progress) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(f));
        self
    }

    /// Meters the whole input into a sink.
    ///
    /// # Errors
    ///
    /// - [`Error::Input`]: part of the input could not be read. The rest was metered, and the sink is finished.
    /// - [`Error::Sink`]: the sink's error. It is not finished.
    pub fn run<K>(mut self, mut sink: K) -> Result<Summary, Error>
    where
        K: FlowSink<P::Output, Error: Into<BoxError>>,
    {
        let result = self.run_to_end(&mut sink);
        let summary = self.meter.take_summary();
        let input_errors = std::mem::take(&mut self.meter.input_errors);
        match result {
            Err(error) => Err(Error::Sink {
                source: error.into(),
                input_errors,
                summary: Box::new(summary),
            }),
            Ok(()) => conclude(input_errors, summary),
        }
    }

    fn run_to_end<K: FlowSink<P::Output>>(&mut self, sink: &mut K) -> Result<(), K::Error> {
        sink.begin(&self.schema)?;
        while self.step(sink)? {}
        sink.finish()
    }

    /// Meters the next packets, or hands over what is left; tells whether there may be more.
    pub(crate) fn step<K: FlowSink<P::Output>>(&mut self, sink: &mut K) -> Result<bool, K::Error> {
        if self.stop.is_stopped() {
            self.meter.tally.summary.stopped = true;
            self.meter.windows.stop();
        }
        let result = self.meter.step(sink).and_then(|there_may_be_more| {
            if let Some((_, newest)) = self.meter.packets.time_span {
                sink.advance(newest).map_err(Halt::Sink)?;
            }
            Ok(there_may_be_more)
        });
        if let Some(on_progress) = &mut self.on_progress {
            on_progress(&Progress {
                packets_read: self.meter.packets.read,
                records: self.meter.tally.summary.records(),
                active_flows: self.meter.active_flows(),
                capture: self.meter.capture_stats(),
            });
        }
        let result = match result {
            Ok(true) => return Ok(true),
            Ok(false) => self.meter.finish(sink),
            Err(halt) => Err(halt),
        };
        match result {
            Ok(()) => Ok(false),
            Err(Halt::Enough) => {
                self.meter.tally.summary.stopped = true;
                Ok(false)
            }
            Err(Halt::Sink(error)) => Err(error),
        }
    }
}

/// The end of a run whose records were all taken.
pub(crate) fn conclude(errors: Vec<BoxError>, summary: Summary) -> Result<Summary, Error> {
    if errors.is_empty() {
        Ok(summary)
    } else {
        Err(Error::Input {
            errors,
            summary: Box::new(summary),
        })
    }
}

impl<P: NFPlugin, D: Dissector> IntoIterator for Streamer<P, D> {
    type Item = Result<nfstream_flow::OwnedFlowRecord<P::Output>, Error>;
    type IntoIter = FlowRecords<P, D>;

    fn into_iter(self) -> FlowRecords<P, D> {
        FlowRecords::new(self)
    }
}

impl<P: NFPlugin, D: Dissector> std::fmt::Debug for Streamer<P, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Streamer")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
