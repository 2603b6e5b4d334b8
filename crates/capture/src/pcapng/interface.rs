//! Interface descriptions, and what their clocks count.

use nfstream_decode::{LinkType, Timestamp};

use crate::Damage;
use crate::bytes::ByteOrder;
use crate::format::link_type;

const END_OF_OPTIONS: u16 = 0;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

const NANOS_PER_SECOND: u128 = 1_000_000_000;
/// Microseconds, where the description says nothing (§4.2).
const DEFAULT_RESOLUTION: Resolution = Resolution::nanos(1_000);

/// What packets need to know of their interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// 0 means none.
    pub(super) snaplen: u32,
    resolution: Resolution,
    offset_seconds: i64,
}

/// What a timestamp counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// Units of so many nanoseconds.
    Nanos { unit: u64 },
    /// So many units make a nanosecond; `None` are more than a timestamp can hold.
    PerNano { units: Option<u64> },
    /// Units of 2 to the power of minus this, in seconds.
    BinaryFraction { exponent: u32 },
}

impl Resolution {
    const fn nanos(unit: u64) -> Self {
        Self::Nanos { unit }
    }

    /// The option's value (§4.2): the exponent of 1/10, or of 1/2 where the highest bit is set.
    fn parse(value: u8) -> Self {
        let exponent = u32::from(value & 0x7f);
        if value & 0x80 != 0 {
            Self::BinaryFraction { exponent }
        } else if let Some(finer) = exponent.checked_sub(9) {
            Self::PerNano {
                units: 10_u64.checked_pow(finer),
            }
        } else {
            Self::nanos(10_u64.pow(9 - exponent))
        }
    }

    fn to_nanos(self, count: u64) -> u128 {
        let count = u128::from(count);
        match self {
            // At most 2^64 * 10^9.
            Self::Nanos { unit } => count * u128::from(unit),
            Self::PerNano { units } => units.map_or(0, |units| count / u128::from(units)),
            Self::BinaryFraction { exponent } => (count * NANOS_PER_SECOND) >> exponent,
        }
    }
}

impl Interface {
    pub(super) fn parse(order: ByteOrder, body: &[u8]) -> Result<Self, Damage> {
        const FIXED: usize = 8;
        let (Some(number), Some(snaplen)) = (order.u16_at(body, 0), order.u32_at(body, 4)) else {
            return Err(Damage::BlockTooShort {
                block: "an interface description",
                length: body.len(),
                least: FIXED,
            });
        };
        let mut interface = Self {
            link_type: link_type(number),
            snaplen,
            resolution: DEFAULT_RESOLUTION,
            offset_seconds: 0,
        };
        interface.read_options(order, body.get(FIXED..).unwrap_or_default())?;
        Ok(interface)
    }

    fn read_options(&mut self, order: ByteOrder, mut options: &[u8]) -> Result<(), Damage> {
        while let (Some(code), Some(length)) = (order.u16_at(options, 0), order.u16_at(options, 2))
        {
            let length = usize::from(length);
            let wrong = |right| Damage::InterfaceOption {
                code,
                length,
                right,
            };
            let value = options
                .get(4..4 + length)
                .ok_or(wrong("no more than the block has left"))?;
            match code {
                END_OF_OPTIONS => break,
                IF_TSRESOL => {
                    let &[value] = value.as_array().ok_or(wrong("1"))?;
                    self.resolution = Resolution::parse(value);
                }
                IF_TSOFFSET => {
                    let &value = value.as_array().ok_or(wrong("8"))?;
                    self.offset_seconds = order.u64(value).cast_signed();
                }
                _ => {}
            }
            options = options
                .get(4 + length.next_multiple_of(4)..)
                .unwrap_or_default();
        }
        Ok(())
    }

    /// The time that a packet's timestamp tells; what lies outside of the range of [`Timestamp`] becomes its nearest end.
    pub(super) fn timestamp(&self, count: u64) -> Timestamp {
        // Nearly all there are.
        if let Resolution::Nanos { unit } = self.resolution
            && self.offset_seconds == 0
            && let Some(nanos) = count.checked_mul(unit)
        {
            return Timestamp::from_nanos(nanos);
        }
        let nanos = self.resolution.to_nanos(count).cast_signed()
            + i128::from(self.offset_seconds) * NANOS_PER_SECOND.cast_signed();
        Timestamp::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(resolution: u8, offset_seconds: i64) -> Interface {
        Interface {
            link_type: LinkType::ETHERNET,
            snaplen: 0,
            resolution: Resolution::parse(resolution),
            offset_seconds,
        }
    }

    fn nanos(resolution: u8, count: u64) -> u64 {
        clock(resolution, 0).timestamp(count).as_nanos()
    }

    #[test]
    fn decimal_resolutions() {
        assert_eq!(nanos(0, 7), 7_000_000_000);
        assert_eq!(nanos(6, 7), 7_000);
        assert_eq!(nanos(9, 7), 7);
        assert_eq!(nanos(12, 7_999), 7);
        assert_eq!(nanos(19, u64::MAX), 1_844_674_407);
        assert_eq!(nanos(28, u64::MAX), 1);
        assert_eq!(nanos(29, u64::MAX), 0);
        assert_eq!(nanos(127, u64::MAX), 0);
    }

    #[test]
    fn binary_resolutions() {
        assert_eq!(nanos(0x80, 3), 3_000_000_000);
        assert_eq!(nanos(0x81, 3), 1_500_000_000);
        assert_eq!(nanos(0x80 | 32, 1 << 31), 500_000_000);
        assert_eq!(nanos(0xff, u64::MAX), 0);
    }

    #[test]
    fn offsets_shift_and_the_range_has_ends() {
        assert_eq!(clock(6, 2).timestamp(5).as_nanos(), 2_000_005_000);
        assert_eq!(clock(6, -1).timestamp(1_500_000).as_nanos(), 500_000_000);
        assert_eq!(clock(6, -2).timestamp(1_500_000), Timestamp::EPOCH);
        assert_eq!(clock(0, i64::MAX).timestamp(u64::MAX), Timestamp::MAX);
        assert_eq!(clock(0, i64::MIN).timestamp(0), Timestamp::EPOCH);
    }

    #[test]
    fn options_are_read_up_to_their_end_mark() {
        let body = [
            1, 0, 0, 0, 0, 0, 1, 0, // Ethernet, snaplen 65536
            2, 0, 3, 0, b'l', b'o', b'0', 0, // if_name with a byte of padding
            9, 0, 1, 0, 9, 0, 0, 0, // nanoseconds
            0, 0, 0, 0, // end
            9, 0, 1, 0, 3, 0, 0, 0,
        ];
        let interface = Interface::parse(ByteOrder::Little, &body).unwrap();
        assert_eq!(interface.snaplen, 65_536);
        assert_eq!(interface.timestamp(7).as_nanos(), 7);
    }

    #[test]
    fn options_of_wrong_length_are_refused() {
        let resolution = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 0, 9, 0, 0, 0];
        let overlong = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 9, 0, 9, 0, 0, 0];
        for body in [resolution, overlong] {
            assert!(matches!(
                Interface::parse(ByteOrder::Little, &body),
                Err(Damage::InterfaceOption { .. })
            ));
        }
    }
}
