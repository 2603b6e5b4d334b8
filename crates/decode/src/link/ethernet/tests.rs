use crate::samples::*;
use crate::{Layer, LinkType, MacAddress, Reason};

/// 802.1Q tag (IEEE 802.1Q §9.6): type, then priority 3 bits, drop eligible 1 bit, identifier 12 bits.
static TAG_2748: &[u8] = &[0x81, 0x00, 0x7a, 0xbc];
/// 802.1ad service tag with identifier 100.
static SERVICE_TAG_100: &[u8] = &[0x88, 0xa8, 0x00, 0x64];
/// The service tags of equipment older than 802.1ad, with identifiers 200 and 201.
static OLD_SERVICE_TAG_200: &[u8] = &[0x91, 0x00, 0x00, 0xc8];
static OLD_SERVICE_TAG_201: &[u8] = &[0x92, 0x00, 0x00, 0xc9];
/// Priority tag: identifier 0.
static PRIORITY_TAG: &[u8] = &[0x81, 0x00, 0xe0, 0x00];

static TYPE_ARP: &[u8] = &[0x08, 0x06];
static TYPE_MPLS: &[u8] = &[0x88, 0x47];
static TYPE_MPLS_MULTICAST: &[u8] = &[0x88, 0x48];
static TYPE_PPPOE_DISCOVERY: &[u8] = &[0x88, 0x63];
static TYPE_PPPOE_SESSION: &[u8] = &[0x88, 0x64];

/// MPLS label stack entries (RFC 3032 §2.1): label 20 bits, traffic class 3, bottom of stack 1, time to live 8.
static LABEL_16: &[u8] = &[0x00, 0x01, 0x00, 64];
static LABEL_17: &[u8] = &[0x00, 0x01, 0x10, 64];
static LABEL_18_BOTTOM: &[u8] = &[0x00, 0x01, 0x21, 64];

/// PPPoE session header (RFC 2516 §4) before IPv4: version and type 1, code 0, session 7, length 2 + 32.
static PPPOE_IPV4: &[u8] = &[0x11, 0x00, 0x00, 0x07, 0, 34, 0x00, 0x21];
/// The same before IPv6, length 2 + 50.
static PPPOE_IPV6: &[u8] = &[0x11, 0x00, 0x00, 0x07, 0, 52, 0x00, 0x57];
/// The same before LCP: echo request 1, identifier 1, length 8, magic number.
static PPPOE_LCP: &[u8] = &[
    0x11, 0x00, 0x00, 0x07, 0, 10, 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4,
];

/// LLC and SNAP with the OUI of 802.1H before IPv4.
static LLC_SNAP_8021H_IPV4: &[u8] = &[0xaa, 0xaa, 0x03, 0x00, 0x00, 0xf8, 0x08, 0x00];
/// LLC and SNAP with Cisco's OUI, before CDP.
static LLC_SNAP_CDP: &[u8] = &[0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00];
/// LLC of the service access point of IP (RFC 1010), which goes without SNAP.
static LLC_IP: &[u8] = &[0x06, 0x06, 0x03];
/// LLC before a spanning tree message: DSAP, SSAP, control, protocol identifier, version, type.
static LLC_SPANNING_TREE: &[u8] = &[0x42, 0x42, 0x03, 0, 0, 0, 0];
/// An 802.3 length of LLC, SNAP and [`IPV4_UDP`].
static LENGTH_40: &[u8] = &[0, 40];

#[test]
fn ethernet_ii_carries_ipv4() {
    let packet = decode(LinkType::ETHERNET, &[MACS, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.dst_mac(), MacAddress([0x02, 0, 0, 0, 0, 0xd1]));
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 0x51]));
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.vlan_id(), 0);
    assert_eq!(packet.raw_size(), 46);
    assert_eq!(packet.ip_size(), 32);
    assert_eq!(packet.ip_packet(), IPV4_UDP);
}

#[test]
fn ethernet_ii_carries_ipv6() {
    let parts: &[&[u8]] = &[MACS, TYPE_IPV6, IPV6_UDP];
    assert_eq!(ports(LinkType::ETHERNET, parts), Ok(IPV6_PORTS));
}

#[test]
fn the_version_field_decides_over_the_ethernet_type() {
    let v6_as_v4: &[&[u8]] = &[MACS, TYPE_IPV4, IPV6_UDP];
    let v4_as_v6: &[&[u8]] = &[MACS, TYPE_IPV6, IPV4_UDP];
    assert_eq!(ports(LinkType::ETHERNET, v6_as_v4), Ok(IPV6_PORTS));
    assert_eq!(ports(LinkType::ETHERNET, v4_as_v6), Ok(IPV4_PORTS));
}

