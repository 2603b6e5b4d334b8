//! The columns that every flow record can have, with NFStream's names and in NFStream's order.
//!
//! Each group of columns is declared once, with the code that writes its values, so that names and values cannot drift
//! apart.

use core::net::IpAddr;

use nfstream_decode::{MacAddress, TcpFlags};
use nfstream_features::{Counters, FlagCounts, PacketSequence, Summary, TimeUnit};

use crate::config::FlowTableConfig;
use crate::flow::ApplicationColumns;
use crate::record::{Column, ColumnType, RowWriter, Schema, Value};
use crate::{Application, Flow, FlowEnd, FlowRecord, Process, Risks, View};

/// Declares a group of columns: a module with `declare`, which appends them to a schema, and `write`, which writes their
/// values from `$value`. `{view}` and `{unit}` in a name are replaced.
macro_rules! group {
    ($(#[$doc:meta])* $group:ident($value:ident: $ty:ty) { $($name:literal: $column:ty, $unit:literal, $text:literal => $get:expr;)+ }) => {
        $(#[$doc])*
        mod $group {
            use super::*;

            pub(super) fn declare(schema: &mut Schema, view: &str, unit: TimeUnit) {
                let fill = |text: &str| text.replace("{view}", view).replace("{unit}", unit.symbol());
                $(schema.push(
                    Column::new(fill($name), in_unit(<$column as Value>::TYPE, unit))
                        .nullable(<$column as Value>::NULLABLE)
                        .unit(fill($unit))
                        .doc(fill($text)),
                );)+
            }

            #[inline]
            pub(super) fn write<W: RowWriter + ?Sized>($value: $ty, row: &mut W) {
                $({ let value: $column = $get; value.write(row); })+
            }
        }
    };
}

group! {
    /// Which record it is.
    number(id: u64) {
        "id": u64, "", "number of the record, counted from 0" => id;
    }
}

group! {
    /// How the flow ended, between whom it was.
    identity(record: Identity<'_, '_>) {
        "expiration_id": i8, "", "why the flow ended: 0 idle or end of input, 1 active timeout, -1 by a plugin, 2 table full" => record.expiration_id;
        "src_ip": IpAddr, "", "address of the sender of the first packet" => record.flow.src_ip();
        "src_mac": MacAddress, "", "hardware address of the sender of the first packet" => record.flow.src_mac();
        "src_oui": Oui, "", "first three bytes of src_mac" => Oui(record.flow.src_mac());
        "src_port": u16, "", "port of the sender of the first packet, 0 without ports" => record.flow.src_port();
        "dst_ip": IpAddr, "", "address of the receiver of the first packet" => record.flow.dst_ip();
        "dst_mac": MacAddress, "", "hardware address of the receiver of the first packet" => record.flow.dst_mac();
        "dst_oui": Oui, "", "first three bytes of dst_mac" => Oui(record.flow.dst_mac());
        "dst_port": u16, "", "port of the receiver of the first packet, 0 without ports" => record.flow.dst_port();
        "protocol": u8, "", "protocol number of what IP carries" => record.flow.protocol();
        "ip_version": u8, "", "4 or 6" => record.flow.ip_version();
        "vlan_id": u16, "", "VLAN identifier of the innermost tag, 0 without" => record.flow.vlan_id();
    }
}

group! {
    /// The tunnel.
    tunnel(tunnel_id: u8) {
        "tunnel_id": u8, "", "tunnel that the packets were found in: 0 none, 1 GTP-U, 2 CAPWAP, 3 TZSP" => tunnel_id;
    }
}

group! {
    /// Times and counters of one view.
    counters(times: &Times) {
        "{view}_first_seen_{unit}": Moment, "{unit}", "time of the first {view} packet since the epoch; without any, 0 or missing" => times.moment(times.first_seen);
        "{view}_last_seen_{unit}": Moment, "{unit}", "time of the last {view} packet since the epoch; without any, 0 or missing" => times.moment(times.last_seen);
        "{view}_duration_{unit}": u64, "{unit}", "from the first {view} packet to the last" => times.duration();
        "{view}_packets": u64, "packets", "{view} packets" => times.packets;
        "{view}_bytes": u64, "bytes", "sum of {view} packet sizes by the accounting mode" => times.bytes;
    }
}

group! {
    /// Packet sizes of one view.
    packet_sizes(sizes: Summary) {
        "{view}_min_ps": u64, "bytes", "smallest {view} packet size" => sizes.min;
        "{view}_mean_ps": f64, "bytes", "mean {view} packet size" => sizes.mean;
        "{view}_stddev_ps": f64, "bytes", "sample standard deviation of {view} packet sizes" => sizes.stddev;
        "{view}_max_ps": u64, "bytes", "largest {view} packet size" => sizes.max;
    }
}

group! {
    /// Packet inter-arrival times of one view.
    inter_arrival(times: Summary) {
        "{view}_min_piat_{unit}": u64, "{unit}", "shortest time from one {view} packet to the next" => times.min;
        "{view}_mean_piat_{unit}": f64, "{unit}", "mean time from one {view} packet to the next" => times.mean;
        "{view}_stddev_piat_{unit}": f64, "{unit}", "sample standard deviation of the times from one {view} packet to the next" => times.stddev;
        "{view}_max_piat_{unit}": u64, "{unit}", "longest time from one {view} packet to the next" => times.max;
    }
}

group! {
    /// Packets with each TCP flag of one view.
    flags(flags: FlagCounts) {
        "{view}_syn_packets": u64, "packets", "{view} packets with SYN" => flags.packets_with(TcpFlags::SYN);
        "{view}_cwr_packets": u64, "packets", "{view} packets with CWR" => flags.packets_with(TcpFlags::CWR);
        "{view}_ece_packets": u64, "packets", "{view} packets with ECE" => flags.packets_with(TcpFlags::ECE);
        "{view}_urg_packets": u64, "packets", "{view} packets with URG" => flags.packets_with(TcpFlags::URG);
        "{view}_ack_packets": u64, "packets", "{view} packets with ACK" => flags.packets_with(TcpFlags::ACK);
        "{view}_psh_packets": u64, "packets", "{view} packets with PSH" => flags.packets_with(TcpFlags::PSH);
        "{view}_rst_packets": u64, "packets", "{view} packets with RST" => flags.packets_with(TcpFlags::RST);
        "{view}_fin_packets": u64, "packets", "{view} packets with FIN" => flags.packets_with(TcpFlags::FIN);
    }
}

group! {
    /// The application: all null where the flow was not looked into.
    application(found: Option<Application<'_>>) {
        "application_name": Option<&str>, "", "application, such as TLS.Google; Unknown if unknown" => found.map(|found| found.name);
        "application_category_name": Option<&str>, "", "kind of application; Unspecified if unknown" => found.map(|found| found.category);
        "application_is_guessed": Option<u8>, "", "1 if the application is a guess, made when no more packets were looked into" => found.map(|found| found.is_guessed.into());
        "application_confidence": Option<u8>, "", "what the application rests on: 0 nothing, 1 port, 2 filter rule, 3 partial DPI, 4 partial DPI and cache, 5 cache, 6 DPI, 7 address, 8 aggressive DPI, 9 custom rule" => found.and_then(|found| found.confidence.number());
        "requested_server_name": Option<&str>, "", "host that was asked for: TLS server name, HTTP host, DNS query" => found.map(|found| found.server_name);
        "client_fingerprint": Option<&str>, "", "fingerprint of the client: JA4 or JA3 of TLS (by what the dissector has and was told), HASSH of SSH, option list of DHCP" => found.map(|found| found.client_fingerprint);
        "server_fingerprint": Option<&str>, "", "fingerprint of the server: JA3S of TLS, HASSH of SSH" => found.map(|found| found.server_fingerprint);
        "user_agent": Option<&str>, "", "software of the client, as HTTP or QUIC tells it" => found.map(|found| found.user_agent);
        "content_type": Option<&str>, "", "type of the HTTP response" => found.map(|found| found.content_type);
    }
}

group! {
    /// Both fingerprints of TLS clients: null where the dissector does not compute one.
    fingerprints(found: Option<Application<'_>>) {
        "client_ja3": Option<&str>, "", "JA3 of the TLS client" => found.and_then(|found| found.ja3);
        "client_ja4": Option<&str>, "", "JA4 of the TLS client" => found.and_then(|found| found.ja4);
    }
}

group! {
    /// What looks dangerous.
    risks(found: Option<Application<'_>>) {
        "flow_risks": Option<Risks>, "", "names of what looks dangerous about the flow" => found.map(|found| found.risks);
    }
}

group! {
    /// The local program.
    process(found: Option<&Process>) {
        "system_process_pid": i64, "", "number of the local process that the flow belongs to, -1 if unknown" => found.map_or(-1, |found| found.id.into());
        "system_process_name": &str, "", "name of that process, empty if unknown" => found.map_or("", |found| &found.name);
    }
}

/// What the identity columns are taken from.
struct Identity<'r, 'f> {
    expiration_id: i8,
    flow: &'r Flow<'f>,
}

/// The first three bytes of a hardware address.
struct Oui(MacAddress);

impl Value for Oui {
    const TYPE: ColumnType = ColumnType::Text;

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        let MacAddress([a, b, c, ..]) = self.0;
        row.oui([a, b, c]);
    }
}

impl Value for Risks {
    const TYPE: ColumnType = ColumnType::List(&ColumnType::Text);

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.begin_list();
        for name in self.names() {
            row.text(name);
        }
        row.end_list();
    }
}

