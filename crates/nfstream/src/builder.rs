//! What to meter, and how.

#[cfg(all(feature = "libpcap", unix))]
mod interface;
mod opening;
mod settings;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use nfstream_capture::{Input, PacketSource};
use nfstream_decode::{AccountingMode, Decoder};
use nfstream_flow::features::TimeUnit;
use nfstream_flow::{Dissector, FlowTableConfig, NFPlugin, schema};

use crate::meter::meters;
use crate::source::AnySource;
use crate::{ConfigError, Error, Streamer};
use opening::{Plan, filtered};
use settings::{LiveSettings, Settings, Source};

/// Says what to meter, and how: every parameter of NFStream under its name, and some of ours.
///
/// Nothing is read before [`build`](Self::build), which refuses what cannot be used.
#[must_use = "nothing is metered until it is built and run"]
pub struct Builder<P: NFPlugin = (), D: Dissector = ()> {
    settings: Settings,
    udps: P,
    dissector: D,
}

/// How the packets of a network interface come to several meters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Spread {
    /// Each meter has a socket of its own, and the kernel decides by a hash of addresses and ports: fastest. Each TCP, UDP and
    /// ICMP flow comes to one meter, but flows of ESP, AH, SCTP, GRE, of fragmented IPv6, and inside of tunnels over UDP whose
    /// outer ends differ in the two directions may be a flow in each of several meters
    /// ([`Interface::open_spread`](nfstream_capture::Interface::open_spread)). IPv4 datagrams are put together from their fragments, so
    /// that each is one large packet. Rows of the meters mix as they come. Linux; elsewhere it is as `Flow`.
    #[default]
    Kernel,
    /// One socket for all, and the flow's own key decides, as with files: right with every tunnel, and rows leave in the order in
    /// which flows are due. One thread receives all packets.
    Flow,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let table = FlowTableConfig::default();
        Self {
            settings: Settings {
                source: Source::None,
                order_by_first_timestamp: false,
                decode_tunnels: true,
                bpf_filter: None,
                live: LiveSettings {
                    system_visibility_poll_ms: 100,
                    ..LiveSettings::default()
                },
                max_active_flows: table.max_active_flows.get(),
                table,
                has_dissector: false,
                n_dissections: None,
                n_meters: 0,
                max_nflows: 0,
            },
            udps: (),
            dissector: (),
        }
    }
}

