//! Opens what was chosen.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use nfstream_capture::{CaptureFiles, PacketSource};
use nfstream_decode::Decoder;
use nfstream_flow::{Dissector, FlowTable, NFPlugin};

use super::settings::{LiveSettings, Settings, Source};
use crate::engine::Engine;
use crate::live::{LiveMeter, LiveMeters};
use crate::meter::{Meter, Table};
use crate::monitor::Counters;
use crate::monitor::metrics::MetricsServer;
use crate::sockets::Sockets;
use crate::source::AnySource;
use crate::watch::Watch;
use crate::{ConfigError, Error};

/// How packets become flows.
pub(super) struct Plan<P: NFPlugin, D: Dissector> {
    pub(super) decoder: Decoder,
    pub(super) meters: NonZeroU32,
    pub(super) udps: P,
    pub(super) dissector: D,
}

impl Settings {
    /// Opens the source, and makes what meters it and what looks on.
    pub(super) fn open<P: NFPlugin, D: Dissector>(
        mut self,
        plan: Plan<P, D>,
    ) -> Result<(Engine<P, D>, Watch), Error> {
        let source = std::mem::replace(&mut self.source, Source::None);
        let filter = self.bpf_filter.take();
        let is_file = matches!(source, Source::Captures(_));
        let (engine, mut watch) = match source {
            Source::None => {
                return Err(ConfigError::new("source", "none was given", SOURCES).into());
            }
            Source::Captures(inputs) => {
                let files = CaptureFiles::open(inputs)
                    .map_err(|error| Error::Open(error.into()))?
                    .order_by_first_timestamp(self.order_by_first_timestamp);
                self.one_source(filtered(files, filter)?, plan)?
            }
            _ if self.order_by_first_timestamp => {
                let allowed = "false, but with captures";
                return Err(ConfigError::new("order_by_first_timestamp", "true", allowed).into());
            }
            Source::Packets(source) => self.one_source(source(filter)?, plan)?,
            Source::Spread(sources) => {
                if let Some(filter) = filter {
                    let allowed = "none with packet_sources";
                    return Err(
                        ConfigError::new("bpf_filter", format!("{filter:?}"), allowed).into(),
                    );
                }
                self.spread(sources, plan)?
            }
            #[cfg(all(feature = "libpcap", unix))]
            Source::Interface(interface) => self.interface(interface, filter, plan)?,
        };
        self.live.watch(&mut watch, is_file)?;
        Ok((engine, watch))
    }

    /// One source for all meters.
    pub(super) fn one_source<P: NFPlugin, D: Dissector>(
        &self,
        source: Box<dyn AnySource>,
        plan: Plan<P, D>,
    ) -> Result<(Engine<P, D>, Watch), ConfigError> {
        let mut table = Table::new(&self.table, plan.meters, plan.udps, plan.dissector)?;
        let counters = counters(1);
        let mut watch = Watch::new(Arc::clone(&counters), plan.meters.get() as usize);
        watch.counters = Some(counters);
        watch.sockets = self.sockets()?;
        if let Some(sockets) = &watch.sockets {
            table.set_process_lookups(|| sockets.lookup());
        }
        let meter = Meter::new(source, plan.decoder, table);
        Ok((Engine::OneSource(Box::new(meter)), watch))
    }

    /// One meter for each source.
    pub(super) fn spread<P: NFPlugin, D: Dissector>(
        &self,
        sources: Vec<Box<dyn AnySource>>,
        plan: Plan<P, D>,
    ) -> Result<(Engine<P, D>, Watch), ConfigError> {
        let wanted = u32::try_from(sources.len()).ok().and_then(NonZeroU32::new);
        let Some(wanted) = wanted else {
            return Err(ConfigError::new("packet_sources", "none", "at least one"));
        };
        let parts = plan.dissector.share_out(wanted);
        if parts.len() < sources.len() {
            let allowed = "no more than the dissector can be shared out to";
            return Err(ConfigError::new(
                "packet_sources",
                wanted.to_string(),
                allowed,
            ));
        }
        let mut config = self.table.clone();
        // Each has its share of the flows.
        config.max_active_flows = config.max_active_flows.div_ceil(wanted);
        let counters = counters(sources.len());
        let mut watch = Watch::new(Arc::clone(&counters), sources.len());
        watch.sockets = self.sockets()?;
        let meters = sources.into_iter().zip(parts).map(|(source, part)| {
            let mut table = FlowTable::with_dissector(&config, plan.udps.clone(), part);
            if let Some(sockets) = &watch.sockets {
                table.set_process_lookup(sockets.lookup());
            }
            LiveMeter::new(source, plan.decoder, table)
        });
        let meters = LiveMeters::new(meters.collect(), counters);
        Ok((Engine::Live(meters), watch))
    }

    /// What tells the local processes of flows, if that is wanted.
    fn sockets(&self) -> Result<Option<Sockets>, ConfigError> {
        if !self.table.process_columns {
            return Ok(None);
        }
        let poll = Duration::from_millis(self.live.system_visibility_poll_ms);
        let keep = self.table.idle_timeout.saturating_add(KEPT_LONGER);
        Sockets::watch(poll, keep).map(Some).map_err(|problem| {
            ConfigError::new("system_visibility_mode", format!("1: {problem}"), "0")
        })
    }
}

impl LiveSettings {
    /// Says who looks on, and how long.
    fn watch(&self, watch: &mut Watch, is_file: bool) -> Result<(), ConfigError> {
        watch.max_duration = self.max_duration;
        if self.performance_report > 0 && !is_file {
            watch.report_every = Some(Duration::from_secs(self.performance_report));
        }
        if let Some(address) = self.metrics {
            let server = MetricsServer::bind(address);
            watch.metrics = Some(server.map_err(|error| {
                let allowed = "an address of this machine with a port that is free";
                ConfigError::new("metrics", format!("{address}: {error}"), allowed)
            })?);
        }
        Ok(())
    }
}

/// How much longer than a flow its socket is remembered, as in NFStream.
const KEPT_LONGER: Duration = Duration::from_secs(5);

/// What so many meters tell where they stand.
fn counters(meters: usize) -> Arc<[Counters]> {
    (0..meters).map(|_| Counters::default()).collect()
}

/// What a source can be.
const SOURCES: &str = "a capture or an interface (source), several captures (sources), or packets of your own (packet_source)";

/// The source behind a filter, if there is one.
#[cfg(feature = "libpcap")]
pub(super) fn filtered(
    source: impl PacketSource + Send + 'static,
    expression: Option<String>,
) -> Result<Box<dyn AnySource>, ConfigError> {
    use nfstream_capture::{Filter, Filtered};

    let Some(expression) = expression else {
        return Ok(Box::new(source));
    };
    let filter = Filter::new(expression).map_err(|error| {
        ConfigError::new(
            "bpf_filter",
            error.to_string(),
            "a filter of the libpcap language",
        )
    })?;
    Ok(Box::new(Filtered::new(source, filter)))
}

/// The source, as a filter cannot be had.
#[cfg(not(feature = "libpcap"))]
pub(super) fn filtered(
    source: impl PacketSource + Send + 'static,
    expression: Option<String>,
) -> Result<Box<dyn AnySource>, ConfigError> {
    match expression {
        None => Ok(Box::new(source)),
        Some(expression) => Err(ConfigError::new(
            "bpf_filter",
            format!("{expression:?}"),
            "none: this program was built without the feature `libpcap`",
        )),
    }
}
