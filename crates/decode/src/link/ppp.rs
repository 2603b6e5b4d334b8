//! PPP in its framings, and Cisco HDLC.

use super::{Envelope, ethernet, take};
use crate::error::{DecodeError, Layer, Reason};

/// All stations, unnumbered information: the address and control fields of HDLC-like framing (RFC 1662 §3.1).
const HDLC_FRAMING: [u8; 2] = [0xff, 0x03];
/// Address field of Cisco HDLC: unicast and multicast (RFC 1547 §4.3.1).
const CISCO_ADDRESSES: [u8; 2] = [0x0f, 0x8f];

/// PPP in whatever framing the frame shows: HDLC-like, Cisco HDLC, or none.
pub(super) fn read<'a>(data: &'a [u8], envelope: &mut Envelope) -> Result<&'a [u8], DecodeError> {
    if data.first_chunk() == Some(&HDLC_FRAMING) {
        return read_hdlc(data, envelope);
    }
    match data.first() {
        // No protocol number starts with either (IANA, PPP DLL Protocol Numbers).
        Some(first) if CISCO_ADDRESSES.contains(first) => read_cisco_hdlc(data, envelope),
        _ => read_protocol(data),
    }
}

/// PPP in HDLC-like framing, or Cisco HDLC, which shares the link type.
pub(super) fn read_hdlc<'a>(
    data: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    let (&address_control, rest) = take::<2>(data, Layer::Ppp)?;
    if address_control == HDLC_FRAMING {
        read_protocol(rest)
    } else {
        read_cisco_hdlc(data, envelope)
    }
}

/// Cisco HDLC: address, control, EtherType.
pub(super) fn read_cisco_hdlc<'a>(
    data: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    let (&[_, _, high, low], rest) = take::<4>(data, Layer::CiscoHdlc)?;
    let ethertype = u16::from_be_bytes([high, low]);
    ethernet::read_ethertype(ethertype, rest, envelope, Layer::CiscoHdlc)
}

/// PPP's protocol field, of two bytes or compressed to one, and what it announces.
///
/// # Source
///
/// RFC 1661 §2 and §6.5; IANA, PPP DLL Protocol Numbers.
pub(super) fn read_protocol(data: &[u8]) -> Result<&[u8], DecodeError> {
    const IPV4: u16 = 0x0021;
    const IPV6: u16 = 0x0057;
    const MPLS_UNICAST: u16 = 0x0281;
    const MPLS_MULTICAST: u16 = 0x0283;

    let (protocol, rest) = match data {
        // The last byte of a protocol number is odd, and no other is.
        [low, rest @ ..] if low & 1 == 1 => (u16::from(*low), rest),
        [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        _ => return Err(DecodeError::new(Layer::Ppp, Reason::Truncated)),
    };
    match protocol {
        IPV4 | IPV6 => Ok(rest),
        MPLS_UNICAST | MPLS_MULTICAST => ethernet::read_mpls(rest),
        _ => Err(DecodeError::new(Layer::Ppp, Reason::NotIp)),
    }
}

#[cfg(test)]
mod tests;