impl<P: NFPlugin, D: Dissector> Builder<P, D> {
    /// A capture, by the path of its file or as an [`Input`] (standard input, any reader); or, with the feature `libpcap`, a
    /// network interface: `Interface::new("eth0")`.
    pub fn source(mut self, source: impl Into<nfstream_capture::Source>) -> Self {
        self.settings.source = match source.into() {
            nfstream_capture::Source::Capture(capture) => Source::Captures(vec![capture]),
            #[cfg(all(feature = "libpcap", unix))]
            nfstream_capture::Source::Interface(interface) => Source::Interface(interface),
            // There is none, but the compiler cannot know.
            _ => Source::None,
        };
        self
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

    /// Sources of packets of your own, one for each meter, which brings all packets of its flows: the queues of a network
    /// adapter, say. Each meter works in a thread of its own, [`n_meters`](Self::n_meters) has no effect, and rows leave in
    /// the order in which they are made. The run ends when all sources have, or with the first error of one. A source that
    /// waits for packets says [`Idle`](nfstream_capture::Received::Idle) now and then: its meter sees only then that the
    /// run is to end. A [`bpf_filter`](Self::bpf_filter) is refused.
    pub fn packet_sources<S: PacketSource + Send + 'static>(
        mut self,
        sources: impl IntoIterator<Item = S>,
    ) -> Self {
        let sources = sources.into_iter();
        self.settings.source = Source::Spread(
            sources
                .map(|it| Box::new(it) as Box<dyn AnySource>)
                .collect(),
        );
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
    pub fn promiscuous_mode(mut self, promiscuous: bool) -> Self {
        self.settings.live.promiscuous_mode = Some(promiscuous);
        self
    }

    /// Bytes to capture of each packet, 1 or more. No effect on files. Default: 1536.
    pub fn snapshot_length(mut self, bytes: u32) -> Self {
        self.settings.live.snapshot_length = Some(bytes);
        self
    }

    /// Bytes of each meter's capture buffer, at most 2³¹ − 1; 0 for 16 MiB. No effect on files. Default: 0.
    pub fn socket_buffer_size(mut self, bytes: u32) -> Self {
        self.settings.live.socket_buffer_size = Some(bytes);
        self
    }

    /// How the packets of an interface come to several meters. No effect on files. Default: by the kernel.
    pub fn spread(mut self, spread: Spread) -> Self {
        self.settings.live.spread = spread;
        self
    }

    /// End the run after so much wall time: what has come by then is metered, and all flows leave. It is looked at while the
    /// sink, or who iterates, waits for records. Default: never.
    pub fn max_duration(mut self, duration: Duration) -> Self {
        self.settings.live.max_duration = Some(duration);
        self
    }

    /// End a live capture behind so many packets, 1 or more, of all meters together. No effect on files. Default: never.
    pub fn max_packets(mut self, packets: u64) -> Self {
        self.settings.live.max_packets = Some(packets);
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

    /// Meters at work at the same time, 0 for one a physical core; the records are the same, and in the same order, whatever
    /// the number, but in a live capture that the kernel [spreads](Spread::Kernel). Each has a copy of the plugins, and a share
    /// of the flows; there are no more than the dissector can be shared out to (nDPI: its modules). Default: 0.
    pub fn n_meters(mut self, meters: usize) -> Self {
        self.settings.n_meters = meters;
        self
    }

    /// End the run after this many records; 0 for no limit. Default: 0.
    pub fn max_nflows(mut self, records: u64) -> Self {
        self.settings.max_nflows = records;
        self
    }

    /// Seconds between performance reports of a live capture, 0 for none: lines of JSON on standard error, with NFStream's
    /// keys and some of ours, the last one at the end of the run (see [`PerformanceReport`](crate::PerformanceReport)). No
    /// effect on files. Default: 0.
    pub fn performance_report(mut self, seconds: u64) -> Self {
        self.settings.live.performance_report = seconds;
        self
    }

    /// Answer HTTP requests at this address with figures of the run while it goes on, for Prometheus; port 0 for any that is free
    /// ([`Streamer::metrics_address`] tells which). Who can reach the address can read them: 127.0.0.1 is for this machine
    /// alone. Default: not at all.
    pub fn metrics(mut self, address: SocketAddr) -> Self {
        self.settings.live.metrics = Some(address);
        self
    }

    /// 1 to name the local process behind each flow of a live capture, in the columns `system_process_pid` (-1 where it is not
    /// known) and `system_process_name`, which come last. Needs the feature `libpcap`, and Linux;
    /// [`nfstream-visibility`](https://docs.rs/nfstream-visibility) tells what it cannot see. No effect on files. Default: 0.
    pub fn system_visibility_mode(mut self, mode: u8) -> Self {
        self.settings.live.system_visibility_mode = mode;
        self
    }

    /// Milliseconds between looks at the local sockets. No effect on files. Default: 100.
    pub fn system_visibility_poll_ms(mut self, milliseconds: u64) -> Self {
        self.settings.live.system_visibility_poll_ms = milliseconds;
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
    /// not given back: where a sender lets the flows of one meter come after those of another, each needs as much. Meters with
    /// a source each have an equal share of it. Default: 2²².
    pub fn max_active_flows(mut self, flows: u32) -> Self {
        self.settings.max_active_flows = flows;
        self
    }

    /// Checks everything, opens the source and compiles the filter. No packet is metered yet.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a parameter that cannot be used, [`Error::Plugin`] for a plugin that wants other columns,
    /// [`Error::Open`] for a source that cannot be opened.
    pub fn build(self) -> Result<Streamer<P, D>, Error> {
        let Self {
            mut settings,
            mut udps,
            dissector,
        } = self;
        settings.check()?;
        settings.table.n_dissections = settings.n_dissections();
        settings.table.tunnel_column = settings.decode_tunnels;
        settings.table.max_active_flows = NonZeroU32::new(settings.max_active_flows)
            .ok_or_else(|| ConfigError::new("max_active_flows", "0 flows", "1 or more"))?;
        settings.table.process_columns = settings.names_processes();
        udps.begin(&settings.table.columns())
            .map_err(Error::Plugin)?;
        let mut schema = schema(&settings.table, &udps);
        settings.describe(&mut schema);
        if let Some(name) = schema.duplicate_name() {
            let problem = format!("two columns have the name {name:?}");
            return Err(ConfigError::new("udps", problem, "each name once").into());
        }
        let plan = Plan {
            decoder: Decoder::new().decode_tunnels(settings.decode_tunnels),
            meters: meters(settings.n_meters, &dissector),
            udps,
            dissector,
        };
        let max_records = match settings.max_nflows {
            0 => u64::MAX,
            limit => limit,
        };
        let (engine, watch) = settings.open(plan)?;
        Ok(Streamer::new(engine, schema, max_records, watch))
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
