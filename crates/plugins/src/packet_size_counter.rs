//! Counts packets of one size.

use nfstream_decode::Packet;
use nfstream_flow::record::{Column, Value};
use nfstream_flow::{Flow, NFPlugin, Schema};

use nfstream_derive::Record;

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

/// What [`PacketSizeCounter`] tells of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct PacketSizeCount {
    /// Packets of the size that the plugin was made for.
    pub packet_count: u64,
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
