//! Opens Initial packets: their keys follow from what everyone can read.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut as _, Aes128Gcm};
use hkdf::Hkdf;
use sha2::Sha256;

use super::super::bytes::Bytes;

/// The longest connection id (RFC 9000 §17.2).
const MAX_CONNECTION_ID: usize = 20;
/// Where the sample for header protection starts, behind the start of the packet number (RFC 9001 §5.4.2).
const SAMPLE_OFFSET: usize = 4;
/// Length of a sample, of an AES block, and of AES-GCM's tag.
const BLOCK: usize = 16;

/// What differs between versions of QUIC, as far as Initial packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    salt: [u8; 20],
    labels: Labels,
    /// Bits 4 and 5 of the first byte of an Initial packet.
    initial_type: u8,
    /// The same of a Retry packet, which has no length.
    retry_type: u8,
}

/// The labels of the keys, behind `tls13 `.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Labels {
    key: &'static [u8],
    iv: &'static [u8],
    header_protection: &'static [u8],
}

impl Version {
    /// The version with this number. `None`: it is unknown, or its handshake is not TLS.
    ///
    /// # Source
    ///
    /// RFC 9001 §5.2; RFC 9369 §3.2, §3.3; drafts 22, 23, 29 and 33 of RFC 9001, §5.2; mvfst is drafts 22 and 27 under numbers of
    /// its own.
    fn of(number: u32) -> Option<Self> {
        const DRAFT_22: [u8; 20] = [
            0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51,
            0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a,
        ];
        const DRAFT_23: [u8; 20] = [
            0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4,
            0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02,
        ];
        const DRAFT_29: [u8; 20] = [
            0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61,
            0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99,
        ];
        const V1: [u8; 20] = [
            0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
            0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
        ];
        const V2: [u8; 20] = [
            0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
            0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
        ];
        let like_version_1 = |salt| Self {
            salt,
            labels: Labels {
                key: b"quic key",
                iv: b"quic iv",
                header_protection: b"quic hp",
            },
            initial_type: 0,
            retry_type: 3,
        };
        Some(match number {
            1 | 0xff00_0021..=0xff00_0022 => like_version_1(V1),
            0x6b33_43cf => Self {
                salt: V2,
                labels: Labels {
                    key: b"quicv2 key",
                    iv: b"quicv2 iv",
                    header_protection: b"quicv2 hp",
                },
                initial_type: 1,
                retry_type: 0,
            },
            0xff00_001d..=0xff00_0020 => like_version_1(DRAFT_29),
            0xff00_0017..=0xff00_001c | 0xface_b002 | 0xface_b00e => like_version_1(DRAFT_23),
            0xff00_0016 | 0xface_b001 => like_version_1(DRAFT_22),
            _ => return None,
        })
    }
}

/// Whether a datagram begins with a long header of any version.
pub(in super::super) fn is_quic(payload: &[u8]) -> bool {
    LongHeader::read(&mut Bytes(payload)).is_some()
}

/// What every version's long header tells (RFC 8999 §5.1).
#[derive(Clone, Copy, Debug)]
struct LongHeader<'a> {
    first_byte: u8,
    version: u32,
    destination: &'a [u8],
}

impl<'a> LongHeader<'a> {
    /// Takes a long header off the front. `None`: there is something else.
    fn read(rest: &mut Bytes<'a>) -> Option<Self> {
        const LONG: u8 = 0x80;

        let first_byte = rest.u8().filter(|byte| byte & LONG != 0)?;
        let version = rest.u32()?;
        let is_allowed = |id: &&[u8]| id.len() <= MAX_CONNECTION_ID;
        let destination = rest.vector8().filter(is_allowed)?;
        rest.vector8().filter(is_allowed)?; // the source's
        Some(Self {
            first_byte,
            version,
            destination,
        })
    }
}

/// An Initial packet, protected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Initial<'a> {
    version: Version,
    destination: &'a [u8],
    packet: &'a [u8],
    /// Up to the packet number.
    header_len: usize,
}

