//! Linux: what stands in `/proc` (proc(5)), and the addresses of the interfaces (getifaddrs(3)).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};

use nfstream_flow::{Endpoint, Process};
use nix::sys::socket::SockaddrStorage;
use procfs::process::{self, FDInfo, FDTarget};
use procfs::{ProcError, ProcResult, net};

use super::Listed;
use crate::socket::{Protocol, Socket};

/// The process that starts all others, and hands sockets to some.
const INIT: u32 = 1;

/// The longest name of a program that the system keeps (`TASK_COMM_LEN`, without the zero at the end).
const LONGEST_NAME: usize = 15;

/// All TCP and UDP sockets.
pub(crate) fn sockets() -> io::Result<Vec<Listed>> {
    let tcp = [net::tcp(), if_there(net::tcp6())];
    let udp = [net::udp(), if_there(net::udp6())];
    let mut listed = Vec::new();
    for entries in tcp {
        let entries = entries.map_err(io::Error::other)?.into_iter();
        listed.extend(entries.map(|entry| Listed {
            socket: socket(Protocol::Tcp, entry.local_address, entry.remote_address),
            inode: entry.inode,
        }));
    }
    for entries in udp {
        let entries = entries.map_err(io::Error::other)?.into_iter();
        listed.extend(entries.map(|entry| Listed {
            socket: socket(Protocol::Udp, entry.local_address, entry.remote_address),
            inode: entry.inode,
        }));
    }
    Ok(listed)
}

/// A machine without IPv6 has no table for it.
fn if_there<T>(entries: ProcResult<Vec<T>>) -> ProcResult<Vec<T>> {
    match entries {
        Err(ProcError::NotFound(_)) => Ok(Vec::new()),
        other => other,
    }
}

fn socket(protocol: Protocol, local: SocketAddr, remote: SocketAddr) -> Socket {
    let end = |address: SocketAddr| Endpoint {
        ip: address.ip(),
        port: address.port(),
    };
    let is_connected = remote.port() != 0 || !remote.ip().is_unspecified();
    Socket::new(protocol, end(local), is_connected.then(|| end(remote)))
}

/// The processes that have these sockets, as far as they can be read. One that vanishes meanwhile has none.
pub(crate) fn owners(wanted: &HashSet<u64>) -> HashMap<u64, Process> {
    let mut found: HashMap<u64, Process> = HashMap::new();
    let Ok(processes) = process::all_processes() else {
        return found;
    };
    for process in processes.flatten() {
        let Ok(files) = process.fd() else {
            continue;
        };
        let sockets = files.flatten().filter_map(|file| inode(&file));
        let sockets: Vec<_> = sockets.filter(|inode| wanted.contains(inode)).collect();
        if sockets.is_empty() {
            continue;
        }
        let Some(owner) = describe(&process) else {
            continue;
        };
        for inode in sockets {
            match found.entry(inode) {
                Entry::Vacant(place) => {
                    place.insert(owner.clone());
                }
                Entry::Occupied(mut place) if place.get().id == INIT => {
                    place.insert(owner.clone());
                }
                Entry::Occupied(_) => {}
            }
        }
        if found.len() == wanted.len() && found.values().all(|owner| owner.id != INIT) {
            break;
        }
    }
    found
}

/// The number of a socket, if the file is one.
fn inode(file: &FDInfo) -> Option<u64> {
    match file.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    }
}

/// The number and name of a process, if it is still there. As NFStream does, a name that the system has cut is read from
/// the command line, if that begins with it.
fn describe(process: &process::Process) -> Option<Process> {
    let mut name = process.stat().ok()?.comm;
    if name.len() >= LONGEST_NAME
        && let Ok(arguments) = process.cmdline()
        && let Some(file_name) = arguments.first().and_then(|path| path.rsplit('/').next())
        && file_name.starts_with(&name)
    {
        file_name.clone_into(&mut name);
    }
    Some(Process {
        id: process.pid().try_into().ok()?,
        name: name.into(),
    })
}

/// The addresses of this machine's interfaces.
pub(crate) fn addresses() -> io::Result<HashSet<IpAddr>> {
    let ip = |address: SockaddrStorage| {
        let four = address.as_sockaddr_in().map(|four| four.ip().into());
        four.or_else(|| address.as_sockaddr_in6().map(|six| six.ip().into()))
    };
    let addresses = nix::ifaddrs::getifaddrs()?;
    Ok(addresses
        .filter_map(|interface| ip(interface.address?))
        .collect())
}
