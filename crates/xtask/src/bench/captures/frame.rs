//! Frames that are synthesised: Ethernet, IPv4, TCP or UDP.

/// Length of Ethernet's header (IEEE 802.3 §3.2).
pub(super) const ETHERNET_HEADER_LEN: usize = 14;
/// Length of an IPv4 header without options (RFC 791 §3.1).
pub(super) const IPV4_HEADER_LEN: usize = 20;
/// Length of a TCP header without options (RFC 9293 §3.1).
pub(super) const TCP_HEADER_LEN: usize = 20;
/// Length of the time stamps option with what aligns it (RFC 7323 §3.2).
const TIMESTAMPS_LEN: usize = 12;
/// Length of UDP's header (RFC 768).
pub(super) const UDP_HEADER_LEN: usize = 8;

const TCP: u8 = 6;
const UDP: u8 = 17;

/// TCP's control bits (RFC 9293 §3.1).
pub(super) mod flags {
    pub(in super::super) const FIN: u8 = 0x01;
    pub(in super::super) const SYN: u8 = 0x02;
    pub(in super::super) const PSH: u8 = 0x08;
    pub(in super::super) const ACK: u8 = 0x10;
}

/// One end of a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Endpoint {
    pub(super) ip: [u8; 4],
    pub(super) port: u16,
}

impl Endpoint {
    /// A client in 10.0.0.0/8: one of 16,777,216 by number.
    pub(super) fn client(number: u32, port: u16) -> Self {
        let [_, high, middle, low] = number.to_be_bytes();
        let ip = [10, high, middle, low];
        Self { ip, port }
    }

    /// A server in 198.18.0.0/15 (RFC 2544: for benchmarks): one of 65,536 by number.
    pub(super) fn server(number: u16, port: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        let ip = [198, 18, high, low];
        Self { ip, port }
    }

    /// A hardware address of its own, locally administered.
    fn mac(self) -> [u8; 6] {
        let [a, b, c, d] = self.ip;
        [0x02, 0, a, b, c, d]
    }
}

/// What stands between the IP header and the payload.
#[derive(Clone, Copy, Debug)]
pub(super) enum Transport {
    Tcp {
        flags: u8,
        sequence: u32,
        acknowledgment: u32,
        /// The time stamps option, for which there is no time.
        timestamps: bool,
    },
    Udp,
}

/// Puts a frame into the buffer, in place of what was there. Checksums of TCP and UDP are left at 0.
pub(super) fn build(
    frame: &mut Vec<u8>,
    from: Endpoint,
    to: Endpoint,
    transport: Transport,
    payload: &[u8],
) {
    let (protocol, transport_header_len) = match transport {
        Transport::Tcp {
            timestamps: false, ..
        } => (TCP, TCP_HEADER_LEN),
        Transport::Tcp { .. } => (TCP, TCP_HEADER_LEN + TIMESTAMPS_LEN),
        Transport::Udp => (UDP, UDP_HEADER_LEN),
    };
    let datagram_len = transport_header_len + payload.len();
    let length = |bytes: usize| u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes();

    frame.clear();
    frame.extend(to.mac());
    frame.extend(from.mac());
    frame.extend([0x08, 0x00]); // IPv4
    frame.extend([0x45, 0]); // version 4, header of 5 words
    frame.extend(length(IPV4_HEADER_LEN + datagram_len));
    frame.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]); // don't fragment, time to live 64
    frame.extend(from.ip);
    frame.extend(to.ip);
    set_ipv4_checksum(&mut frame[ETHERNET_HEADER_LEN..]);

    frame.extend(from.port.to_be_bytes());
    frame.extend(to.port.to_be_bytes());
    match transport {
        Transport::Tcp {
            flags,
            sequence,
            acknowledgment,
            timestamps,
        } => {
            frame.extend(sequence.to_be_bytes());
            frame.extend(acknowledgment.to_be_bytes());
            let words = if timestamps { 8 } else { 5 };
            frame.extend([words << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
            if timestamps {
                frame.extend([1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0]);
            }
        }
        Transport::Udp => {
            frame.extend(length(datagram_len));
            frame.extend([0, 0]);
        }
    }
    frame.extend_from_slice(payload);
}

/// Sets the checksum of the IPv4 header (RFC 791 §3.1) that `packet` starts with.
pub(super) fn set_ipv4_checksum(packet: &mut [u8]) {
    let header_len = usize::from(packet[0] & 0x0f) * 4;
    packet[10..12].fill(0);
    let words = packet[..header_len].chunks_exact(2);
    let mut sum: u32 = words
        .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let checksum = !u16::try_from(sum).unwrap_or(0);
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_a_known_header() {
        // A header whose checksum is known: of Wikipedia's article on the Internet checksum.
        let mut header = [
            0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xff, 0xff, 0xc0, 0xa8,
            0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7,
        ];
        set_ipv4_checksum(&mut header);
        assert_eq!(header[10..12], [0xb8, 0x61]);
    }
}
