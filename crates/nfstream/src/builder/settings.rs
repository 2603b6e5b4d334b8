//! What was chosen, and whether it can be.

use std::net::SocketAddr;
use std::time::Duration;

use nfstream_capture::Input;
use nfstream_flow::{FlowTableConfig, Schema};

use super::Spread;
use crate::ConfigError;
use crate::source::AnySource;

/// More meters than anybody has cores for.
const MOST_METERS: usize = 255;

/// Packets of a flow to look into where it is not said, as in NFStream.
const N_DISSECTIONS: u8 = 20;

/// How many captures are named where records tell their source.
const MOST_NAMES: usize = 100;

/// Everything but the plugins and the dissector.
pub(super) struct Settings {
    pub(super) source: Source,
    pub(super) order_by_first_timestamp: bool,
    pub(super) decode_tunnels: bool,
    pub(super) bpf_filter: Option<String>,
    pub(super) live: LiveSettings,
    pub(super) table: FlowTableConfig,
    pub(super) max_active_flows: u32,
    pub(super) has_dissector: bool,
    pub(super) n_dissections: Option<u8>,
    pub(super) n_meters: usize,
    pub(super) max_nflows: u64,
}

/// What matters where packets come in live.
#[derive(Default)]
pub(super) struct LiveSettings {
    pub(super) promiscuous_mode: Option<bool>,
    pub(super) snapshot_length: Option<u32>,
    pub(super) socket_buffer_size: Option<u32>,
    pub(super) spread: Spread,
    pub(super) max_duration: Option<Duration>,
    pub(super) max_packets: Option<u64>,
    pub(super) performance_report: u64,
    pub(super) metrics: Option<SocketAddr>,
    pub(super) system_visibility_mode: u8,
    pub(super) system_visibility_poll_ms: u64,
}

/// Where packets come from.
pub(super) enum Source {
    None,
    Captures(Vec<Input>),
    #[cfg(all(feature = "libpcap", unix))]
    Interface(nfstream_capture::Interface),
    /// A source of packets, waiting for its filter.
    Packets(Box<Open>),
    /// One source for each meter.
    Spread(Vec<Box<dyn AnySource>>),
}

/// Puts a source behind a filter.
pub(super) type Open = dyn FnOnce(Option<String>) -> Result<Box<dyn AnySource>, ConfigError>;

impl Settings {
    /// How many packets of a flow to look into.
    pub(super) fn n_dissections(&self) -> u8 {
        let default = if self.has_dissector { N_DISSECTIONS } else { 0 };
        self.n_dissections.unwrap_or(default)
    }

    /// Whether flows tell their local processes.
    pub(super) fn names_processes(&self) -> bool {
        self.live.system_visibility_mode == 1 && !matches!(self.source, Source::Captures(_))
    }

    /// Tells where records come from.
    pub(super) fn describe(&self, schema: &mut Schema) {
        schema.push_metadata("nfstream.version", env!("CARGO_PKG_VERSION"));
        let source = match &self.source {
            Source::Captures(captures) => {
                let named = captures.iter().take(MOST_NAMES).map(Input::name);
                let mut names: Vec<_> = named.map(str::to_owned).collect();
                let unnamed = captures.len() - names.len();
                if unnamed > 0 {
                    names.push(format!("and {unnamed} more"));
                }
                names.join(", ")
            }
            #[cfg(all(feature = "libpcap", unix))]
            Source::Interface(interface) => interface.name().to_owned(),
            Source::None | Source::Packets(_) | Source::Spread(_) => String::new(),
        };
        let filter = self.bpf_filter.clone().unwrap_or_default();
        for (name, value) in [("nfstream.source", source), ("nfstream.bpf_filter", filter)] {
            if !value.is_empty() {
                schema.push_metadata(name, value);
            }
        }
    }

    /// Refuses values outside of their range, and what this version does not have.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let check = |fine: bool, parameter, value: u64, allowed| {
            if fine {
                Ok(())
            } else {
                Err(ConfigError::new(parameter, value.to_string(), allowed))
            }
        };
        let Self { n_meters, live, .. } = self;
        check(
            live.snapshot_length != Some(0),
            "snapshot_length",
            0,
            "1 or more bytes",
        )?;
        let socket_buffer_size = live.socket_buffer_size.unwrap_or_default();
        check(
            i32::try_from(socket_buffer_size).is_ok(),
            "socket_buffer_size",
            socket_buffer_size.into(),
            "0 to 2147483647 bytes",
        )?;
        check(live.max_packets != Some(0), "max_packets", 0, "1 or more")?;
        let n_dissections = self.n_dissections();
        check(
            self.has_dissector || n_dissections == 0,
            "n_dissections",
            n_dissections.into(),
            NO_DISSECTOR,
        )?;
        let columns = [
            ("fingerprint_columns", self.table.fingerprint_columns),
            ("risk_column", self.table.risk_column),
        ];
        for (parameter, is_wanted) in columns {
            if is_wanted && n_dissections == 0 {
                let allowed = "false, or n_dissections of at least 1";
                return Err(ConfigError::new(parameter, "true", allowed));
            }
        }
        check(
            *n_meters <= MOST_METERS,
            "n_meters",
            *n_meters as u64,
            "0 to 255",
        )?;
        check(
            live.system_visibility_mode <= 1,
            "system_visibility_mode",
            live.system_visibility_mode.into(),
            "0 or 1",
        )
    }
}

/// How to get layer 7.
#[cfg(feature = "ndpi")]
const NO_DISSECTOR: &str = "0 without a dissector; dissector(Ndpi::new()?) gives one";
/// How to get layer 7.
#[cfg(not(feature = "ndpi"))]
const NO_DISSECTOR: &str = "0 without a dissector; one comes with the feature `ndpi`, which is off";
