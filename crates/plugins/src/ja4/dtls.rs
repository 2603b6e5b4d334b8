//! Looks for the hello in the records of DTLS.

use super::assembly::Assembly;
use super::bytes::Bytes;
use super::fingerprint::{Carrier, Said};
use super::hello::CLIENT_HELLO;
use super::udp::{Budget, Room};

/// Type of the records that carry handshake messages.
const HANDSHAKE: u8 = 22;

/// Whether a datagram starts with a record of DTLS 1.0 or 1.2 that carries handshake messages; hellos of 1.3 come in those, too
/// (RFC 9147 §5.3).
pub(super) fn is_dtls(payload: &[u8]) -> bool {
    matches!(payload, [HANDSHAKE, 0xfe, 0xff | 0xfd, ..])
}

/// A hello of which some has come.
#[derive(Clone, Debug)]
pub(super) struct DtlsHello {
    message: Message,
    body: Assembly,
}

/// What all fragments of a message agree in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message {
    length: usize,
    sequence_number: u16,
}

/// Takes a datagram: once there is a hello, of the same sender. Each message that is begun costs some of the budget.
pub(super) fn datagram(
    known: &mut Option<Box<DtlsHello>>,
    payload: &[u8],
    budget: &mut Budget,
    room: &mut Room,
) -> Said {
    let mut records = Bytes(payload);
    while let Some(mut record) = handshake_record(&mut records) {
        while let Some(fragment) = Fragment::read(&mut record) {
            let is_whole = fragment.offset == 0 && fragment.data.len() == fragment.message.length;
            if is_whole {
                return Said::of(Carrier::Dtls, fragment.data, &mut room.sorted);
            }
            // The client says its hello again, with a cookie, or because nobody answered.
            if known
                .as_ref()
                .is_none_or(|hello| hello.message != fragment.message)
            {
                if !budget.spend() {
                    return Said::Nothing;
                }
                *known = Some(Box::new(DtlsHello {
                    message: fragment.message,
                    body: Assembly::default(),
                }));
            }
            let Some(hello) = known else {
                break;
            };
            if hello
                .body
                .insert(fragment.offset as u64, fragment.data)
                .is_err()
            {
                return Said::Decided(None);
            }
            if let Some(body) = hello.body.ready().get(..hello.message.length) {
                return Said::of(Carrier::Dtls, body, &mut room.sorted);
            }
        }
    }
    Said::Nothing
}

/// Takes a record off the front, and gives what it carries. `None`: it carries no handshake messages, or they are encrypted
/// (RFC 6347 §4.1).
fn handshake_record<'a>(records: &mut Bytes<'a>) -> Option<Bytes<'a>> {
    const SEQUENCE_NUMBER: usize = 6;

    if !is_dtls(records.0) {
        return None;
    }
    records.u8()?;
    records.u16()?;
    let epoch = records.u16()?;
    records.take(SEQUENCE_NUMBER)?;
    let content = records.vector16()?;
    (epoch == 0).then_some(Bytes(content))
}

/// A part of a client hello.
#[derive(Clone, Copy, Debug)]
struct Fragment<'a> {
    message: Message,
    offset: usize,
    data: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// Takes a fragment off the front (RFC 6347 §4.2.2). `None`: it is another message's, or malformed.
    fn read(record: &mut Bytes<'a>) -> Option<Self> {
        record.u8().filter(|kind| *kind == CLIENT_HELLO)?;
        let length = record.u24()?;
        let sequence_number = record.u16()?;
        let offset = record.u24()?;
        let data_len = record.u24()?;
        Some(Self {
            message: Message {
                length,
                sequence_number,
            },
            offset,
            data: record.take(data_len)?,
        })
    }
}

#[cfg(test)]
pub(super) mod tests;
