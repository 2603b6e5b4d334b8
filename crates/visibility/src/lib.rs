//! The local process that a network flow belongs to: NFStream's `system_visibility_mode`.
//!
//! [`SocketWatch`] is a thread that looks at all TCP and UDP sockets of the machine now and then, and remembers those that
//! it saw and whose they are. A flow table asks it through a [`SocketLookup`] when a flow has ended, and as soon as a flow
//! starts that it knows nothing of, it looks at once.
//!
//! A flow belongs to the first of these whose process is known:
//!
//! 1. the socket with exactly the two ends of the flow, its source as the local end;
//! 2. the same, with its destination as the local end;
//! 3. a socket without a remote end (of UDP, or a listener of TCP) at the source's address and port;
//! 4. one at the source's port and every address, if the source's address is one of this machine;
//! 5. and 6. the same for the destination.
//!
//! So where both ends are of this machine, the source's process counts, if it is known. IPv4 addresses that are mapped into
//! IPv6 are IPv4 addresses. Where several processes share a socket, the lowest number counts, but number 1, which hands
//! sockets to others, only if there is no other.
//!
//! # What it does not see
//!
//! - Anything but Linux: elsewhere a watch cannot be [started](SocketWatch::start).
//! - Sockets of other network namespaces, so of most containers, and what this machine only forwards.
//! - Processes of other users, unless it runs as root or with `CAP_SYS_PTRACE` and `CAP_DAC_READ_SEARCH`.
//! - Sockets that open and close between two looks; those of the kernel itself. A live capture shows a packet up to 80 ms
//!   late, so that the look for a new flow comes late too: on a busy machine, of 15 connections each that were there for 25, 50, 100
//!   and 200 ms the process of 1, 7, 14 and 15 was told, and of 50 downloads of 5 ms of none.
//! - Raw sockets, and so ICMP; SCTP; flows inside a tunnel, whose addresses are not of this machine's sockets; multicast
//!   and broadcast that others sent.
//! - Which of two sockets it was, where another took the same ends over while the first was still remembered: the later
//!   one counts. Where several listen at one port (`SO_REUSEPORT`), it is one of them. A socket at `[::]` counts for IPv4
//!   too, which the system tells of none.
//!
//! # What it costs
//!
//! A look is the system's work for the most part: it goes through a table of fixed size twice, and tells each socket. On a
//! virtual machine it took 15 ms with 10 sockets, 20 ms with 1,000 and 60 ms with 10,000 (`tests/cost.rs`). To learn whose
//! new sockets are, all files that processes have open are looked at: 15 ms, 20 ms and 110 ms more where as many were open.
//! What is known of a socket is not asked again.
//!
//! Whatever the interval and however many flows start, the next look comes after four times the duration of the last one: a
//! watch takes a fifth of one core at most. It takes up to 400 bytes for each socket that it remembers, of which there are
//! at most [`MAX_SOCKETS`].
//!
//! # Examples
//!
//! ```
//! # #[cfg(target_os = "linux")] {
//! use std::time::Duration;
//!
//! use nfstream_flow::{FlowTable, FlowTableConfig};
//! use nfstream_visibility::{SocketWatch, WatchConfig};
//!
//! let mut config = FlowTableConfig::default();
//! config.process_columns = true;
//! let mut watching = WatchConfig::default();
//! // A flow asks when it has ended: sockets must be remembered until then.
//! watching.keep = config.idle_timeout + Duration::from_secs(5);
//! let watch = SocketWatch::start(&watching)?;
//!
//! let mut table = FlowTable::new(&config, ());
//! table.set_process_lookup(Box::new(watch.lookup()));
//! // Packets that are captured go into the table.
//! # }
//! # Ok::<(), nfstream_visibility::WatchError>(())
//! ```
#![forbid(unsafe_code)]

mod clock;
mod lookup;
mod owners;
mod socket;
mod sockets;
mod system;
mod watch;

pub use lookup::SocketLookup;
pub use sockets::MAX_SOCKETS;
pub use watch::{SocketWatch, WatchConfig, WatchError, WatchStats};
