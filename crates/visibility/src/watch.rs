//! The watch on the sockets of this machine.

mod watcher;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use crate::lookup::SocketLookup;
use crate::sockets::{MAX_SOCKETS, Sockets};
use watcher::Watcher;

/// How to watch. The defaults are NFStream's, for an idle timeout of 120 s.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchConfig {
    /// From the beginning of a look at all sockets to the next, at least. When flows start that nothing is known of, looks
    /// come sooner. Default: 100 ms.
    pub poll: Duration,
    /// How long a socket is remembered after it was seen last. A flow asks when it has ended: this should be 5 s more than
    /// the idle timeout. Default: 125 s.
    pub keep: Duration,
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(100),
            keep: Duration::from_secs(125),
        }
    }
}

/// Why sockets cannot be watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// This system does not tell whose sockets are, or not in a way that is known here.
    #[error("the processes of flows can be told on Linux alone")]
    Unsupported,
    /// The sockets, or the addresses of this machine, cannot be read.
    #[error("the sockets of this machine cannot be read: {0}")]
    Sockets(#[source] io::Error),
    /// There is no thread for it.
    #[error("no thread to watch sockets with: {0}")]
    Thread(#[source] io::Error),
}

/// What a watch has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchStats {
    /// Looks at all sockets.
    pub looks: u64,
    /// How long they took altogether.
    pub look_time: Duration,
    /// Looks that failed: what was known before stays.
    pub failed_looks: u64,
    /// Sockets that are remembered, each with its process.
    pub sockets: usize,
    /// Sockets that are there, but whose process cannot be told: it belongs to another user, or to the kernel.
    pub unknown_sockets: usize,
}

/// A thread that looks at all TCP and UDP sockets of this machine, and remembers whose they are. See the
/// [crate](crate) for what it sees and what it costs.
///
/// It stops when it is dropped.
#[derive(Debug)]
pub struct SocketWatch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl SocketWatch {
    /// Looks once, so that all sockets that are there now are known, and starts the thread.
    ///
    /// # Errors
    ///
    /// The system is not Linux, its sockets cannot be read (`/proc` is not mounted, for example), or there is no thread. That
    /// processes of other users cannot be seen is none: see [`WatchStats::unknown_sockets`].
    pub fn start(config: &WatchConfig) -> Result<Self, WatchError> {
        let shared = Arc::new(Shared::new(config.keep));
        let mut watcher = Watcher::new(Arc::clone(&shared), config.poll);
        let times = watcher.look().map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => WatchError::Unsupported,
            _ => WatchError::Sockets(error),
        })?;
        let thread = thread::Builder::new()
            .name("nfstream-sockets".to_owned())
            .spawn(move || watcher.run(times))
            .map_err(WatchError::Thread)?;
        shared.thread.get_or_init(|| thread.thread().clone());
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// What a flow table asks. Each meter takes one.
    pub fn lookup(&self) -> SocketLookup {
        SocketLookup::new(Arc::clone(&self.shared))
    }

    /// What it has done so far.
    pub fn stats(&self) -> WatchStats {
        *self
            .shared
            .stats
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SocketWatch {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It panicked: nothing of it is left that could be asked for.
            let _ = thread.join();
        }
    }
}

/// What the thread and those who ask have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    sockets: RwLock<Sockets>,
    stats: Mutex<WatchStats>,
    /// A flow has started that nothing is known of.
    look_wanted: AtomicBool,
    stop: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Shared {
    fn new(keep: Duration) -> Self {
        Self {
            sockets: RwLock::new(Sockets::new(keep, MAX_SOCKETS)),
            stats: Mutex::default(),
            look_wanted: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            thread: OnceLock::new(),
        }
    }

    /// What is known now.
    pub(crate) fn sockets(&self) -> RwLockReadGuard<'_, Sockets> {
        self.sockets.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Sockets) -> T) -> T {
        let sockets = self.sockets.write();
        change(&mut sockets.unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn is_look_wanted(&self) -> bool {
        self.look_wanted.load(Ordering::Relaxed)
    }

    /// Asks for a look as soon as may be.
    pub(crate) fn want_look(&self) {
        if !self.look_wanted.swap(true, Ordering::AcqRel)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }
}
