//! CAPWAP's data channel.
//!
//! # Source
//!
//! RFC 5415 §4.1 (preamble), §4.3 (header), §4.4 (payload), §3.4 (fragments); RFC 5416 §10 (binding for 802.11).

use crate::error::{DecodeError, Layer, Reason};
use crate::link::{self, Envelope, take};

/// UDP port of the data channel.
pub(super) const DATA_PORT: u16 = 5247;

/// The IP packet inside the encapsulated frame. Keep-alives, encrypted packets and broken headers are no tunnel.
pub(super) fn find_ip<'a>(
    datagram: &'a [u8],
    envelope: &mut Envelope,
) -> Result<Option<&'a [u8]>, DecodeError> {
    /// Version 0 with a CAPWAP header; type 1 would be DTLS.
    const PREAMBLE: u8 = 0;
    const NATIVE_FRAME: u8 = 0x01;
    const FRAGMENT: u8 = 0x80;
    const KEEP_ALIVE: u8 = 0x08;
    const WIFI_BINDING: u8 = 1;
    const HEADER_LEN: usize = 8;

    let (header, _) = take::<HEADER_LEN>(datagram, Layer::Capwap)?;
    let &[
        preamble,
        length_and_radio,
        binding_and_type,
        flags,
        _,
        _,
        offset_high,
        offset_low,
    ] = header;
    let length = 4 * usize::from(length_and_radio >> 3);
    if preamble != PREAMBLE || flags & KEEP_ALIVE != 0 || length < HEADER_LEN {
        return Ok(None);
    }
    let frame = datagram
        .get(length..)
        .ok_or(DecodeError::new(Layer::Capwap, Reason::Truncated))?;
    let fragment_offset = u16::from_be_bytes([offset_high, offset_low]) >> 3;
    if flags & FRAGMENT != 0 && fragment_offset != 0 {
        return Err(DecodeError::new(Layer::Capwap, Reason::Fragment));
    }
    if binding_and_type & NATIVE_FRAME == 0 {
        return link::read_ethernet(frame, envelope).map(Some);
    }
    match (binding_and_type >> 1) & 0x1f {
        WIFI_BINDING => link::read_tunnelled_wifi(frame, envelope).map(Some),
        _ => Err(DecodeError::new(Layer::Capwap, Reason::Unsupported)),
    }
}

#[cfg(test)]
mod tests;
