//! From a source to flow records.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nfstream_capture::CaptureStats;
use nfstream_decode::Timestamp;
use nfstream_flow::{Dissector, FlowSink, NFPlugin, Schema};

use crate::engine::{Engine, Position};
use crate::meter::{Halt, Tally};
use crate::monitor::Monitor;
use crate::monitor::metrics::MetricsServer;
use crate::watch::Watch;
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
    engine: Engine<P, D>,
    tally: Tally,
    /// What of the input could not be read.
    input_errors: Vec<BoxError>,
    schema: Schema,
    stop: StopHandle,
    on_progress: Option<Box<OnProgress>>,
    watch: Watch,
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
    pub(crate) fn new(
        engine: Engine<P, D>,
        schema: Schema,
        max_records: u64,
        watch: Watch,
    ) -> Self {
        Self {
            engine,
            tally: Tally::new(max_records),
            input_errors: Vec::new(),
            schema,
            stop: StopHandle::default(),
            on_progress: None,
            watch,
        }
    }

    /// The columns of every record.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// A handle to stop the run with.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Looks at the run from elsewhere while it goes on.
    pub fn monitor(&self) -> Monitor {
        self.watch.monitor.clone()
    }

    /// Where it answers with metrics, if it does: see [`Builder::metrics`].
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.watch.metrics.as_ref().map(MetricsServer::address)
    }

    /// How many meters are at work at the same time.
    pub fn meters(&self) -> usize {
        self.watch.meters
    }

    /// Calls `f` after every window of packets (256 KiB of input, up to 8 MiB with several meters); in a live capture at least
    /// every 100 ms, unless the sink takes longer.
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
        let (summary, input_errors) = self.conclude();
        outcome(result, input_errors, summary)
    }

    /// Ends what still runs: the run in figures, and what of the input could not be read.
    pub(crate) fn conclude(&mut self) -> (Summary, Vec<BoxError>) {
        let mut summary = std::mem::take(&mut self.tally.summary);
        self.engine.conclude(&mut summary, &mut self.input_errors);
        self.watch.see(&Position {
            records: summary.records(),
            ..self.engine.position()
        });
        self.watch.end();
        (summary, std::mem::take(&mut self.input_errors))
    }

    fn run_to_end<K: FlowSink<P::Output>>(&mut self, sink: &mut K) -> Result<(), K::Error> {
        sink.begin(&self.schema)?;
        while self.step(sink)? {}
        sink.finish()
    }

    /// Meters the next packets, or hands over what is left; tells whether there may be more.
    pub(crate) fn step<K: FlowSink<P::Output>>(&mut self, sink: &mut K) -> Result<bool, K::Error> {
        if self.stop.is_stopped() {
            self.tally.summary.stopped = true;
            self.engine.stop();
        } else if self.watch.is_over(&mut self.input_errors) {
            self.engine.stop();
        }
        let stepped = self
            .engine
            .step(&mut self.tally.before(sink), &mut self.input_errors);
        let records = self.tally.summary.records();
        let position = Position {
            records,
            ..self.engine.position()
        };
        let now = self.watch.time(&position);
        let result = match stepped {
            Ok(more) if now > Timestamp::EPOCH => {
                let advanced = sink.advance(now);
                advanced.map(|()| more).map_err(Halt::Sink)
            }
            stepped => stepped,
        };
        self.watch.see(&position);
        if let Some(on_progress) = &mut self.on_progress {
            on_progress(&Progress {
                packets_read: position.packets_read,
                records,
                active_flows: position.active_flows,
                capture: position.capture,
            });
        }
        let result = match result {
            Ok(true) => return Ok(true),
            Ok(false) => self.engine.finish(&mut self.tally.before(sink)),
            Err(halt) => Err(halt),
        };
        match result {
            Ok(()) => Ok(false),
            Err(Halt::Enough) => {
                self.tally.summary.stopped = true;
                Ok(false)
            }
            Err(Halt::Sink(error)) => Err(error),
        }
    }
}

/// The end of a run.
pub(crate) fn outcome<E: Into<BoxError>>(
    result: Result<(), E>,
    input_errors: Vec<BoxError>,
    summary: Summary,
) -> Result<Summary, Error> {
    match result {
        Err(error) => Err(Error::Sink {
            source: error.into(),
            input_errors,
            summary: Box::new(summary),
        }),
        Ok(()) => conclude(input_errors, summary),
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
