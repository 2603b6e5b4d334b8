//! What holds for every input: random captures through the whole of the library, and labels by the number of threads.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panics"
)]

use std::convert::Infallible;
use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use nfstream::capture::Input;
use nfstream::flow::FlowRecord;
use nfstream::plugins::FlowSlicer;
use nfstream::{AccountingMode, FlowEnd, Streamer, Summary, TimeUnit, sink_fn};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use world::frames;
use world::rows::TextRow;

#[cfg(feature = "ndpi")]
mod meters;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

/// When the first packet may be seen at the earliest, in nanoseconds since the epoch.
const START: i64 = 1_700_000_000_000_000_000;

/// A packet on the wire.
#[derive(Clone, Debug)]
struct Step {
    /// Nanoseconds since the packet before it; packets may come out of order.
    since: i64,
    /// Numbers of hosts and ports; few, so that packets meet in flows.
    hosts: [u8; 2],
    ports: [u16; 2],
    is_ipv6: bool,
    vlan_id: u16,
    content: Content,
    payload: usize,
    /// How many bytes the snaplen cut off.
    cut: usize,
    /// A byte that is changed: where, and by which bits.
    damage: Option<(Index, u8)>,
}

#[derive(Clone, Debug)]
enum Content {
    Tcp(u8),
    Udp,
    /// Inside a GTP-U tunnel.
    Tunnelled,
    Other(u8),
    NotIp,
}

impl Step {
    /// The same packet the other way.
    fn swapped(&self) -> Self {
        let ([src, dst], [src_port, dst_port]) = (self.hosts, self.ports);
        Self {
            hosts: [dst, src],
            ports: [dst_port, src_port],
            ..self.clone()
        }
    }

    /// What was captured, and the length on the wire.
    fn frame(&self) -> (Vec<u8>, u32) {
        let host = |number: u8| {
            if self.is_ipv6 {
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number.into()))
            } else {
                IpAddr::V4(Ipv4Addr::new(192, 0, 2, number))
            }
        };
        let [src, dst] = self.hosts.map(host);
        let [src_port, dst_port] = self.ports;
        let payload = vec![0; self.payload];
        let udp = frames::udp(src_port, dst_port, &payload);
        let (ethertype, packet) = match self.content {
            Content::Tcp(flags) => frames::ip(
                src,
                dst,
                6,
                &frames::tcp(src_port, dst_port, flags, &payload),
            ),
            Content::Udp => frames::ip(src, dst, 17, &udp),
            Content::Tunnelled => {
                let (_, inner) = frames::ip(src, dst, 17, &udp);
                let gtp = frames::join(&[&[0x30, 255, 0, 0, 0, 0, 0, 1], &inner]);
                frames::ip(src, dst, 17, &frames::udp(2_152, 2_152, &gtp))
            }
            Content::Other(protocol) => frames::ip(src, dst, protocol, &payload),
            Content::NotIp => (0x0806, payload),
        };
        let vlans = [self.vlan_id];
        let vlans = if self.vlan_id == 0 { &[] } else { &vlans[..] };
        let mut frame = frames::ethernet(self.hosts, vlans, ethertype, &packet);
        let wire_len = u32::try_from(frame.len()).unwrap();
        frame.truncate(frame.len().saturating_sub(self.cut).max(14));
        if let Some((place, bits)) = self.damage {
            let place = place.index(frame.len());
            frame[place] ^= bits;
        }
        (frame, wire_len)
    }
}

