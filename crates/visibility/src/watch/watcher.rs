//! The thread that looks at the sockets.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Shared, WatchStats};
use crate::clock;
use crate::owners::Owners;
use crate::sockets::{MAX_SOCKETS, Sight};
use crate::system::{self, Listed};

/// The next look comes after so many times the duration of the last one.
const REST: u32 = 4;
/// And not before this.
const SHORTEST_REST: Duration = Duration::from_millis(2);
/// Sockets that are put down at a time: meters that ask meanwhile have to wait.
const BATCH: usize = 1_024;
/// How often the addresses of this machine are asked for, and old sockets forgotten.
const UPKEEP: Duration = Duration::from_secs(2);

/// When a look began and ended.
#[derive(Clone, Copy)]
pub(super) struct Times {
    start: Instant,
    end: Instant,
}

/// What runs in the thread.
pub(super) struct Watcher {
    shared: Arc<Shared>,
    poll: Duration,
    owners: Owners,
    /// When to forget and ask for addresses again. None: at once.
    next_upkeep: Option<Instant>,
}

impl Watcher {
    pub(super) fn new(shared: Arc<Shared>, poll: Duration) -> Self {
        Self {
            shared,
            poll,
            owners: Owners::default(),
            next_upkeep: None,
        }
    }

    pub(super) fn run(mut self, mut last: Times) {
        while self.wait(last) {
            // A flow that starts during the look wants another one.
            self.shared.look_wanted.store(false, Ordering::Release);
            let start = clock::now();
            last = self.look().unwrap_or_else(|_| {
                self.count(|stats| stats.failed_looks += 1);
                Times {
                    start,
                    end: clock::now(),
                }
            });
        }
    }

    /// Waits until it is time for the next look; false: there is none.
    fn wait(&self, last: Times) -> bool {
        let rest = (last.end - last.start).saturating_mul(REST);
        // One that is too far off for the clock never comes.
        let earliest = last.end.checked_add(rest.max(SHORTEST_REST));
        let regular = last.start.checked_add(self.poll).zip(earliest);
        let regular = regular.map(|(poll, earliest)| poll.max(earliest));
        loop {
            if self.shared.stop.load(Ordering::Acquire) {
                return false;
            }
            let next = if self.shared.is_look_wanted() {
                earliest
            } else {
                regular
            };
            let now = clock::now();
            match next {
                Some(next) if next <= now => return true,
                Some(next) => thread::park_timeout(next - now),
                None => thread::park(),
            }
        }
    }

    /// Looks at all sockets.
    pub(super) fn look(&mut self) -> io::Result<Times> {
        let start = clock::now();
        let mut listed = system::sockets()?;
        listed.truncate(MAX_SOCKETS);
        let inodes = listed.iter().map(|listed| listed.inode);
        let inodes = inodes.filter(|&inode| inode != 0);
        self.owners.learn(start, inodes, system::owners);

        for batch in listed.chunks(BATCH) {
            self.shared.change(|sockets| {
                for Listed { socket, inode } in batch {
                    let sight = match (self.owners.get(*inode), *inode) {
                        (Some(process), _) => Sight::Owned(process.clone()),
                        (None, 0) => Sight::Orphaned,
                        (None, _) => Sight::Unknown,
                    };
                    sockets.see(start, *socket, sight);
                }
            });
        }
        if self.next_upkeep.is_none_or(|next| next <= start) {
            self.next_upkeep = start.checked_add(UPKEEP);
            self.shared.change(|sockets| sockets.forget(start));
            let addresses = system::addresses()?;
            self.shared
                .change(|sockets| sockets.set_own_addresses(addresses));
        }

        let end = clock::now();
        let (known, unknown) = (self.shared.sockets().len(), self.owners.unknown());
        self.count(|stats| {
            stats.looks += 1;
            stats.look_time += end - start;
            stats.sockets = known;
            stats.unknown_sockets = unknown;
        });
        Ok(Times { start, end })
    }

    fn count(&self, count: impl FnOnce(&mut WatchStats)) {
        let stats = self.shared.stats.lock();
        count(&mut stats.unwrap_or_else(PoisonError::into_inner));
    }
}