impl<'a> Initial<'a> {
    /// Takes packets off the front of a datagram, in which several may lie (RFC 9000 §12.2), up to the next Initial packet.
    /// `None`: there is none, or something before it whose length is unknown.
    pub(super) fn next(rest: &mut Bytes<'a>) -> Option<Self> {
        loop {
            let start = rest.0;
            let header = LongHeader::read(rest)?;
            let version = Version::of(header.version)?;
            let packet_type = header.first_byte >> 4 & 0x03;
            if packet_type == version.retry_type {
                return None;
            }
            let is_initial = packet_type == version.initial_type;
            if is_initial {
                let token = usize::try_from(rest.varint()?).ok()?;
                rest.take(token)?;
            }
            // RFC 9000 §17.2.2 to §17.2.4.
            let length = usize::try_from(rest.varint()?).ok()?;
            let header_len = start.len() - rest.0.len();
            rest.take(length)?;
            if is_initial {
                return Some(Self {
                    version,
                    destination: header.destination,
                    packet: start.get(..header_len + length)?,
                    header_len,
                });
            }
        }
    }

    /// The keys that follow from this packet's connection id.
    pub(super) fn keys(&self) -> Option<Keys> {
        Keys::of(&self.version, self.destination)
    }

    /// Makes `plain` the frames of the packet; whether it is a packet of a client with these keys (RFC 9001 §5.3, §5.4).
    pub(super) fn open(&self, keys: &Keys, plain: &mut Vec<u8>) -> bool {
        self.try_open(keys, plain).is_some()
    }

    fn try_open(&self, keys: &Keys, plain: &mut Vec<u8>) -> Option<()> {
        const LEAST_BITS: u8 = 0x0f;

        plain.clear();
        plain.extend_from_slice(self.packet);
        let mut sample = Bytes(self.packet.get(self.header_len + SAMPLE_OFFSET..)?);
        let mut mask = [0; BLOCK];
        mask.copy_from_slice(sample.take(BLOCK)?);
        Aes128::new(&keys.header_protection.into()).encrypt_block((&mut mask).into());

        let [first_mask, number_mask @ ..] = mask;
        let first = plain.first_mut()?;
        *first ^= first_mask & LEAST_BITS;
        let number_len = usize::from(*first & 0x03) + 1;
        let (header, payload) = plain.split_at_mut_checked(self.header_len + number_len)?;
        let number = header.get_mut(self.header_len..)?;
        let mut nonce = keys.iv;
        let start = nonce.len() - number_len;
        for ((byte, mask), nonce) in number
            .iter_mut()
            .zip(number_mask)
            .zip(nonce.iter_mut().skip(start))
        {
            *byte ^= mask;
            // A client's first packets: their numbers are not shortened.
            *nonce ^= *byte;
        }
        let (content, tag) = payload.split_last_chunk_mut::<BLOCK>()?;
        Aes128Gcm::new(&keys.key.into())
            .decrypt_inout_detached(
                &nonce.into(),
                header,
                InOutBuf::from(&mut *content),
                &(*tag).into(),
            )
            .ok()?;
        let frames = self.header_len + number_len..plain.len() - BLOCK;
        plain.truncate(frames.end);
        plain.drain(..frames.start);
        Some(())
    }
}

/// Keys of a client's Initial packets (RFC 9001 §5.1, §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    key: [u8; 16],
    iv: [u8; 12],
    header_protection: [u8; 16],
}

impl Keys {
    fn of(version: &Version, destination: &[u8]) -> Option<Self> {
        let initial = Hkdf::<Sha256>::new(Some(&version.salt), destination);
        let client: [u8; 32] = expand(&initial, b"client in")?;
        let client = Hkdf::from_prk(&client).ok()?;
        Some(Self {
            key: expand(&client, version.labels.key)?,
            iv: expand(&client, version.labels.iv)?,
            header_protection: expand(&client, version.labels.header_protection)?,
        })
    }
}

/// HKDF-Expand-Label without context (RFC 8446 §7.1).
fn expand<const N: usize>(secret: &Hkdf<Sha256>, label: &[u8]) -> Option<[u8; N]> {
    const PREFIX: &[u8] = b"tls13 ";

    let length = u16::try_from(N).ok()?.to_be_bytes();
    let label_len = [u8::try_from(PREFIX.len() + label.len()).ok()?];
    let mut output = [0; N];
    secret
        .expand_multi_info(&[&length, &label_len, PREFIX, label, &[0]], &mut output)
        .ok()?;
    Some(output)
}

#[cfg(test)]
pub(super) mod tests;
