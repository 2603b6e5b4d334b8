//! Wavelet-based features, as a plugin.

mod haar;

use core::fmt;
use core::time::Duration;
use std::error::Error;

use nfstream_decode::{Direction, Packet};
use nfstream_flow::record::{Column, Record, RowWriter, Schema, Value};
use nfstream_flow::{Flow, NFPlugin};

use haar::Band;

/// How a flow's bytes are spread over time, on several scales: features of a stationary Haar transform.
///
/// IP sizes are summed up into 2^levels bins of equal width for each direction, which span the active timeout from the
/// flow's first packet on. When the flow ends, both series are transformed, and four features are computed from each set of
/// coefficients. What comes later than the active timeout counts in the last bin.
///
/// Times are truncated to the [unit of the columns](Flow::time_unit) before they are subtracted, as in every column.
///
/// # Columns
///
/// For each direction (`f`: src2dst, `b`: dst2src), and each set of coefficients k of 0 to levels: the approximation
/// first, then the details from the coarsest to the finest. `udps.f_p_k_0` to `udps.f_p_k_<levels>`, then `f_u_k_…`,
/// `f_sigma_k_…`, `f_S_k_…`, and the same with `b`. With coefficients c and their energy E = Σc²:
///
/// | column | unit | what it tells |
/// |---|---|---|
/// | `p_k` | | the share of the energy of all sets, E ÷ (ΣE + 10⁻⁷) |
/// | `u_k` | bytes | the mean of \|c\| |
/// | `sigma_k` | bytes | the standard deviation of c (of a population: divisor n) |
/// | `S_k` | | the entropy −Σ q·ln(q + 10⁻⁷), where q = c² ÷ (E + 10⁻⁷) |
///
/// A direction without bytes has zeros.
///
/// # Cost
///
/// No packet allocates. A flow allocates twice: its bins (2 × 8 × 2^levels bytes; 2 KiB with seven levels, 64 KiB with
/// twelve), and its results when it ends. The transform takes (levels + 1) × 2^levels logarithms for each direction with
/// bytes.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use nfstream_flow::FlowTableConfig;
/// use nfstream_plugins::WaveletFeatures;
///
/// let plugin = WaveletFeatures::new(Duration::from_secs(1_800), 7)?;
/// let schema = nfstream_flow::schema(&FlowTableConfig::default(), &plugin);
/// assert_eq!(schema.columns().last().unwrap().name, "udps.b_S_k_7");
/// # Ok::<(), nfstream_plugins::WaveletFeaturesError>(())
/// ```
///
/// # Source
///
/// NFStream's plugin `WFPlugin`, which transforms with `PyWavelets`.
#[derive(Clone, Debug)]
pub struct WaveletFeatures {
    active_timeout: Duration,
    levels: u32,
    /// What a transform works on; kept from flow to flow.
    scratch: Box<[f64]>,
}

impl WaveletFeatures {
    /// The most levels: 4,096 bins for each direction.
    pub const MAX_LEVELS: u32 = 12;

    /// Bins that span `active_timeout`, which should be that of the flows, and a transform of so many levels.
    ///
    /// # Errors
    ///
    /// `levels` is not 1 to [`MAX_LEVELS`](Self::MAX_LEVELS), or the timeout is zero.
    pub fn new(active_timeout: Duration, levels: u32) -> Result<Self, WaveletFeaturesError> {
        if !(1..=Self::MAX_LEVELS).contains(&levels) {
            return Err(WaveletFeaturesError::Levels(levels));
        }
        if active_timeout.is_zero() {
            return Err(WaveletFeaturesError::NoTimeout);
        }
        Ok(Self {
            active_timeout,
            levels,
            scratch: vec![0.0; 2 << levels].into(),
        })
    }