/// A packet; `damaged` ones too, where it does not matter what becomes of it.
fn step(damaged: bool) -> impl Strategy<Value = Step> {
    let content = prop_oneof![
        6 => any::<u8>().prop_map(Content::Tcp),
        4 => Just(Content::Udp),
        1 => Just(Content::Tunnelled),
        1 => select(vec![1, 58, 132, 50]).prop_map(Content::Other),
        1 => Just(Content::NotIp),
    ];
    let since = prop_oneof![
        4 => 0..3_000_000_i64,
        2 => 0..200_000_000_i64,
        1 => 0..400_000_000_000_i64,
        1 => -5_000_000_000..0_i64,
        1 => Just(0),
    ];
    let damage = prop_oneof![
        3 => Just(None),
        1 => (any::<Index>(), any::<u8>()).prop_map(Some),
    ];
    (
        since,
        [1..4_u8, 1..4_u8],
        [1..3_u16, 1..3_u16],
        prop::bool::weighted(0.3),
        select(vec![0_u16, 0, 0, 1, 4_095]),
        content,
        0..1_500_usize,
        prop_oneof![3 => Just(0_usize), 1 => 0..1_500_usize],
        damage,
    )
        .prop_map(
            move |(since, hosts, ports, is_ipv6, vlan_id, content, payload, cut, damage)| Step {
                since,
                hosts,
                ports,
                is_ipv6,
                vlan_id,
                content,
                payload,
                cut: if damaged { cut } else { 0 },
                damage: damage.filter(|_| damaged),
            },
        )
}

fn steps(damaged: bool) -> impl Strategy<Value = Vec<Step>> {
    vec(step(damaged), 0..60)
}

/// The frames of a world, each with its time in nanoseconds and its length on the wire.
fn world_of(steps: &[Step]) -> Vec<(u64, u32, Vec<u8>)> {
    let mut nanos = START;
    steps
        .iter()
        .map(|step| {
            nanos += step.since;
            let (frame, wire_len) = step.frame();
            (nanos.cast_unsigned(), wire_len, frame)
        })
        .collect()
}

fn capture(world: &[(u64, u32, Vec<u8>)]) -> Vec<u8> {
    let records: Vec<_> = world
        .iter()
        .map(|(nanos, wire_len, frame)| (*nanos, *wire_len, frame.as_slice()))
        .collect();
    frames::pcap(1, &records)
}

/// How to meter.
#[derive(Clone, Debug)]
struct Settings {
    idle_millis: u64,
    active_millis: u64,
    time_unit: TimeUnit,
    accounting_mode: AccountingMode,
    decode_tunnels: bool,
    splt: u16,
    slice: u64,
    most_flows: u32,
}

fn settings() -> impl Strategy<Value = Settings> {
    (
        select(vec![0, 1, 10, 1_000, 120_000]),
        select(vec![0, 5, 1_000, 1_800_000]),
        select(vec![
            TimeUnit::Milliseconds,
            TimeUnit::Microseconds,
            TimeUnit::Nanoseconds,
        ]),
        select(vec![
            AccountingMode::Raw,
            AccountingMode::Ip,
            AccountingMode::Payload,
        ]),
        any::<bool>(),
        0..6_u16,
        select(vec![0, 0, 1, 3]),
        select(vec![1, 3, 1_000]),
    )
        .prop_map(
            |(
                idle_millis,
                active_millis,
                time_unit,
                accounting_mode,
                decode_tunnels,
                splt,
                slice,
                most_flows,
            )| Settings {
                idle_millis,
                active_millis,
                time_unit,
                accounting_mode,
                decode_tunnels,
                splt,
                slice,
                most_flows,
            },
        )
}

/// The output of a run.
#[derive(Debug)]
struct Output {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    ends: Vec<FlowEnd>,
    summary: Summary,
}

impl Output {
    fn place(&self, name: &str) -> usize {
        let place = self.names.iter().position(|column| column == name);
        place.unwrap_or_else(|| panic!("no column is called {name}"))
    }

    /// The numbers of a column.
    fn column(&self, name: &str) -> Vec<u64> {
        let place = self.place(name);
        self.rows
            .iter()
            .map(|row| row[place].parse().unwrap())
            .collect()
    }
}

