//! Network interfaces, and how to capture from them.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;

use nix::net::if_::if_nametoindex;

use super::error::message;
use super::limit::PacketLimit;
use super::{LiveCapture, LiveError, SETTLED_AFTER};

/// The name that stands for all interfaces together.
const ANY: &str = "any";
/// The longest packet that libpcap captures, in bytes.
const MAX_SNAPLEN: u32 = 262_144;
/// Bytes of a socket's buffer where it is not said: a few tens of milliseconds of 10 Gbit/s.
const BUFFER_SIZE: u32 = 16 << 20;

/// A network interface to capture from, and how.
///
/// ```no_run
/// use nfstream_capture::{Interface, PacketSource, Received};
///
/// let mut capture = Interface::new("eth0").filter("udp port 53").open()?;
/// while let Received::Frames(_) | Received::Idle(_) = capture.receive()? {}
/// # Ok::<(), nfstream_capture::LiveError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "nothing is captured before it is opened"]
pub struct Interface {
    name: String,
    is_promiscuous: bool,
    snapshot_length: u32,
    buffer_size: u32,
    filter: String,
    max_packets: Option<u64>,
}

impl Interface {
    /// The interface of this name; `any` for all of them together, as Linux cooked packets. Of `any` the system counts what
    /// goes over loopback twice; [`LiveStats::packets_received`](crate::LiveStats::packets_received) is what was lent and
    /// dropped then. A packet that is forwarded from one interface to another comes twice.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            is_promiscuous: true,
            snapshot_length: 1536,
            buffer_size: 0,
            filter: String::new(),
            max_packets: None,
        }
    }

    /// Whether to capture packets for others too, which `any` never does. Default: yes.
    pub fn promiscuous(mut self, promiscuous: bool) -> Self {
        self.is_promiscuous = promiscuous;
        self
    }

    /// Bytes to capture of each packet: at least 1, and no more than 262,144. Default: 1536.
    pub fn snapshot_length(mut self, bytes: u32) -> Self {
        self.snapshot_length = bytes.clamp(1, MAX_SNAPLEN);
        self
    }

    /// Bytes of each socket's buffer, in which packets wait while nobody takes them; 0 for 16 MiB. Default: 0.
    pub fn buffer_size(mut self, bytes: u32) -> Self {
        self.buffer_size = bytes;
        self
    }

    /// Capture only what this filter matches, in the language of libpcap; the kernel runs it, and counts no packet that it does
    /// not match. It sees packets without their 802.1Q tags: `udp` finds tagged packets too, which in a file it does not.
    /// Where the kernel cannot run it, because it is too long, say, libpcap does: then packets that do not match count as
    /// received, and are never lent. Default: the empty one, all.
    pub fn filter(mut self, expression: impl Into<String>) -> Self {
        self.filter = expression.into();
        self
    }

    /// End behind so many packets, of all sockets together; 0 ends at once, `None` is no end. Default: `None`.
    pub fn max_packets(mut self, packets: impl Into<Option<u64>>) -> Self {
        self.max_packets = packets.into();
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens a socket. Packets are taken in from then on.
    ///
    /// # Errors
    ///
    /// There is no such interface, it is down, the process may not capture, or the filter is not right.
    pub fn open(&self) -> Result<LiveCapture, LiveError> {
        let mut captures = self.open_spread(NonZeroU32::MIN)?;
        captures.pop().ok_or_else(|| LiveError::Capture {
            interface: self.name.clone(),
            message: "no socket".to_owned(),
        })
    }

    /// Opens several sockets, over which the kernel spreads packets by a hash of addresses and ports (Linux). No packet
    /// comes to two of them.
    ///
    /// Of TCP, UDP and ICMP the hash is the same in both directions, also behind VLAN tags: a flow comes to one socket. The kernel puts
    /// IPv4 datagrams together from their fragments, as only the first one has ports: each comes as one large packet. But what
    /// the kernel takes for a flow is not always what a flow table does, and these may be spread over sockets:
    ///
    /// - ESP and AH, by their security parameter index, which differs in the two directions, and SCTP, by its ports;
    /// - GRE, by what is inside;
    /// - first fragments of IPv6 datagrams, apart from whole ones;
    /// - tunnels over UDP, such as GTP-U, by the outer addresses and ports, where these differ in the two directions.
    ///
    /// # Errors
    ///
    /// As those of [`open`](Self::open), and [`LiveError::Spread`] for several sockets on other systems.
    pub fn open_spread(&self, sockets: NonZeroU32) -> Result<Vec<LiveCapture>, LiveError> {
        let known = interfaces().unwrap_or_default();
        let known = known.iter().find(|it| it.name == self.name);
        if known.is_some_and(|it| !it.is_up) {
            let interface = self.name.clone();
            return Err(LiveError::Down { interface });
        }
        let limit = self
            .max_packets
            .map(|packets| Arc::new(PacketLimit::new(packets)));
        let captures = (0..sockets.get()).map(|_| LiveCapture::prepare(self, limit.clone()));
        let mut captures = captures.collect::<Result<Vec<_>, _>>()?;
        self.set_up(&captures, known.is_some_and(|it| it.is_loopback))?;
        // What came before a socket took nothing in came to all of them.
        thread::sleep(SETTLED_AFTER);
        for capture in &mut captures {
            capture.discard()?;
        }
        for capture in &mut captures {
            capture.start(self)?;
        }
        Ok(captures)
    }

    /// Lets sockets share packets out, where there are several.
    #[cfg(target_os = "linux")]
    fn set_up(&self, captures: &[LiveCapture], is_loopback: bool) -> Result<(), LiveError> {
        use super::socket::{Group, ignore_outgoing};

        if let [LiveCapture { capture, .. }] = captures {
            if is_loopback {
                // Where the kernel is too old for it, it counts packets twice.
                let _ = ignore_outgoing(capture);
            }
            return Ok(());
        }
        let mut group = Group::new(is_loopback);
        for LiveCapture { capture, .. } in captures {
            group.join(capture).map_err(|source| LiveError::Spread {
                interface: self.name.clone(),
                source,
            })?;
        }
        Ok(())
    }

    /// Refuses several sockets, which only Linux lets share packets out.
    #[cfg(not(target_os = "linux"))]
    fn set_up(&self, captures: &[LiveCapture], _: bool) -> Result<(), LiveError> {
        match captures {
            [_] => Ok(()),
            _ => Err(LiveError::Spread {
                interface: self.name.clone(),
                source: std::io::ErrorKind::Unsupported.into(),
            }),
        }
    }

    pub(super) fn is_any(&self) -> bool {
        self.name == ANY
    }

    pub(super) fn is_promiscuous(&self) -> bool {
        self.is_promiscuous && !self.is_any()
    }

    pub(super) fn filter_expression(&self) -> &str {
        &self.filter
    }

    /// In bytes, as libpcap takes it.
    pub(super) fn snaplen(&self) -> i32 {
        i32::try_from(self.snapshot_length).unwrap_or(i32::MAX)
    }

    /// In bytes, as libpcap takes it.
    pub(super) fn buffer_bytes(&self) -> i32 {
        let bytes = match self.buffer_size {
            0 => BUFFER_SIZE,
            bytes => bytes,
        };
        i32::try_from(bytes).unwrap_or(i32::MAX)
    }
}

/// A network interface that can be captured from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterfaceInfo {
    /// Its name.
    pub name: String,
    /// What the system says of it, if anything.
    pub description: Option<String>,
    /// Its IP addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether it is up: one that is down cannot be captured from.
    pub is_up: bool,
    /// Whether it has a link.
    pub is_running: bool,
    /// Whether it leads back to this machine.
    pub is_loopback: bool,
}

/// The network interfaces of this system, and `any`; other devices that libpcap knows are left out.
///
/// # Errors
///
/// [`LiveError::List`].
pub fn interfaces() -> Result<Vec<InterfaceInfo>, LiveError> {
    let devices = pcap::Device::list().map_err(|error| LiveError::List {
        message: message(error),
    })?;
    let devices = devices
        .into_iter()
        .filter(|device| device.name == ANY || if_nametoindex(device.name.as_str()).is_ok());
    Ok(devices
        .map(|device| InterfaceInfo {
            addresses: device.addresses.iter().map(|it| it.addr).collect(),
            is_up: device.flags.is_up(),
            is_running: device.flags.is_running(),
            is_loopback: device.flags.is_loopback(),
            description: device.desc,
            name: device.name,
        })
        .collect())
}
