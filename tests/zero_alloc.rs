//! Once the table has grown, the whole loop allocates nothing: neither packets of known flows nor the birth and death of
//! flows.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panics"
)]

use std::convert::Infallible;
use std::hint::black_box;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use allocation_counter::measure;
use nfstream::decode::{Decoder, Frame, LinkType};
use nfstream::export::{Csv, WriterSink};
use nfstream::flow::record::RowWriter;
use nfstream::flow::{FlowKey, FlowTable, FlowTableConfig, Process, ProcessLookup, schema};
use nfstream::plugins::{
    ActiveIdle, CicFlowMeter, Dhcp, FlowSlicer, Mdns, PacketSizeCounter, Rates, Splt,
    TcpPerformance,
};
use nfstream::{
    AccountingMode, Application, Dissection, Dissector, FlowEnd, FlowSink, NFPlugin, Packet,
    Timestamp, sink_fn,
};

use world::frames;

#[allow(dead_code, reason = "other tests use the rest")]
mod world;

/// Packets of the warm-up, and of what is measured.
const PACKETS: u64 = 100_000;
/// Frames that take turns.
const FRAMES: u64 = 5_000;
/// From a packet to the next.
const STEP: Duration = Duration::from_micros(500);

/// Packets of many flows in both directions, each between other ports: TCP over IPv4 and UDP over IPv6, and some that
/// cannot be metered.
fn world() -> Vec<Vec<u8>> {
    (0..FRAMES)
        .map(|number| {
            // A third of the flows is three times as busy: those end by their number of packets, the others by age.
            let turn = number % 1_250;
            let flow = if turn % 3 == 0 { turn / 9 * 9 } else { turn };
            let port = 10_000 + u16::try_from(flow).unwrap();
            let is_reply = number / 1_250 % 2 == 1;
            let ends = |ends: [IpAddr; 2]| if is_reply { [ends[1], ends[0]] } else { ends };
            let ports = if is_reply { [443, port] } else { [port, 443] };
            let payload = vec![0; usize::try_from(number % 1_000).unwrap()];
            let (ethertype, packet) = match flow % 7 {
                0 => (0x0806, payload),
                1..3 => {
                    let host = |number| IpAddr::V6(Ipv6Addr::from_bits(number));
                    let [src, dst] = ends([host(1), host(2)]);
                    frames::ip(src, dst, 17, &frames::udp(ports[0], ports[1], &payload))
                }
                _ => {
                    let host = |number| IpAddr::V4(Ipv4Addr::from_bits(number));
                    let [src, dst] = ends([host(1), host(2)]);
                    let flags = u8::try_from(number % 256).unwrap();
                    frames::ip(
                        src,
                        dst,
                        6,
                        &frames::tcp(ports[0], ports[1], flags, &payload),
                    )
                }
            };
            frames::ethernet([1, 2], &[], ethertype, &packet)
        })
        .collect()
}

/// Timeouts that end flows all the time: most are seen every 0.625 seconds.
fn churning() -> FlowTableConfig {
    let mut config = FlowTableConfig::default();
    config.idle_timeout = Duration::from_millis(700);
    config.active_timeout = Duration::from_secs(2);
    config
}

/// Frames into a table and on to a sink.
struct Loop<P: NFPlugin, D: Dissector = ()> {
    decoder: Decoder,
    table: FlowTable<P, D>,
    frames: Vec<Vec<u8>>,
    packets: u64,
}

impl<P: NFPlugin> Loop<P> {
    fn new(config: &FlowTableConfig, plugin: P) -> Self {
        Self::with_dissector(config, plugin, (), world())
    }
}

impl<P: NFPlugin, D: Dissector> Loop<P, D> {
    fn with_dissector(
        config: &FlowTableConfig,
        plugin: P,
        dissector: D,
        frames: Vec<Vec<u8>>,
    ) -> Self {
        assert_eq!(frames.len() as u64, FRAMES);
        Self {
            decoder: Decoder::new(),
            table: FlowTable::with_dissector(config, plugin, dissector),
            frames,
            packets: 0,
        }
    }

