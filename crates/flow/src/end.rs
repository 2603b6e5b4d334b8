//! Why a flow ended.

/// Why a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FlowEnd {
    /// No packet for as long as the idle timeout. (IPFIX flowEndReason 1.)
    Idle,
    /// It lasted as long as the active timeout; what follows is a new flow. (IPFIX 2.)
    Active,
    /// A plugin ended it. (IPFIX 4.)
    Forced,
    /// The table was full, and it was the flow unseen for longest. (IPFIX 5.)
    Resources,
    /// The input ended. (IPFIX 4.)
    EndOfInput,
}

impl FlowEnd {
    /// Every reason.
    pub const ALL: [Self; 5] = [
        Self::Idle,
        Self::Active,
        Self::Forced,
        Self::Resources,
        Self::EndOfInput,
    ];

    /// NFStream's `expiration_id`: 0 idle or end of input, 1 active, −1 by a plugin. NFStream's table is never full; 2
    /// stands for that.
    pub const fn expiration_id(self) -> i8 {
        match self {
            Self::Idle | Self::EndOfInput => 0,
            Self::Active => 1,
            Self::Forced => -1,
            Self::Resources => 2,
        }
    }

    /// Its name, as reports print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle timeout",
            Self::Active => "active timeout",
            Self::Forced => "ended by a plugin",
            Self::Resources => "table full",
            Self::EndOfInput => "end of input",
        }
    }
}
