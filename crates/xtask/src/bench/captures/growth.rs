//! The same work for longer.

use std::io;

use super::super::random::Random;
use super::frame::{Endpoint, Transport, build};
use super::pcap::PcapWriter;

/// Flows that start in a minute, at full size. A flow lasts [`SECONDS_PER_FLOW`] and is alive for the idle timeout of 120 s
/// longer: 10,000 are alive at a time.
pub(super) const FLOWS_PER_MINUTE: u32 = 4_800;
/// Packets of each flow.
pub(super) const PACKETS_PER_FLOW: u32 = 10;
/// A packet a half second.
const SECONDS_PER_FLOW: u32 = 5;
/// How long the shortest lasts: many times a flow's life, so that the number of flows alive is constant for most of it.
const MINUTES: u32 = 10;
const MICROS_PER_MINUTE: u64 = 60_000_000;

/// Flows of ten UDP packets that start at a constant rate, for `times` times ten minutes.
pub(super) fn generate<W: io::Write>(
    flows_per_minute: u32,
    times: u32,
    writer: &mut PcapWriter<W>,
) -> io::Result<()> {
    let mut random = Random::new(4);
    let mut frame = Vec::new();
    let payload = [0; 100];
    let flows = flows_per_minute * MINUTES * times;
    // How many flows start between two packets of one.
    let gap = (flows_per_minute * SECONDS_PER_FLOW / 60 / PACKETS_PER_FLOW).max(1);
    let ports: Vec<u16> = (0..1024).map(|_| random.between(1024, 65_535)).collect();
    // At each moment a flow starts, and those that started some gaps ago have another packet.
    for moment in 0..flows + gap * (PACKETS_PER_FLOW - 1) {
        let time = u64::from(moment) * MICROS_PER_MINUTE / u64::from(flows_per_minute);
        for packet in 0..PACKETS_PER_FLOW {
            let Some(flow) = moment
                .checked_sub(packet * gap)
                .filter(|flow| *flow < flows)
            else {
                continue;
            };
            let client = Endpoint::client(flow, ports[flow as usize % ports.len()]);
            let server = Endpoint::server(9, 40_000);
            let (from, to) = if packet.is_multiple_of(2) {
                (client, server)
            } else {
                (server, client)
            };
            build(&mut frame, from, to, Transport::Udp, &payload);
            writer.write(time + u64::from(packet), &frame)?;
        }
    }
    Ok(())
}
