//! Opens a network interface as it was chosen.

use nfstream_capture::{Interface, LiveError};
use nfstream_flow::{Dissector, NFPlugin};

use super::Spread;
use super::opening::Plan;
use super::settings::{LiveSettings, Settings};
use crate::engine::Engine;
use crate::source::AnySource;
use crate::watch::Watch;
use crate::{ConfigError, Error};

impl Settings {
    /// The sockets of a network interface.
    pub(super) fn interface<P: NFPlugin, D: Dissector>(
        &self,
        interface: Interface,
        filter: Option<String>,
        plan: Plan<P, D>,
    ) -> Result<(Engine<P, D>, Watch), Error> {
        let failed = |error| match error {
            LiveError::Filter { .. } => {
                let allowed = "a filter of the libpcap language";
                ConfigError::new("bpf_filter", error.to_string(), allowed).into()
            }
            error => Error::Open(error.into()),
        };
        let interface = self.live.choose(interface, filter);
        let (engine, mut watch) = match self.live.spread {
            // Elsewhere sockets do not share packets out.
            Spread::Kernel if cfg!(target_os = "linux") => {
                let captures = interface.open_spread(plan.meters).map_err(failed)?;
                let captures = captures.into_iter();
                let sources = captures.map(|it| Box::new(it) as Box<dyn AnySource>);
                self.spread(sources.collect(), plan)?
            }
            Spread::Kernel | Spread::Flow => {
                let capture = interface.open().map_err(failed)?;
                self.one_source(Box::new(capture), plan)?
            }
        };
        watch.is_live = true;
        Ok((engine, watch))
    }
}

impl LiveSettings {
    /// The interface as it was chosen, but for what was said otherwise.
    fn choose(&self, mut interface: Interface, filter: Option<String>) -> Interface {
        if let Some(promiscuous) = self.promiscuous_mode {
            interface = interface.promiscuous(promiscuous);
        }
        if let Some(bytes) = self.snapshot_length {
            interface = interface.snapshot_length(bytes);
        }
        if let Some(bytes) = self.socket_buffer_size {
            interface = interface.buffer_size(bytes);
        }
        if let Some(filter) = filter {
            interface = interface.filter(filter);
        }
        if let Some(packets) = self.max_packets {
            interface = interface.max_packets(packets);
        }
        interface
    }
}
