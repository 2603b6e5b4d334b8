//! What a flow meter needs of a packet.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::ops::BitOr;
use core::time::Duration;

use crate::{TcpHeader, Timestamp, protocol};

/// One packet, decoded: borrowed from its frame, `Copy`, no heap. NFStream calls it `NFPacket`.
///
/// Addresses, ports, sizes and flags are those of the *innermost* IP packet that was found; only
/// [`raw_size`](Self::raw_size) is that of the whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    fields: PacketFields<'a>,
    direction: Direction,
    since_previous_nanos: u64,
}

/// The fields of a [`Packet`], for those who make packets themselves instead of decoding them. Fields may be added: fill
/// up with `..PacketFields::default()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketFields<'a> {
    /// See [`Packet::timestamp`].
    pub timestamp: Timestamp,
    /// See [`Packet::src_ip`].
    pub src_ip: IpAddr,
    /// See [`Packet::dst_ip`].
    pub dst_ip: IpAddr,
    /// See [`Packet::src_port`].
    pub src_port: u16,
    /// See [`Packet::dst_port`].
    pub dst_port: u16,
    /// See [`Packet::protocol`].
    pub protocol: u8,
    /// See [`Packet::tcp_flags`].
    pub tcp_flags: TcpFlags,
    /// See [`Packet::vlan_id`].
    pub vlan_id: u16,
    /// See [`Packet::tunnel`].
    pub tunnel: Tunnel,
    /// See [`Packet::src_mac`].
    pub src_mac: MacAddress,
    /// See [`Packet::dst_mac`].
    pub dst_mac: MacAddress,
    /// See [`Packet::raw_size`].
    pub raw_size: u32,
    /// See [`Packet::ip_size`].
    pub ip_size: u32,
    /// See [`Packet::transport_size`].
    pub transport_size: u32,
    /// See [`Packet::payload_size`].
    pub payload_size: u32,
    /// See [`Packet::ip_packet`].
    pub ip_packet: &'a [u8],
    /// See [`Packet::transport`].
    pub transport: &'a [u8],
}

impl Default for PacketFields<'_> {
    fn default() -> Self {
        Self {
            timestamp: Timestamp::EPOCH,
            src_ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            dst_ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            src_port: 0,
            dst_port: 0,
            protocol: 0,
            tcp_flags: TcpFlags::default(),
            vlan_id: 0,
            tunnel: Tunnel::None,
            src_mac: MacAddress::default(),
            dst_mac: MacAddress::default(),
            raw_size: 0,
            ip_size: 0,
            transport_size: 0,
            payload_size: 0,
            ip_packet: &[],
            transport: &[],
        }
    }
}

impl<'a> From<PacketFields<'a>> for Packet<'a> {
    fn from(fields: PacketFields<'a>) -> Self {
        Self {
            fields,
            direction: Direction::Src2Dst,
            since_previous_nanos: 0,
        }
    }
}

impl<'a> Packet<'a> {
    /// Places the packet inside a flow: its time by the flow table's clock, its direction, and the time of the flow's
    /// previous packet. The flow table calls it before it shows the packet to a plugin.
    #[inline]
    pub fn place_in_flow(&mut self, time: Timestamp, direction: Direction, previous: Timestamp) {
        self.fields.timestamp = time;
        self.direction = direction;
        self.since_previous_nanos = time.nanos_since(previous);
    }

    /// When it was captured. Inside a flow: never before any packet that came earlier. (NFStream: `time`.)
    pub fn timestamp(&self) -> Timestamp {
        self.fields.timestamp
    }

    /// Which way it goes inside its flow; [`Direction::Src2Dst`] outside of one. (NFStream: `direction`.)
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// Time since the previous packet of its flow, in either direction; zero for the first.
    ///
    /// NFStream's `delta_time` is the difference of two truncated times instead: to get it, keep the time of the last
    /// packet, and subtract what [`Timestamp::as_millis`] makes of both.
    pub fn since_previous(&self) -> Duration {
        Duration::from_nanos(self.since_previous_nanos)
    }

