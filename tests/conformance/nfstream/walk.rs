//! Where the decoder stands in a frame, and its way from IP to the ports.

use super::{ModelPacket, TcpFlags, low_u16, low_u32};

pub(super) const ETHERTYPE_IPV4: u16 = 0x0800;
pub(super) const ETHERTYPE_IPV6: u16 = 0x86DD;

const PROTOCOL_ICMP: u8 = 1;
const PROTOCOL_IPIP: u8 = 4;
const PROTOCOL_TCP: u8 = 6;
const PROTOCOL_UDP: u8 = 17;
const PROTOCOL_IPV6: u8 = 41;
const PROTOCOL_ICMPV6: u8 = 58;

/// What is looked at next.
pub(super) enum Step {
    /// A link-layer header, and what may stand between it and IP.
    Link,
    /// An IP header that may carry another one.
    Ip,
    /// A UDP header at `udp` that may carry a tunnel.
    Tunnel { udp: usize },
    /// The IP header that counts, and what it carries.
    Transport,
}

/// Where the decoder stands in a frame. Nothing is reset when it starts over inside a tunnel (Q12).
pub(super) struct Walk<'a> {
    data: &'a [u8],
    decode_tunnels: bool,
    /// Offset of the link-layer header.
    pub(super) link: usize,
    /// Offset of the IP header; 16 bits wide, as is everything that is narrow here (Q16).
    pub(super) ip: u16,
    pub(super) ethertype: u16,
    /// Flags and fragment offset of the last IPv4 header *behind an IPv4 ethertype* (Q4, Q6).
    fragment: u16,
    /// Protocol of the last such header, or the last one of an IPv6 header chain.
    protocol: u8,
    pub(super) vlan_id: u16,
    pub(super) length_802_3: u16,
    pub(super) wifi_len: usize,
    pub(super) tunnel_id: u8,
    pub(super) src_mac: [u8; 6],
    pub(super) dst_mac: [u8; 6],
    reads_past_capture: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(data: &'a [u8], decode_tunnels: bool) -> Self {
        Self {
            data,
            decode_tunnels,
            link: 0,
            ip: 0,
            ethertype: 0,
            fragment: 0,
            protocol: 0,
            vlan_id: 0,
            length_802_3: 0,
            wifi_len: 0,
            tunnel_id: 0,
            src_mac: [0; 6],
            dst_mac: [0; 6],
            reads_past_capture: false,
        }
    }

    /// Q5: the version field decides what the header is, whatever the ethertype says.
    pub(super) fn ip(&mut self) -> Option<Step> {
        let ip = usize::from(self.ip);
        if self.captured() < ip + 20 {
            return None;
        }
        if self.ethertype == ETHERTYPE_IPV4 {
            self.fragment = self.be16(ip + 6);
            self.protocol = self.byte(ip + 9);
        }
        let udp = match self.byte(ip) >> 4 {
            4 => {
                let header_len = self.ipv4_header_len();
                if is_ip_in_ip(self.byte(ip + 9)) && header_len > 0 {
                    self.ip = self.ip.wrapping_add(header_len);
                    return Some(Step::Ip);
                }
                if self.fragment & 0x1FFF != 0 {
                    return None;
                }
                ip + usize::from(header_len)
            }
            6 => {
                // Q8: an IPv6 packet that the snaplen cut is dropped.
                if self.captured() < ip + 40
                    || self.captured() < ip + 40 + usize::from(self.be16(ip + 4))
                {
                    return None;
                }
                let upper = self.ipv6_upper()?;
                self.protocol = upper.protocol;
                if is_ip_in_ip(upper.protocol) {
                    self.start_ip(upper.offset);
                    return Some(Step::Ip);
                }
                // Q11: the length of what the header carries, in place of the header's own.
                ip + usize::from(upper.len)
            }
            _ => return None,
        };
        Some(if self.decode_tunnels && self.protocol == PROTOCOL_UDP {
            Step::Tunnel { udp }
        } else {
            Step::Transport
        })
    }

    /// The IP header that counts, and what it carries.
    pub(super) fn transport(mut self, time_ms: u64, wire_len: u32) -> Option<ModelPacket> {
        let ip = usize::from(self.ip);
        let ip_len = self.ip_len();
        let ip_version = self.byte(ip) >> 4;
        let total_len = self.be16(ip + 2);
        let (src_ip, dst_ip, ip_size, upper) = if ip_version == 4 {
            let header_len = self.ipv4_header_len();
            if ip_len < 20 || header_len > ip_len {
                return None;
            }
            let upper = Upper {
                offset: ip + usize::from(header_len),
                len: total_len.wrapping_sub(header_len),
                protocol: self.byte(ip + 9),
            };
            // Q9: a total length of 0 is larger than the packet, once the header is subtracted.
            if u32::from(total_len.max(ip_len)) < u32::from(header_len) + u32::from(upper.len) {
                return None;
            }
            let src_ip = self.bytes::<4>(ip + 12).into();
            (src_ip, self.bytes::<4>(ip + 16).into(), total_len, upper)
        } else {
            let payload_len = self.be16(ip + 4);
            if u32::from(ip_len) < 40 + u32::from(payload_len) {
                return None;
            }
            let upper = self.ipv6_upper()?;
            let src_ip = self.bytes::<16>(ip + 8).into();
            let ip_size = payload_len.wrapping_add(40);
            (src_ip, self.bytes::<16>(ip + 24).into(), ip_size, upper)
        };

        let ports_at = upper.offset;
        let (mut src_port, mut dst_port, mut flags) = (0, 0, TcpFlags::default());
        // Q17: nothing but TCP, UDP and ICMP has a size.
        let (mut transport_size, mut payload_size) = (0, 0);
        match upper.protocol {
            // Q10: the lengths are the IP header's; whether the bytes were captured is not asked.
            PROTOCOL_TCP if upper.len >= 20 => {
                (src_port, dst_port) = (self.be16(ports_at), self.be16(ports_at + 2));
                flags = TcpFlags(self.byte(ports_at + 13));
                let header_len = u16::from(self.byte(ports_at + 12) >> 4) * 4;
                transport_size = upper.len;
                payload_size = upper.len.saturating_sub(header_len);
            }
            PROTOCOL_UDP if upper.len >= 8 => {
                (src_port, dst_port) = (self.be16(ports_at), self.be16(ports_at + 2));
                transport_size = upper.len;
                payload_size = upper.len - 8;
            }
            PROTOCOL_ICMP | PROTOCOL_ICMPV6 => {
                transport_size = upper.len;
                payload_size = upper.len.saturating_sub(8);
            }
            _ => {}
        }
        Some(ModelPacket {
            time_ms,
            raw_size: low_u16(wire_len), // Q16
            ip_size,
            transport_size,
            payload_size,
            src_ip,
            src_mac: self.src_mac,
            dst_ip,
            dst_mac: self.dst_mac,
            src_port,
            dst_port,
            protocol: upper.protocol,
            vlan_id: self.vlan_id,
            ip_version,
            flags,
            tunnel_id: self.tunnel_id,
            ip_packet: ip..ip + usize::from(ip_len),
            reads_past_capture: self.reads_past_capture,
        })
    }

    /// The end of the chain of IPv6 extension headers; ESP and AH are not among them.
    fn ipv6_upper(&mut self) -> Option<Upper> {
        let ip = usize::from(self.ip);
        let mut room = self.ip_len().checked_sub(40)?;
        let mut upper = Upper {
            offset: ip + 40,
            len: self.be16(ip + 4),
            protocol: self.byte(ip + 6),
        };
        while room > 1 && matches!(upper.protocol, 0 | 43 | 44 | 59 | 60 | 135) {
            let at = upper.offset;
            upper.protocol = match upper.protocol {
                59 => return None,
                44 => {
                    if upper.len < 8 || room < 5 || self.be16(at + 2) & 0xFFF8 != 0 {
                        return None;
                    }
                    room -= 5;
                    upper.len -= 8;
                    upper.offset += 8;
                    self.byte(at)
                }
                _ => {
                    if upper.len < 2 {
                        return None;
                    }
                    let header_len = u16::from(self.byte(at + 1)) * 8 + 8;
                    room = room.checked_sub(header_len)?;
                    upper.len = upper.len.checked_sub(header_len)?;
                    upper.offset += usize::from(header_len);
                    self.byte(at)
                }
            };
        }
        Some(upper)
    }

    fn ipv4_header_len(&mut self) -> u16 {
        u16::from(self.byte(usize::from(self.ip)) & 0x0F) * 4
    }

    /// From the IP header to the end of the captured bytes, padding included (Q16: modulo 2^16).
    fn ip_len(&self) -> u16 {
        low_u16(low_u32(self.captured() as u64).wrapping_sub(u32::from(self.ip)))
    }

    pub(super) fn start_ip(&mut self, at: usize) {
        self.ip = low_u16(low_u32(at as u64));
    }

    /// Whether more than `count` bytes are left where the IP header is looked for.
    pub(super) fn more_than(&self, count: usize) -> bool {
        usize::from(self.ip) + count < self.captured()
    }

    pub(super) fn captured(&self) -> usize {
        self.data.len()
    }

    pub(super) fn byte(&mut self, at: usize) -> u8 {
        self.data.get(at).copied().unwrap_or_else(|| {
            self.reads_past_capture = true;
            0
        })
    }

    pub(super) fn bytes<const N: usize>(&mut self, at: usize) -> [u8; N] {
        std::array::from_fn(|index| self.byte(at + index))
    }

    pub(super) fn be16(&mut self, at: usize) -> u16 {
        u16::from_be_bytes(self.bytes(at))
    }
}

/// What an IP header carries: where, how long by the header's own account, and which protocol.
struct Upper {
    offset: usize,
    len: u16,
    protocol: u8,
}

/// Always unwrapped, tunnels decoded or not.
fn is_ip_in_ip(protocol: u8) -> bool {
    matches!(protocol, PROTOCOL_IPV6 | PROTOCOL_IPIP)
}
