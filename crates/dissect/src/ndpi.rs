//! The dissector that asks nDPI.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use nfstream_decode::Packet;
use nfstream_flow::{Application, Confidence, Dissection, Dissector, FlowKey, Risks};

use crate::ffi::{self, Family, Flow, Module, Text};
use crate::modules::Modules;
use crate::names::Names;
use crate::texts::{Place, Texts};
use crate::{NdpiBuilder, NdpiError};

/// Finds the application of flows with the nDPI library that is installed.
///
/// It is for one flow table. nDPI remembers hosts that it has seen (such as peers of a BitTorrent flow) and labels later
/// flows by that, with the confidence [`OtherFlows`](Confidence::OtherFlows); see [`modules`](NdpiBuilder::modules) for
/// which flows can influence each other.
///
/// Several tables, in one thread or many, that have the flows of one capture among them get a part of one each:
/// [`share_out`](Dissector::share_out) moves its modules into the parts, and all labels stay what they were.
///
/// # Units
///
/// Texts are as long as NFStream shows them: server names the last 79 bytes (nDPI's limit), user agents the first 255,
/// content types the first 63.
///
/// # Memory
///
/// Some 6 to 10 MB for each of its [`modules`](NdpiBuilder::modules), and what nDPI needs for each flow that is looked into,
/// up to [`max_flows`](NdpiBuilder::max_flows) in all parts together. Memory of flows is used again; nDPI itself allocates
/// now and then, about 0.5 times a flow.
#[derive(Debug)]
pub struct Ndpi {
    /// Which one it is in this process.
    number: u64,
    /// Memory that no flow uses; it goes before the modules do.
    unused: Vec<Flow>,
    modules: Modules,
    names: Names,
    texts: Texts,
    capabilities: ffi::Capabilities,
    fingerprint_is_ja4: bool,
}

/// What nDPI knows of one flow. It serves the [`Ndpi`] that it comes from; for another one it is a flow of which nothing is
/// known.
#[derive(Debug)]
pub struct FlowBlock {
    flow: Flow,
    /// The number of its [`Ndpi`].
    owner: u64,
    /// The place of the module that looks at it, in that [`Ndpi`].
    module: u32,
}

/// A protocol or application that nDPI knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protocol {
    /// Its name.
    pub name: String,
    /// The category that it usually has.
    pub category: String,
}

/// NFStream's limits on texts, in bytes.
mod limit {
    pub(super) const USER_AGENT: usize = 255;
    pub(super) const CONTENT_TYPE: usize = 63;
}

impl Ndpi {
    /// nDPI with NFStream's settings.
    ///
    /// # Errors
    ///
    /// The library is not the one that this program was built for, or wants to know a [licence](crate::Licence).
    pub fn new() -> Result<Self, NdpiError> {
        Self::builder().build()
    }

    /// Says how to use nDPI.
    pub fn builder() -> NdpiBuilder {
        NdpiBuilder::new()
    }

