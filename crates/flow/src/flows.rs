//! What a table keeps of each flow: parallel slabs, one place a flow in each.

use core::hint::black_box;
use core::num::NonZeroU32;

use nfstream_decode::{Direction, Packet};
use nfstream_features::{PacketSequence, SequenceEntry, Statistics};

use crate::applications::Applications;
use crate::flow::{ApplicationColumns, Entry, Flow, MacAddresses, Settings};
use crate::process::Processes;
use crate::slab::{SequenceSlab, Slab, Slot};
use crate::{FlowEnd, FlowTableConfig};

/// The parallel slabs. Analyses that were not asked for take no room.
#[derive(Debug)]
pub(crate) struct Flows {
    pub(crate) entries: Slab<Entry>,
    macs: Slab<MacAddresses>,
    statistics: Option<Slab<Statistics>>,
    splt: Option<SequenceSlab>,
    pub(crate) applications: Option<Applications>,
    pub(crate) processes: Option<Processes>,
    settings: Settings,
}

impl Flows {
    pub(crate) fn new(config: &FlowTableConfig) -> Self {
        Self {
            entries: Slab::new(),
            macs: Slab::new(),
            statistics: config.statistical_analysis.then(Slab::new),
            splt: (config.splt_analysis > 0).then(|| SequenceSlab::new(config.splt_analysis)),
            applications: (config.n_dissections > 0).then(Applications::new),
            processes: config.process_columns.then(Processes::new),
            settings: Settings {
                time_unit: config.time_unit,
                tunnel_column: config.tunnel_column,
                process_columns: config.process_columns,
                application_columns: ApplicationColumns::of(config),
                accounting_mode: config.accounting_mode,
            },
        }
    }

    /// Adds room for one segment of flows.
    pub(crate) fn grow(&mut self) {
        self.entries.grow();
        self.macs.grow();
        if let Some(statistics) = &mut self.statistics {
            statistics.grow();
        }
        if let Some(splt) = &mut self.splt {
            splt.grow();
        }
        if let Some(applications) = &mut self.applications {
            applications.grow();
        }
        if let Some(processes) = &mut self.processes {
            processes.grow();
        }
    }

    /// Puts a new flow, which has no packet yet, into a slot.
    pub(crate) fn start(&mut self, slot: Slot, entry: Entry, packet: &Packet<'_>) {
        *self.entries.get_mut(slot) = entry;
        *self.macs.get_mut(slot) = MacAddresses::of(packet);
        if let Some(statistics) = &mut self.statistics {
            *statistics.get_mut(slot) = Statistics::default();
        }
        if let Some(splt) = &mut self.splt {
            splt.start(slot);
        }
        self.clear(slot);
    }

    /// Reads what a packet of the flow in a slot will change.
    #[inline]
    pub(crate) fn touch(&self, slot: Slot) {
        let entry = self.entries.get(slot);
        black_box((entry.is_alive, entry.src2dst.packets));
        if let Some(statistics) = &self.statistics {
            statistics.get(slot).touch();
        }
    }

    /// Forgets what others can use the memory of: the flow in a slot has left.
    pub(crate) fn clear(&mut self, slot: Slot) {
        if let Some(applications) = &mut self.applications {
            applications.clear(slot);
        }
        if let Some(processes) = &mut self.processes {
            processes.set(slot, None);
        }
    }

    /// Counts a packet, which was placed in the flow in a slot.
    #[inline]
    pub(crate) fn count(&mut self, slot: Slot, packet: &Packet<'_>) {
        let size = packet.size(self.settings.accounting_mode);
        if self.statistics.is_some() || self.splt.is_some() {
            self.analyse(slot, packet, size);
        }
        let entry = self.entries.get_mut(slot);
        let own = match packet.direction() {
            Direction::Src2Dst => &mut entry.src2dst,
            Direction::Dst2Src => &mut entry.dst2src,
        };
        own.add(packet.timestamp(), size);
    }

    /// What the analyses want to know of a packet that is not counted yet.
    fn analyse(&mut self, slot: Slot, packet: &Packet<'_>, size: u32) {
        let direction = packet.direction();
        let entry = self.entries.get(slot);
        let own = match direction {
            Direction::Src2Dst => &entry.src2dst,
            Direction::Dst2Src => &entry.dst2src,
        };
        let since = |previous| {
            let unit = self.settings.time_unit;
            unit.truncate(packet.timestamp()) - unit.truncate(previous)
        };
        let earlier = entry.src2dst.packets + entry.dst2src.packets;
        let since_previous = (earlier > 0).then(|| since(entry.last_seen()));
        if let Some(statistics) = &mut self.statistics {
            let since_previous_same_way = (own.packets > 0).then(|| since(own.last_seen));
            statistics.get_mut(slot).add(
                direction,
                size,
                packet.tcp_flags(),
                since_previous,
                since_previous_same_way,
            );
        }
        if let Some(splt) = &mut self.splt {
            let places = splt.get_mut(slot);
            if let Some(place) = usize::try_from(earlier)
                .ok()
                .and_then(|at| places.get_mut(at))
            {
                *place = SequenceEntry {
                    inter_arrival: since_previous.unwrap_or(0),
                    size,
                    direction,
                };
            }
        }
    }

    /// The flow in a slot once it has ended, with what is known only then.
    #[inline]
    pub(crate) fn view_of_ended(&self, slot: Slot, end: FlowEnd) -> Flow<'_> {
        Flow {
            process: self.processes.as_ref().and_then(|slab| slab.get(slot)),
            end: Some(end),
            ..self.view(slot)
        }
    }

    /// The flow in a slot while it is alive, as plugins see it.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "without a plugin nothing is left of it"
    )]
    pub(crate) fn view(&self, slot: Slot) -> Flow<'_> {
        let entry = self.entries.get(slot);
        Flow {
            entry,
            macs: self.macs.get(slot),
            statistics: self.statistics.as_ref().map(|slab| slab.get(slot)),
            splt: self.splt.as_ref().map(|slab| {
                let packets = entry.src2dst.packets + entry.dst2src.packets;
                let places = slab.get(slot);
                let taken = usize::try_from(packets)
                    .ok()
                    .and_then(|packets| places.get(..packets));
                PacketSequence::new(taken.unwrap_or(places), places.len())
            }),
            application: self.applications.as_ref().map(|slab| slab.get(slot)),
            process: None,
            settings: self.settings,
            expire: false,
            end: None,
        }
    }
}

/// Slots that no flow uses.
#[derive(Debug, Default)]
pub(crate) struct FreeSlots {
    /// The one that was used last is used next: it is warm.
    free: Vec<Slot>,
    /// Slots there are, used or not.
    total: u32,
}

impl FreeSlots {
    pub(crate) fn take(&mut self) -> Option<Slot> {
        self.free.pop()
    }

    pub(crate) fn give_back(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// Adds `count` slots; returns how many there are then.
    pub(crate) fn grow(&mut self, count: u32) -> usize {
        let new = self.total..self.total.saturating_add(count);
        self.total = new.end;
        self.free.reserve(self.total as usize - self.free.len());
        self.free
            .extend(new.rev().filter_map(NonZeroU32::new).map(Slot::new));
        self.total as usize
    }
}
