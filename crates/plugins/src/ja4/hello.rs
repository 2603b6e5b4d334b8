//! The hello of a TLS client.

use super::bytes::Bytes;

/// The handshake message that a client begins with (RFC 8446 §4).
pub(super) const CLIENT_HELLO: u8 = 1;

/// Whether a value is one of those that mean nothing and keep others from relying on what comes (GREASE, RFC 8701 §2).
pub(super) fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// A client hello, its lists unread.
///
/// # Source
///
/// RFC 8446 §4.1.2; with a cookie RFC 6347 §4.2.1.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClientHello<'a> {
    pub(super) legacy_version: u16,
    pub(super) cipher_suites: &'a [u8],
    /// Types and contents, all of which lie inside of the hello.
    extensions: &'a [u8],
}

impl<'a> ClientHello<'a> {
    /// Reads what follows the header of a handshake message, which has exactly this length. `None`: it is no hello, or one that
    /// is malformed.
    pub(super) fn read(message: &'a [u8], has_cookie: bool) -> Option<Self> {
        const RANDOM: usize = 32;
        const MAX_SESSION_ID: usize = 32;

        let mut rest = Bytes(message);
        let legacy_version = rest.u16()?;
        rest.take(RANDOM)?;
        rest.vector8().filter(|id| id.len() <= MAX_SESSION_ID)?;
        if has_cookie {
            rest.vector8()?;
        }
        let cipher_suites = rest.vector16().filter(|suites| suites.len() % 2 == 0)?;
        rest.vector8()?; // compression methods
        // Before TLS 1.3 there need not be any.
        let extensions = if rest.0.is_empty() {
            &[]
        } else {
            rest.vector16()?
        };
        let mut unread = Bytes(extensions);
        while !unread.0.is_empty() {
            unread.u16()?;
            unread.vector16()?;
        }
        Some(Self {
            legacy_version,
            cipher_suites,
            extensions,
        })
    }

    /// Types and contents of the extensions.
    pub(super) fn extensions(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut unread = Bytes(self.extensions);
        core::iter::from_fn(move || Some((unread.u16()?, unread.vector16()?)))
    }

    /// What the first extension of a type contains.
    pub(super) fn extension(&self, wanted: u16) -> Option<&'a [u8]> {
        self.extensions()
            .find_map(|(number, content)| (number == wanted).then_some(content))
    }
}

/// The values of a list of 16-bit values, GREASE left out.
pub(super) fn values(list: &[u8]) -> impl Iterator<Item = u16> {
    list.as_chunks()
        .0
        .iter()
        .map(|bytes| u16::from_be_bytes(*bytes))
        .filter(|value| !is_grease(*value))
}

#[cfg(test)]
mod tests;
