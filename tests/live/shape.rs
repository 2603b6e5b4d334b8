//! The ways in which sources come to meters.

use nfstream::{Builder, Streamer};

use crate::script::{Gate, Script, Step};

/// How sources come to meters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One source, one meter.
    One,
    /// One source, three meters.
    Several,
    /// Two sources, a meter each.
    Spread,
}

impl Shape {
    pub(crate) const ALL: [Self; 3] = [Self::One, Self::Several, Self::Spread];

    /// How many meters there are, each with a plugin.
    pub(crate) fn meters(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Several => 3,
            Self::Spread => 2,
        }
    }

    /// Meters the source; where there are two, the other one too.
    pub(crate) fn over(self, source: Script, other: impl FnOnce() -> Script) -> Builder {
        let builder = Streamer::builder();
        match self {
            Self::One => builder.packet_source(source).n_meters(1),
            Self::Several => builder.packet_source(source).n_meters(3),
            Self::Spread => builder.packet_sources([source, other()]),
        }
    }

    /// Meters the source; where there are two, the other one is quiet until it is stopped.
    pub(crate) fn of(self, source: Script) -> Builder {
        self.over(source, || Script::new([Step::Quiet(Gate::default())]))
    }
}
