//! What to meter, and how.

use std::num::NonZeroU32;
use std::time::Duration;

use nfstream_capture::{CaptureFiles, Input, PacketSource};
use nfstream_decode::{AccountingMode, Decoder};
use nfstream_flow::features::TimeUnit;
use nfstream_flow::{Dissector, FlowTableConfig, NFPlugin, schema};

use crate::meter::{Meter, Table, Tally};
use crate::packets::PacketCounts;
use crate::source::{AnySource, Windows};
use crate::{ConfigError, Error, StopHandle, Streamer, Summary};

/// Says what to meter, and how: every parameter of NFStream under its name, and some of ours.
///
/// Nothing is read before [`build`](Self::build), which refuses what cannot be used.
#[must_use = "nothing is metered until it is built and run"]
pub struct Builder<P: NFPlugin = (), D: Dissector = ()> {
    settings: Settings,
    udps: P,
    dissector: D,
}

/// More meters than anybody has cores for.
const MOST_METERS: usize = 255;

/// Packets of a flow to look into where it is not said, as in NFStream.
const N_DISSECTIONS: u8 = 20;

/// Everything but the plugins and the dissector.
struct Settings {
    source: Source,
    order_by_first_timestamp: bool,
    decode_tunnels: bool,
    bpf_filter: Option<String>,
    snapshot_length: u32,
    socket_buffer_size: u32,
    table: FlowTableConfig,
    max_active_flows: u32,
    has_dissector: bool,
    n_dissections: Option<u8>,
    n_meters: usize,
    max_nflows: u64,
    system_visibility_mode: u8,
}

/// Where packets come from.
enum Source {
    None,
    Captures(Vec<Input>),
    /// A source of packets, waiting for its filter.
    Packets(Box<Open>),
}

/// Puts a source behind a filter.
type Open = dyn FnOnce(Option<String>) -> Result<Box<dyn AnySource>, ConfigError>;

impl Builder {
    pub(crate) fn new() -> Self {
        let table = FlowTableConfig::default();
        Self {
            settings: Settings {
                source: Source::None,
                order_by_first_timestamp: false,
                decode_tunnels: true,
                bpf_filter: None,
                snapshot_length: 1536,
                socket_buffer_size: 0,
                max_active_flows: table.max_active_flows.get(),
                table,
                has_dissector: false,
                n_dissections: None,
                n_meters: 0,
                max_nflows: 0,
                system_visibility_mode: 0,
            },
            udps: (),
            dissector: (),
        }
    }
}

impl<P: NFPlugin, D: Dissector> Builder<P, D> {
    /// A capture: the path of a file, standard input, or any reader (see [`Input`]).
    pub fn source(self, capture: impl Into<Input>) -> Self {
        self.sources([capture])
    }

    /// Several captures as one, in this order: a flow that goes on in the next file stays one flow.
    pub fn sources<I: Into<Input>>(mut self, captures: impl IntoIterator<Item = I>) -> Self {
        self.settings.source = Source::Captures(captures.into_iter().map(Into::into).collect());
        self
    }

    /// A source of packets of your own.
    pub fn packet_source(mut self, source: impl PacketSource + Send + 'static) -> Self {
        self.settings.source = Source::Packets(Box::new(|filter| filtered(source, filter)));
        self
    }

    /// Whether to read several captures in the order of their first packets instead of the given one; refused with a
    /// [`packet_source`](Self::packet_source), which has an order of its own. Default: no.
    pub fn order_by_first_timestamp(mut self, order: bool) -> Self {
        self.settings.order_by_first_timestamp = order;
        self
    }

    /// Whether to look into GTP-U, CAPWAP and TZSP tunnels. Without it records have no column `tunnel_id`. Default: yes.
    pub fn decode_tunnels(mut self, decode: bool) -> Self {
        self.settings.decode_tunnels = decode;
        self
    }

    /// Meter only packets that this filter matches, in the language of libpcap; an empty one matches all. Needs the
    /// feature `libpcap`. Default: all.
    pub fn bpf_filter(mut self, filter: impl Into<String>) -> Self {
        self.settings.bpf_filter = Some(filter.into()).filter(|filter: &String| !filter.is_empty());
        self
    }

    /// Whether to capture packets for others too. No effect on files. Default: yes.
    pub fn promiscuous_mode(self, _promiscuous: bool) -> Self {
        self
    }

