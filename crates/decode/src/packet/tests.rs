use std::string::ToString;

use super::*;

#[test]
fn a_packet_has_the_fields_it_was_made_of() {
    let bytes = [1, 2, 3, 4];
    let fields = PacketFields {
        timestamp: Timestamp::from_millis(5),
        src_ip: IpAddr::from([192, 0, 2, 1]),
        dst_ip: IpAddr::from([192, 0, 2, 2]),
        src_port: 10,
        dst_port: 11,
        protocol: 6,
        tcp_flags: TcpFlags::SYN,
        vlan_id: 12,
        tunnel: Tunnel::Tzsp,
        src_mac: MacAddress([1; 6]),
        dst_mac: MacAddress([2; 6]),
        raw_size: 104,
        ip_size: 103,
        transport_size: 102,
        payload_size: 101,
        ip_packet: &bytes,
        transport: &bytes[1..],
    };
    let packet = Packet::from(fields);
    assert_eq!(packet.timestamp(), Timestamp::from_millis(5));
    assert_eq!(packet.src_ip(), IpAddr::from([192, 0, 2, 1]));
    assert_eq!(packet.dst_ip(), IpAddr::from([192, 0, 2, 2]));
    assert_eq!((packet.src_port(), packet.dst_port()), (10, 11));
    assert_eq!((packet.ip_version(), packet.protocol()), (4, 6));
    assert_eq!(packet.tcp_flags(), TcpFlags::SYN);
    assert_eq!((packet.vlan_id(), packet.tunnel()), (12, Tunnel::Tzsp));
    assert_eq!(packet.src_mac(), MacAddress([1; 6]));
    assert_eq!(packet.dst_mac(), MacAddress([2; 6]));
    assert_eq!(packet.size(AccountingMode::Raw), 104);
    assert_eq!(packet.size(AccountingMode::Ip), 103);
    assert_eq!(packet.size(AccountingMode::Transport), 102);
    assert_eq!(packet.size(AccountingMode::Payload), 101);
    assert_eq!(packet.ip_packet(), [1, 2, 3, 4]);
    assert_eq!(packet.transport(), [2, 3, 4]);
    assert_eq!(packet.payload(), [3, 4]);
    assert_eq!(packet.direction(), Direction::Src2Dst);
    assert_eq!(packet.since_previous(), Duration::ZERO);
}

#[test]
fn a_flow_gives_a_packet_its_place() {
    let mut packet = Packet::from(PacketFields::default());
    let (earlier, later) = (Timestamp::from_millis(10), Timestamp::from_millis(25));
    packet.place_in_flow(later, Direction::Dst2Src, earlier);
    assert_eq!(packet.timestamp(), later);
    assert_eq!(packet.direction(), Direction::Dst2Src);
    assert_eq!(packet.since_previous(), Duration::from_millis(15));
    packet.place_in_flow(earlier, Direction::Src2Dst, later);
    assert_eq!(packet.since_previous(), Duration::ZERO);
}

#[test]
fn accounting_modes_have_the_numbers_of_nfstream() {
    let modes = [0, 1, 2, 3, 4].map(AccountingMode::from_number);
    assert_eq!(
        modes,
        [
            Some(AccountingMode::Raw),
            Some(AccountingMode::Ip),
            Some(AccountingMode::Transport),
            Some(AccountingMode::Payload),
            None,
        ]
    );
}

#[test]
fn flags_contain_all_that_are_asked_for() {
    let flags = TcpFlags::from_bits(0x12);
    assert_eq!(flags.bits(), 0x12);
    assert!(flags.contains(TcpFlags::SYN));
    assert!(flags.contains(TcpFlags::from_bits(0x12)));
    assert!(!flags.contains(TcpFlags::from_bits(0x13)));
}

#[test]
fn a_hardware_address_is_printed_in_lower_case() {
    let address = MacAddress([0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0xff]);
    assert_eq!(address.to_string(), "0a:1b:2c:3d:4e:ff");
    assert_eq!(address.text().as_str(), "0a:1b:2c:3d:4e:ff");
    assert_eq!(address.text().oui(), "0a:1b:2c");
    assert_eq!(MacAddress::default().to_string(), "00:00:00:00:00:00");
}
