//! Looks for the hello in the Initial packets of a QUIC connection.

mod initial;

use super::assembly::Assembly;
use super::bytes::Bytes;
use super::fingerprint::{Carrier, Said};
use super::hello::CLIENT_HELLO;
use super::udp::{Budget, Room};
pub(super) use initial::is_quic;
use initial::{Initial, Keys};

/// Types of the frames that an Initial packet may carry (RFC 9000 §12.4, §19).
mod frame {
    pub(super) const PADDING: u64 = 0x00;
    pub(super) const PING: u64 = 0x01;
    pub(super) const ACK: u64 = 0x02;
    pub(super) const ACK_WITH_ECN: u64 = 0x03;
    pub(super) const CRYPTO: u64 = 0x06;
}

/// A hello of which some has come.
#[derive(Clone, Debug)]
pub(super) struct QuicHello {
    keys: Keys,
    /// The client's stream of handshake messages.
    stream: Assembly,
}

/// Takes a datagram: once there is a hello, of the same sender. Each Initial packet in it costs some of the budget.
pub(super) fn datagram(
    known: &mut Option<Box<QuicHello>>,
    payload: &[u8],
    budget: &mut Budget,
    room: &mut Room,
) -> Said {
    let mut rest = Bytes(payload);
    while let Some(initial) = Initial::next(&mut rest) {
        if !budget.spend() {
            break;
        }
        let keys = known.as_ref().map(|hello| &hello.keys);
        let with_known = keys.is_some_and(|keys| initial.open(keys, &mut room.plain));
        if !with_known {
            // The first one; or behind a Retry, which is followed by keys of another connection id (RFC 9001 §5.2).
            let Some(keys) = initial.keys() else {
                continue;
            };
            if !initial.open(&keys, &mut room.plain) {
                continue;
            }
            // Often one frame carries all of it.
            if let Some((0, data)) = crypto_frames(&room.plain).next()
                && let decided @ Said::Decided(_) = first_message(data, &mut room.sorted)
            {
                return decided;
            }
            *known = Some(Box::new(QuicHello {
                keys,
                stream: Assembly::default(),
            }));
        }
        let Some(hello) = known else {
            break;
        };
        for (offset, data) in crypto_frames(&room.plain) {
            if hello.stream.insert(offset, data).is_err() {
                return Said::Decided(None);
            }
        }
        if let decided @ Said::Decided(_) = first_message(hello.stream.ready(), &mut room.sorted) {
            return decided;
        }
    }
    Said::Nothing
}

/// What the first message of a stream of handshake messages says.
fn first_message(stream: &[u8], sorted: &mut Vec<u16>) -> Said {
    if stream.first().is_some_and(|kind| *kind != CLIENT_HELLO) {
        return Said::Decided(None);
    }
    let Some(message) = Bytes(stream.get(1..).unwrap_or_default()).vector24() else {
        return Said::Nothing;
    };
    Said::of(Carrier::Quic, message, sorted)
}

/// Offsets and contents of the CRYPTO frames of a packet (RFC 9000 §19.6), up to a frame that must not be there.
fn crypto_frames(plain: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = Bytes(plain);
    core::iter::from_fn(move || {
        loop {
            match rest.varint()? {
                frame::PADDING | frame::PING => {}
                frame::ACK => skip_ack(&mut rest, false)?,
                frame::ACK_WITH_ECN => skip_ack(&mut rest, true)?,
                frame::CRYPTO => {
                    let offset = rest.varint()?;
                    let length = usize::try_from(rest.varint()?).ok()?;
                    return Some((offset, rest.take(length)?));
                }
                _ => return None,
            }
        }
    })
}

/// Goes past the fields of an ACK frame (RFC 9000 §19.3).
fn skip_ack(rest: &mut Bytes<'_>, has_ecn: bool) -> Option<()> {
    let [_largest, _delay, ranges, _first_range] = [
        rest.varint()?,
        rest.varint()?,
        rest.varint()?,
        rest.varint()?,
    ];
    let fields = ranges
        .checked_mul(2)?
        .checked_add(if has_ecn { 3 } else { 0 })?;
    // Each field takes a byte, so this ends with the packet.
    for _ in 0..fields {
        rest.varint()?;
    }
    Some(())
}

#[cfg(test)]
pub(super) mod tests;