    /// Bytes to capture of each packet, 1 or more. No effect on files. Default: 1536.
    pub fn snapshot_length(mut self, bytes: u32) -> Self {
        self.settings.snapshot_length = bytes;
        self
    }

    /// Bytes of the capture buffer, at most 2³¹ − 1; 0 for the system's. No effect on files. Default: 0.
    pub fn socket_buffer_size(mut self, bytes: u32) -> Self {
        self.settings.socket_buffer_size = bytes;
        self
    }

    /// A flow without a packet for this long has ended; zero makes each packet a flow. Default: 120 s.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.table.idle_timeout = timeout;
        self
    }

    /// A flow that lasts this long is cut by its next packet; zero makes each packet a flow. Default: 1800 s.
    pub fn active_timeout(mut self, timeout: Duration) -> Self {
        self.settings.table.active_timeout = timeout;
        self
    }

    /// Which of a packet's sizes the byte columns count. Default: the whole frame.
    pub fn accounting_mode(mut self, mode: AccountingMode) -> Self {
        self.settings.table.accounting_mode = mode;
        self
    }

    /// Features of your own: a plugin, or a tuple of them. Default: none.
    pub fn udps<Q: NFPlugin>(self, plugins: Q) -> Builder<Q, D> {
        Builder {
            settings: self.settings,
            udps: plugins,
            dissector: self.dissector,
        }
    }

    /// What names the applications of flows (layer 7): nDPI, with the feature `ndpi`, or a
    /// [`Dissector`] of your own. `None` is one that finds nothing; its columns are null. Default: none.
    pub fn dissector<E: Dissector>(mut self, dissector: E) -> Builder<P, E> {
        self.settings.has_dissector = true;
        Builder {
            settings: self.settings,
            udps: self.udps,
            dissector,
        }
    }

    /// Packets of a flow that the [`dissector`](Self::dissector) looks into; 0 for no layer 7. Default: 20 with a
    /// dissector, as NFStream, 0 without.
    pub fn n_dissections(mut self, packets: u8) -> Self {
        self.settings.n_dissections = Some(packets);
        self
    }

    /// Whether records have the columns `client_ja3` and `client_ja4`, besides `client_fingerprint`. Needs a
    /// dissector. Default: no.
    pub fn fingerprint_columns(mut self, columns: bool) -> Self {
        self.settings.table.fingerprint_columns = columns;
        self
    }

    /// Whether records have the column `flow_risks`: the names of what looks dangerous. Needs a dissector. Default: no.
    pub fn risk_column(mut self, column: bool) -> Self {
        self.settings.table.risk_column = column;
        self
    }

    /// Whether to compute the 48 statistical columns. Default: no.
    pub fn statistical_analysis(mut self, analyse: bool) -> Self {
        self.settings.table.statistical_analysis = analyse;
        self
    }

    /// First packets of a flow to list (SPLT); 0 for none. Default: 0.
    pub fn splt_analysis(mut self, packets: u16) -> Self {
        self.settings.table.splt_analysis = packets;
        self
    }

    /// Meters at work at the same time, 0 for one a physical core; the records are the same, and in the same order, whatever the
    /// number. Each has a copy of the plugins, and a share of the flows; there are no more than the dissector can be
    /// shared out to (nDPI: its modules). Default: 0.
    pub fn n_meters(mut self, meters: usize) -> Self {
        self.settings.n_meters = meters;
        self
    }

    /// End the run after this many records; 0 for no limit. Default: 0.
    pub fn max_nflows(mut self, records: u64) -> Self {
        self.settings.max_nflows = records;
        self
    }

    /// Seconds between performance reports of a live capture; 0 for none. No effect on files. Default: 0.
    pub fn performance_report(self, _seconds: u64) -> Self {
        self
    }

    /// 1 to name the local process behind each flow of a live capture. No effect on files. Default: 0.
    pub fn system_visibility_mode(mut self, mode: u8) -> Self {
        self.settings.system_visibility_mode = mode;
        self
    }

    /// Milliseconds between looks at the local sockets. No effect on files. Default: 100.
    pub fn system_visibility_poll_ms(self, _milliseconds: u64) -> Self {
        self
    }

    /// The unit of times in columns. Timeouts have this grain too. Default: milliseconds, as NFStream.
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.settings.table.time_unit = unit;
        self
    }

    /// The most flows that are alive at a time, 1 or more: a bound on memory (see
    /// [`FlowTable`](nfstream_flow::FlowTable) for what a flow takes; the default is about 0.7 GB, 1.7 GB with statistics).
    /// When another one starts, the flow unseen for longest ends early. The bound holds for all meters together, but memory is
    /// not given back: where a sender lets the flows of one meter come after those of another, each needs as much. Default: 2²².
    pub fn max_active_flows(mut self, flows: u32) -> Self {
        self.settings.max_active_flows = flows;
        self
    }

    /// Checks everything, opens the source and compiles the filter. No packet is metered yet.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a parameter that cannot be used, [`Error::Open`] for a source that cannot be opened.
    pub fn build(self) -> Result<Streamer<P, D>, Error> {
        let Self {
            mut settings,
            udps,
            dissector,
        } = self;
        settings.check()?;
        settings.table.n_dissections = settings.n_dissections();
        settings.table.tunnel_column = settings.decode_tunnels;
        settings.table.max_active_flows = NonZeroU32::new(settings.max_active_flows)
            .ok_or_else(|| ConfigError::new("max_active_flows", "0 flows", "1 or more"))?;
        let schema = schema(&settings.table, &udps);
        if let Some(name) = schema.duplicate_name() {
            let problem = format!("two columns have the name {name:?}");
            return Err(ConfigError::new("udps", problem, "each name once").into());
        }
        let table = Table::new(&settings.table, settings.n_meters, udps, dissector)?;
        let source: Box<dyn AnySource> = match settings.source {
            Source::None => {
                return Err(ConfigError::new("source", "none was given", SOURCES).into());
            }
            Source::Packets(_) if settings.order_by_first_timestamp => {
                let allowed = "false with a packet_source";
                return Err(ConfigError::new("order_by_first_timestamp", "true", allowed).into());
            }
            Source::Packets(source) => source(settings.bpf_filter)?,
            Source::Captures(inputs) => {
                let files = CaptureFiles::open(inputs)
                    .map_err(|error| Error::Open(error.into()))?
                    .order_by_first_timestamp(settings.order_by_first_timestamp);
                filtered(files, settings.bpf_filter)?
            }
        };
        Ok(Streamer {
            meter: Meter {
                windows: Windows::new(source),
                decoder: Decoder::new().decode_tunnels(settings.decode_tunnels),
                table,
                packets: PacketCounts::default(),
                tally: Tally {
                    summary: Summary::default(),
                    records_left: match settings.max_nflows {
                        0 => u64::MAX,
                        limit => limit,
                    },
                },
                input_errors: Vec::new(),
                errors_in_a_row: 0,
            },
            schema,
            stop: StopHandle::default(),
            on_progress: None,
        })
    }
}

