//! Tunnels over UDP.

use super::walk::{Step, Walk};

const PORT_GTP_U: u16 = 2152;
const PORT_CAPWAP_DATA: u16 = 5247;
const PORT_TZSP: u16 = 37008;

const TUNNEL_GTP: u8 = 1;
const TUNNEL_CAPWAP: u8 = 2;
const TUNNEL_TZSP: u8 = 3;

impl Walk<'_> {
    /// A UDP header that may carry a tunnel.
    pub(super) fn tunnel(&mut self, udp: usize) -> Option<Step> {
        if self.captured() < udp + 8 {
            return None;
        }
        let ports = [self.be16(udp), self.be16(udp + 2)];
        let payload = udp + 8;
        if ports.contains(&PORT_GTP_U) && payload + 8 < self.captured() {
            self.gtp(payload)
        } else if ports.contains(&PORT_TZSP) {
            self.tzsp(payload)
        } else if ports.contains(&PORT_CAPWAP_DATA) {
            Some(self.capwap(payload))
        } else {
            Some(Step::Transport)
        }
    }

    fn gtp(&mut self, gtp: usize) -> Option<Step> {
        let Some(inner) = self.gtp_payload(gtp) else {
            return Some(Step::Transport);
        };
        self.tunnel_id = TUNNEL_GTP;
        self.start_ip(inner);
        let header_len = match self.byte(inner) >> 4 {
            4 => 20,
            6 => 40,
            _ => return None,
        };
        // Q13: no look at the inner packet's fragments, and none at what it carries.
        (self.captured() >= inner + header_len).then_some(Step::Transport)
    }

    /// Where the payload of a G-PDU starts.
    fn gtp_payload(&mut self, gtp: usize) -> Option<usize> {
        let flags = self.byte(gtp);
        if flags >> 5 != 1 || self.byte(gtp + 1) != 0xFF {
            return None;
        }
        let mut at = gtp + 8;
        if flags & 0x07 != 0 {
            at += 4;
        }
        if flags & 0x04 != 0 {
            while at < self.captured() {
                let len = usize::from(self.byte(at)) * 4;
                at += len;
                if len == 0 || at >= self.captured() {
                    return None;
                }
                if self.byte(at - 1) == 0 {
                    break;
                }
            }
        }
        (at < self.captured()).then_some(at)
    }

    fn tzsp(&mut self, tzsp: usize) -> Option<Step> {
        if self.captured() < tzsp + 4 {
            return None;
        }
        // Q12: whatever the packet is, its port is enough.
        self.tunnel_id = TUNNEL_TZSP;
        let mut at = tzsp + 4;
        // Version 1, type 0 (received packet), encapsulation 1 (Ethernet).
        if self.bytes(tzsp) != [1, 0, 0, 1] || at >= self.captured() {
            return Some(Step::Transport);
        }
        // Q12: one tag is looked at, any tag passes for the end, and its own two bytes are not counted.
        at += match self.byte(at) {
            0 | 1 => 1,
            _ => usize::from(self.byte(at + 1)),
        };
        if at >= self.captured() {
            return None;
        }
        // Q12: what follows is read as the capture's own link type, Ethernet or not.
        self.link = at;
        Some(Step::Link)
    }

    fn capwap(&mut self, capwap: usize) -> Step {
        if capwap + 1 >= self.captured() || self.byte(capwap) & 0x0F != 0 {
            return Step::Transport;
        }
        let wifi = capwap + usize::from((self.byte(capwap + 1) & 0xF8) >> 1);
        // Q14: an 802.11 header of 24 bytes and a SNAP header.
        if wifi + 32 >= self.captured() {
            return Step::Transport;
        }
        self.src_mac = self.bytes(wifi + 10);
        self.dst_mac = self.bytes(wifi + 16);
        self.ethertype = self.be16(wifi + 30);
        self.start_ip(wifi + 32);
        self.tunnel_id = TUNNEL_CAPWAP;
        Step::Ip
    }
}
