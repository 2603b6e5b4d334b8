//! GTP-U version 1.
//!
//! # Source
//!
//! 3GPP TS 29.281 §5.1 (header), §5.2 (extension headers), §4.4.2.3 (port).

use crate::error::{DecodeError, Layer, Reason};
use crate::link::take;

/// UDP port of GTP-U.
pub(super) const PORT: u16 = 2152;

/// The IP packet that a G-PDU carries. Other messages, other versions and broken headers are no tunnel.
pub(super) fn find_ip(datagram: &[u8]) -> Result<Option<&[u8]>, DecodeError> {
    let Some(packet) = find_payload(datagram)? else {
        return Ok(None);
    };
    match packet.first().map(|byte| byte >> 4) {
        Some(4 | 6) => Ok(Some(packet)),
        Some(_) => Err(DecodeError::new(Layer::Gtp, Reason::NotIp)),
        None => Err(DecodeError::new(Layer::Gtp, Reason::Truncated)),
    }
}

/// What lies behind the header of a G-PDU.
fn find_payload(datagram: &[u8]) -> Result<Option<&[u8]>, DecodeError> {
    /// Version 1, protocol type GTP.
    const VERSION_AND_TYPE: u8 = 0b0011_0000;
    const VERSION_AND_TYPE_MASK: u8 = 0b1111_0000;
    const EXTENSION: u8 = 0b100;
    /// Any of extension header, sequence number, N-PDU number: the fields of all three are there.
    const OPTIONAL_FIELDS: u8 = 0b111;
    const G_PDU: u8 = 255;

    let (&[flags, message, ..], rest) = take::<8>(datagram, Layer::Gtp)?;
    if flags & VERSION_AND_TYPE_MASK != VERSION_AND_TYPE || message != G_PDU {
        return Ok(None);
    }
    if flags & OPTIONAL_FIELDS == 0 {
        return Ok(Some(rest));
    }
    let (&[.., next], rest) = take::<4>(rest, Layer::Gtp)?;
    if flags & EXTENSION == 0 {
        return Ok(Some(rest));
    }
    skip_extensions(next, rest)
}

/// Walks over the extension headers: length in units of four bytes, content, type of the next one (0: none).
/// A length of 0 is reserved.
fn skip_extensions(mut next: u8, mut data: &[u8]) -> Result<Option<&[u8]>, DecodeError> {
    let truncated = DecodeError::new(Layer::Gtp, Reason::Truncated);
    while next != 0 {
        let length = 4 * usize::from(*data.first().ok_or(truncated)?);
        let (header, rest) = data.split_at_checked(length).ok_or(truncated)?;
        let Some(&following) = header.last() else {
            return Ok(None);
        };
        next = following;
        data = rest;
    }
    Ok(Some(data))
}

#[cfg(test)]
mod tests;
