//! One flow for the tests.

use core::convert::Infallible;
use core::net::{IpAddr, Ipv4Addr};

use nfstream_decode::{Direction, PacketFields, Timestamp};
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, NFPlugin, OwnedFlowRecord, sink_fn};

/// A packet between two ends that are always the same.
pub(crate) fn packet(nanos: u64, direction: Direction, raw_size: u32) -> PacketFields<'static> {
    let [here, there] = [1, 2].map(|host| IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)));
    let (src_ip, dst_ip) = match direction {
        Direction::Src2Dst => (here, there),
        Direction::Dst2Src => (there, here),
    };
    PacketFields {
        timestamp: Timestamp::from_nanos(nanos),
        src_ip,
        dst_ip,
        raw_size,
        ip_size: raw_size / 2,
        transport_size: raw_size / 3,
        payload_size: raw_size / 4,
        ..PacketFields::default()
    }
}

/// The records of these packets.
pub(crate) fn meter<P: NFPlugin>(
    config: &FlowTableConfig,
    plugin: P,
    packets: &[PacketFields<'_>],
) -> Vec<OwnedFlowRecord<P::Output>> {
    let mut records = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, P::Output>| {
        records.push(record.into_owned());
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::new(config, plugin);
    for &packet in packets {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    records
}