/// A time in the unit of the columns.
struct Moment(Option<u64>);

impl Value for Moment {
    const TYPE: ColumnType = ColumnType::Timestamp(TimeUnit::Milliseconds);
    const NULLABLE: bool = true;

    #[inline]
    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.timestamp(self.0);
    }
}

/// The type of a column where times have this unit.
fn in_unit(column_type: ColumnType, unit: TimeUnit) -> ColumnType {
    match column_type {
        ColumnType::Timestamp(_) => ColumnType::Timestamp(unit),
        other => other,
    }
}

/// Counters with times in the unit of the columns.
struct Times {
    first_seen: u64,
    last_seen: u64,
    packets: u64,
    bytes: u64,
}

impl Times {
    fn of(counters: &Counters, unit: TimeUnit) -> Self {
        Self {
            first_seen: unit.truncate(counters.first_seen),
            last_seen: unit.truncate(counters.last_seen),
            packets: counters.packets,
            bytes: counters.bytes,
        }
    }

    fn duration(&self) -> u64 {
        self.last_seen - self.first_seen
    }

    /// One of the times, where there was a packet.
    fn moment(&self, time: u64) -> Moment {
        Moment((self.packets > 0).then_some(time))
    }
}

impl ApplicationColumns {
    pub(crate) fn of(config: &FlowTableConfig) -> Self {
        let application = config.n_dissections > 0;
        Self {
            application,
            fingerprints: application && config.fingerprint_columns,
            risks: application && config.risk_column,
        }
    }
}

