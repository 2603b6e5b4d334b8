//! What a capture hands over: a frame and its link type.

use crate::Timestamp;

/// One captured frame, borrowed from its source.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When it was captured.
    pub timestamp: Timestamp,
    /// How its first bytes are to be read.
    pub link_type: LinkType,
    /// Its length on the wire in bytes; more than `data.len()` where the snaplen cut it.
    pub wire_len: u32,
    /// The captured bytes.
    pub data: &'a [u8],
}

/// The kind of header that a frame starts with.
///
/// # Source
///
/// The numbers of <https://www.tcpdump.org/linktypes.html>, as capture files hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: the address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// Ethernet, from the destination address on, without preamble.
    pub const ETHERNET: Self = Self(1);
    /// PPP in one of three framings: bare protocol field, HDLC-like (RFC 1662), Cisco HDLC.
    pub const PPP: Self = Self(9);
    /// PPP in HDLC-like framing (RFC 1662 §3) or Cisco HDLC (RFC 1547 §4.3.1).
    pub const PPP_HDLC: Self = Self(50);
    /// Raw IP, the version in the first four bits.
    pub const RAW: Self = Self(101);
    /// Cisco HDLC.
    pub const C_HDLC: Self = Self(104);
    /// IEEE 802.11 without any header before it.
    pub const IEEE802_11: Self = Self(105);
    /// OpenBSD loopback: the address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// IEEE 802.11 behind a radiotap header.
    pub const IEEE802_11_RADIOTAP: Self = Self(127);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);
}
