//! Names of numbers in headers.

use std::borrow::Cow;

use nfstream_decode::Tunnel;
use nfstream_decode::protocol::{self, TCP, UDP};

/// Between the two ends of a pair.
pub(crate) const TO: &str = " → ";

/// Services by port, over TCP or UDP. (IANA, Service Name and Transport Protocol Port Number Registry, and what is in
/// common use.)
const SERVICES: &[(u16, &str)] = &[
    (20, "FTP data"),
    (21, "FTP"),
    (22, "SSH"),
    (23, "Telnet"),
    (25, "SMTP"),
    (53, "DNS"),
    (67, "DHCP"),
    (68, "DHCP"),
    (69, "TFTP"),
    (80, "HTTP"),
    (88, "Kerberos"),
    (110, "POP3"),
    (111, "RPC"),
    (123, "NTP"),
    (135, "MS-RPC"),
    (137, "NetBIOS"),
    (138, "NetBIOS"),
    (139, "NetBIOS"),
    (143, "IMAP"),
    (161, "SNMP"),
    (162, "SNMP"),
    (179, "BGP"),
    (389, "LDAP"),
    (443, "HTTPS"),
    (445, "SMB"),
    (465, "SMTPS"),
    (500, "IKE"),
    (502, "Modbus"),
    (514, "Syslog"),
    (546, "DHCPv6"),
    (547, "DHCPv6"),
    (554, "RTSP"),
    (587, "SMTP submission"),
    (636, "LDAPS"),
    (853, "DNS over TLS"),
    (993, "IMAPS"),
    (995, "POP3S"),
    (1194, "OpenVPN"),
    (1433, "SQL Server"),
    (1812, "RADIUS"),
    (1813, "RADIUS"),
    (1883, "MQTT"),
    (1900, "SSDP"),
    (2049, "NFS"),
    (2123, "GTP-C"),
    (2152, "GTP-U"),
    (3306, "MySQL"),
    (3389, "RDP"),
    (3478, "STUN"),
    (3702, "WS-Discovery"),
    (4500, "IPsec NAT traversal"),
    (4789, "VXLAN"),
    (5060, "SIP"),
    (5061, "SIP over TLS"),
    (5222, "XMPP"),
    (5353, "mDNS"),
    (5355, "LLMNR"),
    (5432, "PostgreSQL"),
    (5683, "CoAP"),
    (5900, "VNC"),
    (6379, "Redis"),
    (8080, "HTTP"),
    (8443, "HTTPS"),
    (8883, "MQTT over TLS"),
    (9200, "Elasticsearch"),
    (20000, "DNP3"),
    (27017, "MongoDB"),
    (44818, "EtherNet/IP"),
    (47808, "BACnet"),
    (51820, "WireGuard"),
];

/// The name of a protocol that IP carries.
pub(crate) fn protocol(number: u8) -> Cow<'static, str> {
    match protocol::name(number) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("protocol {number}")),
    }
}

/// The service that usually has this port.
pub(crate) fn port(number: u16) -> Option<&'static str> {
    let known = SERVICES.binary_search_by_key(&number, |&(number, _)| number);
    known
        .ok()
        .and_then(|place| SERVICES.get(place))
        .map(|&(_, name)| name)
}

/// What a flow is by its ports, the destination's first, or by its protocol.
pub(crate) fn service(protocol_number: u8, src_port: u16, dst_port: u16) -> Cow<'static, str> {
    let other = match protocol_number {
        TCP => "other TCP",
        UDP => "other UDP",
        _ => return protocol(protocol_number),
    };
    Cow::Borrowed(port(dst_port).or_else(|| port(src_port)).unwrap_or(other))
}

/// NFStream's names of tunnels by their numbers.
pub(crate) fn tunnel(id: u8) -> Cow<'static, str> {
    match Tunnel::from_id(id) {
        Some(Tunnel::None) => "none".into(),
        Some(Tunnel::Gtp) => "GTP-U".into(),
        Some(Tunnel::Capwap) => "CAPWAP".into(),
        Some(Tunnel::Tzsp) => "TZSP".into(),
        _ => format!("tunnel {id}").into(),
    }
}

/// Why flows ended, by NFStream's numbers.
pub(crate) fn end(expiration_id: i8) -> Cow<'static, str> {
    match expiration_id {
        0 => "idle timeout or end of input".into(),
        1 => "active timeout".into(),
        -1 => "ended by a plugin".into(),
        2 => "flow table full".into(),
        _ => format!("reason {expiration_id}").into(),
    }
}

#[cfg(test)]
mod tests {
    use nfstream_flow::FlowEnd;

    use super::*;

    #[test]
    fn services_are_sorted() {
        assert!(SERVICES.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn each_end_of_a_flow_has_a_reason() {
        for known in FlowEnd::ALL {
            let reason = end(known.expiration_id());
            assert!(!reason.starts_with("reason"), "{known:?}: {reason}");
        }
        assert_eq!(end(3), "reason 3");
    }

    #[test]
    fn tunnels_have_their_numbers() {
        assert_eq!(tunnel(Tunnel::Tzsp.id()), "TZSP");
        assert_eq!(tunnel(4), "tunnel 4");
    }

    #[test]
    fn services_are_named_by_either_port() {
        assert_eq!(service(TCP, 40_000, 443), "HTTPS");
        assert_eq!(service(UDP, 53, 40_000), "DNS");
        assert_eq!(service(TCP, 22, 80), "HTTP");
        assert_eq!(service(UDP, 40_000, 40_001), "other UDP");
        assert_eq!(service(protocol::ICMP, 0, 0), "ICMP");
        assert_eq!(service(200, 0, 0), "protocol 200");
    }
}
