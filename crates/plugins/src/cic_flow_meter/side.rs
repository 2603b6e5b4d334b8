//! What is kept of one direction.

use nfstream_decode::{Packet, TcpFlags, Timestamp};
use nfstream_flow::features::Extent;

use super::bulk::Bulks;
use crate::periods::Durations;

/// What is kept of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    pub(super) packets: u64,
    /// Of the payload.
    pub(super) bytes: u64,
    pub(super) lengths: Extent,
    pub(super) inter_arrival: Durations,
    /// Of the transport headers.
    pub(super) header_bytes: u64,
    pub(super) min_header_len: Option<u32>,
    pub(super) with_payload: u64,
    pub(super) psh: u64,
    pub(super) urg: u64,
    /// The window of the first SYN.
    pub(super) initial_window: Option<u16>,
    pub(super) bulks: Bulks,
    last_seen: Timestamp,
}

impl Side {
    pub(super) fn add(&mut self, packet: &Packet<'_>) {
        let now = packet.timestamp();
        if self.packets > 0 {
            self.inter_arrival.add(self.last_seen, now);
        }
        self.last_seen = now;
        self.packets += 1;

        let length = packet.payload_size();
        self.bytes += u64::from(length);
        self.lengths.add(length.into());
        self.with_payload += u64::from(length > 0);

        let header_len = packet.transport_size().saturating_sub(length);
        self.header_bytes += u64::from(header_len);
        let min = self.min_header_len.unwrap_or(header_len);
        self.min_header_len = Some(min.min(header_len));

        let flags = packet.tcp_flags();
        self.psh += u64::from(flags.contains(TcpFlags::PSH));
        self.urg += u64::from(flags.contains(TcpFlags::URG));
        if self.initial_window.is_none() && flags.contains(TcpFlags::SYN) {
            self.initial_window = packet.tcp().map(|header| header.window);
        }
    }
}
