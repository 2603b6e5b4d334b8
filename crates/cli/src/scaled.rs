//! Numbers in little room.

use std::fmt;

const SUFFIXES: [char; 6] = ['k', 'M', 'G', 'T', 'P', 'E'];

/// A number with three digits and a suffix for thousands of thousands: `999`, `1.23k`, `45.6M`, `789G`. Truncated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaled(pub(crate) u64);

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut unit, mut suffix) = (1, None);
        for next in SUFFIXES {
            if self.0 / unit < 1000 {
                break;
            }
            unit *= 1000;
            suffix = Some(next);
        }
        let whole = self.0 / unit;
        let Some(suffix) = suffix else {
            return write!(f, "{whole}");
        };
        let hundredths = self.0 % unit / (unit / 1000) / 10;
        match whole {
            0..10 => write!(f, "{whole}.{hundredths:02}{suffix}"),
            10..100 => write!(f, "{whole}.{}{suffix}", hundredths / 10),
            _ => write!(f, "{whole}{suffix}"),
        }
    }
}

/// The number as it is where it fits into `width` characters, else [`Scaled`].
pub(crate) fn fitting(number: u64, width: usize) -> String {
    let exact = number.to_string();
    if exact.len() <= width {
        exact
    } else {
        Scaled(number).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_suffix() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.00k"),
            (1_239, "1.23k"),
            (45_678, "45.6k"),
            (999_999, "999k"),
            (1_000_000, "1.00M"),
            (u64::MAX, "18.4E"),
        ] {
            assert_eq!(Scaled(number).to_string(), expected);
        }
    }

    #[test]
    fn exact_where_there_is_room() {
        assert_eq!(fitting(123_456, 6), "123456");
        assert_eq!(fitting(1_234_567, 6), "1.23M");
    }
}
