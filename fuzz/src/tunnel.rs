//! The tunnels, over any payload on their ports.

use nfstream_decode::{Decoder, Frame, LinkType, Timestamp, Tunnel};

use super::decode::{check, is_inside};

/// GTP-U, TZSP, CAPWAP data.
const PORTS: [u16; 3] = [2_152, 37_008, 5_247];
/// As much as an IPv4 packet can carry in a UDP datagram.
const MOST: usize = 65_535 - 28;

/// First byte: which tunnel, at which end, over which version of IP, and whether the snaplen cut off something. The rest:
/// what the datagram carries.
pub fn run(input: &[u8]) {
    let [settings, payload @ ..] = input else {
        return;
    };
    let payload = &payload[..payload.len().min(MOST)];
    let port = PORTS[usize::from(settings >> 2 & 0x03) % PORTS.len()];
    let ports = if settings & 1 == 0 {
        [50_000, port]
    } else {
        [port, 50_000]
    };
    let is_cut = settings & 0x40 != 0;
    let data = datagram(ports, settings & 2 != 0, payload);
    let carried = &data[data.len() - payload.len()..];
    let frame = Frame {
        timestamp: Timestamp::from_nanos(7),
        link_type: LinkType::RAW,
        wire_len: u32::try_from(data.len()).unwrap() + if is_cut { 100 } else { 0 },
        data: &data,
    };

    let outer = Decoder::new()
        .decode_tunnels(false)
        .decode(&frame)
        .expect("a datagram is metered whatever it carries");
    check(&frame, &outer);
    assert_eq!([outer.src_port(), outer.dst_port()], ports);
    assert_eq!(outer.payload(), carried);
    assert_eq!(outer.tunnel(), Tunnel::None);

    if let Ok(packet) = Decoder::new().decode(&frame) {
        check(&frame, &packet);
        if packet.tunnel() == Tunnel::None {
            assert_eq!(packet, outer);
        } else {
            assert!(is_inside(packet.ip_packet(), carried));
        }
    }
}

/// A UDP datagram in IPv4 or IPv6.
fn datagram(ports: [u16; 2], is_ipv6: bool, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap();
    let mut data = if is_ipv6 {
        let mut header = vec![0x60, 0, 0, 0];
        header.extend(length.to_be_bytes());
        header.extend([17, 64]);
        header.extend([0x20; 16]);
        header.extend([0x30; 16]);
        header
    } else {
        let mut header = vec![0x45, 0];
        header.extend((length + 20).to_be_bytes());
        header.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        header
    };
    for field in [ports[0], ports[1], length, 0] {
        data.extend(field.to_be_bytes());
    }
    data.extend(payload);
    data
}