    fn run<S: FlowSink<P::Output, Error: std::fmt::Debug>>(&mut self, sink: &mut S) {
        for _ in 0..PACKETS {
            let round = self.packets / FRAMES;
            let data = &self.frames[usize::try_from(self.packets % FRAMES).unwrap()];
            self.packets += 1;
            // Each fourth round comes after a pause in which all flows end.
            let pauses = Duration::from_secs(3) * u32::try_from(round / 4).unwrap();
            let time = STEP * u32::try_from(self.packets).unwrap() + pauses;
            let frame = Frame {
                timestamp: Timestamp::from_nanos(u64::try_from(time.as_nanos()).unwrap()),
                link_type: LinkType::ETHERNET,
                wire_len: u32::try_from(data.len()).unwrap(),
                data,
            };
            if let Ok(packet) = self.decoder.decode(&frame) {
                self.table.push(&packet, sink).unwrap();
            }
        }
    }
}

/// A row that is only looked at.
struct Seen(u64);

impl RowWriter for Seen {
    fn bool(&mut self, value: bool) {
        self.0 ^= u64::from(value);
    }

    fn int(&mut self, value: i64) {
        self.0 ^= value.cast_unsigned();
    }

    fn uint(&mut self, value: u64) {
        self.0 ^= value;
    }

    fn float(&mut self, value: f64) {
        self.0 ^= value.to_bits();
    }

    fn text(&mut self, value: &str) {
        self.0 ^= value.len() as u64;
    }

    fn ip(&mut self, value: IpAddr) {
        self.0 ^= u64::from(value.is_ipv4());
    }

    fn null(&mut self) {}

    fn begin_list(&mut self) {}

    fn end_list(&mut self) {}
}

/// Runs the loop twice and measures the second time. Returns how many flows ended then, by reason.
fn assert_no_allocation<P: NFPlugin>(config: &FlowTableConfig, plugin: P) -> [u64; 5] {
    assert_no_allocation_in(Loop::new(config, plugin))
}

fn assert_no_allocation_in<P: NFPlugin, D: Dissector>(mut metering: Loop<P, D>) -> [u64; 5] {
    let mut ends = [0; FlowEnd::ALL.len()];
    let mut sink = sink_fn(|record: nfstream::FlowRecord<'_, P::Output>| {
        ends[record.end as usize] += 1;
        let mut row = Seen(0);
        record.write(&mut row);
        black_box(row.0);
        Ok::<_, Infallible>(())
    });
    metering.run(&mut sink);
    let measured = measure(|| metering.run(&mut sink));
    assert_eq!(
        (measured.count_total, measured.bytes_total),
        (0, 0),
        "allocations while {PACKETS} packets were metered"
    );
    ends
}

fn everything() -> FlowTableConfig {
    let mut config = churning();
    config.statistical_analysis = true;
    config.splt_analysis = 20;
    config
}

/// All plugins that come along, but for two that say in their documentation how much they allocate for each flow:
/// `PayloadBytes` and `WaveletFeatures`.
type Plugins = (
    (FlowSlicer, PacketSizeCounter, Splt<10>, Rates, ActiveIdle),
    (TcpPerformance, CicFlowMeter, Dhcp, Mdns),
    WithDependencies,
);

#[cfg(all(feature = "community-id", feature = "geoip", feature = "ja4"))]
type WithDependencies = (
    nfstream::plugins::CommunityId,
    nfstream::plugins::GeoIp,
    nfstream::plugins::Ja4,
);
#[cfg(not(all(feature = "community-id", feature = "geoip", feature = "ja4")))]
type WithDependencies = ();

fn plugins() -> Plugins {
    #[cfg(all(feature = "community-id", feature = "geoip", feature = "ja4"))]
    let with_dependencies = (
        nfstream::plugins::CommunityId::default(),
        nfstream::plugins::GeoIp::open::<&str>([]).unwrap(),
        nfstream::plugins::Ja4::new(),
    );
    #[cfg(not(all(feature = "community-id", feature = "geoip", feature = "ja4")))]
    let with_dependencies = ();
    (
        (
            FlowSlicer::new(5),
            PacketSizeCounter::new(60),
            Splt::new(AccountingMode::Payload),
            Rates,
            ActiveIdle::default(),
        ),
        (TcpPerformance, CicFlowMeter, Dhcp, Mdns),
        with_dependencies,
    )
}

/// What is measured is worth measuring: at least so many flows ended for each of the reasons.
fn assert_churn(ends: [u64; 5], reasons: &[FlowEnd]) {
    for &reason in reasons {
        assert!(
            ends[reason as usize] > 1_000,
            "{} ended: {ends:?}",
            reason.name()
        );
    }
}

