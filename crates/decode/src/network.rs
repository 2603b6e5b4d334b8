//! IPv4 and IPv6.

use core::net::IpAddr;

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6Packet};

use crate::error::{DecodeError, Layer, Reason};
use crate::protocol;

/// What an IP header says, its extension headers included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network<'a> {
    pub(crate) src_ip: IpAddr,
    pub(crate) dst_ip: IpAddr,
    /// What is carried, behind all extension headers.
    pub(crate) protocol: u8,
    /// Length of the IP packet on the wire.
    pub(crate) packet_len: u32,
    /// Length of what is carried on the wire.
    pub(crate) payload_len: u32,
    /// What was captured of it: padding of the link is not.
    pub(crate) payload: &'a [u8],
}

impl Network<'_> {
    /// Whether another IP header follows.
    pub(crate) fn carries_ip(&self) -> bool {
        matches!(self.protocol, protocol::IPV4 | protocol::IPV6)
    }

    /// How many bytes of what is carried were not captured.
    pub(crate) fn cut(&self) -> usize {
        (self.payload_len as usize).saturating_sub(self.payload.len())
    }
}

/// Reads an IP header of either version. `cut` is how many bytes behind the end of `data` were not captured.
pub(crate) fn read(data: &[u8], cut: usize) -> Result<Network<'_>, DecodeError> {
    match data.first().map(|byte| byte >> 4) {
        Some(4) => read_ipv4(data, cut),
        Some(6) => read_ipv6(data, cut),
        Some(_) => Err(DecodeError::new(Layer::Network, Reason::Malformed)),
        None => Err(DecodeError::new(Layer::Network, Reason::Truncated)),
    }
}

/// Reads an IPv4 header (RFC 791 §3.1).
fn read_ipv4(data: &[u8], cut: usize) -> Result<Network<'_>, DecodeError> {
    const MIN_HEADER_LEN: usize = 20;
    if data.len() < MIN_HEADER_LEN {
        return Err(DecodeError::new(Layer::Ipv4, Reason::Truncated));
    }
    // The getters used here read the fixed header, which is there.
    let header = Ipv4Packet::new_unchecked(data);
    let header_len = usize::from(header.header_len());
    let packet_len = match header.total_len() {
        // Segmentation offload: the packet was captured before its length was filled in.
        0 => wire_length(data, cut),
        length => u32::from(length),
    };
    let payload_len = packet_len.checked_sub(u32::from(header.header_len()));
    let (MIN_HEADER_LEN.., Some(payload_len)) = (header_len, payload_len) else {
        return Err(DecodeError::new(Layer::Ipv4, Reason::Malformed));
    };
    if header.frag_offset() != 0 {
        return Err(DecodeError::new(Layer::Ipv4, Reason::Fragment));
    }
    let payload = data
        .get(header_len..)
        .ok_or(DecodeError::new(Layer::Ipv4, Reason::Truncated))?;
    Ok(Network {
        src_ip: IpAddr::V4(header.src_addr()),
        dst_ip: IpAddr::V4(header.dst_addr()),
        protocol: header.next_header().into(),
        packet_len,
        payload_len,
        payload: first_bytes(payload, payload_len),
    })
}

/// Reads an IPv6 header and its extension headers (RFC 8200 §3, §4).
fn read_ipv6(data: &[u8], cut: usize) -> Result<Network<'_>, DecodeError> {
    const HEADER_LEN: u32 = 40;
    /// What an empty packet can have behind it: the rest of the smallest Ethernet frame, and its checksum.
    const MAX_PADDING: u32 = 64 - 14 - HEADER_LEN;
    let (header, rest) = data
        .split_first_chunk::<{ HEADER_LEN as usize }>()
        .ok_or(DecodeError::new(Layer::Ipv6, Reason::Truncated))?;
    let header = Ipv6Packet::new_unchecked(header);
    let carried_len = match (header.payload_len(), wire_length(rest, cut)) {
        (0, ..=MAX_PADDING) => 0,
        // Segmentation offload, or a jumbogram (RFC 2675), whose length is in an option.
        (0, on_wire) => on_wire,
        (length, _) => u32::from(length),
    };
    let (protocol, extensions_len) = skip_extensions(header.next_header(), rest, carried_len)?;
    let payload = rest.get(extensions_len as usize..).unwrap_or_default();
    let payload_len = carried_len.saturating_sub(extensions_len);
    Ok(Network {
        src_ip: IpAddr::V6(header.src_addr()),
        dst_ip: IpAddr::V6(header.dst_addr()),
        protocol,
        packet_len: HEADER_LEN.saturating_add(carried_len),
        payload_len,
        payload: first_bytes(payload, payload_len),
    })
}

/// Walks over the extension headers: the protocol behind them, and how many bytes they take.
///
/// Authentication (51) and encapsulating security payload (50) count as protocols, as they do over IPv4.
///
/// # Source
///
/// RFC 8200 §4; RFC 6275 §6.1 (mobility).
fn skip_extensions(first: IpProtocol, data: &[u8], len: u32) -> Result<(u8, u32), DecodeError> {
    const HOP_BY_HOP: u8 = 0;
    const ROUTING: u8 = 43;
    const FRAGMENT: u8 = 44;
    const DESTINATION: u8 = 60;
    const MOBILITY: u8 = 135;
    /// The smallest extension header, and the unit of their length field.
    const UNIT: u32 = 8;

    let (mut next, mut taken) = (u8::from(first), 0u32);
    while matches!(
        next,
        HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION | MOBILITY
    ) {
        let left = len.saturating_sub(taken);
        if left < UNIT {
            return Err(DecodeError::new(Layer::Ipv6, Reason::Malformed));
        }
        let header = data.get(taken as usize..).unwrap_or_default();
        let Some(&[following, units, offset_high, offset_low]) = header.first_chunk() else {
            return Err(DecodeError::new(Layer::Ipv6, Reason::Truncated));
        };
        let header_len = match next {
            FRAGMENT if u16::from_be_bytes([offset_high, offset_low]) >> 3 != 0 => {
                return Err(DecodeError::new(Layer::Ipv6, Reason::Fragment));
            }
            FRAGMENT => UNIT,
            _ => UNIT + UNIT * u32::from(units),
        };
        if header_len > left {
            return Err(DecodeError::new(Layer::Ipv6, Reason::Malformed));
        }
        if header.len() < header_len as usize {
            return Err(DecodeError::new(Layer::Ipv6, Reason::Truncated));
        }
        taken += header_len;
        next = following;
    }
    Ok((next, taken))
}

/// The first `len` bytes, or as many as there are.
fn first_bytes(data: &[u8], len: u32) -> &[u8] {
    data.get(..len as usize).unwrap_or(data)
}

/// How much lay behind this point on the wire.
fn wire_length(captured: &[u8], cut: usize) -> u32 {
    u32::try_from(captured.len() + cut).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
