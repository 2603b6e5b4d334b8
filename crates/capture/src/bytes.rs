//! Integers in either byte order.

/// The byte order of a file or of a section of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(crate) const BOTH: [Self; 2] = [Self::Little, Self::Big];

    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(crate) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    pub(crate) fn u16_at(self, bytes: &[u8], at: usize) -> Option<u16> {
        Some(self.u16(*bytes.get(at..)?.first_chunk()?))
    }

    pub(crate) fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        Some(self.u32(*bytes.get(at..)?.first_chunk()?))
    }
}

/// An offset in a window's buffer, which never holds 4 GiB.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_in_both_orders() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(ByteOrder::Little.u16_at(&bytes, 1), Some(0x0302));
        assert_eq!(ByteOrder::Big.u16_at(&bytes, 1), Some(0x0203));
        assert_eq!(ByteOrder::Little.u32_at(&bytes, 4), Some(0x0807_0605));
        assert_eq!(ByteOrder::Big.u32_at(&bytes, 4), Some(0x0506_0708));
        assert_eq!(ByteOrder::Little.u64(bytes), 0x0807_0605_0403_0201);
        assert_eq!(ByteOrder::Big.u64(bytes), 0x0102_0304_0506_0708);
    }

    #[test]
    fn nothing_beyond_the_end() {
        assert_eq!(ByteOrder::Little.u32_at(&[0; 4], 1), None);
        assert_eq!(ByteOrder::Big.u16_at(&[0; 4], 5), None);
    }
}
