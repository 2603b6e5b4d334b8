//! Keyed hashes of texts.

use blake2::Blake2bMac512;
use blake2::digest::{FixedOutput, KeyInit, Update};

use crate::text::address::hex;

/// Hexadecimal digits of a hash.
const DIGITS: usize = 128;

/// Hashes texts as NFStream does: `BLAKE2b` with a key of 64 bytes, 64 bytes long, in lower case.
#[derive(Clone, Debug)]
pub(super) struct Hasher {
    /// With the key, before any text.
    keyed: Blake2bMac512,
    /// What is hashed.
    text: Vec<u8>,
    /// The last hash.
    digits: [u8; DIGITS],
}

impl Hasher {
    pub(super) fn new(key: &[u8; 64]) -> Self {
        Self {
            keyed: Blake2bMac512::new(&(*key).into()),
            text: Vec::new(),
            digits: [b'0'; DIGITS],
        }
    }

    /// The hash of the text that `write` appends.
    pub(super) fn hash(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &str {
        self.text.clear();
        write(&mut self.text);
        let hash = self.keyed.clone().chain(&self.text).finalize_fixed();
        for (digits, byte) in self.digits.as_chunks_mut().0.iter_mut().zip(hash) {
            *digits = hex(byte);
        }
        // Always digits.
        str::from_utf8(&self.digits).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::KEY;
    use super::*;

    #[test]
    fn hashes_are_those_of_python() {
        let mut hasher = Hasher::new(&KEY);
        // Right: hashlib.blake2b(text.encode(), key=KEY, digest_size=64).hexdigest()
        for (text, expected) in [
            (
                "",
                "a843a3a589d90930a95626b2508a47f16472fbe8359bd69c43ae2606ee2232f9affca825cddf1942f6ce544335984e88eac1a39ca4e51e8186270de6623fe142",
            ),
            (
                "192.0.2.1",
                "cb54a1ab0bb49122f566367eec2c68f0dbf2cf5ad1818a7083ee28e49c5e3af243bf3893b627f8ed53ce97d4b31f03bffdb5cb465db5fb857e9146efc784b586",
            ),
            (
                "é",
                "e41fe58c8b2f0805e53509c818f687fa2032f7ebb110d6f83eda363346bceaef84194b0e5a26d037d6c18fefd8d646e4d733d11f8c9ab7e3ab7978d540ebfa82",
            ),
            // More than a block.
            (
                &"x".repeat(200),
                "333888243d1c14fe687b19176b13d12df6fc60b48a15b594a3db1b1cbd07fc73b92c12c4e90cc996e22a2ae2df52652bfad78e74bf81a2650628bc424064a4b1",
            ),
        ] {
            assert_eq!(
                hasher.hash(|out| out.extend_from_slice(text.as_bytes())),
                expected
            );
        }
    }
}
