use crate::samples::*;
use crate::{Layer, LinkType, MacAddress, Reason};

/// Address and control fields of HDLC-like framing (RFC 1662 §3.1): all stations, unnumbered information.
static ALL_STATIONS: &[u8] = &[0xff, 0x03];
/// Protocol fields (RFC 1661 §2).
static IPV4: &[u8] = &[0x00, 0x21];
static IPV6: &[u8] = &[0x00, 0x57];
static LCP: &[u8] = &[0xc0, 0x21];
/// Van Jacobson's compressed TCP.
static COMPRESSED_TCP: &[u8] = &[0x00, 0x2d];
/// MPLS, unicast and multicast (RFC 3032 §4.1).
static MPLS: [&[u8]; 2] = [&[0x02, 0x81], &[0x02, 0x83]];
/// Protocol fields of IPv4 and IPv6 compressed to one byte (RFC 1661 §6.5).
static IPV4_COMPRESSED: &[u8] = &[0x21];
static IPV6_COMPRESSED: &[u8] = &[0x57];

/// Cisco HDLC (RFC 1547 §4.3.1): address unicast or broadcast, control 0; an Ethernet type follows.
static CISCO_UNICAST: &[u8] = &[0x0f, 0x00];
static CISCO_BROADCAST: &[u8] = &[0x8f, 0x00];
/// The type of SLARP, Cisco's keep-alive.
static TYPE_SLARP: &[u8] = &[0x80, 0x35];

#[test]
fn bare_ppp_starts_with_the_protocol() {
    let with = |protocol: &[u8], inner: &[u8]| ports(LinkType::PPP, &[protocol, inner]);
    assert_eq!(with(IPV4, IPV4_UDP), Ok(IPV4_PORTS));
    assert_eq!(with(IPV6, IPV6_UDP), Ok(IPV6_PORTS));
    assert_eq!(with(IPV4_COMPRESSED, IPV4_UDP), Ok(IPV4_PORTS));
    assert_eq!(with(IPV6_COMPRESSED, IPV6_UDP), Ok(IPV6_PORTS));
    let not_ip = ignored(Layer::Ppp, Reason::NotIp);
    assert_eq!(with(LCP, &[1, 1, 0, 4]), not_ip);
    assert_eq!(with(COMPRESSED_TCP, &[0x40; 40]), not_ip);
}

#[test]
fn ppp_carries_mpls() {
    // Label 16, bottom of stack, time to live 64.
    let label = [0x00, 0x01, 0x01, 64];
    for protocol in MPLS {
        let parts: &[&[u8]] = &[protocol, &label, IPV6_UDP];
        assert_eq!(ports(LinkType::PPP, parts), Ok(IPV6_PORTS));
    }
}

#[test]
fn hdlc_like_framing_comes_before_the_protocol() {
    for link_type in [LinkType::PPP, LinkType::PPP_HDLC] {
        let with =
            |protocol: &[u8], inner: &[u8]| ports(link_type, &[ALL_STATIONS, protocol, inner]);
        assert_eq!(with(IPV4, IPV4_UDP), Ok(IPV4_PORTS));
        assert_eq!(with(IPV6, IPV6_UDP), Ok(IPV6_PORTS));
        assert_eq!(with(IPV4_COMPRESSED, IPV4_UDP), Ok(IPV4_PORTS));
        assert_eq!(with(IPV6_COMPRESSED, IPV6_UDP), Ok(IPV6_PORTS));
        let not_ip = ignored(Layer::Ppp, Reason::NotIp);
        assert_eq!(with(LCP, &[1, 1, 0, 4]), not_ip);
    }
}

#[test]
fn cisco_hdlc_carries_an_ethernet_type() {
    for link_type in [LinkType::PPP, LinkType::PPP_HDLC, LinkType::C_HDLC] {
        for address in [CISCO_UNICAST, CISCO_BROADCAST] {
            let with = |kind: &[u8], inner: &[u8]| ports(link_type, &[address, kind, inner]);
            assert_eq!(with(TYPE_IPV4, IPV4_UDP), Ok(IPV4_PORTS));
            assert_eq!(with(TYPE_IPV6, IPV6_UDP), Ok(IPV6_PORTS));
            let not_ip = ignored(Layer::CiscoHdlc, Reason::NotIp);
            assert_eq!(with(TYPE_SLARP, &[0; 18]), not_ip);
        }
    }
}

#[test]
fn ppp_has_no_hardware_addresses() {
    let packet = decode(LinkType::PPP_HDLC, &[ALL_STATIONS, IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.src_mac(), MacAddress::default());
    assert_eq!(packet.dst_mac(), MacAddress::default());
}

#[test]
fn a_protocol_field_may_be_cut() {
    let truncated = ignored(Layer::Ppp, Reason::Truncated);
    assert_eq!(ports(LinkType::PPP, &[]), truncated);
    assert_eq!(ports(LinkType::PPP, &[&[0x00]]), truncated);
    assert_eq!(ports(LinkType::PPP, &[ALL_STATIONS]), truncated);
    assert_eq!(ports(LinkType::PPP_HDLC, &[ALL_STATIONS, &[0]]), truncated);
    let truncated = ignored(Layer::CiscoHdlc, Reason::Truncated);
    assert_eq!(ports(LinkType::C_HDLC, &[CISCO_UNICAST, &[8]]), truncated);
    assert_eq!(ports(LinkType::PPP_HDLC, &[CISCO_UNICAST]), truncated);
}
