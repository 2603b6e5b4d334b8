//! Numbers of the protocols that IP carries.
//!
//! What [`Packet::protocol`](crate::Packet::protocol) tells.
//!
//! # Examples
//!
//! ```
//! use nfstream_decode::protocol;
//!
//! assert_eq!(protocol::name(protocol::SCTP), Some("SCTP"));
//! assert_eq!(protocol::name(253), None);
//! ```
//!
//! # Source
//!
//! IANA, *Assigned Internet Protocol Numbers*.

/// Internet Control Message Protocol.
pub const ICMP: u8 = 1;
/// IPv4 inside IP.
pub const IPV4: u8 = 4;
/// Transmission Control Protocol.
pub const TCP: u8 = 6;
/// User Datagram Protocol.
pub const UDP: u8 = 17;
/// IPv6 inside IP.
pub const IPV6: u8 = 41;
/// Resource Reservation Protocol.
pub const RSVP: u8 = 46;
/// Internet Control Message Protocol for IPv6.
pub const ICMPV6: u8 = 58;
/// Stream Control Transmission Protocol.
pub const SCTP: u8 = 132;

/// The usual name of a protocol that one meets, of eight characters at most. `None`: of any other.
pub const fn name(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "HOPOPT",
        ICMP => "ICMP",
        2 => "IGMP",
        IPV4 => "IPv4",
        TCP => "TCP",
        UDP => "UDP",
        33 => "DCCP",
        IPV6 => "IPv6",
        RSVP => "RSVP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        ICMPV6 => "ICMPv6",
        88 => "EIGRP",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        115 => "L2TP",
        SCTP => "SCTP",
        136 => "UDP-Lite",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_each_has_one_number() {
        let names = || (0..=u8::MAX).filter_map(name);
        assert_eq!(names().count(), 20);
        for known in names() {
            assert!(known.len() <= 8, "{known}");
            assert_eq!(names().filter(|name| *name == known).count(), 1, "{known}");
        }
    }
}
