use crate::samples::*;
use crate::{DecodeError, Layer, LinkType, MacAddress, Packet, Reason, Tunnel};

/// TZSP: version 1, received packet with tags, Ethernet inside.
static ETHERNET: &[u8] = &[1, 0, 0, 1];
/// The same with 802.11 inside.
static WIFI: &[u8] = &[1, 0, 0, 18];
/// Tags: padding and end have neither length nor data.
static PAD: &[u8] = &[0];
static END: &[u8] = &[1];
/// Signal strength: type 10, length 1.
static SIGNAL: &[u8] = &[10, 1, 0xc5];
/// Sensor address: type 60, length 6; the ones inside are not tags.
static SENSOR: &[u8] = &[60, 6, 1, 1, 1, 1, 1, 1];

/// 802.11 data to the distribution system: frame control, duration, three addresses, sequence control.
static WIFI_HEADER: &[u8] = &[
    0x08, 0x01, 0, 0, 0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 3, 0, 0,
];

const PORT: u16 = 37008;

fn tunnelled(parts: &[&[u8]]) -> Result<Packet<'static>, DecodeError> {
    decode(LinkType::RAW, &[&ipv4(17, &udp(PORT, PORT, &join(parts)))])
}

fn assert_outer(parts: &[&[u8]]) {
    let packet = tunnelled(parts).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::None);
    assert_eq!((packet.src_port(), packet.dst_port()), (PORT, PORT));
}

#[test]
fn ethernet_is_carried() {
    let packet = tunnelled(&[ETHERNET, END, MACS, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::Tzsp);
    assert_eq!(packet.tunnel().id(), 3);
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 0x51]));
    assert_eq!(packet.dst_mac(), MacAddress([0x02, 0, 0, 0, 0, 0xd1]));
    assert_eq!(packet.raw_size(), 20 + 8 + 4 + 1 + 14 + 32);
    assert_eq!(packet.ip_packet(), IPV4_UDP);
}

#[test]
fn wifi_is_carried() {
    let packet = tunnelled(&[WIFI, END, WIFI_HEADER, LLC_SNAP_IPV4, IPV4_UDP]).unwrap();
    assert_eq!(packet.tunnel(), Tunnel::Tzsp);
    assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 2]));
    assert_eq!(packet.dst_mac(), MacAddress([0x02, 0, 0, 0, 0, 3]));
}

#[test]
fn tags_are_skipped_to_their_end() {
    let frame = join(&[MACS, TYPE_IPV6, IPV6_UDP]);
    let chains: [&[&[u8]]; 4] = [
        &[PAD, END],
        &[PAD, PAD, SIGNAL, PAD, END],
        &[SENSOR, END],
        &[SIGNAL, SENSOR, END],
    ];
    for tags in chains {
        let packet = tunnelled(&[ETHERNET, &join(tags), &frame]).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), IPV6_PORTS);
    }
}

#[test]
fn the_inner_vlan_tag_counts() {
    let outer_tag = [0x81, 0x00, 0x00, 0x07];
    let inner_tag = [0x81, 0x00, 0x00, 0x09];
    let message = join(&[ETHERNET, END, MACS, &inner_tag, TYPE_IPV4, IPV4_UDP]);
    let outer = ipv4(17, &udp(40000, PORT, &message));
    let packet = decode(LinkType::ETHERNET, &[MACS, &outer_tag, TYPE_IPV4, &outer]);
    assert_eq!(packet.unwrap().vlan_id(), 9);
}

#[test]
fn both_versions_carry_it_on_either_port() {
    let message = join(&[ETHERNET, END, MACS, TYPE_IPV4, IPV4_UDP]);
    for (src, dst) in [(PORT, 40000), (40000, PORT)] {
        for bytes in [
            ipv4(17, &udp(src, dst, &message)),
            ipv6(17, &udp(src, dst, &message)),
        ] {
            let packet = decode(LinkType::RAW, &[&bytes]).unwrap();
            assert_eq!((packet.tunnel(), packet.dst_port()), (Tunnel::Tzsp, 53));
        }
    }
}

#[test]
fn tags_without_end_are_the_outer_packet() {
    let long = [60, 200, 1, 1];
    for tags in [&[][..], PAD, &SIGNAL[..1], &SIGNAL[..2], SENSOR, &long] {
        assert_outer(&[ETHERNET, tags]);
    }
}

#[test]
fn a_cut_header_does_not_tell() {
    let message = join(&[
        ETHERNET, PAD, SIGNAL, SENSOR, END, MACS, TYPE_IPV4, IPV4_UDP,
    ]);
    let frame = ipv4(17, &udp(PORT, PORT, &message));
    for len in 24..28 + 4 + 13 {
        let result = decode_cut(LinkType::RAW, &frame[..len], frame.len());
        let truncated = ignored(Layer::Tzsp, Reason::Truncated);
        assert_eq!(result, truncated, "{len} bytes");
    }
}

#[test]
fn other_encapsulations_are_the_outer_packet() {
    // Prism and AVS headers before 802.11, and none.
    for encapsulation in [119, 127, 0] {
        assert_outer(&[&[1, 0, 0, encapsulation], END, &[0; 60]]);
    }
}

#[test]
fn other_messages_are_the_outer_packet() {
    let frame = join(&[END, MACS, TYPE_IPV4, IPV4_UDP]);
    // Configuration, keep-alive, port opener.
    for message_type in [3, 4, 5] {
        assert_outer(&[&[1, message_type, 0, 1], &frame]);
    }
    assert_outer(&[&[2, 0, 0, 1], &frame]);
    assert_outer(&[&[1, 0, 0]]);
    assert_outer(&[]);
}

#[test]
fn a_packet_for_transmission_is_carried() {
    let packet = tunnelled(&[&[1, 1, 0, 1], END, MACS, TYPE_IPV4, IPV4_UDP]).unwrap();
    assert_eq!((packet.tunnel(), packet.dst_port()), (Tunnel::Tzsp, 53));
}

#[test]
fn what_is_carried_may_not_be_ip() {
    let arp = [0x08, 0x06];
    let parts: &[&[u8]] = &[ETHERNET, END, MACS, &arp, &[0; 28]];
    assert_eq!(tunnelled(parts), ignored(Layer::Ethernet, Reason::NotIp));
}
