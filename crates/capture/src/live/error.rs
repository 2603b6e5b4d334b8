//! What can go wrong on a network interface.

use std::io;

use super::interfaces;

/// A network interface cannot be captured from, or not any longer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// There is no interface of that name.
    #[error(
        "{interface}: there is no such network interface; there are {}",
        list(available)
    )]
    NoSuchInterface {
        /// The name.
        interface: String,
        /// Those that there are.
        available: Vec<String>,
    },
    /// This process may not capture.
    #[error(
        "{interface}: this process may not capture packets; run it as root, or allow the program to, once: \
         sudo setcap cap_net_raw=ep {}",
        program()
    )]
    NotPermitted {
        /// The interface.
        interface: String,
    },
    /// The interface is down.
    #[error(
        "{interface}: the network interface is down; bring it up: sudo ip link set {interface} up"
    )]
    Down {
        /// The interface.
        interface: String,
    },
    /// The interface went away.
    #[error("{interface}: the network interface went away while packets were captured")]
    Gone {
        /// The interface.
        interface: String,
    },
    /// libpcap does not compile a filter.
    #[error(
        "filter `{filter}` is refused by libpcap: {message}; see pcap-filter(7) for what is right"
    )]
    Filter {
        /// The filter.
        filter: String,
        /// What libpcap says of it.
        message: String,
    },
    /// Several sockets cannot share packets out.
    #[error("{interface}: packets cannot be spread over several sockets: {source}; take one")]
    Spread {
        /// The interface.
        interface: String,
        /// What the system said.
        source: io::Error,
    },
    /// What libpcap says of an interface.
    #[error("{interface}: {message}")]
    Capture {
        /// The interface.
        interface: String,
        /// What libpcap says.
        message: String,
    },
    /// The system does not tell which interfaces there are.
    #[error("network interfaces cannot be listed: {message}")]
    List {
        /// What libpcap says.
        message: String,
    },
}

impl LiveError {
    /// What libpcap says of an interface: there are no codes, so its words decide.
    pub(super) fn from_pcap(interface: &str, error: pcap::Error) -> Self {
        let interface = interface.to_owned();
        let message = message(error);
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if says(&["permission", "Operation not permitted"]) {
            Self::NotPermitted { interface }
        } else if says(&["No such device"]) {
            let available = interfaces().unwrap_or_default();
            Self::NoSuchInterface {
                interface,
                available: available.into_iter().map(|it| it.name).collect(),
            }
        } else if says(&["disappeared"]) {
            Self::Gone { interface }
        } else if says(&["not up", "went down"]) {
            Self::Down { interface }
        } else {
            Self::Capture { interface, message }
        }
    }

    pub(super) fn of_filter(filter: &str, error: pcap::Error) -> Self {
        Self::Filter {
            filter: filter.to_owned(),
            message: message(error),
        }
    }
}

/// libpcap's own words.
pub(super) fn message(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(text) => text,
        other => other.to_string(),
    }
}

/// A list for people.
fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

/// The path of this program, for a command to be copied.
fn program() -> String {
    let path = std::env::current_exe().ok();
    path.map_or_else(|| "PROGRAM".to_owned(), |it| it.display().to_string())
}
