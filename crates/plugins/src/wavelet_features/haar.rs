//! The stationary Haar transform, and what is told of its coefficients.

use core::f64::consts::FRAC_1_SQRT_2;

use super::WaveletFeatures;
use crate::units::to_f64;

/// NFStream's guard against divisions by zero and the logarithm of zero.
const GUARD: f64 = 1e-7;

/// What is told of one set of coefficients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Band {
    /// Sum of squares.
    energy: f64,
    /// Its share of the energies of all sets.
    pub(super) energy_share: f64,
    /// Mean of the absolute values.
    pub(super) mean_magnitude: f64,
    /// Standard deviation, of a population.
    pub(super) deviation: f64,
    /// Shannon's entropy of the shares of the energy.
    pub(super) entropy: f64,
}

/// The approximation, then the details from the coarsest to the finest; zeros behind that. `series` has 2^levels values,
/// `scratch` has room for twice as many.
///
/// Level j turns the approximation a of the level before into the next one and its details, (a[i] ± a[i + 2^(j−1)]) ÷ √2,
/// where indices wrap around.
pub(super) fn bands(
    series: &[u64],
    scratch: &mut [f64],
) -> [Band; WaveletFeatures::MAX_LEVELS as usize + 1] {
    let mut bands = [Band::default(); _];
    if series.iter().all(|bytes| *bytes == 0) {
        return bands;
    }
    let levels = series.len().ilog2() as usize;
    let Some((mut approximation, rest)) = scratch.split_at_mut_checked(series.len()) else {
        return bands;
    };
    let mut next = rest;
    for (value, bytes) in approximation.iter_mut().zip(series) {
        *value = to_f64(*bytes);
    }
    for level in 1..=levels {
        let shifted = approximation.iter().cycle().skip(1 << (level - 1));
        let pairs = approximation.iter().zip(shifted);
        if let Some(details) = bands.get_mut(levels + 1 - level) {
            *details = Band::of(pairs.clone().map(|(a, b)| (a - b) * FRAC_1_SQRT_2));
        }
        for (next, (a, b)) in next.iter_mut().zip(pairs) {
            *next = (a + b) * FRAC_1_SQRT_2;
        }
        (approximation, next) = (next, approximation);
    }
    if let Some(first) = bands.first_mut() {
        *first = Band::of(approximation.iter().take(series.len()).copied());
    }
    let total: f64 = bands.iter().map(|band| band.energy).sum();
    for band in &mut bands {
        band.energy_share = band.energy / (total + GUARD);
    }
    bands
}

impl Band {
    /// All but the share, which depends on the other sets. There is at least one coefficient.
    fn of(coefficients: impl Iterator<Item = f64> + Clone) -> Self {
        let (mut count, mut sum, mut magnitude, mut energy) = (0.0, 0.0, 0.0, 0.0);
        for c in coefficients.clone() {
            count += 1.0;
            sum += c;
            magnitude += c.abs();
            energy += c * c;
        }
        let mean = sum / count;
        let (mut squares, mut entropy) = (0.0, 0.0);
        for c in coefficients {
            squares += (c - mean) * (c - mean);
            let share = c * c / (energy + GUARD);
            // Most flows are short, so most coefficients are zero.
            if share > 0.0 {
                entropy -= share * (share + GUARD).ln();
            }
        }
        Self {
            energy,
            energy_share: 0.0,
            mean_magnitude: magnitude / count,
            deviation: (squares / count).sqrt(),
            entropy,
        }
    }
}
