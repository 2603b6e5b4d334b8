//! A model of NFStream 6.6.0, written from what was observed of it, mistakes included: its decoder, its clock and its
//! flow table, as far as they decide which packets a flow has.
//!
//! It answers for one packet what NFStream's `NFPacket` holds, so that a flow of ours that differs from NFStream's can be
//! traced to the packets that the two see differently. Nothing here is meant to be good: it is meant to be the same.
//! `Qn` in a comment is the number of the mistake in the list of known differences.

mod flow;
mod link;
mod tunnel;
mod walk;

use std::net::IpAddr;
use std::ops::Range;

use nfstream_decode::Frame;

pub(crate) use flow::{Flow, Meter, Metered};

use walk::{Step, Walk};

/// More headers than a frame can hold. Only a frame of 64 KiB and more, whose offsets wrap, gets there.
const STEPS: usize = 1 << 16;

/// A packet as NFStream's plugins see it, before the clock and the flow have changed it.
///
/// The time is the packet's own, not yet raised to the latest time seen, and the addresses are the packet's, where
/// NFStream shows those of the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelPacket {
    pub(crate) time_ms: u64,
    pub(crate) raw_size: u16,
    pub(crate) ip_size: u16,
    pub(crate) transport_size: u16,
    pub(crate) payload_size: u16,
    pub(crate) src_ip: IpAddr,
    pub(crate) src_mac: [u8; 6],
    pub(crate) dst_ip: IpAddr,
    pub(crate) dst_mac: [u8; 6],
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) protocol: u8,
    pub(crate) vlan_id: u16,
    pub(crate) ip_version: u8,
    pub(crate) flags: TcpFlags,
    pub(crate) tunnel_id: u8,
    /// Where in the frame NFStream's `ip_packet` lies, trailing padding included.
    pub(crate) ip_packet: Range<usize>,
    /// Q10: bytes behind the captured ones were read, and taken as zero here. What they decide can be anything in
    /// NFStream: ports, flags and `payload_size`, or (TZSP) where the inner packet lies.
    pub(crate) reads_past_capture: bool,
}

impl ModelPacket {
    /// The size that NFStream counts in an accounting mode.
    pub(crate) fn size(&self, accounting_mode: u8) -> u16 {
        match accounting_mode {
            0 => self.raw_size,
            1 => self.ip_size,
            2 => self.transport_size,
            _ => self.payload_size,
        }
    }
}

/// The flags of a TCP header, as its 14th byte holds them; none for anything but TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TcpFlags(u8);

impl TcpFlags {
    /// The flags in the order of NFStream's columns: name and mask.
    pub(crate) const COLUMNS: [(&'static str, u8); 8] = [
        ("syn", 0x02),
        ("cwr", 0x80),
        ("ece", 0x40),
        ("urg", 0x20),
        ("ack", 0x10),
        ("psh", 0x08),
        ("rst", 0x04),
        ("fin", 0x01),
    ];

    /// Whether a flag of [`Self::COLUMNS`] is set.
    pub(crate) fn has(self, mask: u8) -> bool {
        self.0 & mask != 0
    }
}

/// What NFStream makes of a frame; `None` where it ignores it.
///
/// The time is truncated to milliseconds (Q2). What NFStream makes of times after 2038 depends on the file (Q3): that is
/// `libpcap::ReadPacket::time_ms`.
pub(crate) fn decode(frame: &Frame<'_>, decode_tunnels: bool) -> Option<ModelPacket> {
    let mut walk = Walk::new(frame.data, decode_tunnels);
    let mut step = Step::Link;
    for _ in 0..STEPS {
        step = match step {
            Step::Link => walk.link(frame.link_type)?,
            Step::Ip => walk.ip()?,
            Step::Tunnel { udp } => walk.tunnel(udp)?,
            Step::Transport => return walk.transport(frame.timestamp.as_millis(), frame.wire_len),
        };
    }
    None
}

/// An address as the C library writes it. It differs from Rust's in IPv4-compatible addresses.
pub(crate) fn ip_text(ip: IpAddr) -> String {
    match ip {
        IpAddr::V6(v6) => match v6.segments() {
            [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
                let [.., a, b, c, d] = v6.octets();
                format!("::{a}.{b}.{c}.{d}")
            }
            _ => v6.to_string(),
        },
        IpAddr::V4(v4) => v4.to_string(),
    }
}

/// A MAC address as NFStream writes it.
pub(crate) fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// The low 16 bits.
fn low_u16(value: u32) -> u16 {
    (value & 0xFFFF) as u16
}

/// The low 32 bits.
fn low_u32(value: u64) -> u32 {
    (value & 0xFFFF_FFFF) as u32
}
