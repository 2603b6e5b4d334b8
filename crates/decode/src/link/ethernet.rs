//! Ethernet, and the tags, labels and session headers between it and IP.

use smoltcp::wire::EthernetFrame;

use super::{ETHERTYPE_IPV4, ETHERTYPE_IPV6, Envelope, ppp, take};
use crate::MacAddress;
use crate::error::{DecodeError, Layer, Reason};

/// 802.1Q tag.
const VLAN: u16 = 0x8100;
/// 802.1ad service tag.
const SERVICE_VLAN: u16 = 0x88a8;
/// Outer tag of equipment older than 802.1ad.
const OLD_SERVICE_VLAN: [u16; 2] = [0x9100, 0x9200];
/// MPLS, unicast and multicast (RFC 5332 §3).
const MPLS: [u16; 2] = [0x8847, 0x8848];
/// PPPoE session stage (RFC 2516 §4).
const PPPOE_SESSION: u16 = 0x8864;
/// The largest value of the EtherType field that is a length (IEEE 802.3 §3.2.6).
const MAX_LENGTH: u16 = 1500;

/// Ethernet II or IEEE 802.3.
pub(crate) fn read<'a>(data: &'a [u8], envelope: &mut Envelope) -> Result<&'a [u8], DecodeError> {
    let (header, rest) = take::<14>(data, Layer::Ethernet)?;
    let header = EthernetFrame::new_unchecked(header);
    envelope.src_mac = MacAddress(header.src_addr().0);
    envelope.dst_mac = MacAddress(header.dst_addr().0);
    read_ethertype(header.ethertype().into(), rest, envelope, Layer::Ethernet)
}

/// What follows an EtherType; `layer` is the header that held it.
pub(super) fn read_ethertype<'a>(
    mut ethertype: u16,
    mut data: &'a [u8],
    envelope: &mut Envelope,
    mut layer: Layer,
) -> Result<&'a [u8], DecodeError> {
    loop {
        match ethertype {
            ETHERTYPE_IPV4 | ETHERTYPE_IPV6 => return Ok(data),
            VLAN | SERVICE_VLAN => {
                (ethertype, data) = read_tag(data, envelope)?;
                layer = Layer::Vlan;
            }
            _ if OLD_SERVICE_VLAN.contains(&ethertype) => {
                (ethertype, data) = read_tag(data, envelope)?;
                layer = Layer::Vlan;
            }
            _ if MPLS.contains(&ethertype) => return read_mpls(data),
            PPPOE_SESSION => return read_pppoe(data),
            1..=MAX_LENGTH if matches!(layer, Layer::Ethernet | Layer::Vlan) => {
                (ethertype, data) = match split_llc(data)? {
                    Llc::Ip(packet) => return Ok(packet),
                    Llc::Type(ethertype, rest) => (ethertype, rest),
                };
                layer = Layer::Llc;
            }
            _ => return Err(DecodeError::new(layer, Reason::NotIp)),
        }
    }
}

/// A tag: priority and VLAN identifier, then the EtherType of what follows (IEEE 802.1Q §9.6). The innermost one counts.
fn read_tag<'a>(data: &'a [u8], envelope: &mut Envelope) -> Result<(u16, &'a [u8]), DecodeError> {
    let (&[high, low, type_high, type_low], rest) = take::<4>(data, Layer::Vlan)?;
    envelope.vlan_id = u16::from_be_bytes([high, low]) & 0x0fff;
    Ok((u16::from_be_bytes([type_high, type_low]), rest))
}

/// A label stack, up to the label with the bottom-of-stack bit (RFC 3032 §2.1). What follows has no type field: the
/// version of the IP header tells.
pub(super) fn read_mpls(mut data: &[u8]) -> Result<&[u8], DecodeError> {
    loop {
        let (&[_, _, low, _], rest) = take::<4>(data, Layer::Mpls)?;
        data = rest;
        if low & 1 == 1 {
            break;
        }
    }
    match data.first().map(|byte| byte >> 4) {
        Some(4 | 6) => Ok(data),
        Some(_) => Err(DecodeError::new(Layer::Mpls, Reason::NotIp)),
        None => Err(DecodeError::new(Layer::Mpls, Reason::Truncated)),
    }
}

/// A PPPoE session header: version and type, code, session, length; then PPP (RFC 2516 §4).
fn read_pppoe(data: &[u8]) -> Result<&[u8], DecodeError> {
    /// Code of session data (RFC 2516 §6).
    const SESSION_DATA: u8 = 0;
    let (&[_, code, ..], rest) = take::<6>(data, Layer::Pppoe)?;
    if code != SESSION_DATA {
        return Err(DecodeError::new(Layer::Pppoe, Reason::NotIp));
    }
    ppp::read_protocol(rest)
}

/// An LLC header, and what follows it.
pub(super) fn read_llc<'a>(
    data: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    match split_llc(data)? {
        Llc::Ip(packet) => Ok(packet),
        Llc::Type(ethertype, rest) => read_ethertype(ethertype, rest, envelope, Layer::Llc),
    }
}

/// What follows an LLC header.
enum Llc<'a> {
    Ip(&'a [u8]),
    /// An EtherType and what it announces. LLC, SNAP and tags may follow each other for as long as the frame is, so whoever
    /// goes on does so in a loop.
    Type(u16, &'a [u8]),
}

/// Takes off an LLC header, with SNAP behind it or not.
///
/// # Source
///
/// RFC 1042 (SNAP with an EtherType), IEEE 802.1H (bridge-tunnel encapsulation), RFC 1010 (service access point 6 is IP).
fn split_llc(data: &[u8]) -> Result<Llc<'_>, DecodeError> {
    const SNAP: u8 = 0xaa;
    const IP: u8 = 0x06;
    const UNNUMBERED_INFORMATION: u8 = 0x03;
    const RFC_1042: [u8; 3] = [0, 0, 0];
    const BRIDGE_TUNNEL: [u8; 3] = [0, 0, 0xf8];

    let (&[destination, source, control], rest) = take::<3>(data, Layer::Llc)?;
    match (destination, source, control) {
        (IP, IP, UNNUMBERED_INFORMATION) => Ok(Llc::Ip(rest)),
        (SNAP, SNAP, UNNUMBERED_INFORMATION) => {
            let (&[a, b, c, high, low], rest) = take::<5>(rest, Layer::Llc)?;
            if ![RFC_1042, BRIDGE_TUNNEL].contains(&[a, b, c]) {
                return Err(DecodeError::new(Layer::Llc, Reason::NotIp));
            }
            Ok(Llc::Type(u16::from_be_bytes([high, low]), rest))
        }
        _ => Err(DecodeError::new(Layer::Llc, Reason::NotIp)),
    }
}

#[cfg(test)]
mod tests;