#[test]
fn padding_belongs_to_the_ip_packet_but_not_to_the_payload() {
    let packet = decode(LinkType::ETHERNET, &[MACS, TYPE_IPV4, IPV4_UDP, &[0; 14]]).unwrap();
    assert_eq!(packet.raw_size(), 60);
    assert_eq!(packet.ip_size(), 32);
    assert_eq!(packet.ip_packet().len(), 46);
    assert_eq!(packet.payload(), [1, 2, 3, 4]);
}

#[test]
fn arp_is_not_ip() {
    let parts: &[&[u8]] = &[MACS, TYPE_ARP, &[0; 28]];
    let expected = ignored(Layer::Ethernet, Reason::NotIp);
    assert_eq!(ports(LinkType::ETHERNET, parts), expected);
    let parts: &[&[u8]] = &[MACS, TAG_2748, TYPE_ARP, &[0; 28]];
    let expected = ignored(Layer::Vlan, Reason::NotIp);
    assert_eq!(ports(LinkType::ETHERNET, parts), expected);
}

#[test]
fn an_ethernet_header_is_fourteen_bytes() {
    let truncated = ignored(Layer::Ethernet, Reason::Truncated);
    assert_eq!(ports(LinkType::ETHERNET, &[]), truncated);
    assert_eq!(ports(LinkType::ETHERNET, &[MACS, &[0x08]]), truncated);
    let truncated = ignored(Layer::Network, Reason::Truncated);
    assert_eq!(ports(LinkType::ETHERNET, &[MACS, TYPE_IPV4]), truncated);
}

#[test]
fn a_vlan_identifier_is_twelve_bits() {
    let packet = decode(LinkType::ETHERNET, &[MACS, TAG_2748, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.vlan_id(), 0xabc);
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.raw_size(), 50);
}

#[test]
fn the_innermost_of_stacked_tags_counts() {
    let vlan = |tags: &[&[u8]]| {
        let frame = [&[MACS], tags, &[TYPE_IPV6, IPV6_UDP]].concat();
        decode(LinkType::ETHERNET, &frame).map(|packet| packet.vlan_id())
    };
    assert_eq!(vlan(&[SERVICE_TAG_100]), Ok(100));
    assert_eq!(vlan(&[OLD_SERVICE_TAG_200]), Ok(200));
    assert_eq!(vlan(&[OLD_SERVICE_TAG_201]), Ok(201));
    assert_eq!(vlan(&[SERVICE_TAG_100, TAG_2748]), Ok(0xabc));
    assert_eq!(vlan(&[OLD_SERVICE_TAG_200, TAG_2748]), Ok(0xabc));
    assert_eq!(vlan(&[TAG_2748, SERVICE_TAG_100]), Ok(100));
    assert_eq!(vlan(&[TAG_2748, TAG_2748, OLD_SERVICE_TAG_200]), Ok(200));
    assert_eq!(vlan(&[TAG_2748, PRIORITY_TAG]), Ok(0));
}

#[test]
fn a_tag_is_four_bytes() {
    let truncated = ignored(Layer::Vlan, Reason::Truncated);
    let parts: &[&[u8]] = &[MACS, TAG_2748];
    assert_eq!(ports(LinkType::ETHERNET, parts), truncated);
    let parts: &[&[u8]] = &[MACS, TAG_2748, &[0x08]];
    assert_eq!(ports(LinkType::ETHERNET, parts), truncated);
}

#[test]
fn a_length_comes_before_llc() {
    let with = |llc: &[u8]| ports(LinkType::ETHERNET, &[MACS, LENGTH_40, llc, IPV4_UDP]);
    assert_eq!(with(LLC_SNAP_IPV4), Ok(IPV4_PORTS));
    assert_eq!(with(LLC_SNAP_8021H_IPV4), Ok(IPV4_PORTS));
    assert_eq!(with(LLC_IP), Ok(IPV4_PORTS));
    let not_ip = ignored(Layer::Llc, Reason::NotIp);
    assert_eq!(with(LLC_SNAP_CDP), not_ip);
    assert_eq!(with(LLC_SPANNING_TREE), not_ip);
    assert_eq!(with(&[0xff, 0xff]), not_ip, "raw IPX of Novell");
}

#[test]
fn types_start_at_1536() {
    let at = |kind: [u8; 2]| ports(LinkType::ETHERNET, &[MACS, &kind, LLC_SNAP_IPV4, IPV4_UDP]);
    assert_eq!(at([0x05, 0xdc]), Ok(IPV4_PORTS), "length 1500");
    assert_eq!(at([0, 0]), ignored(Layer::Ethernet, Reason::NotIp), "none");
    assert_eq!(at([0x06, 0x00]), ignored(Layer::Ethernet, Reason::NotIp));
}

#[test]
fn llc_and_snap_are_eight_bytes() {
    let truncated = ignored(Layer::Llc, Reason::Truncated);
    for len in 0..LLC_SNAP_IPV4.len() {
        let parts: &[&[u8]] = &[MACS, LENGTH_40, &LLC_SNAP_IPV4[..len]];
        assert_eq!(ports(LinkType::ETHERNET, parts), truncated, "{len} bytes");
    }
}