impl FlowTableConfig {
    /// The columns that every record of such a table has before those of plugins. Behind those of plugins may be
    /// [more](Self::process_columns).
    ///
    /// The [metadata](Schema::metadata) tells what values depend on beside the packets: `nfstream.accounting_mode` (`raw`, `ip`,
    /// `transport`, `payload`), `nfstream.idle_timeout` and `nfstream.active_timeout` (`120s`), `nfstream.n_dissections`,
    /// `nfstream.splt_analysis`, `nfstream.time_unit` (`ms`).
    pub fn columns(&self) -> Schema {
        let mut schema = Schema::default();
        self.describe(&mut schema);
        let unit = self.time_unit;
        number::declare(&mut schema, "", unit);
        identity::declare(&mut schema, "", unit);
        if self.tunnel_column {
            tunnel::declare(&mut schema, "", unit);
        }
        for view in View::ALL {
            counters::declare(&mut schema, view.name(), unit);
        }
        if self.statistical_analysis {
            for declare in [
                packet_sizes::declare,
                inter_arrival::declare,
                flags::declare,
            ] {
                for view in View::ALL {
                    declare(&mut schema, view.name(), unit);
                }
            }
        }
        if self.splt_analysis > 0 {
            declare_splt(&mut schema, unit);
        }
        let columns = ApplicationColumns::of(self);
        if columns.application {
            application::declare(&mut schema, "", unit);
        }
        if columns.fingerprints {
            fingerprints::declare(&mut schema, "", unit);
        }
        if columns.risks {
            risks::declare(&mut schema, "", unit);
        }
        schema
    }