    pub(crate) fn from_modules(modules: Modules, fingerprint_is_ja4: bool) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            modules,
            names: Names::default(),
            texts: Texts::default(),
            unused: Vec::new(),
            capabilities: ffi::capabilities(),
            fingerprint_is_ja4,
        }
    }

    /// The protocols and applications that this nDPI knows, in its order.
    pub fn protocols(&self) -> impl Iterator<Item = Protocol> + '_ {
        let protocols = self.modules.first().map(Module::protocols);
        protocols
            .into_iter()
            .flatten()
            .map(|(name, category)| Protocol { name, category })
    }

    /// The module that looks at a flow, if it is one of ours.
    fn module_of(&mut self, block: &FlowBlock) -> Option<&mut Module> {
        let module = self.modules.get_mut(block.module);
        module.filter(|_| block.owner == self.number)
    }

    /// What is known about a flow.
    fn application(&mut self, block: &FlowBlock) -> Application<'_> {
        let flow = &block.flow;
        let Self {
            number,
            modules,
            names,
            texts,
            capabilities,
            fingerprint_is_ja4,
            ..
        } = self;
        let module = modules.get_mut(block.module);
        let Some(module) = module.filter(|_| block.owner == *number) else {
            return Application::UNKNOWN;
        };
        texts.clear();
        let family = flow.family();
        let mut text = |of: Option<Family>, which, max_bytes| -> Place {
            let wanted = of.is_none_or(|of| of == family);
            let text = wanted.then(|| module.text(flow, which)).flatten();
            texts.push(text.unwrap_or_default(), max_bytes)
        };
        let server_name = text(None, Text::ServerName, usize::MAX);
        let ja3 = text(Some(Family::Tls), Text::Ja3Client, usize::MAX);
        let ja4 = text(Some(Family::Tls), Text::Ja4Client, usize::MAX);
        let (client, server) = match family {
            Family::Dhcp => (
                text(None, Text::DhcpFingerprint, usize::MAX),
                Place::default(),
            ),
            Family::Ssh => (
                text(None, Text::HasshClient, usize::MAX),
                text(None, Text::HasshServer, usize::MAX),
            ),
            Family::Tls => (
                if *fingerprint_is_ja4 {
                    ja4.clone()
                } else {
                    ja3.clone()
                },
                text(None, Text::Ja3Server, usize::MAX),
            ),
            Family::Http | Family::Other => (Place::default(), Place::default()),
        };
        let user_agent = match family {
            Family::Http | Family::Tls => text(None, Text::UserAgent, limit::USER_AGENT),
            _ => Place::default(),
        };
        let content_type = text(Some(Family::Http), Text::ContentType, limit::CONTENT_TYPE);

        let (name, category) = names.of(module, flow.result());
        let mut application = Application::UNKNOWN;
        application.name = name;
        application.category = category;
        application.is_guessed = flow.result().guessed != 0;
        application.confidence = Confidence::from_number(flow.result().confidence);
        application.server_name = texts.get(server_name);
        application.client_fingerprint = texts.get(client);
        application.server_fingerprint = texts.get(server);
        application.user_agent = texts.get(user_agent);
        application.content_type = texts.get(content_type);
        application.ja3 = capabilities.ja3.then(|| texts.get(ja3));
        application.ja4 = capabilities.ja4.then(|| texts.get(ja4));
        application.risks = Risks::new(flow.risks(), ffi::risk_names());
        application
    }
}

/// Driven as NFStream drives it: see [`Dissector`] for the packets; a flow without a name is given up, which lets nDPI
/// guess, when no more packets are looked into.
impl Dissector for Ndpi {
    type State = FlowBlock;

    fn start(&mut self, key: &FlowKey) -> Option<FlowBlock> {
        let module = self.modules.take_room(key)?;
        Some(FlowBlock {
            flow: self.unused.pop().unwrap_or_else(Flow::new),
            module,
            owner: self.number,
        })
    }

    fn dissect<'a>(&'a mut self, packet: &Packet<'_>, block: &'a mut FlowBlock) -> Dissection<'a> {
        if let Some(module) = self.module_of(block) {
            let millis = packet.timestamp().as_millis();
            module.process(&mut block.flow, packet.ip_packet(), millis);
        }
        let result = block.flow.result();
        if result.unknown != 0 {
            Dissection::Nothing
        } else if result.more != 0 {
            Dissection::Found(self.application(block))
        } else {
            Dissection::Done
        }
    }

    fn finish<'a>(&'a mut self, block: &'a mut FlowBlock) -> Application<'a> {
        if block.flow.result().unknown != 0
            && let Some(module) = self.module_of(block)
        {
            module.give_up(&mut block.flow);
        }
        self.application(block)
    }

    fn release(&mut self, mut block: FlowBlock) {
        if block.owner == self.number {
            block.flow.reset();
            self.unused.push(block.flow);
            self.modules.give_room_back(block.module);
        }
    }

    /// The number of its modules; of a part: 1.
    fn max_parts(&self) -> NonZeroU32 {
        self.modules.max_parts()
    }

    /// Moves its modules into the parts. A flow whose module is in another part is one for which there is no room.
    fn share_out(self, parts: NonZeroU32) -> Vec<Self> {
        let parts = parts.min(self.max_parts());
        if parts == NonZeroU32::MIN {
            return vec![self];
        }
        let fingerprint_is_ja4 = self.fingerprint_is_ja4;
        let parts = self.modules.share_out(parts);
        parts
            .map(|modules| Self::from_modules(modules, fingerprint_is_ja4))
            .collect()
    }
}