/// Meters captures as one.
fn meter(settings: &Settings, captures: Vec<Vec<u8>>) -> Output {
    let inputs = captures
        .into_iter()
        .map(|capture| Input::reader(Cursor::new(capture), "world"));
    let streamer = Streamer::builder()
        .sources(inputs)
        .idle_timeout(Duration::from_millis(settings.idle_millis))
        .active_timeout(Duration::from_millis(settings.active_millis))
        .time_unit(settings.time_unit)
        .accounting_mode(settings.accounting_mode)
        .decode_tunnels(settings.decode_tunnels)
        .splt_analysis(settings.splt)
        .statistical_analysis(true)
        .max_active_flows(settings.most_flows)
        .udps(FlowSlicer::new(settings.slice))
        .build()
        .unwrap();
    let names: Vec<_> = streamer
        .schema()
        .columns()
        .iter()
        .map(|column| column.name.to_string())
        .collect();
    let (mut rows, mut ends) = (Vec::new(), Vec::new());
    let sink = sink_fn(|record: FlowRecord<'_, ()>| {
        rows.push(TextRow::of(&record));
        ends.push(record.end);
        Ok::<_, Infallible>(())
    });
    let summary = streamer.run(sink).unwrap();
    assert!(rows.iter().all(|row| row.len() == names.len()));
    Output {
        names,
        rows,
        ends,
        summary,
    }
}

