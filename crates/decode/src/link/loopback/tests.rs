use crate::samples::*;
use crate::{Layer, LinkType, Reason};

/// `AF_INET` everywhere.
const IPV4: u32 = 2;
/// `AF_INET6` of NetBSD, OpenBSD and BSD/OS; of FreeBSD; of Darwin (`LINKTYPE_NULL`).
const IPV6: [u32; 3] = [24, 28, 30];
/// `AF_OSI`.
const OSI: u32 = 7;

#[test]
fn null_is_in_the_byte_order_of_the_capturing_host() {
    for order in [u32::to_le_bytes, u32::to_be_bytes] {
        let parts: &[&[u8]] = &[&order(IPV4), IPV4_UDP];
        assert_eq!(ports(LinkType::NULL, parts), Ok(IPV4_PORTS));
        for family in IPV6 {
            let parts: &[&[u8]] = &[&order(family), IPV6_UDP];
            assert_eq!(ports(LinkType::NULL, parts), Ok(IPV6_PORTS), "{family}");
        }
        let parts: &[&[u8]] = &[&order(OSI), &[0x81; 40]];
        assert_eq!(
            ports(LinkType::NULL, parts),
            ignored(Layer::Loopback, Reason::NotIp)
        );
    }
}

#[test]
fn loop_is_in_network_byte_order() {
    let parts: &[&[u8]] = &[&IPV4.to_be_bytes(), IPV4_UDP];
    assert_eq!(ports(LinkType::LOOP, parts), Ok(IPV4_PORTS));
    for family in IPV6 {
        let parts: &[&[u8]] = &[&family.to_be_bytes(), IPV6_UDP];
        assert_eq!(ports(LinkType::LOOP, parts), Ok(IPV6_PORTS), "{family}");
    }
    let parts: &[&[u8]] = &[&OSI.to_be_bytes(), &[0x81; 40]];
    assert_eq!(
        ports(LinkType::LOOP, parts),
        ignored(Layer::Loopback, Reason::NotIp)
    );
}

#[test]
fn the_numbers_of_linux_and_windows_are_known() {
    for family in [10u32, 23] {
        let parts: &[&[u8]] = &[&family.to_le_bytes(), IPV6_UDP];
        assert_eq!(ports(LinkType::NULL, parts), Ok(IPV6_PORTS), "{family}");
    }
}

#[test]
fn loop_is_read_in_the_other_order_too() {
    let parts: &[&[u8]] = &[&IPV4.to_le_bytes(), IPV4_UDP];
    assert_eq!(ports(LinkType::LOOP, parts), Ok(IPV4_PORTS));
}

#[test]
fn a_family_is_four_bytes() {
    for link_type in [LinkType::NULL, LinkType::LOOP] {
        assert_eq!(
            ports(link_type, &[&[0, 0, 0]]),
            ignored(Layer::Loopback, Reason::Truncated)
        );
        assert_eq!(
            ports(link_type, &[&[0, 0, 0, 2]]),
            ignored(Layer::Network, Reason::Truncated)
        );
    }
}
