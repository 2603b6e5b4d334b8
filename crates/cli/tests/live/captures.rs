//! Captures, built packet by packet.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tempfile::TempDir;

use super::frames::{ethernet, ip, join, pcap, tcp, udp};
use super::traffic::text;

/// Numbers of the transport protocols.
const TCP: u8 = 6;
const UDP: u8 = 17;
/// Link type of Ethernet.
const ETHERNET: u32 = 1;
const MILLISECOND: u64 = 1_000_000;
/// When all captures begin, in nanoseconds.
const START: u64 = 1_700_000_000_000_000_000;

/// A capture in a file of its own.
#[derive(Debug)]
pub(crate) struct Capture {
    /// Removed with this.
    _directory: TempDir,
    pub(crate) path: String,
}

impl Capture {
    /// Frames, each with its time in milliseconds.
    fn new(frames: &[(u64, Vec<u8>)]) -> Self {
        let records: Vec<_> = frames
            .iter()
            .map(|(milliseconds, frame)| {
                let length = u32::try_from(frame.len()).unwrap();
                let time = START + milliseconds * MILLISECOND;
                (time, length, frame.as_slice())
            })
            .collect();
        let directory = TempDir::new().unwrap();
        let path = text(directory.path().join("capture.pcap"));
        fs::write(&path, pcap(ETHERNET, &records)).unwrap();
        Self {
            _directory: directory,
            path,
        }
    }
}

fn address(number: u16, is_v6: bool) -> IpAddr {
    if is_v6 {
        Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, number).into()
    } else {
        let [high, low] = number.to_be_bytes();
        Ipv4Addr::new(198, 18, high, low).into()
    }
}

/// Both directions of many conversations, in turns: TCP with all kinds of flags and UDP, IPv4 and IPv6, without a VLAN,
/// in one, and in one inside of another.
pub(crate) fn conversations() -> Capture {
    /// Odd, so that no conversation has all its packets in even places.
    const CONVERSATIONS: u16 = 97;
    let vlans: [&[u16]; 4] = [&[], &[42], &[4094], &[7, 8]];
    let flags = [0x02, 0x12, 0x10, 0x18, 0x38, 0xd8, 0x11, 0x14];
    let mut frames = Vec::new();
    for (turn, flags) in (0_u16..).zip(flags) {
        for number in 0..CONVERSATIONS {
            let is_v6 = number & 1 == 1;
            let vlan = vlans[usize::from(number / 2) % vlans.len()];
            let ports = (20_000 + number, 5_000 + number);
            let hosts = [1, 2];
            // The first packet is always the client's; some conversations are one-sided.
            let backwards = turn % 2 == 1 && number % 5 > 0;
            let ends = (address(1 + number, is_v6), address(1000 + number, is_v6));
            let payload = vec![b'x'; usize::from(number * 13 + turn * 101) % 1_400];
            let ((src_port, dst_port), (src, dst), hosts) = if backwards {
                ((ports.1, ports.0), (ends.1, ends.0), [hosts[1], hosts[0]])
            } else {
                (ports, ends, hosts)
            };
            let (protocol, segment) = if number % 3 == 0 {
                (UDP, udp(src_port, dst_port, &payload))
            } else {
                (TCP, tcp(src_port, dst_port, flags, &payload))
            };
            let (ethertype, packet) = ip(src, dst, protocol, &segment);
            let time = u64::from(turn * CONVERSATIONS + number);
            frames.push((time, ethernet(hosts, vlan, ethertype, &packet)));
        }
    }
    Capture::new(&frames)
}

/// Both directions of many conversations inside of GTP-U (3GPP TS 29.281 §5.1), each packet in another outer flow.
pub(crate) fn tunnels() -> Capture {
    const CONVERSATIONS: u16 = 48;
    const GTP_U: u16 = 2152;
    let mut frames = Vec::new();
    for turn in 0..6 {
        for number in 0..CONVERSATIONS {
            let ends = [address(1 + number, false), address(1000 + number, false)];
            let (ports, ends) = if turn % 2 == 0 {
                ((20_000, 5_000), ends)
            } else {
                ((5_000, 20_000), [ends[1], ends[0]])
            };
            let segment = tcp(ports.0, ports.1, 0x18, b"inside");
            let (_, inner) = ip(ends[0], ends[1], TCP, &segment);
            let length = u16::try_from(inner.len()).unwrap().to_be_bytes();
            // Version 1, GTP, no options; a packet; of the tunnel 1.
            let header = [0x30, 0xff, length[0], length[1], 0, 0, 0, 1];
            let outer = udp(
                30_000 + turn * CONVERSATIONS + number,
                GTP_U,
                &join(&[&header, &inner]),
            );
            let (ethertype, packet) = ip(address(1, false), address(2, false), UDP, &outer);
            let time = u64::from(turn * CONVERSATIONS + number);
            frames.push((time, ethernet([1, 2], &[], ethertype, &packet)));
        }
    }
    Capture::new(&frames)
}

/// One conversation whose packets come after 0, 100, 300 and 600 milliseconds.
pub(crate) fn slow_conversation() -> Capture {
    let ends = [address(1, false), address(2, false)];
    let frame = |milliseconds| {
        let (ethertype, packet) = ip(ends[0], ends[1], UDP, &udp(40_000, 50_000, b"slow"));
        (milliseconds, ethernet([1, 2], &[], ethertype, &packet))
    };
    Capture::new(&[0, 100, 300, 600].map(frame))
}

/// As many flows of one packet.
pub(crate) fn single_packets(flows: u32) -> Capture {
    let frame = |number: u32| {
        let [_, high, middle, low] = number.to_be_bytes();
        let source = Ipv4Addr::new(198, 18 + high, middle, low).into();
        let (ethertype, packet) = ip(source, address(2, false), UDP, &udp(40_000, 50_000, b"new"));
        (u64::from(number), ethernet([1, 2], &[], ethertype, &packet))
    };
    Capture::new(&(0..flows).map(frame).collect::<Vec<_>>())
}
