//! What the system says about sockets, processes and addresses.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{addresses, owners, sockets};
#[cfg(target_os = "linux")]
pub(crate) use linux::{addresses, owners, sockets};

use crate::socket::Socket;

/// A socket that the system has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) socket: Socket,
    /// What its process knows it by; 0 where it belongs to none.
    pub(crate) inode: u64,
}
