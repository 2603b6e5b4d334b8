//! Two network namespaces and what joins them.

use std::process::{Child, Command, Stdio};

use super::processes;
use crate::run::{Failure, output, run};

/// The interface that packets are sent on, in the namespace of the sender.
pub(super) const SENDING: &str = "tx0";
/// The interface that packets come in on, in the namespace of the program that is measured.
pub(super) const RECEIVING: &str = "rx0";

/// A pair of interfaces, each in a namespace of its own, on which nothing is sent but what we send.
#[derive(Debug)]
pub(super) struct Link {
    sender: String,
    receiver: String,
    /// Removes the namespaces, and ends what runs in them, when its input is closed: however this program ends.
    janitor: Child,
}

/// Waits for the end of its input. The signals of a terminal are for others.
const JANITOR: &str = r#"trap "" INT TERM HUP
read -r _
for namespace; do
    ip netns pids "$namespace" | xargs -r kill -9
    ip netns del "$namespace"
done"#;

impl Link {
    /// Makes both.
    pub(super) fn new() -> Result<Self, Failure> {
        let name = |end| format!("nfstream-bench-{}-{end}", std::process::id());
        let (sender, receiver) = (name("sender"), name("receiver"));
        let janitor = Command::new("setsid")
            .args(["sh", "-c", JANITOR, "sh", &sender, &receiver])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failure::new(format!("setsid: {error}")))?;
        let link = Self {
            sender,
            receiver,
            janitor,
        };
        link.make()?;
        Ok(link)
    }

    fn make(&self) -> Result<(), Failure> {
        let ends = [(self.sender(), SENDING), (self.receiver(), RECEIVING)];
        for (namespace, _) in ends {
            run("ip", &["netns", "add", namespace])?;
            // Neighbours are not looked for over IPv6, nor over IPv4 below.
            let silence = [
                "net.ipv6.conf.all.disable_ipv6=1",
                "net.ipv6.conf.default.disable_ipv6=1",
            ];
            let enter = ["netns", "exec", namespace, "sysctl", "-qw"];
            run("ip", &[&enter[..], &silence].concat())?;
            run("ip", &["-n", namespace, "link", "set", "lo", "up"])?;
        }
        let near = ["link", "add", SENDING, "netns", self.sender()];
        let far = ["type", "veth", "peer", "name", RECEIVING];
        run(
            "ip",
            &[&near[..], &far, &["netns", self.receiver()]].concat(),
        )?;
        for (namespace, interface) in ends {
            // Room for frames with a VLAN tag, and for all that was recorded.
            let set = ["-n", namespace, "link", "set", interface];
            run(
                "ip",
                &[&set[..], &["arp", "off", "mtu", "9000", "up"]].concat(),
            )?;
        }
        Ok(())
    }

    /// The namespace of the sender.
    pub(super) fn sender(&self) -> &str {
        &self.sender
    }

    /// The namespace of the program that is measured.
    pub(super) fn receiver(&self) -> &str {
        &self.receiver
    }

    /// How many packets have come in, ever.
    pub(super) fn arrived(&self) -> Result<u64, Failure> {
        let file = format!("/sys/class/net/{RECEIVING}/statistics/rx_packets");
        let count = output("ip", &["netns", "exec", self.receiver(), "cat", &file])?;
        let count = count.trim().parse();
        count.map_err(|error| Failure::new(format!("{file}: {error}")))
    }

    /// What runs beside the receiving interface, by number.
    pub(super) fn processes(&self) -> Result<Vec<u32>, Failure> {
        processes::numbers(&output("ip", &["netns", "pids", self.receiver()])?)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        // It ends in any case; that it cannot be waited for changes nothing.
        let _ = self.janitor.wait();
    }
}
