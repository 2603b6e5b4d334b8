//! What hashes and replaced addresses depend on.

use core::fmt;
use std::io;

use blake2::Blake2bMac;
use blake2::digest::consts::U32;
use blake2::digest::{FixedOutput, KeyInit, Update};

/// What the key of replaced addresses is the hash of.
const PREFIX_LABEL: &[u8] = b"nfstream prefix-preserving";

/// The secret that anonymised values depend on: the same one gives the same values, in every run.
///
/// # Examples
///
/// ```
/// use nfstream_export::AnonymizationKey;
///
/// // For one run.
/// let key = AnonymizationKey::random()?;
/// // For several, where it was kept.
/// let again = AnonymizationKey::from_bytes(*key.as_bytes());
/// assert_eq!(again.as_bytes(), key.as_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct AnonymizationKey {
    bytes: [u8; 64],
    crypto_pan: Option<[u8; 32]>,
}

impl AnonymizationKey {
    /// A key that nobody knows, from the system's source of random numbers.
    ///
    /// # Errors
    ///
    /// The system gave none.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes)?;
        Ok(Self::from_bytes(bytes))
    }

    /// This key: that of `BLAKE2b` in hashed columns.
    ///
    /// The one of prefix-preserving columns is derived from it: `BLAKE2b` with this key, of 32 bytes, of the text
    /// `nfstream prefix-preserving`.
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self {
            bytes,
            crypto_pan: None,
        }
    }

    /// The same key with one of its own for prefix-preserving columns, in the order of other programs with Crypto-PAn: 16 bytes
    /// for AES, 16 to pad with. With the same one they give the same addresses.
    #[must_use]
    pub fn crypto_pan(mut self, key: [u8; 32]) -> Self {
        self.crypto_pan = Some(key);
        self
    }

    /// The bytes that it was made from, to keep them.
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.bytes
    }

    /// The key of prefix-preserving columns.
    pub(super) fn prefix_key(&self) -> [u8; 32] {
        self.crypto_pan.unwrap_or_else(|| {
            let hash = Blake2bMac::<U32>::new(&self.bytes.into()).chain(PREFIX_LABEL);
            hash.finalize_fixed().into()
        })
    }
}

/// Without the secret.
impl fmt::Debug for AnonymizationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnonymizationKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::KEY;
    use super::*;

    #[test]
    fn the_key_of_prefixes_is_derived_or_given() {
        let key = AnonymizationKey::from_bytes(KEY);
        // list(hashlib.blake2b(b"nfstream prefix-preserving", key=KEY, digest_size=32).digest())
        let derived = [
            9, 142, 220, 220, 223, 69, 12, 86, 97, 242, 197, 122, 111, 123, 104, 89, 5, 192, 195,
            75, 89, 227, 246, 0, 87, 95, 36, 67, 86, 117, 210, 170,
        ];
        assert_eq!(key.prefix_key(), derived);
        assert_eq!(key.crypto_pan([7; 32]).prefix_key(), [7; 32]);
    }

    #[test]
    fn random_keys_differ() {
        let [one, other] = [(); 2].map(|()| AnonymizationKey::random().unwrap());
        assert_ne!(one.as_bytes(), other.as_bytes());
    }

    #[test]
    fn keys_are_not_shown() {
        let key = AnonymizationKey::from_bytes([170; 64]).crypto_pan([187; 32]);
        assert_eq!(format!("{key:?}"), "AnonymizationKey { .. }");
    }
}
