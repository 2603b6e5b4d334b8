//! The flow table, against a model of it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use nfstream_decode::{AccountingMode, PacketFields, TcpFlags, Timestamp, Tunnel};
use nfstream_flow::features::TimeUnit;
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, View, schema, sink_fn};
use nfstream_plugins::{FlowSlicer, PacketSizeCounter, Splt};

use super::model::{self, Event, Outcome};
use super::rows::TextRow;

/// Bytes that an event takes.
const EVENT: usize = 6;
/// What makes comparing with the model quadratic stays small.
const MOST_EVENTS: usize = 4_096;

/// First five bytes: settings. The rest: six bytes for each packet or step of the clock.
pub fn run(input: &[u8]) {
    let Some((settings, rest)) = input.split_first_chunk::<5>() else {
        return;
    };
    let (config, limit) = configuration(*settings);
    let mut clock = Timestamp::EPOCH;
    let events: Vec<Event> = rest
        .as_chunks::<EVENT>()
        .0
        .iter()
        .take(MOST_EVENTS)
        .map(|bytes| event(&mut clock, *bytes))
        .collect();
    let found = meter(&config, limit, &events);
    let right = model::records(&config, limit, &events);
    for (number, (found, right)) in found.iter().zip(&right).enumerate() {
        assert_eq!(found, right, "record {number}");
    }
    assert_eq!(found.len(), right.len(), "records");
}

/// Settings of the table, and after how many packets flows are to end.
fn configuration([units, idle, active, most, analyses]: [u8; 5]) -> (FlowTableConfig, u64) {
    let mut config = FlowTableConfig::default();
    config.time_unit = match units % 3 {
        0 => TimeUnit::Milliseconds,
        1 => TimeUnit::Microseconds,
        _ => TimeUnit::Nanoseconds,
    };
    // From none over parts of a unit to hours, and for ever.
    let timeout = |code: u8| match code {
        u8::MAX => Duration::MAX,
        _ => Duration::from_nanos(u64::from(code & 0x0f) << ((code >> 4) * 3)),
    };
    config.idle_timeout = timeout(idle);
    config.active_timeout = timeout(active);
    config.max_active_flows = NonZeroU32::new(u32::from(most)).unwrap_or(NonZeroU32::MAX);
    config.accounting_mode = AccountingMode::Raw;
    config.statistical_analysis = analyses & 1 != 0;
    config.splt_analysis = if analyses & 2 != 0 { 4 } else { 0 };
    config.tunnel_column = analyses & 4 != 0;
    (config, u64::from(analyses >> 4))
}

/// A packet between two of a few ends, or a step of the clock.
fn event(clock: &mut Timestamp, [step, amount, ends, ports, what, size]: [u8; EVENT]) -> Event {
    let amount = u64::from(amount);
    let nanos = clock.as_nanos();
    *clock = Timestamp::from_nanos(match step % 16 {
        0 => 0,
        1 => u64::MAX - amount,
        2 => nanos.saturating_sub(amount << 20),
        shift => nanos.saturating_add(amount << (4 * (shift - 3))),
    });
    if step & 0x80 != 0 {
        return Event::Clock(*clock);
    }
    let is_ipv6 = what & 1 != 0;
    let host = |number: u8| {
        if is_ipv6 {
            IpAddr::V6(Ipv6Addr::from_bits(u128::from(number)))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(u32::from(number)))
        }
    };
    Event::Packet(PacketFields {
        timestamp: *clock,
        src_ip: host(ends & 0x03),
        dst_ip: host(ends >> 2 & 0x03),
        src_port: u16::from(ports & 0x03),
        dst_port: u16::from(ports >> 2 & 0x03),
        protocol: if what & 2 != 0 { 17 } else { 6 },
        vlan_id: u16::from(what >> 2 & 1),
        tunnel: match what >> 3 & 0x03 {
            0 | 1 => Tunnel::None,
            2 => Tunnel::Gtp,
            _ => Tunnel::Tzsp,
        },
        tcp_flags: TcpFlags::from_bits(size),
        raw_size: u32::from(size) << ((what >> 5) * 3),
        ..PacketFields::default()
    })
}

/// The records of the table, each with a row as the schema promises.
fn meter(config: &FlowTableConfig, limit: u64, events: &[Event]) -> Vec<Outcome> {
    let plugins = (
        FlowSlicer::new(limit),
        PacketSizeCounter::new(40),
        Splt::<4>::new(config.accounting_mode),
    );
    let schema = schema(config, &plugins);
    let place = |name: &str| {
        schema
            .columns()
            .iter()
            .position(|column| column.name == name)
    };
    let splt =
        ["splt_direction", "splt_ps"].map(|name| (place(name), place(&format!("udps.{name}"))));
    let mut outcomes = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, _>| {
        assert_eq!(record.id, outcomes.len() as u64, "ids count the records");
        outcomes.push(Outcome::of(&record));
        let row = TextRow::of(&record);
        assert_eq!(row.len(), schema.columns().len());
        for (built_in, plugin) in splt {
            if let (Some(built_in), Some(plugin)) = (built_in, plugin) {
                assert_eq!(row[built_in], row[plugin]);
            }
        }
        if let Some(sizes) = record.flow.packet_sizes(View::Bidirectional) {
            assert!(sizes.min as f64 <= sizes.mean && sizes.mean <= sizes.max as f64);
            assert!(sizes.stddev <= (sizes.max - sizes.min) as f64);
        }
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::new(config, plugins);
    for event in events {
        let Ok(()) = match event {
            Event::Packet(packet) => table.push(&(*packet).into(), &mut sink),
            Event::Clock(time) => table.advance(*time, &mut sink),
        };
        assert!(table.active_flows() <= config.max_active_flows.get());
    }
    let Ok(()) = table.finish(&mut sink);
    assert_eq!(table.active_flows(), 0);
    assert_eq!(table.records(), outcomes.len() as u64);

    let metered = |event: &Event| match event {
        Event::Packet(packet) => Some(u64::from(packet.raw_size)),
        Event::Clock(_) => None,
    };
    let counted = |count: fn(&Outcome) -> u64| outcomes.iter().map(count).sum::<u64>();
    assert_eq!(
        counted(|flow| flow.src2dst.packets + flow.dst2src.packets),
        events.iter().filter_map(metered).count() as u64
    );
    assert_eq!(
        counted(|flow| flow.src2dst.bytes + flow.dst2src.bytes),
        events.iter().filter_map(metered).sum::<u64>()
    );
    outcomes
}
