//! Minimum, maximum and sum of squares, and what can be told from them.

/// Minimum, maximum and sum of squares of a series of integers.
///
/// The sum itself is not kept, because the flow has it already: the sum of packet sizes is the flow's bytes, the sum of
/// inter-arrival times is its duration.
///
/// The sum of squares is exact and cannot overflow where the values fit 32 bits, or where their sum fits 64 bits: in the
/// second case it is at most the square of the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    min: u64,
    max: u64,
    sum_of_squares: u128,
}

impl Extent {
    /// Adds one value.
    #[inline]
    pub fn add(&mut self, value: u64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum_of_squares = self
            .sum_of_squares
            .wrapping_add(u128::from(value) * u128::from(value));
    }

    /// Minimum, maximum and sum of squares over both series.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum_of_squares: self.sum_of_squares.wrapping_add(other.sum_of_squares),
        }
    }
}

impl Default for Extent {
    fn default() -> Self {
        Self {
            min: u64::MAX,
            max: 0,
            sum_of_squares: 0,
        }
    }
}

/// What [`Extent`] is, for packet sizes: 24 bytes instead of 32.
///
/// The sum of squares is exact and cannot overflow where the sum of the sizes, the flow's bytes, fits 64 bits: it is at
/// most that sum times the largest size, which fits 96 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SizeExtent {
    min: u32,
    max: u32,
    /// The lower 64 bits of the sum of squares, and the upper 32.
    squares: u64,
    squares_above: u32,
}

impl SizeExtent {
    /// Adds one size.
    #[inline]
    pub(crate) fn add(&mut self, size: u32) {
        self.min = self.min.min(size);
        self.max = self.max.max(size);
        let square = u64::from(size) * u64::from(size);
        let (squares, carried) = self.squares.overflowing_add(square);
        self.squares = squares;
        self.squares_above = self.squares_above.wrapping_add(carried.into());
    }

    pub(crate) fn extent(&self) -> Extent {
        Extent {
            min: self.min.into(),
            max: self.max.into(),
            sum_of_squares: u128::from(self.squares_above) << 64 | u128::from(self.squares),
        }
    }
}

impl Default for SizeExtent {
    fn default() -> Self {
        Self {
            min: u32::MAX,
            max: 0,
            squares: 0,
            squares_above: 0,
        }
    }
}

/// Minimum, mean, standard deviation and maximum of a series of integers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// The smallest value; 0 for an empty series.
    pub min: u64,
    /// The arithmetic mean; 0 for an empty series.
    pub mean: f64,
    /// The sample standard deviation (divisor n − 1); 0 for fewer than two values.
    pub stddev: f64,
    /// The largest value; 0 for an empty series.
    pub max: u64,
}

impl Summary {
    /// The summary of a series of `count` values with this `sum`.
    ///
    /// Everything up to the last division is done in integers, so nothing cancels.
    pub fn of(extent: &Extent, count: u64, sum: u64) -> Self {
        if count == 0 {
            return Self::default();
        }
        Self {
            min: extent.min,
            mean: quotient(sum, count),
            stddev: if extent.min == extent.max {
                0.0
            } else {
                sample_deviation(extent.sum_of_squares, count, sum)
            },
            max: extent.max,
        }
    }
}

/// Σ(x − mean)² / (n − 1), and its square root.
///
/// With q = ⌊Σx / n⌋ and r = Σx mod n, Σ(x − q)² = Σx² − q·Σx − q·r is an integer without large terms left over, and
/// Σ(x − mean)² = Σ(x − q)² − r²/n.
fn sample_deviation(sum_of_squares: u128, count: u64, sum: u64) -> f64 {
    if count < 2 {
        return 0.0;
    }
    let n = u128::from(count);
    let (quotient, remainder) = (u128::from(sum / count), u128::from(sum % count));
    let around_quotient = sum_of_squares
        .saturating_sub(quotient * u128::from(sum))
        .saturating_sub(quotient * remainder);
    let numerator = match around_quotient.checked_mul(n) {
        Some(scaled) => to_f64(scaled.saturating_sub(remainder * remainder)) / to_f64(n),
        // So large that r²/n, which is less than n, is lost in it anyway.
        None => to_f64(around_quotient),
    };
    square_root(numerator / to_f64(n - 1))
}

/// a / b, each the nearest floating-point number.
#[allow(
    clippy::cast_precision_loss,
    reason = "a mean is a floating-point number"
)]
fn quotient(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}

/// The nearest floating-point number.
#[allow(
    clippy::cast_precision_loss,
    reason = "a mean is a floating-point number"
)]
fn to_f64(value: u128) -> f64 {
    value as f64
}

/// The square root of a non-negative number, which `core` does not offer: Newton's method on a first guess that halves
/// the exponent.
fn square_root(value: f64) -> f64 {
    if value <= 0.0 {
        return 0.0;
    }
    let mut root = f64::from_bits((value.to_bits() >> 1) + (1023 << 51));
    for _ in 0..5 {
        root = 0.5 * (root + value / root);
    }
    root
}

#[cfg(test)]
mod tests;
