//! A source that does what its script says.

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use nfstream::Timestamp;
use nfstream::capture::{CaptureStats, LiveStats, OwnedFrames, PacketSource, Received};
use nfstream::decode::{Frame, LinkType};

use crate::world::frames;

/// A frame of Ethernet, and when it was captured, in milliseconds.
pub(crate) type Packet = (u64, Vec<u8>);

/// What a source does.
pub(crate) enum Step {
    Frames(Vec<Packet>),
    /// Nothing older than this, in milliseconds, is still to come.
    Idle(u64),
    Fails(&'static str),
    Panics(&'static str),
    /// Nothing comes until the gate opens.
    Quiet(Gate),
    /// A window of packets again and again, made from its number.
    Forever(fn(u64) -> Vec<Packet>),
}

/// Windows that have come when somebody stops what goes on for ever.
pub(crate) const LEFT_AT_STOP: u64 = 3;

/// A source that does what its script says, as `LiveCapture` would: it never waits for long, and when it is stopped lends what
/// has come and ends.
pub(crate) struct Script {
    steps: VecDeque<Step>,
    pub(crate) log: Arc<Log>,
    /// Whether it can lend what has come when it is stopped.
    can_stop: bool,
    is_stopped: bool,
    left: u64,
    /// Windows of what goes on for ever.
    windows: u64,
    now: u64,
    window: OwnedFrames,
}

/// What has happened to a source.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) packets: AtomicU64,
    pub(crate) packets_after_stop: AtomicU64,
    pub(crate) asked_after_stop: AtomicU64,
    pub(crate) stops: AtomicU64,
    pub(crate) is_dropped: AtomicBool,
}

impl Log {
    pub(crate) fn packets(&self) -> u64 {
        self.packets.load(Ordering::SeqCst)
    }

    pub(crate) fn packets_after_stop(&self) -> u64 {
        self.packets_after_stop.load(Ordering::SeqCst)
    }

    pub(crate) fn stops(&self) -> u64 {
        self.stops.load(Ordering::SeqCst)
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.is_dropped.load(Ordering::SeqCst)
    }
}

/// Why a source failed.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) &'static str);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Failure {}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: steps.into_iter().collect(),
            log: Arc::default(),
            can_stop: true,
            is_stopped: false,
            left: LEFT_AT_STOP,
            windows: 0,
            now: 0,
            window: OwnedFrames::default(),
        }
    }

    /// One whose `stop` is the trait's own.
    pub(crate) fn that_cannot_stop(mut self) -> Self {
        self.can_stop = false;
        self
    }

    pub(crate) fn log(&self) -> Arc<Log> {
        Arc::clone(&self.log)
    }

    fn lend(&mut self, packets: &[Packet]) -> Received<'_> {
        self.window.clear();
        for (milliseconds, data) in packets {
            self.now = self.now.max(*milliseconds);
            self.window.push(&Frame {
                timestamp: Timestamp::from_millis(*milliseconds),
                link_type: LinkType::ETHERNET,
                wire_len: u32::try_from(data.len()).unwrap(),
                data,
            });
        }
        let count = packets.len() as u64;
        self.log.packets.fetch_add(count, Ordering::SeqCst);
        if self.is_stopped {
            let after = &self.log.packets_after_stop;
            after.fetch_add(count, Ordering::SeqCst);
        }
        Received::Frames(self.window.frames())
    }

    /// The next step, if the source does not go on for ever.
    fn next(&mut self) -> Option<Step> {
        match self.steps.front()? {
            Step::Forever(_) if self.is_stopped && self.left == 0 => {
                self.steps.pop_front();
                self.next()
            }
            Step::Forever(make) => {
                self.left -= u64::from(self.is_stopped);
                self.windows += 1;
                Some(Step::Frames(make(self.windows - 1)))
            }
            Step::Quiet(gate) if gate.is_open() => {
                self.steps.pop_front();
                self.next()
            }
            Step::Quiet(_) if self.is_stopped => None,
            Step::Quiet(gate) => {
                gate.wait(Duration::from_millis(5));
                Some(Step::Idle(self.now))
            }
            _ => self.steps.pop_front(),
        }
    }
}

impl PacketSource for Script {
    type Error = Failure;

    fn receive(&mut self) -> Result<Received<'_>, Failure> {
        if self.is_stopped {
            self.log.asked_after_stop.fetch_add(1, Ordering::SeqCst);
        }
        match self.next() {
            Some(Step::Frames(packets)) => Ok(self.lend(&packets)),
            Some(Step::Idle(now)) => {
                self.now = self.now.max(now);
                Ok(Received::Idle(Timestamp::from_millis(now)))
            }
            Some(Step::Fails(why)) => Err(Failure(why)),
            Some(Step::Panics(why)) => panic!("{why}"),
            _ => Ok(Received::End),
        }
    }

    fn stop(&mut self) -> bool {
        self.is_stopped = true;
        self.log.stops.fetch_add(1, Ordering::SeqCst);
        self.can_stop
    }

    fn stats(&self) -> CaptureStats {
        let mut live = LiveStats::default();
        live.packets_received = self.log.packets() + 2;
        live.packets_dropped = 2;
        live.packets_dropped_by_interface = 7;
        let mut stats = CaptureStats::default();
        stats.bytes_read = self.log.packets() * 10;
        stats.packets_filtered = 3;
        stats.unknown_blocks = 1;
        stats.live = Some(live);
        stats
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        self.log.is_dropped.store(true, Ordering::SeqCst);
    }
}

/// What is shut until somebody opens it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.0.0.lock().unwrap()
    }

    /// Waits until it opens, but no longer than that.
    pub(crate) fn wait(&self, most: Duration) {
        let shut = self.0.0.lock().unwrap();
        let waited = self.0.1.wait_timeout_while(shut, most, |open| !*open);
        drop(waited.unwrap());
    }
}

/// A packet of a flow over UDP; even turns go forth, odd ones back.
pub(crate) fn packet(milliseconds: u64, flow: u64, turn: u64) -> Packet {
    let client = Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(flow % (1 << 20)).unwrap());
    let [client, server] = [client, Ipv4Addr::new(192, 0, 2, 1)].map(IpAddr::V4);
    let port = 1_024 + u16::try_from(flow % 60_000).unwrap();
    let payload = vec![0; usize::try_from(flow % 50 + turn % 7).unwrap()];
    let (hosts, ports) = if turn.is_multiple_of(2) {
        ([client, server], [port, 7])
    } else {
        ([server, client], [7, port])
    };
    let datagram = frames::udp(ports[0], ports[1], &payload);
    let (ethertype, packet) = frames::ip(hosts[0], hosts[1], 17, &datagram);
    let frame = frames::ethernet([1, 2], &[], ethertype, &packet);
    (milliseconds, frame)
}

/// A frame that is no packet of a flow (ARP).
pub(crate) fn not_a_packet(milliseconds: u64) -> Packet {
    (
        milliseconds,
        frames::ethernet([1, 2], &[], 0x0806, &[0; 28]),
    )
}

/// A window of 100 packets of flows of their own, a millisecond each.
pub(crate) fn new_flows(window: u64) -> Vec<Packet> {
    let first = window * 100;
    (first..first + 100)
        .map(|number| packet(1_000 + number, number, 0))
        .collect()
}

/// A window of a packet of one flow, a millisecond later than the one before.
pub(crate) fn one_flow(window: u64) -> Vec<Packet> {
    vec![packet(1_000 + window, 5, window)]
}
