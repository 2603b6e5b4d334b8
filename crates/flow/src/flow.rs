//! A flow, as its packets have shaped it so far.

use core::net::IpAddr;

use nfstream_decode::{AccountingMode, Direction, MacAddress, Packet, Timestamp, Tunnel};
use nfstream_features::{Counters, FlagCounts, PacketSequence, Statistics, Summary, TimeUnit};

use crate::applications::StoredApplication;
use crate::key::{Endpoint, FlowKey};
use crate::{Application, FlowEnd, Process};

/// What every packet of a flow reads and writes: two cache lines, the first for the look-up, the second for the counts.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Entry {
    pub(crate) key: FlowKey,
    /// Number of the flow's first packet among all that the table was given.
    pub(crate) first_packet: u64,
    /// Number of its last packet.
    pub(crate) last_packet: u64,
    /// What the index knows the key by.
    pub(crate) hash: u32,
    /// Whether the flow's source is the first end of its key.
    pub(crate) source_is_first: bool,
    /// Whether its packets are looked into for the application.
    pub(crate) in_dissection: bool,
    /// Whether it is alive: not ended, and completely made.
    pub(crate) is_alive: bool,
    /// The place of its page in the calendar.
    pub(crate) page: u8,
    pub(crate) src2dst: Counters,
    pub(crate) dst2src: Counters,
}

const _: () = assert!(size_of::<Entry>() == 128, "an entry fills two cache lines");

impl Entry {
    pub(crate) fn new(key: FlowKey, hash: u32, source_is_first: bool, first_packet: u64) -> Self {
        Self {
            key,
            hash,
            src2dst: Counters::default(),
            dst2src: Counters::default(),
            first_packet,
            last_packet: first_packet,
            source_is_first,
            in_dissection: false,
            is_alive: false,
            page: 0,
        }
    }

    /// The same entry out of its table: nothing is left of where it was, which differs from run to run.
    pub(crate) fn without_places(&self) -> Self {
        Self {
            hash: 0,
            page: 0,
            ..*self
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
        Self::new(FlowKey::UNUSED, 0, true, 0)
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
#[derive(Debug)]
pub struct Flow<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) macs: &'a MacAddresses,
    pub(crate) statistics: Option<&'a Statistics>,
    pub(crate) splt: Option<PacketSequence<'a>>,
    pub(crate) application: Option<&'a StoredApplication>,
    pub(crate) process: Option<&'a Process>,
    pub(crate) settings: Settings,
    pub(crate) expire: bool,
    pub(crate) end: Option<FlowEnd>,
}

/// A direction of a flow, or both together: the three views that columns begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// Both directions.
    Bidirectional,
    /// From the flow's source to its destination.
    Src2Dst,
    /// From the flow's destination to its source.
    Dst2Src,
}

impl View {
    /// All three, in the order of NFStream's columns.
    pub const ALL: [Self; 3] = [Self::Bidirectional, Self::Src2Dst, Self::Dst2Src];

    /// Its name, as column names begin.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bidirectional => "bidirectional",
            Self::Src2Dst => "src2dst",
            Self::Dst2Src => "dst2src",
        }
    }
}

/// What a flow must know of its table's configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) time_unit: TimeUnit,
    pub(crate) tunnel_column: bool,
    pub(crate) process_columns: bool,
    pub(crate) application_columns: ApplicationColumns,
    pub(crate) accounting_mode: AccountingMode,
}

/// Which columns of layer 7 there are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ApplicationColumns {
    pub(crate) application: bool,
    pub(crate) fingerprints: bool,
    pub(crate) risks: bool,
}

impl<'a> Flow<'a> {
    /// Ends the flow with the packet at hand: it is the last one of this flow, and the next packet of the same key starts
    /// another, with an application to be found anew: what shows it often is in the first packets alone. (NFStream:
    /// `expiration_id = -1`.) Without effect when the flow has ended already.
    pub fn expire(&mut self) {
        self.expire = true;
    }

    /// Why it ended: `None` while it is alive, known to [`NFPlugin::on_expire`](crate::NFPlugin::on_expire) and to records.
    pub fn end(&self) -> Option<FlowEnd> {
        self.end
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

    /// Packets, bytes and times of a view.
    pub fn counters(&self, view: View) -> Counters {
        match view {
            View::Bidirectional => self.bidirectional(),
            View::Src2Dst => *self.src2dst(),
            View::Dst2Src => *self.dst2src(),
        }
    }

    /// Packet sizes of a view in bytes, where the table was asked for statistics.
    pub fn packet_sizes(&self, view: View) -> Option<Summary> {
        let Counters { packets, bytes, .. } = self.counters(view);
        let statistics = self.statistics?;
        Some(match view {
            View::Bidirectional => statistics.bidirectional_packet_sizes(packets, bytes),
            View::Src2Dst => statistics.packet_sizes(Direction::Src2Dst, packets, bytes),
            View::Dst2Src => statistics.packet_sizes(Direction::Dst2Src, packets, bytes),
        })
    }

    /// Times from each packet of a view to the next, in the [unit of the columns](Self::time_unit), where the table was
    /// asked for statistics.
    pub fn inter_arrival_times(&self, view: View) -> Option<Summary> {
        let counters = self.counters(view);
        let unit = self.settings.time_unit;
        let duration = unit.truncate(counters.last_seen) - unit.truncate(counters.first_seen);
        let statistics = self.statistics?;
        Some(match view {
            View::Bidirectional => {
                statistics.bidirectional_inter_arrival(counters.packets, duration)
            }
            View::Src2Dst => {
                statistics.inter_arrival(Direction::Src2Dst, counters.packets, duration)
            }
            View::Dst2Src => {
                statistics.inter_arrival(Direction::Dst2Src, counters.packets, duration)
            }
        })
    }

    /// Packets of a view by TCP flag, where the table was asked for statistics.
    pub fn flag_counts(&self, view: View) -> Option<FlagCounts> {
        let statistics = self.statistics?;
        Some(match view {
            View::Bidirectional => statistics.bidirectional_flags(),
            View::Src2Dst => statistics.flags(Direction::Src2Dst),
            View::Dst2Src => statistics.flags(Direction::Dst2Src),
        })
    }

    /// The first packets, where the table was asked for them.
    pub fn splt(&self) -> Option<PacketSequence<'a>> {
        self.splt
    }

    /// What is known about its application by now. `None`: it is not looked into, as the table was not told to, or the
    /// dissector had no room.
    pub fn application(&self) -> Option<Application<'a>> {
        self.application?.get()
    }

    /// The local program that it belongs to, known to [`NFPlugin::on_expire`](crate::NFPlugin::on_expire) and to records.
    /// `None`: unknown, or the table was not told to [ask](crate::FlowTableConfig::process_columns), or the flow is alive.
    pub fn process(&self) -> Option<&'a Process> {
        self.process
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
