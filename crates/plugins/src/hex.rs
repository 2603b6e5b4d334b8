//! Hexadecimal digits.

/// The two digits of a byte, in lower case.
pub(crate) const fn pair(byte: u8) -> [u8; 2] {
    [digit(byte >> 4), digit(byte & 0x0f)]
}

/// The digit of four bits.
const fn digit(value: u8) -> u8 {
    match value {
        0..10 => b'0' + value,
        _ => b'a' - 10 + value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_two_digits() {
        for byte in 0..=u8::MAX {
            assert_eq!(pair(byte), format!("{byte:02x}").as_bytes());
        }
    }
}
