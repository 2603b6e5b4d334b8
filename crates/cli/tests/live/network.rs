//! Two network namespaces, joined by a virtual Ethernet pair.

use std::path::Path;

use rustix::process::geteuid;

use super::namespace::{Namespace, is_installed, sweep};

/// The interface in each of the two namespaces.
pub(crate) const INTERFACE: &str = "veth0";
/// Addresses of the client, of the server, and one that nobody has: packets to it leave and get no answer.
pub(crate) const CLIENT: &str = "203.0.113.1";
pub(crate) const SERVER: &str = "203.0.113.2";
pub(crate) const NOBODY: &str = "203.0.113.9";
pub(crate) const CLIENT_V6: &str = "2001:db8:77::1";
pub(crate) const SERVER_V6: &str = "2001:db8:77::2";

const CLIENT_MAC: &str = "02:00:00:00:77:01";
const SERVER_MAC: &str = "02:00:00:00:77:02";

/// Two namespaces whose interfaces see no packet but those that a test sends. All is gone when this is.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) client: Namespace,
    pub(crate) server: Namespace,
}

impl Network {
    /// A network with IPv4 alone, or `None`, said loudly, where there can be none or a program is missing.
    pub(crate) fn new(programs: &[&str]) -> Option<Self> {
        match Self::make(programs) {
            Ok(network) => Some(network),
            Err(reason) => {
                crate::skip(&reason);
                None
            }
        }
    }

    /// A network with IPv6 too. A few packets of multicast listeners are to be reckoned with.
    pub(crate) fn with_ipv6(programs: &[&str]) -> Option<Self> {
        if !Path::new("/proc/sys/net/ipv6").exists() {
            crate::skip("the kernel has no IPv6");
            return None;
        }
        let network = Self::new(programs)?;
        for (end, own, other, mac) in [
            (&network.client, CLIENT_V6, SERVER_V6, SERVER_MAC),
            (&network.server, SERVER_V6, CLIENT_V6, CLIENT_MAC),
        ] {
            end.set("net.ipv6.conf.veth0.accept_ra", "0");
            end.set("net.ipv6.conf.veth0.router_solicitations", "0");
            end.set("net.ipv6.conf.veth0.accept_dad", "0");
            end.ip("link set veth0 addrgenmode none");
            end.set("net.ipv6.conf.veth0.disable_ipv6", "0");
            end.set("net.ipv6.conf.lo.disable_ipv6", "0");
            end.ip(&format!("address add {own}/64 dev veth0 nodad"));
            end.ip(&format!(
                "neighbour add {other} lladdr {mac} dev veth0 nud permanent"
            ));
        }
        Some(network)
    }

    fn make(programs: &[&str]) -> Result<Self, String> {
        if !geteuid().is_root() {
            return Err("not root".to_owned());
        }
        for program in ["ip"].iter().chain(programs) {
            if !is_installed(program) {
                return Err(format!("there is no program {program}"));
            }
        }
        sweep();
        let client = Namespace::new("client")?;
        let server = Namespace::new("server")?;
        let pair = format!(
            "link add veth0 type veth peer name veth0 netns {}",
            server.name
        );
        client.try_ip(&pair)?;
        for (end, own, own_mac, other, other_mac) in [
            (&client, CLIENT, CLIENT_MAC, SERVER, SERVER_MAC),
            (&server, SERVER, SERVER_MAC, CLIENT, CLIENT_MAC),
        ] {
            end.set("net.ipv6.conf.all.disable_ipv6", "1");
            end.set("net.ipv6.conf.default.disable_ipv6", "1");
            if is_installed("ethtool") {
                end.offloads("off");
            } else {
                end.ip("link set veth0 gso_max_segs 1");
            }
            end.ip(&format!("link set veth0 address {own_mac}"));
            end.ip(&format!("address add {own}/24 dev veth0"));
            end.ip("link set lo up");
            end.ip("link set veth0 up");
            for (ip, mac) in [(other, other_mac), (NOBODY, other_mac)] {
                end.ip(&format!(
                    "neighbour add {ip} lladdr {mac} dev veth0 nud permanent"
                ));
            }
        }
        Ok(Self { client, server })
    }
}
