//! Reads fields of messages, front to back.

/// What is left of a message. Each method takes a field off its front; `None` where it does not have that much.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u24(&mut self) -> Option<usize> {
        let [high, middle, low] = self.array()?;
        Some(usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A variable-length integer of QUIC (RFC 9000 §16).
    pub(super) fn varint(&mut self) -> Option<u64> {
        let first = self.u8()?;
        let more = (1_usize << (first >> 6)) - 1;
        let value = u64::from(first & 0x3f);
        let rest = self.take(more)?;
        Some(
            rest.iter()
                .fold(value, |value, &byte| value << 8 | u64::from(byte)),
        )
    }

    /// A vector of TLS whose length is one byte (RFC 8446 §3.4).
    pub(super) fn vector8(&mut self) -> Option<&'a [u8]> {
        let length = self.u8()?;
        self.take(length.into())
    }

    /// A vector of TLS whose length is two bytes (RFC 8446 §3.4).
    pub(super) fn vector16(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// A vector of TLS whose length is three bytes (RFC 8446 §3.4).
    pub(super) fn vector24(&mut self) -> Option<&'a [u8]> {
        let length = self.u24()?;
        self.take(length)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 9000 §A.1.
    #[test]
    fn variable_length_integers_are_those_of_the_standard() {
        let value = |bytes| Bytes(bytes).varint();
        assert_eq!(
            value(&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c]),
            Some(151_288_809_941_952_652)
        );
        assert_eq!(value(&[0x9d, 0x7f, 0x3e, 0x7d]), Some(494_878_333));
        assert_eq!(value(&[0x7b, 0xbd]), Some(15_293));
        assert_eq!(value(&[0x40, 0x25]), Some(37));
        assert_eq!(value(&[0x25]), Some(37));
        assert_eq!(value(&[0x9d, 0x7f, 0x3e]), None);
    }

    #[test]
    fn a_vector_that_is_cut_is_none() {
        assert_eq!(Bytes(&[0, 2, 7, 8, 9]).vector16(), Some(&[7, 8][..]));
        assert_eq!(Bytes(&[0, 2, 7]).vector16(), None);
        assert_eq!(Bytes(&[1]).vector8(), None);
        assert_eq!(Bytes(&[1, 2, 3]).u24(), Some(0x01_02_03));
    }
}
