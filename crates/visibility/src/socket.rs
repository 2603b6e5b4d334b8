//! What sockets are known by.

use nfstream_flow::Endpoint;

/// The protocols whose sockets are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    /// By its number in IP.
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        match number {
            6 => Some(Self::Tcp),
            17 => Some(Self::Udp),
            _ => None,
        }
    }
}

/// What a socket is known by: its protocol and both ends in full. (NFStream takes the first two characters of each
/// address.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Socket {
    protocol: Protocol,
    local: Endpoint,
    /// None: it listens, or takes packets from everybody.
    remote: Option<Endpoint>,
}

impl Socket {
    pub(crate) fn new(protocol: Protocol, local: Endpoint, remote: Option<Endpoint>) -> Self {
        Self {
            protocol,
            local: canonical(local),
            remote: remote.map(canonical),
        }
    }
}

/// An IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) is an IPv4 address.
fn canonical(end: Endpoint) -> Endpoint {
    Endpoint {
        ip: end.ip.to_canonical(),
        port: end.port,
    }
}
