//! One flow for the tests.

use core::convert::Infallible;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use allocation_counter::measure;
use nfstream_decode::{Direction, PacketFields, Timestamp, protocol};
use nfstream_flow::record::RowWriter;
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

/// A UDP datagram between two ends, whose header is left out.
pub(crate) fn datagram(src: SocketAddr, dst: SocketAddr, payload: &[u8]) -> PacketFields<'_> {
    let size = u32::try_from(payload.len()).unwrap();
    PacketFields {
        src_ip: src.ip(),
        dst_ip: dst.ip(),
        src_port: src.port(),
        dst_port: dst.port(),
        protocol: protocol::UDP,
        transport_size: size,
        payload_size: size,
        transport: payload,
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

/// Asserts that a flow, from its first packet to its record, allocates `per_flow` times in a table that has grown.
pub(crate) fn assert_allocates<P: NFPlugin>(per_flow: u64, plugin: P) {
    const FLOWS: u64 = 50;
    const PACKETS: u64 = 40;
    let payload = [0x5a; 200];
    let mut table = FlowTable::new(&FlowTableConfig::default(), plugin);
    let mut ended = 0;
    let mut now = 0;
    let mut round = |ended: &mut u64| {
        let mut sink = sink_fn(|record: FlowRecord<'_, P::Output>| {
            record.write(&mut NoRow);
            *ended += 1;
            Ok::<_, Infallible>(())
        });
        // Longer than the idle timeout: the flows of the round before end.
        now += 1_000_000_000_000;
        for number in 0..FLOWS * PACKETS {
            let direction = match number / FLOWS % 3 {
                1 => Direction::Dst2Src,
                _ => Direction::Src2Dst,
            };
            let fields = PacketFields {
                vlan_id: u16::try_from(number % FLOWS).unwrap(),
                transport_size: 200,
                payload_size: 192,
                transport: &payload,
                ..packet(now + number * 1_000_000, direction, 300)
            };
            let Ok(()) = table.push(&fields.into(), &mut sink);
        }
    };
    round(&mut ended);
    round(&mut ended);
    let before = ended;
    let measured = measure(|| round(&mut ended));
    assert_eq!(ended - before, FLOWS);
    assert_eq!(measured.count_total, per_flow * FLOWS);
}

/// A row whose values are made and forgotten.
struct NoRow;

impl RowWriter for NoRow {
    fn bool(&mut self, _value: bool) {}
    fn int(&mut self, _value: i64) {}
    fn uint(&mut self, _value: u64) {}
    fn float(&mut self, _value: f64) {}
    fn text(&mut self, _value: &str) {}
    fn ip(&mut self, _value: IpAddr) {}
    fn null(&mut self) {}
    fn begin_list(&mut self) {}
    fn end_list(&mut self) {}
}