proptest! {
    /// Every packet is metered or counted by reason, and the sum over the records is what was metered.
    #[test]
    fn packets_and_bytes_add_up(steps in steps(true), settings in settings()) {
        let settings = Settings { accounting_mode: AccountingMode::Raw, ..settings };
        let output = meter(&settings, vec![capture(&world_of(&steps))]);
        let summary = &output.summary;
        prop_assert_eq!(summary.packets_read, steps.len() as u64);
        prop_assert_eq!(
            summary.packets_read,
            summary.packets_metered + summary.packets_ignored.total()
        );
        prop_assert_eq!(summary.packets_in_records, summary.packets_metered);
        prop_assert_eq!(summary.records(), output.rows.len() as u64);
        let sum = |name: &str| output.column(name).iter().sum::<u64>();
        for (total, quantity) in [(summary.packets_metered, "packets"), (summary.bytes_metered, "bytes")] {
            prop_assert_eq!(sum(&format!("bidirectional_{quantity}")), total);
            prop_assert_eq!(
                sum(&format!("src2dst_{quantity}")) + sum(&format!("dst2src_{quantity}")),
                total
            );
        }
        let ids = 0..output.rows.len() as u64;
        prop_assert!(output.column("id").into_iter().eq(ids));
    }

    /// The sender of the first packet is the source, whoever that is: with both ends of all packets swapped, source and
    /// destination change places and nothing else does.
    #[test]
    fn swapped_ends_swap_source_and_destination(steps in steps(false), settings in settings()) {
        let swapped: Vec<_> = steps.iter().map(Step::swapped).collect();
        let [there, back] = [&steps, &swapped]
            .map(|steps| meter(&settings, vec![capture(&world_of(steps))]));
        let opposite = |name: &str| match name.split_at_checked(4) {
            Some(("src_", rest)) => format!("dst_{rest}"),
            Some(("dst_", rest)) => format!("src_{rest}"),
            _ => name.to_owned(),
        };
        let places: Vec<_> = there.names.iter().map(|name| back.place(&opposite(name))).collect();
        let swapped_back: Vec<Vec<String>> = back
            .rows
            .iter()
            .map(|row| places.iter().map(|&place| row[place].clone()).collect())
            .collect();
        prop_assert_eq!(&there.rows, &swapped_back);
    }

    /// Two packets of one flow: with the second one the other way, what one direction had the other one has.
    #[test]
    fn a_reply_counts_in_the_other_direction(first in step(false), second in step(false)) {
        prop_assume!(first.hosts[0] != first.hosts[1]);
        let second = Step { since: 1_000_000, payload: second.payload, ..first.clone() };
        let settings = Settings {
            idle_millis: 1_000,
            active_millis: 1_000,
            time_unit: TimeUnit::Milliseconds,
            accounting_mode: AccountingMode::Raw,
            decode_tunnels: true,
            splt: 2,
            slice: 0,
            most_flows: 10,
        };
        let [along, reply] = [second.clone(), second.swapped()]
            .map(|second| meter(&settings, vec![capture(&world_of(&[first.clone(), second]))]));
        if along.rows.is_empty() {
            prop_assert!(matches!(first.content, Content::NotIp));
            return Ok(());
        }
        let value = |output: &Output, name: &str| output.rows[0][output.place(name)].clone();
        let size = second.frame().1.to_string();
        prop_assert_eq!(value(&along, "dst2src_packets"), "0");
        prop_assert_eq!(value(&reply, "dst2src_packets"), "1");
        prop_assert_eq!(value(&reply, "dst2src_bytes"), &*size);
        prop_assert_eq!(value(&reply, "dst2src_mean_ps"), &*size);
        prop_assert_eq!(value(&along, "splt_direction"), "0 0 ");
        prop_assert_eq!(value(&reply, "splt_direction"), "0 1 ");
        for (place, name) in along.names.iter().enumerate() {
            if name.starts_with("bidirectional_") {
                prop_assert_eq!(&along.rows[0][place], &reply.rows[0][place], "{}", name);
            }
        }
    }

    /// Two files are one capture, wherever it is split.
    #[test]
    fn splitting_the_input_changes_nothing(
        steps in steps(true),
        settings in settings(),
        split in any::<Index>(),
    ) {
        let world = world_of(&steps);
        let (first, second) = world.split_at(split.index(world.len() + 1));
        let whole = meter(&settings, vec![capture(&world)]);
        let parts = meter(&settings, vec![capture(first), capture(second)]);
        prop_assert_eq!(whole.rows, parts.rows);
        prop_assert_eq!(whole.ends, parts.ends);
        prop_assert_eq!(whole.summary.packets_ignored, parts.summary.packets_ignored);
    }

    /// Every table hashes with a seed of its own; the output knows nothing of it.
    #[test]
    fn the_same_input_gives_the_same_output(steps in steps(true), settings in settings()) {
        let capture = capture(&world_of(&steps));
        let [first, second] = [capture.clone(), capture].map(|capture| meter(&settings, vec![capture]));
        prop_assert_eq!(first.rows, second.rows);
        prop_assert_eq!(first.ends, second.ends);
    }

    /// No flow holds a gap of the idle timeout or lasts as long as the active timeout, and no record leaves before
    /// another one that was due earlier.
    #[test]
    fn timeouts_bound_flows_and_order_records(steps in steps(true), settings in settings()) {
        let output = meter(&settings, vec![capture(&world_of(&steps))]);
        let unit = settings.time_unit.symbol();
        let grain = settings.time_unit.nanos();
        let [idle, active] = [settings.idle_millis, settings.active_millis]
            .map(|millis| millis * 1_000_000 / grain);
        let column = |name: &str| output.column(&format!("bidirectional_{name}_{unit}"));
        let (last_seen, duration, longest_gap) =
            (column("last_seen"), column("duration"), column("max_piat"));
        let packets = output.column("bidirectional_packets");
        let mut latest_due = 0;
        for (row, &end) in output.ends.iter().enumerate() {
            if packets[row] > 1 {
                prop_assert!(longest_gap[row] < idle, "a gap of {}", longest_gap[row]);
                prop_assert!(duration[row] < active, "a duration of {}", duration[row]);
            }
            // When others were due only the packet that ended them tells: not before this.
            let due = match end {
                FlowEnd::Idle | FlowEnd::EndOfInput => Some(last_seen[row] + idle),
                FlowEnd::Forced => Some(last_seen[row]),
                _ => None,
            };
            if let Some(due) = due {
                prop_assert!(due >= latest_due, "due at {due}, behind {latest_due}");
            }
            latest_due = latest_due.max(due.unwrap_or(last_seen[row]));
            if end == FlowEnd::Forced {
                prop_assert_eq!(packets[row], settings.slice);
            }
        }
    }
}
