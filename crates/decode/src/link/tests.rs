use crate::samples::*;
use crate::{Layer, LinkType, MacAddress, Reason};

/// Linux cooked capture, version 1 (`LINKTYPE_LINUX_SLL`), without the protocol behind it.
static COOKED: &[u8] = &[
    0, 4, // packet type: sent by us
    0, 1, // ARPHRD_ETHER
    0, 6, // length of the address
    0x02, 0, 0, 0, 0, 0x51, 0, 0, // address, padded to eight bytes
];
/// The same of a tunnel interface: `ARPHRD_NONE`, no address, and what was in memory in its place.
static COOKED_NO_ADDRESS: &[u8] = &[0, 0, 0xff, 0xfe, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9];

/// Linux cooked capture, version 2 (`LINKTYPE_LINUX_SLL2`), behind its protocol.
static COOKED_2: &[u8] = &[
    0, 0, // reserved
    0, 0, 0, 3, // interface index
    0, 1, // ARPHRD_ETHER
    0, // packet type: to us
    6, // length of the address
    0x02, 0, 0, 0, 0, 0x51, 0, 0, // address, padded to eight bytes
];

/// An 802.1Q tag with identifier 5, its type included.
static TAG_5: &[u8] = &[0x81, 0x00, 0x00, 0x05];
/// The protocol of cooked capture that says: 802.2 LLC follows.
static PROTOCOL_LLC: &[u8] = &[0x00, 0x04];
/// The protocol of cooked capture that says: a CAN frame follows.
static PROTOCOL_CAN: &[u8] = &[0x00, 0x0c];

#[test]
fn cooked_v1_carries_ip() {
    let packet = decode(LinkType::LINUX_SLL, &[COOKED, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.raw_size(), 48);

    let parts: &[&[u8]] = &[COOKED, TYPE_IPV6, IPV6_UDP];
    assert_eq!(ports(LinkType::LINUX_SLL, parts), Ok(IPV6_PORTS));
}

#[test]
fn the_address_of_one_end_is_left_out() {
    for (link_type, parts) in [
        (LinkType::LINUX_SLL, [COOKED, TYPE_IPV4, IPV4_UDP]),
        (
            LinkType::LINUX_SLL,
            [COOKED_NO_ADDRESS, TYPE_IPV4, IPV4_UDP],
        ),
        (LinkType::LINUX_SLL2, [TYPE_IPV4, COOKED_2, IPV4_UDP]),
    ] {
        let packet = decode(link_type, &parts).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
        assert_eq!(packet.src_mac(), MacAddress::default());
        assert_eq!(packet.dst_mac(), MacAddress::default());
    }
}

#[test]
fn cooked_v1_goes_on_like_ethernet() {
    let behind = |parts: &[&[u8]]| {
        let frame = [&[COOKED], parts].concat();
        decode(LinkType::LINUX_SLL, &frame).map(|packet| (packet.dst_port(), packet.vlan_id()))
    };
    assert_eq!(behind(&[TAG_5, TYPE_IPV4, IPV4_UDP]), Ok((53, 5)));
    assert_eq!(
        behind(&[PROTOCOL_LLC, LLC_SNAP_IPV4, IPV4_UDP]),
        Ok((53, 0))
    );
    assert_eq!(
        behind(&[PROTOCOL_CAN, &[0; 16]]),
        ignored(Layer::LinuxCooked, Reason::NotIp)
    );
}

#[test]
fn cooked_v1_is_sixteen_bytes() {
    let parts: &[&[u8]] = &[COOKED, &[0x08]];
    assert_eq!(
        ports(LinkType::LINUX_SLL, parts),
        ignored(Layer::LinuxCooked, Reason::Truncated)
    );
}

#[test]
fn cooked_v2_carries_ip() {
    let packet = decode(LinkType::LINUX_SLL2, &[TYPE_IPV4, COOKED_2, IPV4_UDP]).unwrap();
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.raw_size(), 52);

    let parts: &[&[u8]] = &[TYPE_IPV6, COOKED_2, IPV6_UDP];
    assert_eq!(ports(LinkType::LINUX_SLL2, parts), Ok(IPV6_PORTS));
}

#[test]
fn cooked_v2_goes_on_like_ethernet() {
    let (tag_type, tag) = TAG_5.split_at(2);
    let packet = decode(
        LinkType::LINUX_SLL2,
        &[tag_type, COOKED_2, tag, TYPE_IPV4, IPV4_UDP],
    );
    assert_eq!(packet.unwrap().vlan_id(), 5);
    let parts: &[&[u8]] = &[PROTOCOL_LLC, COOKED_2, LLC_SNAP_IPV4, IPV4_UDP];
    assert_eq!(ports(LinkType::LINUX_SLL2, parts), Ok(IPV4_PORTS));
}

#[test]
fn cooked_v2_is_twenty_bytes() {
    let parts: &[&[u8]] = &[TYPE_IPV4, &COOKED_2[..17]];
    assert_eq!(
        ports(LinkType::LINUX_SLL2, parts),
        ignored(Layer::LinuxCooked, Reason::Truncated)
    );
}

#[test]
fn raw_ip_starts_with_its_version() {
    for link_type in [LinkType::RAW, LinkType::IPV4, LinkType::IPV6] {
        assert_eq!(ports(link_type, &[IPV4_UDP]), Ok(IPV4_PORTS));
        assert_eq!(ports(link_type, &[IPV6_UDP]), Ok(IPV6_PORTS));
        let truncated = ignored(Layer::Network, Reason::Truncated);
        assert_eq!(ports(link_type, &[]), truncated);
        let malformed = ignored(Layer::Network, Reason::Malformed);
        assert_eq!(ports(link_type, &[&[0x55; 40]]), malformed);
    }
}

#[test]
fn raw_ip_has_no_addresses() {
    let packet = decode(LinkType::RAW, &[IPV4_UDP]).unwrap();
    assert_eq!(packet.src_mac(), MacAddress::default());
    assert_eq!(packet.dst_mac(), MacAddress::default());
    assert_eq!(packet.raw_size(), packet.ip_size());
}

#[test]
fn other_link_types_are_unsupported() {
    // 147: the first one reserved for private use.
    assert_eq!(
        ports(LinkType(147), &[IPV4_UDP]),
        ignored(Layer::LinkType, Reason::Unsupported)
    );
}
