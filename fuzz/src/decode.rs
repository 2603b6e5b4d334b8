//! The decoder, over any frame.

use nfstream_decode::{Decoder, Frame, LinkType, Packet, Timestamp, Tunnel};

/// Link types that the decoder knows, and one that it does not.
const LINK_TYPES: [LinkType; 14] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::C_HDLC,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::IEEE802_11,
    LinkType::IEEE802_11_RADIOTAP,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType(147),
];

/// First byte: link type. Second byte: what the snaplen cut off, in units of 16 bytes. The rest: the frame.
pub fn run(input: &[u8]) {
    let [link_type, cut, data @ ..] = input else {
        return;
    };
    let frame = Frame {
        timestamp: Timestamp::from_nanos(7),
        link_type: LINK_TYPES[usize::from(*link_type) % LINK_TYPES.len()],
        wire_len: u32::try_from(data.len()).unwrap() + 16 * u32::from(*cut),
        data,
    };
    for decode_tunnels in [false, true] {
        let decoder = Decoder::new().decode_tunnels(decode_tunnels);
        let result = decoder.decode(&frame);
        assert_eq!(result, decoder.decode(&frame), "the same again");
        if let Ok(packet) = result {
            check(&frame, &packet);
            assert!(decode_tunnels || packet.tunnel() == Tunnel::None);
        }
    }
}

/// What holds for every packet that a decoder makes.
pub(crate) fn check(frame: &Frame<'_>, packet: &Packet<'_>) {
    assert_eq!(packet.timestamp(), frame.timestamp);
    assert_eq!(packet.raw_size(), frame.wire_len);
    assert!(
        is_inside(packet.ip_packet(), frame.data),
        "an IP packet outside of its frame"
    );
    assert!(
        is_inside(packet.payload(), packet.ip_packet()),
        "a payload outside of its packet"
    );
    assert!(!packet.ip_packet().is_empty());
    assert!(packet.payload().len() <= packet.payload_size() as usize);
    assert!(packet.payload_size() <= packet.transport_size());
    assert!(packet.transport_size() <= packet.ip_size());
    assert_eq!(packet.src_ip().is_ipv4(), packet.dst_ip().is_ipv4());
    assert_eq!(
        Some(packet.ip_version()),
        packet.ip_packet().first().map(|byte| byte >> 4)
    );
    assert!(packet.vlan_id() < 1 << 12);
    if !matches!(packet.protocol(), 6 | 17) {
        assert_eq!((packet.src_port(), packet.dst_port()), (0, 0));
    }
    if packet.protocol() != 6 {
        assert_eq!(packet.tcp_flags().bits(), 0);
    }
}

/// Whether `part` lies in `whole`, by its addresses; an empty one lies anywhere.
pub(crate) fn is_inside(part: &[u8], whole: &[u8]) -> bool {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    part.is_empty() || (whole.start <= part.start && part.end <= whole.end)
}
