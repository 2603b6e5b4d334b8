//! What libpcap does not set of its sockets.
//!
//! # Source
//!
//! `packet(7)`, `PACKET_FANOUT` and `PACKET_IGNORE_OUTGOING`; `socket(7)`, `SO_ATTACH_FILTER`; the hash is the kernel's
//! `__skb_get_hash_symmetric`.

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

sockopt_impl!(
    /// Whether a socket passes over what goes out.
    IgnoreOutgoing,
    SetOnly,
    libc::SOL_PACKET,
    libc::PACKET_IGNORE_OUTGOING,
    u32
);

sockopt_impl!(
    /// What a socket takes in: a classic BPF program.
    AttachFilter,
    SetOnly,
    libc::SOL_SOCKET,
    libc::SO_ATTACH_FILTER,
    libc::sock_fprog
);

/// The instruction that takes nothing of a packet: `ret #0`.
const TAKE_NOTHING: libc::sock_filter = libc::sock_filter {
    code: 0x06,
    jt: 0,
    jf: 0,
    k: 0,
};

/// Lets a socket take nothing in, until libpcap sets a filter. A filter of libpcap's would not do: where its second filter is
/// one that the kernel does not take, it forgets to filter at all.
pub(super) fn take_nothing(socket: &impl AsFd) -> io::Result<()> {
    let mut instruction = TAKE_NOTHING;
    let program = libc::sock_fprog {
        len: 1,
        filter: &raw mut instruction,
    };
    Ok(setsockopt(socket, AttachFilter, &program)?)
}

/// Lets a socket pass over what goes out: a loopback interface shows each packet twice, and libpcap hands out only what comes in.
pub(super) fn ignore_outgoing(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(socket, IgnoreOutgoing, &1)?)
}

/// By a hash that both directions of a flow share, of datagrams put together from their fragments.
const MODE: u32 = libc::PACKET_FANOUT_HASH | libc::PACKET_FANOUT_FLAG_DEFRAG;

/// As [`ignore_outgoing`], for a group: `PACKET_FANOUT_FLAG_IGNORE_OUTGOING` of `linux/if_packet.h`.
const IGNORES_OUTGOING: u32 = 0x4000;

/// Sockets that share packets out.
#[derive(Debug)]
pub(super) struct Group {
    mode: u32,
    /// The kernel's number for it.
    number: Option<u32>,
}

impl Group {
    pub(super) fn new(ignores_outgoing: bool) -> Self {
        Self {
            mode: if ignores_outgoing {
                MODE | IGNORES_OUTGOING
            } else {
                MODE
            },
            number: None,
        }
    }

    /// Adds a socket.
    pub(super) fn join(&mut self, socket: &impl AsFd) -> io::Result<()> {
        if let Some(number) = self.number {
            setsockopt(socket, Fanout, &(self.mode << 16 | number))?;
        } else {
            // The kernel chooses a number that no other program has.
            let mode = self.mode | libc::PACKET_FANOUT_FLAG_UNIQUEID;
            setsockopt(socket, Fanout, &(mode << 16))?;
            self.number = Some(getsockopt(socket, Fanout)? & 0xffff);
        }
        Ok(())
    }
}