/// The counter counts.
#[test]
fn an_allocation_is_seen() {
    let measured = measure(|| drop(black_box(vec![1_u8; 100])));
    assert_eq!((measured.count_total, measured.bytes_total), (1, 100));
}

#[test]
fn counters_alone() {
    let ends = assert_no_allocation(&churning(), ());
    assert_churn(ends, &[FlowEnd::Idle, FlowEnd::Active]);
}

#[test]
fn with_all_analyses_and_plugins() {
    let ends = assert_no_allocation(&everything(), plugins());
    assert_churn(ends, &[FlowEnd::Idle, FlowEnd::Active, FlowEnd::Forced]);
}

#[test]
fn with_all_analyses_and_a_full_table() {
    let mut config = everything();
    config.max_active_flows = 500.try_into().unwrap();
    let ends = assert_no_allocation(&config, plugins());
    assert_churn(ends, &[FlowEnd::Resources]);
}

/// As far as the text of the rows.
#[test]
fn with_all_analyses_and_plugins_to_csv() {
    let config = everything();
    let plugins = plugins();
    let schema = schema(&config, &plugins);
    let mut csv = WriterSink::new(io::sink(), Csv::default());
    let sink: &mut dyn FlowSink<<Plugins as NFPlugin>::Output, Error = _> = &mut csv;
    sink.begin(&schema).unwrap();
    let mut metering = Loop::new(&config, plugins);
    metering.run(&mut csv);
    let before = metering.table.records();
    let measured = measure(|| metering.run(&mut csv));
    assert!(metering.table.records() > before + 10_000);
    assert_eq!((measured.count_total, measured.bytes_total), (0, 0));
}

/// Texts whose lengths depend on the ports of a flow and grow with its packets.
struct Texts(String);

impl Dissector for Texts {
    type State = usize;

    fn start(&mut self, _key: &FlowKey) -> Option<usize> {
        Some(0)
    }

    fn dissect<'a>(&'a mut self, packet: &Packet<'_>, length: &'a mut usize) -> Dissection<'a> {
        let port = usize::from(packet.src_port().max(packet.dst_port()));
        *length += if port % 17 == 0 { 80 } else { port % 30 };
        Dissection::Found(self.finish(length))
    }

    fn finish<'a>(&'a mut self, length: &'a mut usize) -> Application<'a> {
        let mut application = Application::UNKNOWN;
        application.name = self.0.get(..*length).unwrap();
        application.user_agent = self.0.get(..*length % 7).unwrap();
        application
    }
}

#[test]
fn with_texts_of_all_lengths() {
    let mut config = everything();
    config.n_dissections = 3;
    config.fingerprint_columns = true;
    config.risk_column = true;
    let texts = Texts("x".repeat(3 * 80));
    let metering = Loop::with_dissector(&config, plugins(), texts, world());
    let ends = assert_no_allocation_in(metering);
    assert_churn(ends, &[FlowEnd::Idle, FlowEnd::Active, FlowEnd::Forced]);
}

/// Says of each flow that it belongs to the same program.
struct OneProcess(Process);

impl ProcessLookup for OneProcess {
    fn process_of(&mut self, _flow: &nfstream::Flow<'_>) -> Option<Process> {
        Some(self.0.clone())
    }
}

#[test]
fn with_processes() {
    let mut config = everything();
    config.process_columns = true;
    let mut metering = Loop::new(&config, plugins());
    metering
        .table
        .set_process_lookup(Box::new(OneProcess(Process {
            id: 1,
            name: "init".into(),
        })));
    let ends = assert_no_allocation_in(metering);
    assert_churn(ends, &[FlowEnd::Idle, FlowEnd::Active, FlowEnd::Forced]);
}

/// nDPI's own memory is C's, and is not counted.
#[cfg(feature = "ndpi")]
mod ndpi {
    use std::collections::BTreeSet;

    use nfstream::dissect::{Licence, Ndpi};

    use super::*;

    /// A name, with its length before each label.
    fn name(flow: u64) -> Vec<u8> {
        let host = format!("host-{}", "x".repeat(usize::try_from(flow % 50).unwrap()));
        let labels = [host.as_str(), "example", "test", ""];
        let length = |label: &str| u8::try_from(label.len()).unwrap();
        labels
            .into_iter()
            .flat_map(|label| [&[length(label)], label.as_bytes()].concat())
            .collect()
    }

