//! From the start of a frame to where the IP header is taken to be.

use nfstream_decode::LinkType;

use super::STEPS;
use super::walk::{ETHERTYPE_IPV4, ETHERTYPE_IPV6, Step, Walk};

/// `DLT_RAW`: files say 101, but libpcap hands a file's 12 on unchanged, and that is the number it uses itself.
const DLT_RAW: LinkType = LinkType(12);

const ETHERTYPE_VLAN: u16 = 0x8100;
const ETHERTYPE_MPLS: u16 = 0x8847;
const ETHERTYPE_MPLS_MULTICAST: u16 = 0x8848;
const ETHERTYPE_PPPOE_SESSION: u16 = 0x8864;

impl Walk<'_> {
    /// A link-layer header, and what may stand between it and IP.
    pub(super) fn link(&mut self, link_type: LinkType) -> Option<Step> {
        let link = self.link;
        if self.captured() < link + 28 {
            return None;
        }
        match link_type {
            LinkType::NULL => {
                // Q6: the family is taken as big-endian; IPv4 written by a little-endian host passes for IPv6.
                self.ethertype = match (self.be16(link), self.be16(link + 2)) {
                    (0, 2) => ETHERTYPE_IPV4,
                    _ => ETHERTYPE_IPV6,
                };
                self.start_ip(link + 4);
            }
            LinkType::ETHERNET => self.ethernet()?,
            LinkType::PPP | LinkType::C_HDLC => {
                // Q6: the first byte of the frame, not of the header; the framing FF 03 is not known.
                let header = if matches!(self.byte(0), 0x0F | 0x8F) {
                    4
                } else {
                    2
                };
                self.ethertype = self.be16(link + header - 2);
                self.start_ip(link + header);
            }
            LinkType::PPP_HDLC => {
                self.ethertype = self.be16(link + 2);
                self.start_ip(link + 4);
            }
            LinkType::LINUX_SLL => {
                self.ethertype = self.be16(link + 14);
                self.start_ip(link + 16);
            }
            LinkType::RAW | DLT_RAW => {
                match self.byte(link) >> 4 {
                    4 => self.ethertype = ETHERTYPE_IPV4,
                    6 => self.ethertype = ETHERTYPE_IPV6,
                    _ => {}
                }
                self.start_ip(link);
            }
            LinkType::IPV4 => {
                self.ethertype = ETHERTYPE_IPV4;
                self.start_ip(link);
            }
            LinkType::IPV6 => {
                self.ethertype = ETHERTYPE_IPV6;
                self.start_ip(link);
            }
            LinkType::IEEE802_11_RADIOTAP => self.radiotap()?,
            _ => return None,
        }
        self.shims()?;
        Some(Step::Ip)
    }

    fn ethernet(&mut self) -> Option<()> {
        let link = self.link;
        self.dst_mac = self.bytes(link);
        self.src_mac = self.bytes(link + 6);
        match self.be16(link + 12) {
            length @ ..=1500 => self.length_802_3 = length,
            1501..=1535 => {}
            ethertype => self.ethertype = ethertype,
        }
        self.start_ip(link + 14);
        if self.length_802_3 != 0 {
            let (dsap, ssap) = (self.byte(link + 14), self.byte(link + 15));
            if dsap == 0xAA || ssap == 0xAA {
                // Q4: little-endian, so that no ethertype is recognised from here on.
                self.ethertype = u16::from_le_bytes(self.bytes(link + 20));
                self.ip = self.ip.wrapping_add(8);
            } else if dsap == 0x42 || ssap == 0x42 {
                return None;
            }
        }
        Some(())
    }

    fn radiotap(&mut self) -> Option<()> {
        let link = self.link;
        // Q15: the flags field is taken to lie at byte 16, whichever fields are present.
        if self.byte(link + 16) & 0x50 == 0x50 {
            return None;
        }
        let wifi = link + usize::from(u16::from_le_bytes(self.bytes(link + 2)));
        if self.captured() < wifi + 24 {
            return None;
        }
        let frame_control = u16::from_le_bytes(self.bytes(wifi));
        if frame_control >> 2 & 0x3 != 2 {
            return None;
        }
        let (to_ds, from_ds) = (frame_control & 0x0100 != 0, frame_control & 0x0200 != 0);
        if to_ds != from_ds {
            // Q15: always the length of a QoS header, and no header at all for ad-hoc and bridged frames.
            self.wifi_len = 26;
        }
        self.src_mac = self.bytes(wifi + 10);
        self.dst_mac = self.bytes(wifi + 16);
        let llc = wifi + self.wifi_len;
        if self.captured() < llc + 8 {
            return None;
        }
        if self.byte(llc) == 0xAA {
            self.ethertype = self.be16(llc + 6);
        }
        self.start_ip(llc + 8);
        Some(())
    }

    /// VLAN tags, MPLS labels and PPPoE headers, in any order.
    fn shims(&mut self) -> Option<()> {
        for _ in 0..STEPS {
            match self.ethertype {
                // Q7: 0x88A8 and 0x9100 are no tags. The innermost tag counts.
                ETHERTYPE_VLAN => {
                    if !self.more_than(4) {
                        return None;
                    }
                    self.vlan_id = self.be16(usize::from(self.ip)) & 0x0FFF;
                    self.ethertype = self.be16(usize::from(self.ip) + 2);
                    self.ip = self.ip.wrapping_add(4);
                }
                // What the labels carry is not looked at: IPv6 too is said to be IPv4.
                ETHERTYPE_MPLS | ETHERTYPE_MPLS_MULTICAST => {
                    if !self.more_than(4) {
                        return None;
                    }
                    self.ethertype = ETHERTYPE_IPV4;
                    for _ in 0..STEPS {
                        let bottom = self.byte(usize::from(self.ip) + 2) & 1 != 0;
                        self.ip = self.ip.wrapping_add(4);
                        if bottom || !self.more_than(4) {
                            break;
                        }
                    }
                }
                ETHERTYPE_PPPOE_SESSION => {
                    self.ethertype = ETHERTYPE_IPV4;
                    self.ip = self.ip.wrapping_add(8);
                }
                _ => return Some(()),
            }
        }
        None
    }
}
