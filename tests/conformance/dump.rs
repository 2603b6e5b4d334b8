//! What the model of NFStream makes of frames, as tables with NFStream's columns.

use std::fmt::Display;

use nfstream_decode::Frame;

use crate::golden::Table;
use crate::libpcap::Reading;
use crate::nfstream::{Flow, Meter, Metered, ModelPacket, TcpFlags, decode, ip_text, mac_text};

/// A packet that the model meters.
#[derive(Clone, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) packet: ModelPacket,
    pub(crate) metered: Metered,
}

/// Runs the model over a file. The meter goes on from where it stands: a source of many files is many calls.
pub(crate) fn see<'a>(
    file: &Reading<'a>,
    decode_tunnels: bool,
    meter: &mut Meter,
) -> Vec<Seen<'a>> {
    let packets = file.packets.iter();
    packets
        .filter_map(|read| {
            let mut packet = decode(&read.frame, decode_tunnels)?;
            packet.time_ms = read.time_ms;
            Some(Seen {
                frame: read.frame,
                metered: meter.meter(&packet),
                packet,
            })
        })
        .collect()
}

/// The packets as NFStream's plugins see them: addresses are the flow's, turned with the direction.
pub(crate) fn packet_table(seen: &[Seen<'_>], flows: &[Flow]) -> Table {
    let rows = seen.iter().enumerate().filter_map(|(number, seen)| {
        let packet = &seen.packet;
        let first = &flows.get(seen.metered.flow)?.first;
        let (src_mac, dst_mac) = match seen.metered.direction {
            0 => (first.src_mac, first.dst_mac),
            _ => (first.dst_mac, first.src_mac),
        };
        let ip_packet = seen.frame.data.get(packet.ip_packet.clone())?;
        let mut row = Row::default();
        row.cell("n", number);
        row.cell("flow", seen.metered.flow);
        row.cell("time", seen.metered.time_ms);
        row.cell("delta_time", seen.metered.delta_ms);
        row.cell("direction", seen.metered.direction);
        row.cell("raw_size", packet.raw_size);
        row.cell("ip_size", packet.ip_size);
        row.cell("transport_size", packet.transport_size);
        row.cell("payload_size", packet.payload_size);
        row.cell("src_ip", ip_text(packet.src_ip));
        row.mac("src", src_mac);
        row.cell("dst_ip", ip_text(packet.dst_ip));
        row.mac("dst", dst_mac);
        row.cell("src_port", packet.src_port);
        row.cell("dst_port", packet.dst_port);
        row.cell("protocol", packet.protocol);
        row.cell("vlan_id", packet.vlan_id);
        row.cell("ip_version", packet.ip_version);
        for (name, mask) in TcpFlags::COLUMNS {
            row.cell(name, u8::from(packet.flags.has(mask)));
        }
        row.cell("tunnel_id", packet.tunnel_id);
        row.cell("ip_packet_len", ip_packet.len());
        row.cell("ip_packet_crc32", crc32(ip_packet));
        Some(row)
    });
    table(rows)
}

/// The flows with those of NFStream's columns that show whether a flow has the packets that it should have: the core
/// ones, the extreme sizes and the counts of flags.
///
/// Without `tunnels` there is no column `tunnel_id`.
pub(crate) fn flow_table(
    seen: &[Seen<'_>],
    flows: &[Flow],
    accounting_mode: u8,
    tunnels: bool,
) -> Table {
    let mut packets: Vec<Vec<&Seen<'_>>> = vec![Vec::new(); flows.len()];
    for seen in seen {
        if let Some(packets) = packets.get_mut(seen.metered.flow) {
            packets.push(seen);
        }
    }
    let rows = flows.iter().zip(&packets).map(|(flow, packets)| {
        let first = &flow.first;
        let mut row = Row::default();
        row.cell("expiration_id", flow.expiration_id);
        row.cell("src_ip", ip_text(first.src_ip));
        row.mac("src", first.src_mac);
        row.cell("src_port", first.src_port);
        row.cell("dst_ip", ip_text(first.dst_ip));
        row.mac("dst", first.dst_mac);
        row.cell("dst_port", first.dst_port);
        row.cell("protocol", first.protocol);
        row.cell("ip_version", first.ip_version);
        row.cell("vlan_id", first.vlan_id);
        if tunnels {
            row.cell("tunnel_id", first.tunnel_id);
        }
        row.direction("bidirectional", packets, accounting_mode);
        for (name, direction) in [("src2dst", 0), ("dst2src", 1)] {
            let packets: Vec<&Seen<'_>> = packets
                .iter()
                .copied()
                .filter(|seen| seen.metered.direction == direction)
                .collect();
            row.direction(name, &packets, accounting_mode);
        }
        row
    });
    table(rows)
}

/// Cells with the names of their columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row(Vec<(String, String)>);

impl Row {
    pub(crate) fn cell(&mut self, column: &str, value: impl Display) {
        self.0.push((column.to_owned(), value.to_string()));
    }

    pub(crate) fn mac(&mut self, end: &str, mac: [u8; 6]) {
        let text = mac_text(mac);
        self.cell(&format!("{end}_oui"), text.get(..8).unwrap_or_default());
        self.cell(&format!("{end}_mac"), text);
    }

    fn direction(&mut self, direction: &str, packets: &[&Seen<'_>], accounting_mode: u8) {
        let mut cell =
            |column: &str, value: u64| self.cell(&format!("{direction}_{column}"), value);
        let times = || packets.iter().map(|seen| seen.metered.time_ms);
        let sizes = || {
            packets
                .iter()
                .map(|seen| u64::from(seen.packet.size(accounting_mode)))
        };
        let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        cell("first_seen_ms", first);
        cell("last_seen_ms", last);
        cell("duration_ms", last - first);
        cell("packets", packets.len() as u64);
        cell("bytes", sizes().sum());
        cell("min_ps", sizes().min().unwrap_or(0));
        cell("max_ps", sizes().max().unwrap_or(0));
        for (name, mask) in TcpFlags::COLUMNS {
            let set = packets.iter().filter(|seen| seen.packet.flags.has(mask));
            cell(&format!("{name}_packets"), set.count() as u64);
        }
    }
}

/// Rows with the same columns as a table.
pub(crate) fn table(rows: impl Iterator<Item = Row>) -> Table {
    let mut table = Table::default();
    for Row(cells) in rows {
        let (columns, row) = cells.into_iter().unzip();
        table.columns = columns;
        table.rows.push(row);
    }
    table
}

/// CRC-32 as in Ethernet and zlib (ISO/IEC 8802-3), the form that the dumps use.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            let carry = if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            crc >> 1 ^ carry
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc32_of_the_check_string() {
        assert_eq!(super::crc32(b"123456789"), 0xCBF4_3926);
    }
}