    /// A question or its answer (RFC 1035 §4).
    fn dns(flow: u64, is_reply: bool) -> Vec<u8> {
        let flags = if is_reply { [0x81, 0x80] } else { [1, 0] };
        let mut message = vec![0x12, 0x34, flags[0], flags[1], 0, 1, 0, u8::from(is_reply)];
        message.extend([0; 4]);
        message.extend(name(flow));
        message.extend([0, 1, 0, 1]);
        if is_reply {
            message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 99]);
        }
        message
    }

    fn http(flow: u64, is_reply: bool) -> Vec<u8> {
        if is_reply {
            return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nhello".to_vec();
        }
        let agent = "agent ".repeat(usize::try_from(flow % 60).unwrap());
        format!("GET / HTTP/1.1\r\nHost: {flow}.example.test\r\nUser-Agent: {agent}\r\n\r\n")
            .into_bytes()
    }

    /// A `ClientHello` with a server name (RFC 5246 §7.4.1.2, RFC 6066 §3), or a `ServerHello`.
    fn tls(flow: u64, is_reply: bool) -> Vec<u8> {
        let server_name = format!("{flow}.example.test");
        let length = u8::try_from(server_name.len()).unwrap();
        let mut extensions = vec![0, 0, 0, length + 5, 0, length + 3, 0, 0, length];
        extensions.extend(server_name.as_bytes());
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        if is_reply {
            body.extend([0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4]);
        } else {
            body.extend([0, 0, 4, 0x13, 0x01, 0x13, 0x02, 1, 0, 0, length + 9]);
            body.extend(extensions);
        }
        let length = u8::try_from(body.len()).unwrap();
        let kind = if is_reply { 2 } else { 1 };
        let mut record = vec![22, 3, 1, 0, length + 4, kind, 0, 0, length];
        record.extend(body);
        record
    }

    /// Packets of flows that nDPI knows, and of some that it does not, both ways.
    fn applications() -> Vec<Vec<u8>> {
        (0..FRAMES)
            .map(|number| {
                let flow = number % 1_250;
                let is_reply = number / 1_250 % 2 == 1;
                let port = 10_000 + u16::try_from(flow).unwrap();
                let host = |number| IpAddr::V4(Ipv4Addr::new(192, 0, 2, number));
                let (server_port, protocol, payload) = match flow % 4 {
                    0 => (53, 17, dns(flow, is_reply)),
                    1 => (80, 6, http(flow, is_reply)),
                    2 => (443, 6, tls(flow, is_reply)),
                    _ => (9, 17, vec![0x5a; 100]),
                };
                let (hosts, ports) = if is_reply {
                    ([host(1), host(10)], [server_port, port])
                } else {
                    ([host(10), host(1)], [port, server_port])
                };
                let [src_port, dst_port] = ports;
                let transport = match protocol {
                    6 => frames::tcp(src_port, dst_port, 0x18, &payload),
                    _ => frames::udp(src_port, dst_port, &payload),
                };
                let (ethertype, packet) = frames::ip(hosts[0], hosts[1], protocol, &transport);
                frames::ethernet([1, 2], &[], ethertype, &packet)
            })
            .collect()
    }

    #[test]
    fn with_ndpi() {
        let mut config = everything();
        config.n_dissections = 20;
        config.fingerprint_columns = true;
        config.risk_column = true;
        let ndpi = || {
            let builder = Ndpi::builder().licence(Licence::NotForProfit);
            builder.build().unwrap()
        };
        // Worth measuring: nDPI knows three of the four kinds of flows.
        let mut names = BTreeSet::new();
        let mut sink = sink_fn(|record: nfstream::FlowRecord<'_, ()>| {
            let application = record.flow.application().unwrap();
            names.insert((
                application.name.to_owned(),
                application.server_name.is_empty(),
            ));
            Ok::<_, Infallible>(())
        });
        Loop::with_dissector(&config, (), ndpi(), applications()).run(&mut sink);
        for known in ["DNS", "HTTP", "TLS"] {
            assert!(names.contains(&(known.to_owned(), false)), "{names:?}");
        }

        let ends = assert_no_allocation_in(Loop::with_dissector(
            &config,
            plugins(),
            ndpi(),
            applications(),
        ));
        assert_churn(ends, &[FlowEnd::Idle]);
    }
}