    /// Tells what values depend on beside the packets.
    fn describe(&self, schema: &mut Schema) {
        let accounting_mode = format!("{:?}", self.accounting_mode).to_lowercase();
        schema.push_metadata("nfstream.accounting_mode", accounting_mode);
        for (name, timeout) in [
            ("nfstream.idle_timeout", self.idle_timeout),
            ("nfstream.active_timeout", self.active_timeout),
        ] {
            schema.push_metadata(name, format!("{timeout:?}"));
        }
        schema.push_metadata("nfstream.n_dissections", self.n_dissections.to_string());
        schema.push_metadata("nfstream.splt_analysis", self.splt_analysis.to_string());
        schema.push_metadata("nfstream.time_unit", self.time_unit.symbol());
    }

    /// Appends the columns that are behind those of plugins.
    pub(crate) fn declare_process(&self, schema: &mut Schema) {
        if self.process_columns {
            process::declare(schema, "", self.time_unit);
        }
    }
}

impl<O> FlowRecord<'_, O> {
    /// Writes the first of the columns that every record has.
    #[inline]
    pub(crate) fn write_id<W: RowWriter + ?Sized>(&self, row: &mut W) {
        number::write(self.id, row);
    }

    /// Writes the columns that are behind those of plugins.
    #[inline]
    pub(crate) fn write_process<W: RowWriter + ?Sized>(&self, row: &mut W) {
        if self.flow.settings.process_columns {
            process::write(self.flow.process(), row);
        }
    }
}

impl Flow<'_> {
    /// Writes a value for each of [`FlowTableConfig::columns`] but the first, the id, which is known only to records. While
    /// the flow is alive, `expiration_id` is 0.
    pub fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        let flow = self;
        let unit = flow.time_unit();
        identity::write(
            Identity {
                expiration_id: flow.end.map_or(0, FlowEnd::expiration_id),
                flow,
            },
            row,
        );
        if flow.settings.tunnel_column {
            tunnel::write(flow.tunnel().id(), row);
        }
        for view in View::ALL {
            counters::write(&Times::of(&flow.counters(view), unit), row);
        }
        for sizes in View::ALL
            .into_iter()
            .filter_map(|view| flow.packet_sizes(view))
        {
            packet_sizes::write(sizes, row);
        }
        for times in View::ALL
            .into_iter()
            .filter_map(|view| flow.inter_arrival_times(view))
        {
            inter_arrival::write(times, row);
        }
        for counts in View::ALL
            .into_iter()
            .filter_map(|view| flow.flag_counts(view))
        {
            flags::write(counts, row);
        }
        if let Some(splt) = flow.splt() {
            write_splt(splt, row);
        }
        let columns = flow.settings.application_columns;
        let found = flow.application();
        if columns.application {
            application::write(found, row);
        }
        if columns.fingerprints {
            fingerprints::write(found, row);
        }
        if columns.risks {
            risks::write(found, row);
        }
    }
}

/// The columns of the first packets: three lists.
fn declare_splt(schema: &mut Schema, unit: TimeUnit) {
    let list = ColumnType::List(&ColumnType::Int);
    let symbol = unit.symbol();
    schema.push(
        Column::new("splt_direction", list).doc(
            "directions of the first packets: 0 src2dst, 1 dst2src, -1 behind the last packet",
        ),
    );
    schema.push(
        Column::new("splt_ps", list)
            .unit("bytes")
            .doc("sizes of the first packets, -1 behind the last packet"),
    );
    schema.push(
        Column::new(format!("splt_piat_{symbol}"), list)
            .unit(symbol)
            .doc("time from the previous packet of the flow to each of the first packets, -1 behind the last packet"),
    );
}

fn write_splt<W: RowWriter + ?Sized>(splt: PacketSequence<'_>, row: &mut W) {
    fn list<W: RowWriter + ?Sized>(row: &mut W, values: impl Iterator<Item = i64>) {
        row.begin_list();
        for value in values {
            row.int(value);
        }
        row.end_list();
    }
    list(row, splt.directions());
    list(row, splt.sizes());
    list(row, splt.inter_arrivals());
}

#[cfg(test)]
mod tests;
