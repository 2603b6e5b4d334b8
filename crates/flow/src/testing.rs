//! Small worlds for the tests: packets, plugins and sinks.

use core::convert::Infallible;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use nfstream_decode::{Packet, PacketFields, Timestamp};

use crate::{
    Endpoint, FlowEnd, FlowRecord, FlowSink, FlowTable, FlowTableConfig, NFPlugin, OwnedFlowRecord,
    Record,
};

/// The ends of most packets.
pub(crate) const A: Endpoint = end(1, 40_000);
pub(crate) const B: Endpoint = end(2, 443);
pub(crate) const C: Endpoint = end(3, 40_000);

/// A host of 192.0.2.0/24 and a port of it.
pub(crate) const fn end(host: u8, port: u16) -> Endpoint {
    Endpoint {
        ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)),
        port,
    }
}

/// A TCP packet at so many milliseconds.
pub(crate) fn packet(millis: u64, src: Endpoint, dst: Endpoint) -> PacketFields<'static> {
    PacketFields {
        timestamp: Timestamp::from_millis(millis),
        src_ip: src.ip,
        dst_ip: dst.ip,
        src_port: src.port,
        dst_port: dst.port,
        protocol: 6,
        raw_size: 60,
        ip_size: 46,
        transport_size: 26,
        payload_size: 6,
        ..PacketFields::default()
    }
}

/// Timeouts in milliseconds.
pub(crate) fn timeouts(idle: u64, active: u64) -> FlowTableConfig {
    FlowTableConfig {
        idle_timeout: Duration::from_millis(idle),
        active_timeout: Duration::from_millis(active),
        ..FlowTableConfig::default()
    }
}

/// Keeps every record.
#[derive(Debug)]
pub(crate) struct Kept<O>(pub(crate) Vec<OwnedFlowRecord<O>>);

impl<O> Kept<O> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }
}

impl<O: Record> FlowSink<O> for Kept<O> {
    type Error = Infallible;

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), Infallible> {
        self.0.push(record.into_owned());
        Ok(())
    }
}

/// The records of a world that these packets make.
pub(crate) fn meter_with<P: NFPlugin>(
    config: &FlowTableConfig,
    plugin: P,
    packets: &[PacketFields<'_>],
) -> Vec<OwnedFlowRecord<P::Output>> {
    let mut table = FlowTable::new(config, plugin);
    let mut sink = Kept::new();
    for &packet in packets {
        let Ok(()) = table.push(&Packet::from(packet), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    sink.0
}

pub(crate) fn meter(
    config: &FlowTableConfig,
    packets: &[PacketFields<'_>],
) -> Vec<OwnedFlowRecord<()>> {
    meter_with(config, (), packets)
}

/// A record in short: why it ended, when the flow was first and last seen (ms), and its packets either way.
pub(crate) type Short = (FlowEnd, u64, u64, u64, u64);

pub(crate) fn short<O>(records: &[OwnedFlowRecord<O>]) -> Vec<Short> {
    assert!(
        records
            .iter()
            .map(|record| record.id)
            .eq(0..records.len() as u64),
        "ids count the records"
    );
    let in_short = |record: &OwnedFlowRecord<O>| {
        let flow = record.flow();
        (
            record.end,
            flow.first_seen().as_millis(),
            flow.last_seen().as_millis(),
            flow.src2dst().packets,
            flow.dst2src().packets,
        )
    };
    records.iter().map(in_short).collect()
}
