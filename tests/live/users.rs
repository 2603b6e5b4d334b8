//! What users write: plugins and sinks that keep books.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nfstream::{Flow, NFPlugin, Packet};

/// How often each hook was called, over all copies of a plugin.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    inits: AtomicU64,
    updates: AtomicU64,
    expires: AtomicU64,
    cleanups: AtomicU64,
}

impl Calls {
    pub(crate) fn inits(&self) -> u64 {
        self.inits.load(Ordering::SeqCst)
    }

    pub(crate) fn packets(&self) -> u64 {
        self.inits() + self.updates.load(Ordering::SeqCst)
    }

    pub(crate) fn expires(&self) -> u64 {
        self.expires.load(Ordering::SeqCst)
    }

    pub(crate) fn cleanups(&self) -> u64 {
        self.cleanups.load(Ordering::SeqCst)
    }
}

/// A hook of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    Init,
    Update,
    Expire,
}

/// Counts the calls of its hooks, and panics where it is told to: in this hook, with the flow of this client's port.
#[derive(Clone, Default)]
pub(crate) struct Accountant {
    pub(crate) calls: Arc<Calls>,
    pub(crate) panics: Option<(Hook, u16)>,
}

impl Accountant {
    fn meet(&self, hook: Hook, flow: &Flow<'_>) {
        let port = flow.src_port();
        assert!(self.panics != Some((hook, port)), "the plugin's panic");
        let calls = match hook {
            Hook::Init => &self.calls.inits,
            Hook::Update => &self.calls.updates,
            Hook::Expire => &self.calls.expires,
        };
        calls.fetch_add(1, Ordering::SeqCst);
    }
}

impl NFPlugin for Accountant {
    type State = ();
    type Output = ();

    fn on_init(&mut self, _: &Packet<'_>, flow: &mut Flow<'_>) {
        self.meet(Hook::Init, flow);
    }

    fn on_update(&mut self, _: &Packet<'_>, flow: &mut Flow<'_>, (): &mut ()) {
        self.meet(Hook::Update, flow);
    }

    fn on_expire(&mut self, flow: &Flow<'_>, (): ()) {
        self.meet(Hook::Expire, flow);
    }

    fn cleanup(&mut self) {
        self.calls.cleanups.fetch_add(1, Ordering::SeqCst);
    }
}
