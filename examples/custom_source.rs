//! The flow table with packets of one's own: here they are made up; they could come from a simulator, a log or another
//! capture library. It needs `nfstream-flow` and `nfstream-decode`.
//!
//! `cargo run --example custom_source`

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use nfstream_decode::{Packet, PacketFields, Timestamp};
use nfstream_flow::{FlowTable, FlowTableConfig, sink_fn};

/// A packet between a client and a DNS server, in one direction or the other.
fn packet(milliseconds: u64, client: u8, answer: bool) -> Packet<'static> {
    let client = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, client)), 50_000);
    let server = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53)), 53);
    let (src, dst) = if answer {
        (server, client)
    } else {
        (client, server)
    };
    Packet::from(PacketFields {
        timestamp: Timestamp::from_millis(milliseconds),
        src_ip: src.0,
        src_port: src.1,
        dst_ip: dst.0,
        dst_port: dst.1,
        protocol: 17,
        raw_size: if answer { 120 } else { 80 },
        ..PacketFields::default()
    })
}

fn main() -> Result<(), Infallible> {
    let mut config = FlowTableConfig::default();
    config.idle_timeout = Duration::from_secs(10);
    let mut table = FlowTable::new(&config, ());
    let mut sink = sink_fn(|record| {
        let (src2dst, dst2src) = (record.flow.src2dst(), record.flow.dst2src());
        println!(
            "flow {} from {}: {} packets out, {} in, {} bytes, {}",
            record.id,
            record.flow.src_ip(),
            src2dst.packets,
            dst2src.packets,
            src2dst.bytes + dst2src.bytes,
            record.end.name(),
        );
        Ok(())
    });

    for (milliseconds, client, answer) in [
        (0, 1, false),
        (20, 1, true),
        (500, 2, false),
        (15_000, 1, false),
        (15_030, 1, true),
    ] {
        table.push(&packet(milliseconds, client, answer), &mut sink)?;
    }
    table.finish(&mut sink)
}
