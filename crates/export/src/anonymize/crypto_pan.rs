//! Addresses that keep only their prefixes in common.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Block};

/// Replaces addresses by others, each bit depending on the key and on the bits before it.
///
/// Source: Xu, Fan, Ammar, Moon, *Prefix-Preserving IP Address Anonymization* (ICNP 2002), §3.2: bit *i* is flipped where the first
/// bit is set of the AES of a block that begins with the *i* bits before it, and goes on with those of the padding.
#[derive(Clone, Debug)]
pub(super) struct CryptoPan {
    aes: Aes128,
    padding: u128,
}

impl CryptoPan {
    /// With a key of which one half is that of AES, and the other half encrypted is the padding.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let (halves, _) = key.as_chunks::<16>();
        let [aes, padding] =
            [halves.first(), halves.last()].map(|half| half.copied().unwrap_or_default());
        let aes = Aes128::new(&aes.into());
        let mut padding = Block::from(padding);
        aes.encrypt_block(&mut padding);
        Self {
            aes,
            padding: u128::from_be_bytes(padding.into()),
        }
    }

    pub(super) fn replace(&self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(address) => {
                let bits = u128::from(address.to_bits()) << 96;
                let flips = self.flips::<32>(bits);
                #[allow(
                    clippy::cast_possible_truncation,
                    reason = "the first 32 bits are left"
                )]
                let flips = (flips >> 96) as u32;
                Ipv4Addr::from_bits(address.to_bits() ^ flips).into()
            }
            IpAddr::V6(address) => {
                let bits = address.to_bits();
                Ipv6Addr::from_bits(bits ^ self.flips::<128>(bits)).into()
            }
        }
    }

    /// Which of the first bits of an address are flipped.
    fn flips<const BITS: usize>(&self, address: u128) -> u128 {
        // All at once: the cipher works on several blocks at the same time.
        let mut blocks: [Block; BITS] = core::array::from_fn(|bit| {
            let padded = u128::MAX >> bit;
            let block = address & !padded | self.padding & padded;
            block.to_be_bytes().into()
        });
        self.aes.encrypt_blocks(&mut blocks);
        blocks.into_iter().rev().fold(0, |flips, block| {
            let first_bit = u128::from_be_bytes(block.into()) & 1 << 127;
            first_bit | flips >> 1
        })
    }
}

#[cfg(test)]
mod tests;
