//! Who looks on while a run goes on, and how long it may.

use std::sync::Arc;
use std::time::Duration;

use nfstream_decode::Timestamp;

use crate::BoxError;
use crate::clock::{self, Stopwatch};
use crate::engine::Position;
use crate::monitor::metrics::MetricsServer;
use crate::monitor::report::Reporter;
use crate::monitor::{Counters, Monitor};
use crate::sockets::Sockets;

/// Who looks on, and how long a run may go on.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) monitor: Monitor,
    pub(crate) metrics: Option<MetricsServer>,
    pub(crate) sockets: Option<Sockets>,
    pub(crate) meters: usize,
    /// Where the run as a whole stands is told here, unless meters do themselves.
    pub(crate) counters: Option<Arc<[Counters]>>,
    /// Whether sinks are told the time of the wall clock.
    pub(crate) is_live: bool,
    pub(crate) max_duration: Option<Duration>,
    pub(crate) report_every: Option<Duration>,
    reporter: Option<Reporter>,
    /// Since the first step.
    running: Option<Stopwatch>,
}

impl Watch {
    /// Over a run of so many meters, which tell these counters where they stand.
    pub(crate) fn new(counters: Arc<[Counters]>, meters: usize) -> Self {
        Self {
            monitor: Monitor::new(counters),
            metrics: None,
            sockets: None,
            meters,
            counters: None,
            is_live: false,
            max_duration: None,
            report_every: None,
            reporter: None,
            running: None,
        }
    }

    /// Begins with the first step. Tells whether the run has lasted as long as it may.
    pub(crate) fn is_over(&mut self, errors: &mut Vec<BoxError>) -> bool {
        let Some(running) = self.running else {
            self.running = Some(Stopwatch::start());
            let metrics = self.metrics.as_mut();
            if let Some(Err(error)) = metrics.map(|it| it.start(self.monitor.clone())) {
                errors.push(error.into());
            }
            if let Some(every) = self.report_every {
                match Reporter::start(self.monitor.clone(), every) {
                    Ok(reporter) => self.reporter = Some(reporter),
                    Err(error) => errors.push(error.into()),
                }
            }
            return false;
        };
        self.max_duration
            .is_some_and(|most| running.elapsed() >= most)
    }

    /// What time it is for sinks: that of packets, or what the wall clock says.
    pub(crate) fn time(&self, position: &Position) -> Timestamp {
        if self.is_live {
            clock::now()
        } else {
            position.now
        }
    }

    /// Tells where the run stands.
    pub(crate) fn see(&self, position: &Position) {
        let counters = self.counters.as_ref().and_then(|it| it.first());
        if let Some(counters) = counters {
            counters.set(position);
        }
    }

    /// The run is over: the last report, and no more metrics.
    pub(crate) fn end(&mut self) {
        self.reporter = None;
        self.metrics = None;
        self.sockets = None;
    }
}
