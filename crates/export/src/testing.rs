//! What several tests need.

use core::mem::swap;
use core::net::IpAddr;

use nfstream_decode::{MacAddress, Packet, PacketFields, TcpFlags, Timestamp};
use nfstream_flow::{FlowRecord, FlowSink, Record};

/// A TCP packet of 60 bytes, `millis` after the start, from one end to the other or back.
pub(crate) fn packet(port: u16, millis: u64, back: bool, tcp_flags: TcpFlags) -> Packet<'static> {
    let (here, there) = (
        IpAddr::from([192, 0, 2, 1]),
        IpAddr::from([198, 51, 100, 2]),
    );
    let (mut source, mut destination) = (
        (here, port, MacAddress([2, 0, 0, 0, 0, 1])),
        (there, 443, MacAddress([2, 0xab, 0, 0, 0, 2])),
    );
    if back {
        swap(&mut source, &mut destination);
    }
    PacketFields {
        timestamp: Timestamp::from_millis(1_700_000_000_000 + millis),
        src_ip: source.0,
        dst_ip: destination.0,
        src_port: source.1,
        dst_port: destination.1,
        protocol: 6,
        tcp_flags,
        src_mac: source.2,
        dst_mac: destination.2,
        raw_size: 60,
        ip_size: 46,
        transport_size: 20,
        ..PacketFields::default()
    }
    .into()
}

/// Hands records over as another core does: encoded, with the number of the record apart.
#[derive(Debug)]
pub(crate) struct Encoded<'a, K>(pub(crate) &'a mut K);

impl<O: Record, K: FlowSink<O>> FlowSink<O> for Encoded<'_, K> {
    type Error = K::Error;

    fn record(&mut self, mut record: FlowRecord<'_, O>) -> Result<(), K::Error> {
        let id = core::mem::replace(&mut record.id, u64::MAX);
        // What is encoded stands behind other rows.
        let mut rows = b"0,0\r\n".to_vec();
        self.0.encoder().unwrap().encode(&record, &mut rows);
        self.0.encoded(id, rows.strip_prefix(b"0,0\r\n").unwrap())
    }
}
