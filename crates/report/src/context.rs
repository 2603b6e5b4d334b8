//! What a page tells beside the flows.

use nfstream_decode::IgnoredPackets;

/// What a page tells beside the flows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// The heading.
    pub title: String,
    /// What was read: the names of files or interfaces.
    pub inputs: Vec<String>,
    /// Packets that were not metered, by layer and reason. `None`: not known, as of a file of flows.
    pub ignored: Option<Vec<Ignored>>,
    /// What else is to be said, a sentence each: what of the input could not be read, say.
    pub notes: Vec<String>,
    /// When the page was made. `None`: it does not tell, so that the same flows give the same page.
    pub created: Option<String>,
}

/// Packets that were not metered for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The layer of headers at which decoding ended.
    pub layer: String,
    /// Why it ended there.
    pub reason: String,
    /// How many packets.
    pub packets: u64,
}

impl Context {
    /// A page with this heading.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }
}

impl Ignored {
    /// The list of what a run counted.
    pub fn list(packets: &IgnoredPackets) -> Vec<Self> {
        let list = packets.iter().map(|(error, packets)| Self {
            layer: error.layer.to_string(),
            reason: error.reason.to_string(),
            packets,
        });
        list.collect()
    }
}
