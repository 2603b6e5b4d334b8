//! A run in figures.

use std::fmt;
use std::time::Duration;

use nfstream_capture::{CaptureStats, LiveStats, UnknownBlock};
use nfstream_decode::{IgnoredPackets, Timestamp};
use nfstream_flow::FlowEnd;

use crate::packets::PacketCounts;

/// A run in figures. They add up: packets read = packets metered + packets ignored, and packets metered = packets in
/// records + packets in flows whose record was not asked for (by `max_nflows`) or could not be written. Of a live capture
/// also: packets received = packets dropped + packets read + packets left in the system's buffer, of which there are some only
/// where it ended by a number of packets or records, or by an error.
///
/// Where a run ends early, by `max_nflows` or the sink's error, some packets behind those that mattered were read and
/// metered: up to a window (256 KiB of a file), up to 16 MiB with several meters.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Packets that the source handed over; those that a filter took away are not among them.
    pub packets_read: u64,
    /// Packets that count in a flow.
    pub packets_metered: u64,
    /// Packets that cannot be metered, by layer and reason.
    pub packets_ignored: IgnoredPackets,
    /// Packets older than one before them, which count as simultaneous with that. Many of them mean captures in the wrong
    /// order, or a packet with a wrong time far in the future.
    pub packets_late: u64,
    /// Flows that were not looked into for their application: the dissector had no room for so many at a time.
    pub flows_undissected: u64,
    /// Packets in all records.
    pub packets_in_records: u64,
    /// Bytes on the wire of the packets that were metered.
    pub bytes_metered: u64,
    /// Records, in the order of [`FlowEnd::ALL`].
    records: [u64; FlowEnd::ALL.len()],
    /// Time of the earliest and the latest packet read.
    pub time_span: Option<(Timestamp, Timestamp)>,
    /// Whether the run was told to stop before the input had ended.
    pub stopped: bool,
    /// What the source counted.
    pub capture: CaptureStats,
    /// Where the first block of an unknown type stands in each file that has one, for a few files.
    pub unknown_blocks: Vec<UnknownBlock>,
}

impl Summary {
    /// Records that were handed over.
    pub fn records(&self) -> u64 {
        self.records.iter().sum()
    }

    /// Records that were handed over, by the reason for which their flow ended.
    pub fn records_by_end(&self) -> impl Iterator<Item = (FlowEnd, u64)> + '_ {
        FlowEnd::ALL.into_iter().zip(self.records)
    }

    /// From the earliest packet to the latest.
    pub fn duration(&self) -> Duration {
        self.time_span
            .map_or(Duration::ZERO, |(first, last)| last.saturating_since(first))
    }

    pub(crate) fn set_packets(&mut self, packets: &PacketCounts) {
        self.packets_read = packets.read;
        self.packets_metered = packets.metered;
        self.bytes_metered = packets.bytes_metered;
        self.packets_ignored = packets.ignored;
        self.time_span = packets.time_span;
    }

    pub(crate) fn count_record(&mut self, end: FlowEnd, packets: u64) {
        self.packets_in_records += packets;
        if let Some(count) = self.records.get_mut(end as usize) {
            *count += 1;
        }
    }
}

impl Summary {
    /// What the system received, where it did.
    fn write_received(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(live) = self.capture.live else {
            return Ok(());
        };
        let LiveStats {
            packets_received,
            packets_dropped,
            packets_dropped_by_interface,
            ..
        } = live;
        writeln!(f, "packets received {packets_received}")?;
        writeln!(f, "packets dropped  {packets_dropped}")?;
        if packets_dropped_by_interface > 0 {
            writeln!(
                f,
                "  by the interface, besides: {packets_dropped_by_interface}"
            )?;
        }
        let left = packets_received.saturating_sub(packets_dropped + self.packets_read);
        if left > 0 {
            writeln!(f, "packets left     {left}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ignored = self.packets_ignored.total();
        self.write_received(f)?;
        writeln!(f, "packets read     {}", self.packets_read)?;
        writeln!(f, "packets metered  {}", self.packets_metered)?;
        writeln!(f, "packets ignored  {ignored}")?;
        for (error, packets) in self.packets_ignored.iter() {
            writeln!(f, "  {error}: {packets}")?;
        }
        if self.packets_late > 0 {
            writeln!(f, "packets late     {}", self.packets_late)?;
        }
        if self.capture.packets_filtered > 0 {
            writeln!(f, "packets filtered {}", self.capture.packets_filtered)?;
        }
        if self.capture.unknown_blocks > 0 {
            writeln!(f, "unknown blocks   {}", self.capture.unknown_blocks)?;
            for block in &self.unknown_blocks {
                writeln!(f, "  {block}")?;
            }
        }
        let unreported = self.packets_metered.saturating_sub(self.packets_in_records);
        if unreported > 0 {
            writeln!(f, "packets in flows without a record {unreported}")?;
        }
        writeln!(f, "bytes metered    {}", self.bytes_metered)?;
        writeln!(f, "flows            {}", self.records())?;
        for (end, records) in self.records_by_end().filter(|&(_, records)| records > 0) {
            writeln!(f, "  {}: {records}", end.name())?;
        }
        if self.flows_undissected > 0 {
            writeln!(f, "not dissected    {}", self.flows_undissected)?;
        }
        write!(f, "time span        {:.3} s", self.duration().as_secs_f64())
    }
}