    /// Sender. (NFStream: `src_ip`.)
    pub fn src_ip(&self) -> IpAddr {
        self.fields.src_ip
    }

    /// Receiver. (NFStream: `dst_ip`.)
    pub fn dst_ip(&self) -> IpAddr {
        self.fields.dst_ip
    }

    /// Sender's TCP or UDP port; 0 for other protocols. (NFStream: `src_port`.)
    pub fn src_port(&self) -> u16 {
        self.fields.src_port
    }

    /// Receiver's TCP or UDP port; 0 for other protocols. (NFStream: `dst_port`.)
    pub fn dst_port(&self) -> u16 {
        self.fields.dst_port
    }

    /// Protocol number of what IP carries; for IPv6 the one behind the extension headers. (NFStream: `protocol`.)
    ///
    /// # Source
    ///
    /// IANA, Assigned Internet Protocol Numbers.
    pub fn protocol(&self) -> u8 {
        self.fields.protocol
    }

    /// 4 or 6. (NFStream: `ip_version`.)
    pub fn ip_version(&self) -> u8 {
        match self.fields.src_ip {
            IpAddr::V4(_) => 4,
            IpAddr::V6(_) => 6,
        }
    }

    /// TCP flags; none set for other protocols. (NFStream: `syn`, `ack`, …)
    pub fn tcp_flags(&self) -> TcpFlags {
        self.fields.tcp_flags
    }

    /// VLAN identifier of the innermost 802.1Q or 802.1ad tag; 0 without tag. (NFStream: `vlan_id`.)
    pub fn vlan_id(&self) -> u16 {
        self.fields.vlan_id
    }

    /// The tunnel that the packet was found in. (NFStream: `tunnel_id`.)
    pub fn tunnel(&self) -> Tunnel {
        self.fields.tunnel
    }

    /// Sender's hardware address; all zero where the link has none. (NFStream: `src_mac`.)
    pub fn src_mac(&self) -> MacAddress {
        self.fields.src_mac
    }

    /// Receiver's hardware address; all zero where the link has none. (NFStream: `dst_mac`.)
    pub fn dst_mac(&self) -> MacAddress {
        self.fields.dst_mac
    }

    /// Length of the whole frame on the wire in bytes, with all outer headers. (NFStream: `raw_size`.)
    pub fn raw_size(&self) -> u32 {
        self.fields.raw_size
    }

    /// Length of the IP packet in bytes, as its header says; as the frame says where segmentation offload left the header's
    /// length at 0. (NFStream: `ip_size`.)
    pub fn ip_size(&self) -> u32 {
        self.fields.ip_size
    }

    /// Length of transport header and payload in bytes for TCP, UDP, ICMP and ICMPv6; 0 for other protocols, and where the
    /// TCP or UDP header does not fit into the IP packet. (NFStream: `transport_size`.)
    pub fn transport_size(&self) -> u32 {
        self.fields.transport_size
    }

    /// Length of the transport payload in bytes; 0 where [`transport_size`](Self::transport_size) is 0.
    /// (NFStream: `payload_size`.)
    pub fn payload_size(&self) -> u32 {
        self.fields.payload_size
    }

    /// The size that an accounting mode counts, in bytes.
    #[inline]
    pub fn size(&self, mode: AccountingMode) -> u32 {
        match mode {
            AccountingMode::Raw => self.fields.raw_size,
            AccountingMode::Ip => self.fields.ip_size,
            AccountingMode::Transport => self.fields.transport_size,
            AccountingMode::Payload => self.fields.payload_size,
        }
    }

