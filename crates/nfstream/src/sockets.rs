//! The local sockets, whose processes flows tell.

use std::time::Duration;

use nfstream_flow::ProcessLookup;

/// What looks at the local sockets while a run goes on.
#[derive(Debug)]
pub(crate) struct Sockets(
    #[cfg(feature = "libpcap")] nfstream_visibility::SocketWatch,
    #[cfg(not(feature = "libpcap"))] std::convert::Infallible,
);

#[cfg(feature = "libpcap")]
impl Sockets {
    /// Looks at the sockets every so often, and remembers each for so long.
    pub(crate) fn watch(poll: Duration, keep: Duration) -> Result<Self, String> {
        use nfstream_visibility::{SocketWatch, WatchConfig};

        let mut config = WatchConfig::default();
        config.poll = poll;
        config.keep = keep;
        let watch = SocketWatch::start(&config).map_err(|error| error.to_string())?;
        Ok(Self(watch))
    }

    /// What a meter asks.
    pub(crate) fn lookup(&self) -> Box<dyn ProcessLookup> {
        Box::new(self.0.lookup())
    }
}

#[cfg(not(feature = "libpcap"))]
impl Sockets {
    /// Cannot be had.
    pub(crate) fn watch(_: Duration, _: Duration) -> Result<Self, String> {
        Err("this program was built without the feature `libpcap`".to_owned())
    }

    pub(crate) fn lookup(&self) -> Box<dyn ProcessLookup> {
        match self.0 {}
    }
}