impl Settings {
    /// How many packets of a flow to look into.
    fn n_dissections(&self) -> u8 {
        let default = if self.has_dissector { N_DISSECTIONS } else { 0 };
        self.n_dissections.unwrap_or(default)
    }

    /// Refuses values outside of their range, and what this version does not have.
    fn check(&self) -> Result<(), ConfigError> {
        let check = |fine: bool, parameter, value: u64, allowed| {
            if fine {
                Ok(())
            } else {
                Err(ConfigError::new(parameter, value.to_string(), allowed))
            }
        };
        let Self {
            snapshot_length,
            socket_buffer_size,
            n_meters,
            system_visibility_mode,
            ..
        } = *self;
        check(
            snapshot_length > 0,
            "snapshot_length",
            snapshot_length.into(),
            "1 or more bytes",
        )?;
        check(
            i32::try_from(socket_buffer_size).is_ok(),
            "socket_buffer_size",
            socket_buffer_size.into(),
            "0 to 2147483647 bytes",
        )?;
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
            n_meters <= MOST_METERS,
            "n_meters",
            n_meters as u64,
            "0 to 255",
        )?;
        check(
            system_visibility_mode <= 1,
            "system_visibility_mode",
            system_visibility_mode.into(),
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

/// What a source can be.
const SOURCES: &str =
    "a capture (source), several (sources), or packets of your own (packet_source)";

/// The source behind a filter, if there is one.
#[cfg(feature = "libpcap")]
fn filtered(
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
fn filtered(
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

impl<P: NFPlugin, D: Dissector> std::fmt::Debug for Builder<P, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("table", &self.settings.table)
            .field("decode_tunnels", &self.settings.decode_tunnels)
            .field("bpf_filter", &self.settings.bpf_filter)
            .finish_non_exhaustive()
    }
}
