//! Packets that are made instead of decoded.

use std::net::{IpAddr, Ipv4Addr};

use nfstream_decode::{MacAddress, Packet, PacketFields, TcpFlags, Timestamp};

/// A TCP packet of the flow with this number, some time after the Unix epoch. Every third goes back.
pub(crate) fn packet(flow: u32, number: u32, time: Timestamp) -> Packet<'static> {
    const TCP: u8 = 6;
    let client = (
        IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 | flow)),
        50_000 + (flow % 10_000) as u16,
    );
    let server = (
        IpAddr::V4(Ipv4Addr::from_bits(0xc612_0000 | (flow % 1000))),
        443,
    );
    let (src, dst) = if number % 3 == 2 {
        (server, client)
    } else {
        (client, server)
    };
    let payload_size = 100 + flow % 1000;
    Packet::from(PacketFields {
        timestamp: time,
        src_ip: src.0,
        dst_ip: dst.0,
        src_port: src.1,
        dst_port: dst.1,
        protocol: TCP,
        tcp_flags: TcpFlags::ACK | TcpFlags::PSH,
        src_mac: MacAddress([2, 0, 0, 0, 0, 1]),
        dst_mac: MacAddress([2, 0, 0, 0, 0, 2]),
        raw_size: payload_size + 54,
        ip_size: payload_size + 40,
        transport_size: payload_size + 20,
        payload_size,
        ..PacketFields::default()
    })
}
