//! Whose sockets are, by the numbers that the system gives them.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use nfstream_flow::Process;

/// How long to wait before looking again for the process of a socket, at most. Some have none: those of the kernel.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Whose the sockets are that are there, by inode number. To find out is expensive, so each is looked for once, and those
/// that nobody has less and less often.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    by_inode: HashMap<u64, Owner>,
    /// Number of the look.
    look: u64,
}

#[derive(Debug)]
struct Owner {
    process: Option<Process>,
    /// Number of the last look that the socket was seen in.
    look: u64,
    /// When to look again for a process that was not found, and how long to wait after that.
    again: Instant,
    wait: Duration,
}

const _: () = assert!(
    size_of::<(u64, Owner)>() <= 72,
    "with the socket, up to 400 bytes where the tables are half full"
);

impl Owners {
    /// Learns whose the sockets are that are there now, and forgets the others. `find` finds the processes of sockets.
    pub(crate) fn learn(
        &mut self,
        now: Instant,
        inodes: impl IntoIterator<Item = u64>,
        find: impl FnOnce(&HashSet<u64>) -> HashMap<u64, Process>,
    ) {
        self.look += 1;
        let look = self.look;
        let mut wanted = HashSet::new();
        for inode in inodes {
            match self.by_inode.get_mut(&inode) {
                Some(owner) => {
                    owner.look = look;
                    if owner.process.is_none() && owner.again <= now {
                        wanted.insert(inode);
                    }
                }
                None => {
                    wanted.insert(inode);
                }
            }
        }
        self.by_inode.retain(|_, owner| owner.look == look);
        if wanted.is_empty() {
            return;
        }
        let mut found = find(&wanted);
        for inode in wanted {
            let process = found.remove(&inode);
            let owner = self.by_inode.entry(inode).or_insert(Owner {
                process: None,
                look,
                again: now,
                wait: Duration::ZERO,
            });
            // The first time at the next look: it may just have gone from one process to another.
            owner.again = now + owner.wait;
            owner.wait = (owner.wait * 2).clamp(Duration::from_millis(100), LONGEST_WAIT);
            owner.process = process;
        }
    }

    /// Whose the socket with this number is.
    pub(crate) fn get(&self, inode: u64) -> Option<&Process> {
        self.by_inode.get(&inode)?.process.as_ref()
    }

    /// Sockets that are there and whose process is not known.
    pub(crate) fn unknown(&self) -> usize {
        let owners = self.by_inode.values();
        owners.filter(|owner| owner.process.is_none()).count()
    }
}

#[cfg(test)]
mod tests;
