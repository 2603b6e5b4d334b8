//! Accumulators for flow features.
//!
//! [`Counters`] count packets and bytes of one direction, [`Statistics`] hold what NFStream's 48 statistical columns are
//! computed from, [`PacketSequence`] views the first packets of a flow, and [`TimeUnit`] says in which unit times are told.
//!
//! An accumulator keeps minimum, maximum and *exact integer sums*; means and deviations are computed once, when someone
//! asks ([`Summary`]). This costs no division a packet, and the results carry one rounding instead of one a packet.
//!
//! `no_std`, no allocation, no `unsafe`. Nothing here knows of flow keys, timeouts or packets as such: see
//! `nfstream-flow`.
//!
//! # Examples
//!
//! ```
//! use nfstream_features::{Extent, Summary};
//!
//! let mut sizes = Extent::default();
//! for size in [40, 60, 80] {
//!     sizes.add(size);
//! }
//! let summary = Summary::of(&sizes, 3, 40 + 60 + 80);
//! assert_eq!((summary.min, summary.mean, summary.stddev, summary.max), (40, 60.0, 20.0, 80));
//! ```
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod counters;
mod extent;
mod sequence;
mod statistics;
mod unit;

pub use counters::Counters;
pub use extent::{Extent, Summary};
pub use sequence::{PacketSequence, SequenceEntry};
pub use statistics::{FlagCounts, Statistics};
pub use unit::TimeUnit;
