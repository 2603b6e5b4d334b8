//! Several sockets that share the packets of an interface out, flow by flow.
//!
//! # Source
//!
//! `packet(7)`, `PACKET_FANOUT`; the hash is the kernel's `__skb_get_hash_symmetric`.

use std::io;
use std::os::fd::AsFd;

use nix::libc;
use nix::sys::socket::{getsockopt, setsockopt};
use nix::{getsockopt_impl, setsockopt_impl, sockopt_impl};

sockopt_impl!(
    /// The group of a socket: its number, and above it how it shares packets out.
    Fanout,
    Both,
    libc::SOL_PACKET,
    libc::PACKET_FANOUT,
    u32
);

/// By a hash that both directions of a flow share, of datagrams put together from their fragments.
const MODE: u32 = libc::PACKET_FANOUT_HASH | libc::PACKET_FANOUT_FLAG_DEFRAG;

/// Sockets that share packets out.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The kernel's number for it.
    number: Option<u32>,
}

impl Group {
    /// Adds a socket.
    pub(super) fn join(&mut self, socket: &impl AsFd) -> io::Result<()> {
        if let Some(number) = self.number {
            setsockopt(socket, Fanout, &(MODE << 16 | number))?;
        } else {
            // The kernel chooses a number that no other program has.
            let mode = MODE | libc::PACKET_FANOUT_FLAG_UNIQUEID;
            setsockopt(socket, Fanout, &(mode << 16))?;
            self.number = Some(getsockopt(socket, Fanout)? & 0xffff);
        }
        Ok(())
    }
}