    /// The bin of the packet at hand: its series and its place in there.
    fn bin(&self, packet: &Packet<'_>, flow: &Flow<'_>) -> usize {
        let unit = flow.time_unit();
        let elapsed = unit
            .truncate(packet.timestamp())
            .saturating_sub(unit.truncate(flow.first_seen()));
        let nanos = u128::from(elapsed) * u128::from(unit.nanos());
        let bins = 1_usize << self.levels;
        let bin = (nanos << self.levels) / self.active_timeout.as_nanos();
        let bin = usize::try_from(bin).map_or(bins - 1, |bin| bin.min(bins - 1));
        match packet.direction() {
            Direction::Src2Dst => bin,
            Direction::Dst2Src => bins + bin,
        }
    }
}

/// What [`WaveletFeatures`] keeps of a flow: bytes by bin, src2dst and then dst2src.
#[derive(Clone, Debug)]
pub struct WaveletFeaturesState(Box<[u64]>);

/// What [`WaveletFeatures`] tells of a flow. How many columns there are depends on the plugin, which declares them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WaveletFeaturesColumns {
    /// The values in the order of the columns.
    pub values: Box<[f64]>,
}

/// Why there is no such transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaveletFeaturesError {
    /// A number of levels that is none of 1 to [`WaveletFeatures::MAX_LEVELS`].
    Levels(u32),
    /// An active timeout of zero, which has no bins.
    NoTimeout,
}

impl fmt::Display for WaveletFeaturesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Levels(levels) => write!(
                f,
                "a wavelet transform of {levels} levels: 1 to {} can be had",
                WaveletFeatures::MAX_LEVELS
            ),
            Self::NoTimeout => f.write_str("an active timeout of zero cannot be divided into bins"),
        }
    }
}

impl Error for WaveletFeaturesError {}

impl Record for WaveletFeaturesColumns {
    fn columns(_schema: &mut Schema) {}

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        for value in &self.values {
            row.float(*value);
        }
    }

    fn write_null<W: RowWriter + ?Sized>(_row: &mut W) {}
}

/// A feature of a set of coefficients: its name, unit and meaning, and how it is read.
type Feature = (&'static str, &'static str, &'static str, fn(&Band) -> f64);

const FEATURES: [Feature; 4] = [
    ("p", "", "share of the energy", |band| band.energy_share),
    ("u", "bytes", "mean magnitude", |band| band.mean_magnitude),
    ("sigma", "bytes", "standard deviation", |band| {
        band.deviation
    }),
    ("S", "", "entropy", |band| band.entropy),
];

impl NFPlugin for WaveletFeatures {
    type State = WaveletFeaturesState;
    type Output = WaveletFeaturesColumns;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> WaveletFeaturesState {
        let mut state = WaveletFeaturesState(vec![0; 2 << self.levels].into());
        self.on_update(packet, flow, &mut state);
        state
    }

    fn on_update(
        &mut self,
        packet: &Packet<'_>,
        flow: &mut Flow<'_>,
        state: &mut WaveletFeaturesState,
    ) {
        if let Some(bytes) = state.0.get_mut(self.bin(packet, flow)) {
            *bytes += u64::from(packet.ip_size());
        }
    }

    fn on_expire(
        &mut self,
        _flow: &Flow<'_>,
        state: WaveletFeaturesState,
    ) -> WaveletFeaturesColumns {
        let bands = self.levels as usize + 1;
        let mut values = Vec::with_capacity(2 * FEATURES.len() * bands);
        for series in state.0.chunks(1 << self.levels) {
            let transformed = haar::bands(series, &mut self.scratch);
            for (.., feature) in FEATURES {
                values.extend(transformed.iter().take(bands).map(feature));
            }
        }
        WaveletFeaturesColumns {
            values: values.into(),
        }
    }

    fn columns(&self, schema: &mut Schema) {
        for (direction, way) in [("f", "src2dst"), ("b", "dst2src")] {
            for (feature, unit, meaning, _) in FEATURES {
                for band in 0..=self.levels {
                    let coefficients = match band {
                        0 => "the approximation".to_owned(),
                        _ => format!("the details of level {}", self.levels + 1 - band),
                    };
                    schema.push(
                        Column::new(format!("{direction}_{feature}_k_{band}"), f64::TYPE)
                            .unit(unit)
                            .doc(format!(
                                "{way} bytes over time: {meaning} of {coefficients}"
                            )),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