#[test]
fn a_tag_may_come_before_llc() {
    let packet = decode(
        LinkType::ETHERNET,
        &[MACS, TAG_2748, LENGTH_40, LLC_SNAP_IPV4, IPV4_UDP],
    );
    let packet = packet.unwrap();
    assert_eq!(packet.vlan_id(), 0xabc);
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
}

#[test]
fn a_tag_may_come_behind_snap() {
    let snap = &LLC_SNAP_IPV4[..6];
    let packet = decode(
        LinkType::ETHERNET,
        &[MACS, LENGTH_40, snap, TAG_2748, TYPE_IPV4, IPV4_UDP],
    );
    assert_eq!(packet.unwrap().vlan_id(), 0xabc);
}

#[test]
fn mpls_carries_what_the_first_nibble_says() {
    let below = |labels: &[&[u8]], inner: &[u8]| {
        let frame = [&[MACS, TYPE_MPLS], labels, &[inner]].concat();
        ports(LinkType::ETHERNET, &frame)
    };
    let three = &[LABEL_16, LABEL_17, LABEL_18_BOTTOM];
    assert_eq!(below(&[LABEL_18_BOTTOM], IPV4_UDP), Ok(IPV4_PORTS));
    assert_eq!(below(&[LABEL_18_BOTTOM], IPV6_UDP), Ok(IPV6_PORTS));
    assert_eq!(below(three, IPV4_UDP), Ok(IPV4_PORTS));
    assert_eq!(below(three, IPV6_UDP), Ok(IPV6_PORTS));

    // The control word of a pseudowire (RFC 4385 §3) starts with a nibble of zero.
    let control_word = [0, 0, 0, 1];
    let not_ip = ignored(Layer::Mpls, Reason::NotIp);
    assert_eq!(below(&[LABEL_18_BOTTOM], &control_word), not_ip);
}

#[test]
fn mpls_has_a_type_for_multicast() {
    let parts: &[&[u8]] = &[MACS, TYPE_MPLS_MULTICAST, LABEL_18_BOTTOM, IPV4_UDP];
    assert_eq!(ports(LinkType::ETHERNET, parts), Ok(IPV4_PORTS));
}

#[test]
fn mpls_may_come_behind_a_tag() {
    let packet = decode(
        LinkType::ETHERNET,
        &[MACS, TAG_2748, TYPE_MPLS, LABEL_18_BOTTOM, IPV4_UDP],
    );
    assert_eq!(packet.unwrap().vlan_id(), 0xabc);
}

#[test]
fn a_label_stack_ends_at_its_bottom() {
    let truncated = ignored(Layer::Mpls, Reason::Truncated);
    let parts: &[&[u8]] = &[MACS, TYPE_MPLS, LABEL_16];
    assert_eq!(ports(LinkType::ETHERNET, parts), truncated);
    let parts: &[&[u8]] = &[MACS, TYPE_MPLS, LABEL_16, &LABEL_18_BOTTOM[..3]];
    assert_eq!(ports(LinkType::ETHERNET, parts), truncated);
}

#[test]
fn pppoe_sessions_carry_ip() {
    let session = |parts: [&[u8]; 2]| {
        let [header, inner] = parts;
        ports(
            LinkType::ETHERNET,
            &[MACS, TYPE_PPPOE_SESSION, header, inner],
        )
    };
    assert_eq!(session([PPPOE_IPV4, IPV4_UDP]), Ok(IPV4_PORTS));
    assert_eq!(session([PPPOE_IPV6, IPV6_UDP]), Ok(IPV6_PORTS));
    assert_eq!(
        session([PPPOE_LCP, &[]]),
        ignored(Layer::Ppp, Reason::NotIp)
    );
    // Code 0xa7: the session was terminated (PADT).
    let mut terminated = PPPOE_IPV4.to_vec();
    terminated[1] = 0xa7;
    let not_ip = ignored(Layer::Pppoe, Reason::NotIp);
    assert_eq!(session([&terminated, IPV4_UDP]), not_ip);
    let truncated = ignored(Layer::Pppoe, Reason::Truncated);
    assert_eq!(session([&PPPOE_IPV4[..5], &[]]), truncated);
}

#[test]
fn pppoe_discovery_is_not_ip() {
    // PADI: code 9, session 0, length 4, an empty Service-Name tag.
    let padi = [0x11, 0x09, 0, 0, 0, 4, 0x01, 0x01, 0, 0];
    let parts: &[&[u8]] = &[MACS, TYPE_PPPOE_DISCOVERY, &padi];
    assert_eq!(
        ports(LinkType::ETHERNET, parts),
        ignored(Layer::Ethernet, Reason::NotIp)
    );
}
