//! Integers in decimal.

use super::short;

/// Powers of ten.
const TEN_TO_8: u64 = 100_000_000;
const TEN_TO_16: u64 = TEN_TO_8 * TEN_TO_8;

/// Appends a number in decimal.
#[inline]
pub(crate) fn push(out: &mut Vec<u8>, value: u64) {
    if value < 10 {
        let [digit, ..] = value.to_le_bytes();
        out.push(b'0' + digit);
    } else {
        push_long(out, value);
    }
}

/// Appends a number of either sign in decimal.
pub(crate) fn push_signed(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    push(out, value.unsigned_abs());
}

fn push_long(out: &mut Vec<u8>, value: u64) {
    match value {
        ..TEN_TO_8 => push_first_digits(out, value),
        TEN_TO_8..TEN_TO_16 => {
            push_first_digits(out, value / TEN_TO_8);
            push_next_digits(out, value % TEN_TO_8);
        }
        TEN_TO_16.. => {
            push_first_digits(out, value / TEN_TO_16);
            push_next_digits(out, value / TEN_TO_8 % TEN_TO_8);
            push_next_digits(out, value % TEN_TO_8);
        }
    }
}

/// Appends a number below 10^8 without leading zeros.
fn push_first_digits(out: &mut Vec<u8>, value: u64) {
    let digits = eight_digits(value);
    // The last of the eight is there in any case.
    let zeros = (digits | 1 << 56).trailing_zeros() / 8;
    let text = (digits + ASCII_ZEROS) >> (8 * zeros);
    short::push(out, text.to_le_bytes(), 8 - zeros as usize);
}

/// Appends a number below 10^8 with leading zeros.
fn push_next_digits(out: &mut Vec<u8>, value: u64) {
    let text = eight_digits(value) + ASCII_ZEROS;
    out.extend_from_slice(&text.to_le_bytes());
}

const ASCII_ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// The decimal digits of a number below 10^8, one a byte, the first of them in the lowest byte.
///
/// All at once: the number is taken apart into two of four digits, these into four of two digits, and so on. The factors are
/// reciprocals, exact for numbers so small; the masks clear what the shift brings over from the next number.
fn eight_digits(value: u64) -> u64 {
    let quotient = value / 10_000;
    let fours = quotient + ((value - 10_000 * quotient) << 32);
    let quotients = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = quotients + ((fours - 100 * quotients) << 16);
    let quotients = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    quotients + ((twos - 10 * quotients) << 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: u64) -> String {
        let mut out = Vec::new();
        push(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_pair_of_four_digits() {
        for value in 0..10_000 {
            assert_eq!(text(value), value.to_string());
            // All digits of both halves at once.
            let both = 10_000 * value + 9_999 - value;
            assert_eq!(text(both), both.to_string());
        }
    }

    #[test]
    fn every_length() {
        let mut power = 1_u64;
        for _ in 0..20 {
            for value in [power - 1, power, power + 1, power / 3, power / 7 * 6] {
                assert_eq!(text(value), value.to_string());
            }
            power = power.saturating_mul(10);
        }
        assert_eq!(text(u64::MAX), u64::MAX.to_string());
        assert_eq!(text(1_700_000_000_025), "1700000000025");
    }

    #[test]
    fn either_sign() {
        for value in [i64::MIN, -1_234, -1, 0, 1, 1_234, i64::MAX] {
            let mut out = Vec::new();
            push_signed(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
