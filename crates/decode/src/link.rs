//! From the first byte of a frame to the IP header.

mod ethernet;
mod loopback;
mod ppp;
mod wifi;

use crate::error::{DecodeError, Layer, Reason};
use crate::{LinkType, MacAddress};

pub(crate) use ethernet::read as read_ethernet;
pub(crate) use wifi::read_tunnelled as read_tunnelled_wifi;

/// What is known of a packet from the headers before IP.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Envelope {
    pub(crate) src_mac: MacAddress,
    pub(crate) dst_mac: MacAddress,
    pub(crate) vlan_id: u16,
}

/// EtherType of IPv4, as Cisco HDLC, Linux cooked capture and others use it too.
const ETHERTYPE_IPV4: u16 = 0x0800;
/// EtherType of IPv6.
const ETHERTYPE_IPV6: u16 = 0x86dd;

/// The part of the frame that starts with an IP header.
pub(crate) fn find_ip<'a>(
    link_type: LinkType,
    data: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    match link_type {
        LinkType::ETHERNET => ethernet::read(data, envelope),
        LinkType::LINUX_SLL => read_linux_cooked(data, envelope),
        LinkType::LINUX_SLL2 => read_linux_cooked_v2(data, envelope),
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => Ok(data),
        LinkType::NULL | LinkType::LOOP => loopback::read(data),
        LinkType::PPP => ppp::read(data, envelope),
        LinkType::PPP_HDLC => ppp::read_hdlc(data, envelope),
        LinkType::C_HDLC => ppp::read_cisco_hdlc(data, envelope),
        LinkType::IEEE802_11 => wifi::read(data, envelope),
        LinkType::IEEE802_11_RADIOTAP => wifi::read_radiotap(data, envelope),
        _ => Err(DecodeError::new(Layer::LinkType, Reason::Unsupported)),
    }
}

/// Takes a header of `N` bytes off the front.
pub(crate) fn take<const N: usize>(
    data: &[u8],
    layer: Layer,
) -> Result<(&[u8; N], &[u8]), DecodeError> {
    data.split_first_chunk()
        .ok_or(DecodeError::new(layer, Reason::Truncated))
}

/// Linux cooked capture: packet type, device type, address length, address (8 bytes), protocol. The address is left out,
/// as in NFStream: it is the sender's only.
///
/// # Source
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>
fn read_linux_cooked<'a>(data: &'a [u8], envelope: &mut Envelope) -> Result<&'a [u8], DecodeError> {
    let (header, rest) = take::<16>(data, Layer::LinuxCooked)?;
    let [.., high, low] = *header;
    read_cooked_protocol(u16::from_be_bytes([high, low]), rest, envelope)
}

/// Linux cooked capture, version 2: protocol first, then interface, device type, packet type, address.
///
/// # Source
///
/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>
fn read_linux_cooked_v2<'a>(
    data: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    let (header, rest) = take::<20>(data, Layer::LinuxCooked)?;
    let [high, low, ..] = *header;
    read_cooked_protocol(u16::from_be_bytes([high, low]), rest, envelope)
}

/// The protocol field of a cooked capture is an EtherType, or a small number of Linux' own.
fn read_cooked_protocol<'a>(
    protocol: u16,
    rest: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    /// `LINUX_SLL_P_802_2`: an LLC header follows.
    const LLC: u16 = 0x0004;
    match protocol {
        LLC => ethernet::read_llc(rest, envelope),
        _ => ethernet::read_ethertype(protocol, rest, envelope, Layer::LinuxCooked),
    }
}

#[cfg(test)]
mod tests;
