//! IEEE 802.11, with and without a radiotap header.

use super::{Envelope, ethernet, take};
use crate::MacAddress;
use crate::error::{DecodeError, Layer, Reason};

/// What precedes an 802.11 frame that was captured off the air.
///
/// # Source
///
/// <https://www.radiotap.org/>: version, pad, length (little endian), then one or more words that say which fields are
/// present. The flags field comes first, or second behind the time of eight bytes.
pub(super) fn read_radiotap<'a>(
    data: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    const TSFT: u8 = 0x01;
    const FLAGS: u8 = 0x02;
    const ANOTHER_WORD: u8 = 0x80;
    const PADDED_HEADER: u8 = 0x20;
    const BAD_CHECKSUM: u8 = 0x40;

    let (&[version, _, low, high, present, ..], _) = take::<8>(data, Layer::Radiotap)?;
    let length = usize::from(u16::from_le_bytes([low, high]));
    if version != 0 || length < 8 {
        return Err(DecodeError::new(Layer::Radiotap, Reason::Malformed));
    }
    let (header, frame) = data
        .split_at_checked(length)
        .ok_or(DecodeError::new(Layer::Radiotap, Reason::Truncated))?;

    let mut words = header.get(4..).unwrap_or_default().chunks_exact(4);
    let more = words
        .by_ref()
        .take_while(|word| word.last().is_some_and(|byte| byte & ANOTHER_WORD != 0));
    let fields = 4 + 4 * (more.count() + 1);
    let flags_at = match present & TSFT {
        0 => fields,
        // Fields are aligned to their size, counted from the start of the header.
        _ => fields.next_multiple_of(8) + 8,
    };
    let flags = match present & FLAGS {
        0 => 0,
        _ => *header
            .get(flags_at)
            .ok_or(DecodeError::new(Layer::Radiotap, Reason::Malformed))?,
    };
    if flags & BAD_CHECKSUM != 0 {
        return Err(DecodeError::new(Layer::Radiotap, Reason::Malformed));
    }
    read_padded(frame, flags & PADDED_HEADER != 0, envelope)
}

/// An 802.11 frame.
pub(crate) fn read<'a>(data: &'a [u8], envelope: &mut Envelope) -> Result<&'a [u8], DecodeError> {
    read_padded(data, false, envelope)
}

/// An 802.11 frame from a CAPWAP tunnel, where some access points (Cisco's) swap the two bytes of the frame control field.
///
/// Data frames have their type in the first byte. A second byte that looks like it is not mistaken for flags: it would
/// mean a frame that goes neither to nor from the distribution system, and no access point tunnels those.
pub(crate) fn read_tunnelled<'a>(
    data: &'a [u8],
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    let (&[first, second], _) = take::<2>(data, Layer::Wifi)?;
    if !is_data(first) && is_data(second) {
        read_data(data, [second, first], false, envelope)
    } else {
        read(data, envelope)
    }
}

fn read_padded<'a>(
    data: &'a [u8],
    padded_header: bool,
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    // Control frames are shorter than the header of data.
    let (&[kind], _) = take::<1>(data, Layer::Wifi)?;
    if !is_data(kind) {
        return Err(DecodeError::new(Layer::Wifi, Reason::NotIp));
    }
    let (&control, _) = take::<2>(data, Layer::Wifi)?;
    read_data(data, control, padded_header, envelope)
}

/// Version 0, type data: the low half of the first byte of the frame control field.
fn is_data(kind: u8) -> bool {
    kind & 0b1111 == 0b1000
}

/// A data frame: control, duration, three or four addresses, QoS and HT control, then LLC.
///
/// # Source
///
/// IEEE 802.11-2020 §9.2.4 (fields), table 9-30 (which address is whose).
fn read_data<'a>(
    data: &'a [u8],
    [kind, flags]: [u8; 2],
    padded_header: bool,
    envelope: &mut Envelope,
) -> Result<&'a [u8], DecodeError> {
    const QOS: u8 = 0x80;
    const NO_DATA: u8 = 0x40;
    const TO_DS: u8 = 0x01;
    const FROM_DS: u8 = 0x02;
    const PROTECTED: u8 = 0x40;
    const HT_CONTROL: u8 = 0x80;
    /// Several frames in one.
    const AGGREGATED: u8 = 0x80;

    if kind & NO_DATA != 0 {
        return Err(DecodeError::new(Layer::Wifi, Reason::NotIp));
    }
    let (header, rest) = take::<24>(data, Layer::Wifi)?;
    let [_, _, _, _, addresses @ .., sequence, _] = header;
    if flags & PROTECTED != 0 {
        return Err(DecodeError::new(Layer::Wifi, Reason::Encrypted));
    }
    if sequence & 0x0f != 0 {
        return Err(DecodeError::new(Layer::Wifi, Reason::Fragment));
    }
    let [first, second, third] = split_addresses(addresses);
    let mut body = rest;
    let (source, destination) = match (flags & TO_DS != 0, flags & FROM_DS != 0) {
        (false, false) => (second, first),
        (true, false) => (second, third),
        (false, true) => (third, first),
        (true, true) => {
            let (&fourth, rest) = take::<6>(body, Layer::Wifi)?;
            body = rest;
            (fourth, third)
        }
    };
    if kind & QOS != 0 {
        let (&[control, _], rest) = take::<2>(body, Layer::Wifi)?;
        body = rest;
        if control & AGGREGATED != 0 {
            return Err(DecodeError::new(Layer::Wifi, Reason::Unsupported));
        }
        if flags & HT_CONTROL != 0 {
            (_, body) = take::<4>(body, Layer::Wifi)?;
        }
    }
    if padded_header && (data.len() - body.len()) % 4 == 2 {
        (_, body) = take::<2>(body, Layer::Wifi)?;
    }
    envelope.src_mac = MacAddress(source);
    envelope.dst_mac = MacAddress(destination);
    ethernet::read_llc(body, envelope)
}

/// The three addresses that every data frame has.
fn split_addresses(addresses: &[u8; 18]) -> [[u8; 6]; 3] {
    let mut split = [[0; 6]; 3];
    for (address, bytes) in split.iter_mut().zip(addresses.chunks_exact(6)) {
        address.copy_from_slice(bytes);
    }
    split
}

#[cfg(test)]
mod tests;
