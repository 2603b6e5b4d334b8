//! The sockets that were seen, and whose they are.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use nfstream_flow::{Endpoint, Process};

use crate::socket::{Protocol, Socket};

/// The most sockets that are remembered at a time; those that were seen longest ago are forgotten first.
pub const MAX_SOCKETS: usize = 1 << 18;

/// The sockets that were seen, and whose they are.
#[derive(Debug)]
pub(crate) struct Sockets {
    known: HashMap<Socket, Known>,
    /// The addresses of this machine.
    own_addresses: HashSet<IpAddr>,
    /// How long a socket is remembered that is not seen any more.
    keep: Duration,
    /// How many are remembered.
    limit: usize,
}

/// A socket whose process is known.
#[derive(Debug)]
struct Known {
    process: Process,
    last_seen: Instant,
}

const _: () = assert!(
    size_of::<(Socket, Known)>() <= 88,
    "with the owner, up to 400 bytes where the tables are half full"
);

/// What a look tells about a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It belongs to this process.
    Owned(Process),
    /// It belongs to a process that is not known.
    Unknown,
    /// It belongs to no process any more, but the system has not forgotten it (TIME-WAIT, RFC 9293 §3.3.2), or not yet, as
    /// it was not accepted.
    Orphaned,
}

impl Sockets {
    pub(crate) fn new(keep: Duration, limit: usize) -> Self {
        Self {
            known: HashMap::new(),
            own_addresses: HashSet::new(),
            keep,
            limit,
        }
    }

    pub(crate) fn set_own_addresses(&mut self, addresses: HashSet<IpAddr>) {
        self.own_addresses = addresses;
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// A socket is there now, which is the moment of the look: where several have the same ends, the first one counts.
    pub(crate) fn see(&mut self, now: Instant, socket: Socket, sight: Sight) {
        match (sight, self.known.get_mut(&socket)) {
            (Sight::Owned(process), Some(known)) => {
                if known.last_seen < now {
                    known.process = process;
                    known.last_seen = now;
                }
            }
            (Sight::Owned(process), None) => {
                let last_seen = now;
                self.known.insert(socket, Known { process, last_seen });
            }
            (Sight::Orphaned, Some(known)) => known.last_seen = now,
            // Somebody else took the place of the one that was known.
            (Sight::Unknown, Some(known)) if known.last_seen < now => {
                self.known.remove(&socket);
            }
            (Sight::Unknown | Sight::Orphaned, _) => {}
        }
    }

    /// Forgets sockets that were not seen for too long, and the oldest of too many.
    pub(crate) fn forget(&mut self, now: Instant) {
        let keep = self.keep;
        let is_kept = |known: &Known| now.saturating_duration_since(known.last_seen) <= keep;
        self.known.retain(|_, known| is_kept(known));
        if self.known.len() > self.limit {
            // An eighth more than need be, so that it need not be done soon again.
            self.forget_oldest(self.known.len() - self.limit + self.limit / 8);
        }
    }

    fn forget_oldest(&mut self, surplus: usize) {
        let mut times: Vec<_> = self.known.values().map(|known| known.last_seen).collect();
        times.sort_unstable();
        let Some(&last) = times.get(surplus.saturating_sub(1)) else {
            return;
        };
        let older = times.partition_point(|&time| time < last);
        let mut as_old = surplus - older;
        self.known.retain(|_, known| {
            let goes = known.last_seen < last || (known.last_seen == last && as_old > 0);
            as_old -= usize::from(goes && known.last_seen == last);
            !goes
        });
    }

    /// Whose socket sent or got the packets of a flow from `src` to `dst`.
    pub(crate) fn process_of(
        &self,
        protocol: Protocol,
        src: Endpoint,
        dst: Endpoint,
    ) -> Option<&Process> {
        self.of_both_ends(protocol, src, dst)
            .or_else(|| self.bound(protocol, src))
            .or_else(|| self.bound(protocol, dst))
    }

    /// Whether a look might tell more about a flow between these ends than is known.
    pub(crate) fn is_worth_a_look(&self, protocol: Protocol, [a, b]: [Endpoint; 2]) -> bool {
        if !self.is_own(a.ip) && !self.is_own(b.ip) {
            return false;
        }
        let known = match protocol {
            // Beside the listener there will be a socket of the flow's own, maybe of another process.
            Protocol::Tcp => self.of_both_ends(protocol, a, b),
            Protocol::Udp => self.process_of(protocol, a, b),
        };
        known.is_none()
    }

    fn of_both_ends(&self, protocol: Protocol, src: Endpoint, dst: Endpoint) -> Option<&Process> {
        let connected = |local, remote| self.get(Socket::new(protocol, local, Some(remote)));
        connected(src, dst).or_else(|| connected(dst, src))
    }

    /// The process that gets what comes to this end, whoever sends it.
    fn bound(&self, protocol: Protocol, local: Endpoint) -> Option<&Process> {
        let at = |ip| {
            let port = local.port;
            self.get(Socket::new(protocol, Endpoint { ip, port }, None))
        };
        let ip = local.ip.to_canonical();
        // A host that has no address yet may be any host.
        if ip.is_unspecified() {
            return None;
        }
        let at_address = at(ip);
        if at_address.is_some() || !self.is_own(ip) {
            return at_address;
        }
        let at_every_ipv6 = || at(Ipv6Addr::UNSPECIFIED.into());
        match ip {
            IpAddr::V4(_) => at(Ipv4Addr::UNSPECIFIED.into()).or_else(at_every_ipv6),
            IpAddr::V6(_) => at_every_ipv6(),
        }
    }

    fn get(&self, socket: Socket) -> Option<&Process> {
        self.known.get(&socket).map(|known| &known.process)
    }

    /// Whether an address is one of this machine. All of 127.0.0.0/8 is, without being listed.
    fn is_own(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        ip.is_loopback() || self.own_addresses.contains(&ip)
    }
}

#[cfg(test)]
mod tests;
