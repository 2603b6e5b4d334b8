//! The fingerprint of a hello.

use core::fmt;

use nfstream_flow::record::{ColumnType, RowWriter, Value};
use sha2::{Digest as _, Sha256};

use super::bytes::Bytes;
use super::hello::{ClientHello, is_grease, values};
use crate::hex;

/// The JA4 fingerprint of a TLS client: 36 characters of ASCII, without heap.
///
/// # Source
///
/// `FoxIO`, *JA4: TLS Client Fingerprinting*, technical details.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ja4Fingerprint([u8; Self::LEN]);

/// What carries the hello: the first character of a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    Tcp,
    Quic,
    Dtls,
}

/// What a packet said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    /// The hello is yet to come, or to be completed.
    Nothing,
    /// The hello is complete; malformed, if without fingerprint. Or there is none.
    Decided(Option<Ja4Fingerprint>),
}

impl Said {
    /// Of a complete handshake message, without its header.
    pub(super) fn of(carrier: Carrier, message: &[u8], sorted: &mut Vec<u16>) -> Self {
        let hello = ClientHello::read(message, carrier == Carrier::Dtls);
        Self::Decided(hello.map(|hello| Ja4Fingerprint::of(carrier, &hello, sorted)))
    }
}

impl Ja4Fingerprint {
    /// Its length in bytes, the same for all.
    pub const LEN: usize = 36;

    /// Its text, `t13d1516h2_8daaf6152771_b186095e22b6`.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The fingerprint of a hello. `sorted` is room for sorting; what was in it is lost.
    fn of(carrier: Carrier, hello: &ClientHello<'_>, sorted: &mut Vec<u16>) -> Self {
        let mut text = Text::default();
        text.push(match carrier {
            Carrier::Tcp => b"t",
            Carrier::Quic => b"q",
            Carrier::Dtls => b"d",
        });
        text.push(version(carrier, hello));
        let has_server_name = hello.extension(extension::SERVER_NAME).is_some();
        text.push(if has_server_name { b"d" } else { b"i" });
        text.push(&count(values(hello.cipher_suites)));
        let extensions = || {
            let types = hello.extensions().map(|(number, _)| number);
            types.filter(|number| !is_grease(*number))
        };
        text.push(&count(extensions()));
        text.push(&application_protocol(hello));
        text.push(b"_");

        sort(sorted, values(hello.cipher_suites));
        text.push(&hash(sorted, core::iter::empty()));
        text.push(b"_");

        // These are told by the first part.
        let told = [extension::SERVER_NAME, extension::APPLICATION_PROTOCOLS];
        sort(sorted, extensions().filter(|number| !told.contains(number)));
        let algorithms = hello
            .extension(extension::SIGNATURE_ALGORITHMS)
            .and_then(|content| Bytes(content).vector16())
            .unwrap_or_default();
        text.push(&hash(sorted, values(algorithms)));
        Self(text.bytes)
    }
}

impl fmt::Display for Ja4Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Ja4Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Value for Ja4Fingerprint {
    const TYPE: ColumnType = ColumnType::Text;

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.text(self.as_str());
    }
}

/// Types of extensions (IANA, TLS `ExtensionType` Values).
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(super) const APPLICATION_PROTOCOLS: u16 = 16;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
}

/// The text while it is written.
struct Text {
    bytes: [u8; Ja4Fingerprint::LEN],
    length: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            bytes: [b'0'; Ja4Fingerprint::LEN],
            length: 0,
        }
    }
}

impl Text {
    fn push(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(part);
            self.length = end;
        }
    }
}

/// Two characters for the newest version that the client offers.
fn version(carrier: Carrier, hello: &ClientHello<'_>) -> &'static [u8; 2] {
    let offered = hello
        .extension(extension::SUPPORTED_VERSIONS)
        .and_then(|content| Bytes(content).vector8());
    let offered = values(offered.unwrap_or_default());
    // Numbers of DTLS count down (RFC 9147 §5.3).
    let newest = match carrier {
        Carrier::Dtls => offered.min(),
        Carrier::Tcp | Carrier::Quic => offered.max(),
    };
    match newest.unwrap_or(hello.legacy_version) {
        0x0304 => b"13",
        0x0303 => b"12",
        0x0302 => b"11",
        0x0301 => b"10",
        0x0300 => b"s3",
        0x0002 => b"s2",
        0xfeff => b"d1",
        0xfefd => b"d2",
        0xfefc => b"d3",
        _ => b"00",
    }
}

/// How many there are, in two digits: 99 where there are more.
fn count(items: impl Iterator<Item = u16>) -> [u8; 2] {
    let count = u8::try_from(items.take(99).count()).unwrap_or(99);
    [b'0' + count / 10, b'0' + count % 10]
}

/// First and last character of the first application protocol; of its hexadecimal digits, where one of both is neither a letter nor
/// a digit.
fn application_protocol(hello: &ClientHello<'_>) -> [u8; 2] {
    let list = hello
        .extension(extension::APPLICATION_PROTOCOLS)
        .and_then(|content| Bytes(content).vector16());
    let mut list = Bytes(list.unwrap_or_default());
    let protocols = core::iter::from_fn(|| list.vector8());
    let mut protocols = protocols.filter(|protocol| {
        // Names may be GREASE as well (RFC 8701 §2).
        !matches!(protocol, [high, low] if is_grease(u16::from_be_bytes([*high, *low])))
    });
    match protocols.next() {
        Some([only]) => ends(*only, *only),
        Some([first, .., last]) => ends(*first, *last),
        _ => *b"00",
    }
}

/// Two characters for the first and last byte of a name.
fn ends(first: u8, last: u8) -> [u8; 2] {
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        [first, last]
    } else {
        let ([high, _], [_, low]) = (hex::pair(first), hex::pair(last));
        [high, low]
    }
}

/// Makes `sorted` these values in their order.
fn sort(sorted: &mut Vec<u16>, values: impl Iterator<Item = u16>) {
    sorted.clear();
    sorted.extend(values);
    sorted.sort_unstable();
}

/// Twelve digits of the hash of two lists of hexadecimal numbers, of which the second may be empty; zeros where the first one is.
fn hash(list: &[u16], appended: impl Iterator<Item = u16>) -> [u8; 12] {
    if list.is_empty() {
        return [b'0'; 12];
    }
    let mut hash = Sha256::new();
    let mut separator: &[u8] = b"";
    for value in list {
        hash.update(separator);
        hash.update(hexadecimal(*value));
        separator = b",";
    }
    separator = b"_";
    for value in appended {
        hash.update(separator);
        hash.update(hexadecimal(value));
        separator = b",";
    }
    let hash: [u8; 32] = hash.finalize().into();
    let mut digits = [b'0'; 12];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(hash) {
        *pair = hex::pair(byte);
    }
    digits
}

/// Four digits.
fn hexadecimal(value: u16) -> [u8; 4] {
    let [[a, b], [c, d]] = value.to_be_bytes().map(hex::pair);
    [a, b, c, d]
}

#[cfg(test)]
mod tests;
