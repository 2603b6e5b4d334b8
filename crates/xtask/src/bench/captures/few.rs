//! A few large downloads.

use std::io;

use super::super::random::Random;
use super::frame::{Endpoint, Transport, build, flags};
use super::pcap::PcapWriter;

/// Pairs of a packet with data and its acknowledgment at full size.
pub(super) const PAIRS: u32 = 2_500_000;
/// Downloads.
pub(super) const FLOWS: u32 = 100;
/// Payload of a packet with data: frames of 1514 bytes, since the headers take 66.
const PAYLOAD_LEN: u32 = 1448;
/// How long it takes, in microseconds.
const DURATION: u64 = 60_000_000;

/// Pairs of the downloads in any order. The connections are open when the capture starts, and stay so.
pub(super) fn generate<W: io::Write>(pairs: u32, writer: &mut PcapWriter<W>) -> io::Result<()> {
    let mut random = Random::new(3);
    let payload: Vec<u8> = (0..PAYLOAD_LEN)
        .map(|_| random.next().to_le_bytes()[0])
        .collect();
    let mut frame = Vec::new();
    let mut sequences = vec![0_u32; FLOWS as usize];
    for pair in 0..pairs {
        // Each has its turn first, so that there are all of them at any scale.
        let flow = if pair < FLOWS {
            pair
        } else {
            random.below(FLOWS)
        };
        let client = Endpoint::client(flow, 50_000);
        let server = Endpoint::server(7, 443);
        let sequence = &mut sequences[flow as usize];
        let tcp = |sequence, acknowledgment| Transport::Tcp {
            flags: flags::ACK,
            sequence,
            acknowledgment,
            timestamps: true,
        };
        let time = u64::from(pair) * DURATION / u64::from(pairs);
        build(&mut frame, server, client, tcp(*sequence, 1), &payload);
        writer.write(time, &frame)?;
        *sequence = sequence.wrapping_add(PAYLOAD_LEN);
        build(&mut frame, client, server, tcp(1, *sequence), &[]);
        writer.write(time + 1, &frame)?;
    }
    Ok(())
}
