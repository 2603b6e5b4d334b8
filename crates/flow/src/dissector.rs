//! Looking into packets for the application of their flow.

use core::num::NonZeroU32;

use nfstream_decode::Packet;

use crate::{Application, FlowKey};

/// Looks into the packets of flows for their application: layer 7.
///
/// A dissector is a type parameter of the flow table, like a plugin; `()` is none, and `None` of an `Option` one that is
/// off. For each flow the table calls
///
/// 1. [`start`](Self::start),
/// 2. [`dissect`](Self::dissect) with each packet, until that says [`Dissection::Done`], or as many packets as the table
///    was told were looked into (see [`FlowTableConfig::n_dissections`](crate::FlowTableConfig)), or the flow has ended,
/// 3. [`finish`](Self::finish) and then [`release`](Self::release).
///
/// What is found is copied into the flow, and plugins see it from the packet on with which it was found.
///
/// # Several meters
///
/// Several meters, each a flow table in a thread of its own, can share the flows of one capture out. Each needs a dissector
/// then, and [`share_out`](Self::share_out) makes them of one. A dissector that does not implement it serves one meter.
///
/// # Examples
///
/// ```
/// use core::num::NonZeroU32;
///
/// use nfstream_decode::Packet;
/// use nfstream_flow::{Application, Confidence, Dissection, Dissector, FlowKey};
///
/// /// Knows SSH by the first bytes that either end sends (RFC 4253, section 4.2).
/// struct SshBanner;
///
/// impl Dissector for SshBanner {
///     type State = bool;
///
///     fn start(&mut self, _key: &FlowKey) -> Option<bool> {
///         Some(false)
///     }
///
///     fn dissect<'a>(&'a mut self, packet: &Packet<'_>, is_ssh: &'a mut bool) -> Dissection<'a> {
///         *is_ssh = packet.payload().starts_with(b"SSH-2.0-");
///         if *is_ssh { Dissection::Done } else { Dissection::Nothing }
///     }
///
///     fn finish<'a>(&'a mut self, is_ssh: &'a mut bool) -> Application<'a> {
///         let mut application = Application::UNKNOWN;
///         if *is_ssh {
///             application.name = "SSH";
///             application.category = "RemoteAccess";
///             application.confidence = Confidence::Packets;
///         }
///         application
///     }
///
///     // It keeps nothing from one flow to the next: any number of meters can have one each.
///     fn max_parts(&self) -> NonZeroU32 {
///         NonZeroU32::MAX
///     }
///
///     fn share_out(self, parts: NonZeroU32) -> Vec<Self> {
///         (0..parts.get()).map(|_| SshBanner).collect()
///     }
/// }
/// ```
pub trait Dissector: Send + 'static {
    /// What a flow carries while it is looked into. It lies in the flow table: keep it small.
    type State: Send;

    /// Whether it is one that looks into nothing.
    fn is_off(&self) -> bool {
        false
    }

    /// A flow starts. `None`: it is not looked into, because there is no room for it; the table counts such flows.
    fn start(&mut self, key: &FlowKey) -> Option<Self::State>;

    /// Looks into the next packet of a flow.
    fn dissect<'a>(&'a mut self, packet: &Packet<'_>, state: &'a mut Self::State)
    -> Dissection<'a>;

    /// No more packets of the flow are looked into: the best that can be said of it. A name comes with a
    /// [`confidence`](Application::confidence).
    fn finish<'a>(&'a mut self, state: &'a mut Self::State) -> Application<'a>;

    /// Takes back what a flow carried, after [`finish`](Self::finish).
    fn release(&mut self, state: Self::State) {
        drop(state);
    }

    /// Into how many parts it can be shared out at most. It is the number of its shards: what is said of a flow depends on
    /// flows of the same shard alone. Default: 1, it cannot be shared out.
    fn max_parts(&self) -> NonZeroU32 {
        NonZeroU32::MIN
    }

    /// Shares itself out among meters, before the first flow: so many dissectors, but no more than
    /// [`max_parts`](Self::max_parts).
    ///
    /// With `shards` for what `max_parts` says, and `parts` for the number of dissectors that come back, the one at place `p`
    /// is shown the flows whose [`key.part(shards, parts)`](FlowKey::part) is `p`, and what is said of them, and whether there is
    /// room for them, must not depend on `parts`. In a live capture, where the system spreads flows as it likes, a part is shown
    /// any flows. A part is not shared out again.
    ///
    /// Default: itself alone.
    fn share_out(self, parts: NonZeroU32) -> Vec<Self>
    where
        Self: Sized,
    {
        let _ = parts;
        vec![self]
    }
}

/// What came of looking into a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dissection<'a> {
    /// Nothing new; more packets may tell more.
    Nothing,
    /// This is known now; more packets may tell more.
    Found(Application<'a>),
    /// More packets tell no more.
    Done,
}

/// None: no flow is looked into.
impl Dissector for () {
    type State = core::convert::Infallible;

    fn is_off(&self) -> bool {
        true
    }

    fn start(&mut self, _key: &FlowKey) -> Option<Self::State> {
        None
    }

    fn dissect<'a>(
        &'a mut self,
        _packet: &Packet<'_>,
        state: &'a mut Self::State,
    ) -> Dissection<'a> {
        match *state {}
    }

    fn finish<'a>(&'a mut self, state: &'a mut Self::State) -> Application<'a> {
        match *state {}
    }

    fn max_parts(&self) -> NonZeroU32 {
        NonZeroU32::MAX
    }

    fn share_out(self, parts: NonZeroU32) -> Vec<Self> {
        (0..parts.get()).map(|_| ()).collect()
    }
}

impl<D: Dissector> Dissector for Option<D> {
    type State = D::State;

    fn is_off(&self) -> bool {
        self.as_ref().is_none_or(D::is_off)
    }

    fn start(&mut self, key: &FlowKey) -> Option<Self::State> {
        self.as_mut()?.start(key)
    }

    fn dissect<'a>(
        &'a mut self,
        packet: &Packet<'_>,
        state: &'a mut Self::State,
    ) -> Dissection<'a> {
        match self {
            Some(dissector) => dissector.dissect(packet, state),
            None => Dissection::Done,
        }
    }

    fn finish<'a>(&'a mut self, state: &'a mut Self::State) -> Application<'a> {
        match self {
            Some(dissector) => dissector.finish(state),
            None => Application::UNKNOWN,
        }
    }

    fn release(&mut self, state: Self::State) {
        if let Some(dissector) = self {
            dissector.release(state);
        }
    }

    fn max_parts(&self) -> NonZeroU32 {
        self.as_ref().map_or(NonZeroU32::MAX, D::max_parts)
    }

    fn share_out(self, parts: NonZeroU32) -> Vec<Self> {
        match self {
            Some(dissector) => dissector.share_out(parts).into_iter().map(Some).collect(),
            None => (0..parts.get()).map(|_| None).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
