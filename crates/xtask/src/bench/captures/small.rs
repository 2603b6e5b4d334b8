//! The smallest packets, the most flows.

use std::io;

use super::super::random::Random;
use super::frame::{
    ETHERNET_HEADER_LEN, Endpoint, IPV4_HEADER_LEN, TCP_HEADER_LEN, Transport, UDP_HEADER_LEN,
    build, flags,
};
use super::pcap::PcapWriter;

/// Flows at full size.
pub(super) const FLOWS: u32 = 1_000_000;
/// Packets of each flow.
pub(super) const PACKETS_PER_FLOW: u32 = 10;
/// Length of every frame, in bytes.
pub(super) const FRAME_LEN: usize = 64;
/// How long it takes, in microseconds.
const DURATION: u64 = 10_000_000;
/// Of ten flows, so many are TCP, the others UDP.
const TCP_OF_TEN: u32 = 7;

/// Ten rounds in each of which every flow has a packet, in an order of the round's own.
pub(super) fn generate<W: io::Write>(flows: u32, writer: &mut PcapWriter<W>) -> io::Result<()> {
    const HEADERS: usize = ETHERNET_HEADER_LEN + IPV4_HEADER_LEN;
    let mut random = Random::new(2);
    let mut order: Vec<u32> = (0..flows).collect();
    let mut frame = Vec::new();
    let payload = [0; FRAME_LEN];
    let packets = u64::from(flows) * u64::from(PACKETS_PER_FLOW);
    let mut written = 0;
    for round in 0..PACKETS_PER_FLOW {
        random.shuffle(&mut order);
        for &flow in &order {
            let (from, to) = ends(flow, round);
            let (transport, header_len) = if flow % 10 < TCP_OF_TEN {
                (tcp(round), TCP_HEADER_LEN)
            } else {
                (Transport::Udp, UDP_HEADER_LEN)
            };
            let payload = &payload[..FRAME_LEN - HEADERS - header_len];
            build(&mut frame, from, to, transport, payload);
            writer.write(written * DURATION / packets, &frame)?;
            written += 1;
        }
    }
    Ok(())
}

/// Sender and receiver: they take turns.
fn ends(flow: u32, round: u32) -> (Endpoint, Endpoint) {
    let mut numbers = Random::new(u64::from(flow));
    let client = Endpoint::client(flow, numbers.between(1024, 65_535));
    let server_port = if flow.is_multiple_of(2) { 443 } else { 8443 };
    let server = Endpoint::server(numbers.between(0, 4095), server_port);
    if round.is_multiple_of(2) {
        (client, server)
    } else {
        (server, client)
    }
}

/// A connection that is opened and closed properly.
fn tcp(round: u32) -> Transport {
    let flags = match round {
        0 => flags::SYN,
        1 => flags::SYN | flags::ACK,
        8 | 9 => flags::FIN | flags::ACK,
        _ => flags::ACK,
    };
    Transport::Tcp {
        flags,
        sequence: round,
        acknowledgment: round,
        timestamps: false,
    }
}