    /// What was captured from the innermost IP header on, padding of the link included. (NFStream: `ip_packet`.)
    pub fn ip_packet(&self) -> &'a [u8] {
        self.fields.ip_packet
    }

    /// What was captured of what the innermost IP packet carries, from the transport header on; padding of the link is not
    /// in it.
    pub fn transport(&self) -> &'a [u8] {
        self.fields.transport
    }

    /// What the TCP header tells beside ports and flags. `None`: it is no TCP packet, or the header was not captured whole.
    pub fn tcp(&self) -> Option<TcpHeader<'a>> {
        let is_tcp = self.fields.protocol == protocol::TCP && self.fields.transport_size > 0;
        TcpHeader::read(self.fields.transport).filter(|_| is_tcp)
    }

    /// What was captured of the transport payload; shorter than [`payload_size`](Self::payload_size) where the snaplen
    /// cut it, empty for protocols without [`transport_size`](Self::transport_size).
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        let (size, payload_size) = (self.fields.transport_size, self.fields.payload_size);
        if size == 0 {
            return &[];
        }
        let header_len = size.saturating_sub(payload_size) as usize;
        self.fields.transport.get(header_len..).unwrap_or_default()
    }
}

/// Which way a packet goes inside its flow.
///
/// The first packet of a flow decides: its sender is the flow's source. RFC 5103 calls the two the forward and the
/// reverse direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the flow's source to its destination. (NFStream: 0.)
    #[default]
    Src2Dst,
    /// From the flow's destination to its source. (NFStream: 1.)
    Dst2Src,
}

/// Which of a packet's sizes the byte columns count.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AccountingMode {
    /// The whole frame on the wire. (NFStream: 0.)
    #[default]
    Raw,
    /// The IP packet. (NFStream: 1.)
    Ip,
    /// Transport header and payload. (NFStream: 2.)
    Transport,
    /// The transport payload. (NFStream: 3.)
    Payload,
}

impl AccountingMode {
    /// The mode that NFStream gives this number, 0 to 3.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Raw),
            1 => Some(Self::Ip),
            2 => Some(Self::Transport),
            3 => Some(Self::Payload),
            _ => None,
        }
    }
}

/// The tunnel that a packet was found in: the innermost one, where several are nested.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tunnel {
    /// None. (NFStream: 0.)
    #[default]
    None,
    /// GTP-U, 3GPP TS 29.281. (NFStream: 1.)
    Gtp,
    /// CAPWAP data channel, RFC 5415. (NFStream: 2.)
    Capwap,
    /// TZSP, the TaZmen Sniffer Protocol. (NFStream: 3.)
    Tzsp,
}

impl Tunnel {
    /// NFStream's `tunnel_id`.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The tunnel with this `tunnel_id`.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            0 => Some(Self::None),
            1 => Some(Self::Gtp),
            2 => Some(Self::Capwap),
            3 => Some(Self::Tzsp),
            _ => None,
        }
    }
}

/// TCP's control bits.
///
/// # Source
///
/// RFC 9293 §3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags(u8);

impl TcpFlags {
    /// Congestion window reduced.
    pub const CWR: Self = Self(0x80);
    /// ECN echo.
    pub const ECE: Self = Self(0x40);
    /// Urgent pointer.
    pub const URG: Self = Self(0x20);
    /// Acknowledgment.
    pub const ACK: Self = Self(0x10);
    /// Push.
    pub const PSH: Self = Self(0x08);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Synchronise sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);

    /// From the octet at offset 13 of the TCP header.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The octet at offset 13 of the TCP header.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `flags` are set.
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

/// All flags that either has.
impl BitOr for TcpFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A hardware address of 48 bits; printed as lower-case hexadecimal with colons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// Its text: lower-case hexadecimal with colons, `0a:1b:2c:3d:4e:5f`.
    #[allow(
        clippy::indexing_slicing,
        reason = "a loop over arrays of fixed size, checked when it is compiled"
    )]
    pub const fn text(self) -> MacText {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let mut bytes = [b':'; 17];
        let mut index = 0;
        while index < 6 {
            let byte = self.0[index];
            bytes[3 * index] = DIGITS[(byte >> 4) as usize];
            bytes[3 * index + 1] = DIGITS[(byte & 0x0f) as usize];
            index += 1;
        }
        MacText(bytes)
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

/// The text of a [`MacAddress`], without heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacText([u8; 17]);

impl MacText {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The organisationally unique identifier: the first three bytes, `0a:1b:2c`.
    pub fn oui(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
