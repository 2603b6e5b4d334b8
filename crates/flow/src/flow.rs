//! A flow, as its packets have shaped it so far.

use core::net::IpAddr;

use nfstream_decode::{AccountingMode, Direction, MacAddress, Packet, Timestamp, Tunnel};
use nfstream_features::{Counters, PacketSequence, Statistics, TimeUnit};

use crate::key::{Endpoint, FlowKey};
use crate::recency::Links;

/// What every packet of a flow reads and writes: two cache lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) key: FlowKey,
    pub(crate) src2dst: Counters,
    pub(crate) dst2src: Counters,
    /// Number of the flow's first packet among all that the table was given.
    pub(crate) first_packet: u64,
    pub(crate) links: Links,
    /// Whether the flow's source is the first end of its key.
    pub(crate) source_is_first: bool,
}

const _: () = assert!(size_of::<Entry>() == 128, "an entry fills two cache lines");

impl Entry {
    pub(crate) fn new(key: FlowKey, source_is_first: bool, first_packet: u64) -> Self {
        Self {
            key,
            src2dst: Counters::default(),
            dst2src: Counters::default(),
            first_packet,
            links: Links::default(),
            source_is_first,
        }
    }

    #[inline]
    pub(crate) fn last_seen(&self) -> Timestamp {
        self.src2dst.last_seen.max(self.dst2src.last_seen)
    }

    /// Which way a packet goes whose sender is the key's first end, or not.
    #[inline]
    pub(crate) fn direction(&self, sender_is_first: bool) -> Direction {
        if sender_is_first == self.source_is_first {
            Direction::Src2Dst
        } else {
            Direction::Dst2Src
        }
    }
}

impl Default for Entry {
    /// A slot that no flow has used yet.
    fn default() -> Self {
        Self::new(FlowKey::UNUSED, true, 0)
    }
}

/// The hardware addresses of a flow's first packet: touched when the flow starts and ends, so kept apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MacAddresses {
    pub(crate) src: MacAddress,
    pub(crate) dst: MacAddress,
}

impl MacAddresses {
    pub(crate) fn of(packet: &Packet<'_>) -> Self {
        Self {
            src: packet.src_mac(),
            dst: packet.dst_mac(),
        }
    }
}

/// A flow at one moment: all that its packets have told so far.
///
/// Plugins get one with every packet and when the flow ends; a record holds the final one.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) macs: &'a MacAddresses,
    pub(crate) statistics: Option<&'a Statistics>,
    pub(crate) splt: Option<PacketSequence<'a>>,
    pub(crate) settings: Settings,
    pub(crate) expire: bool,
}

/// What a flow must know of its table's configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) time_unit: TimeUnit,
    pub(crate) tunnel_column: bool,
    pub(crate) accounting_mode: AccountingMode,
}

impl<'a> Flow<'a> {
    /// Ends the flow with the packet at hand: it is the last one of this flow, and the next packet of the same key starts
    /// another. (NFStream: `expiration_id = -1`.) Without effect when the flow has ended already.
    pub fn expire(&mut self) {
        self.expire = true;
    }

    /// What its packets have in common.
    pub fn key(&self) -> &'a FlowKey {
        &self.entry.key
    }

    /// Address of the sender of the first packet.
    pub fn src_ip(&self) -> IpAddr {
        self.source().ip
    }

    /// Port of the sender of the first packet; 0 for protocols without ports.
    pub fn src_port(&self) -> u16 {
        self.source().port
    }

    /// Address of the receiver of the first packet.
    pub fn dst_ip(&self) -> IpAddr {
        self.destination().ip
    }

    /// Port of the receiver of the first packet; 0 for protocols without ports.
    pub fn dst_port(&self) -> u16 {
        self.destination().port
    }

    /// Hardware address of the sender of the first packet; all zero where the link has none.
    pub fn src_mac(&self) -> MacAddress {
        self.macs.src
    }

    /// Hardware address of the receiver of the first packet; all zero where the link has none.
    pub fn dst_mac(&self) -> MacAddress {
        self.macs.dst
    }

    /// Protocol number of what IP carries.
    pub fn protocol(&self) -> u8 {
        self.entry.key.protocol()
    }

    /// 4 or 6.
    pub fn ip_version(&self) -> u8 {
        self.entry.key.ip_version()
    }

    /// VLAN identifier, 0 without tag.
    pub fn vlan_id(&self) -> u16 {
        self.entry.key.vlan_id()
    }

    /// The tunnel that its packets were found in.
    pub fn tunnel(&self) -> Tunnel {
        self.entry.key.tunnel()
    }

    /// When its first packet was seen.
    pub fn first_seen(&self) -> Timestamp {
        self.entry.src2dst.first_seen
    }

    /// When its last packet was seen.
    pub fn last_seen(&self) -> Timestamp {
        self.entry.last_seen()
    }

    /// Packets, bytes and times from source to destination.
    pub fn src2dst(&self) -> &'a Counters {
        &self.entry.src2dst
    }

    /// Packets, bytes and times from destination to source.
    pub fn dst2src(&self) -> &'a Counters {
        &self.entry.dst2src
    }

    /// Packets, bytes and times of both directions together.
    pub fn bidirectional(&self) -> Counters {
        Counters {
            packets: self.entry.src2dst.packets + self.entry.dst2src.packets,
            bytes: self.entry.src2dst.bytes + self.entry.dst2src.bytes,
            first_seen: self.first_seen(),
            last_seen: self.last_seen(),
        }
    }

    /// What the statistical columns are computed from, where the table was asked for them.
    pub fn statistics(&self) -> Option<&'a Statistics> {
        self.statistics
    }

    /// The first packets, where the table was asked for them.
    pub fn splt(&self) -> Option<PacketSequence<'a>> {
        self.splt
    }

    /// The unit of times in columns.
    pub fn time_unit(&self) -> TimeUnit {
        self.settings.time_unit
    }

    /// Which of a packet's sizes the byte columns count.
    pub fn accounting_mode(&self) -> AccountingMode {
        self.settings.accounting_mode
    }

    /// The end that sent the first packet.
    pub fn source(&self) -> Endpoint {
        let [first, second] = self.entry.key.endpoints();
        if self.entry.source_is_first {
            first
        } else {
            second
        }
    }

    /// The end that received the first packet.
    pub fn destination(&self) -> Endpoint {
        let [first, second] = self.entry.key.endpoints();
        if self.entry.source_is_first {
            second
        } else {
            first
        }
    }
}
