//! From counted nanoseconds to columns with fractions.

pub(crate) const NANOS_A_MICROSECOND: f64 = 1e3;
pub(crate) const NANOS_A_MILLISECOND: f64 = 1e6;
pub(crate) const NANOS_A_SECOND: f64 = 1e9;

/// The nearest floating-point number: exact up to 2^53.
#[allow(
    clippy::cast_precision_loss,
    reason = "the columns are floating-point numbers"
)]
pub(crate) fn to_f64(value: u64) -> f64 {
    value as f64
}

/// So many in so many nanoseconds. `None`: in no time.
pub(crate) fn per_second(count: u64, nanos: u64) -> Option<f64> {
    // The product is exact up to nine millions, so that there is one rounding.
    (nanos > 0).then(|| to_f64(count) * NANOS_A_SECOND / to_f64(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded_once() {
        // Divided first, it would be 119.99999999999999.
        assert_eq!(per_second(3, 25_000_000), Some(120.0));
    }

    #[test]
    fn in_no_time_there_is_no_rate() {
        assert_eq!(per_second(1, 0), None);
        assert_eq!(per_second(0, 1), Some(0.0));
    }
}
