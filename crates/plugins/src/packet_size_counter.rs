//! Counts packets of one size.

use nfstream_decode::Packet;
use nfstream_flow::record::{Column, Record, RowWriter, Schema, Value};
use nfstream_flow::{Flow, NFPlugin};

/// Counts the packets of a flow that have one size on the wire: the example of NFStream's documentation.
///
/// # Columns
///
/// `udps.packet_<size>_count`, in packets.
#[derive(Clone, Copy, Debug)]
pub struct PacketSizeCounter {
    size: u32,
}

impl PacketSizeCounter {
    /// Counts packets whose frame has `size` bytes.
    pub fn new(size: u32) -> Self {
        Self { size }
    }
}

/// What [`PacketSizeCounter`] tells of a flow. The name of the column depends on the plugin, which declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PacketSizeCount {
    /// Packets of the size that the plugin was made for.
    pub packet_count: u64,
}

impl Record for PacketSizeCount {
    fn columns(_schema: &mut Schema) {}

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.uint(self.packet_count);
    }

    fn write_null<W: RowWriter + ?Sized>(_row: &mut W) {}
}

impl NFPlugin for PacketSizeCounter {
    type State = u64;
    type Output = PacketSizeCount;

    fn on_init(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>) -> u64 {
        u64::from(packet.raw_size() == self.size)
    }

    fn on_update(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>, count: &mut u64) {
        *count += u64::from(packet.raw_size() == self.size);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, packet_count: u64) -> PacketSizeCount {
        PacketSizeCount { packet_count }
    }

    fn columns(&self, schema: &mut Schema) {
        let size = self.size;
        schema.push(
            Column::new(format!("packet_{size}_count"), u64::TYPE)
                .unit("packets")
                .doc(format!("packets whose frame has {size} bytes")),
        );
    }
}

#[cfg(test)]
mod tests;
