//! TZSP, the TaZmen Sniffer Protocol.
//!
//! # Source
//!
//! The protocol has no specification by a standards body. Header, tags and numbers as the `tzsp` dissector of Wireshark and
//! MikroTik's documentation of its packet sniffer describe them.

use crate::LinkType;
use crate::error::{DecodeError, Layer, Reason};
use crate::link::{self, Envelope, take};

/// UDP port of TZSP.
pub(super) const PORT: u16 = 37008;

/// The IP packet inside the encapsulated frame. Keep-alives, unknown encapsulations and broken headers are no tunnel.
pub(super) fn find_ip<'a>(
    datagram: &'a [u8],
    envelope: &mut Envelope,
) -> Result<Option<&'a [u8]>, DecodeError> {
    match find_frame(datagram)? {
        Some((link_type, frame)) => link::find_ip(link_type, frame, envelope).map(Some),
        None => Ok(None),
    }
}

/// The encapsulated frame: version, type, encapsulation, then tags up to the end tag.
fn find_frame(datagram: &[u8]) -> Result<Option<(LinkType, &[u8])>, DecodeError> {
    const VERSION: u8 = 1;
    const RECEIVED: u8 = 0;
    const FOR_TRANSMISSION: u8 = 1;
    const ETHERNET: u16 = 1;
    const IEEE802_11: u16 = 18;

    let (&[version, kind, high, low], mut data) = take::<4>(datagram, Layer::Tzsp)?;
    if version != VERSION || !matches!(kind, RECEIVED | FOR_TRANSMISSION) {
        return Ok(None);
    }
    let link_type = match u16::from_be_bytes([high, low]) {
        ETHERNET => LinkType::ETHERNET,
        IEEE802_11 => LinkType::IEEE802_11,
        _ => return Ok(None),
    };
    loop {
        let (&[tag], rest) = take::<1>(data, Layer::Tzsp)?;
        data = rest;
        match tag {
            0 => {} // padding: a tag without length
            1 => return Ok(Some((link_type, data))),
            _ => {
                let (&[length], rest) = take::<1>(data, Layer::Tzsp)?;
                data = rest
                    .get(usize::from(length)..)
                    .ok_or(DecodeError::new(Layer::Tzsp, Reason::Truncated))?;
            }
        }
    }
}

#[cfg(test)]
mod tests;
