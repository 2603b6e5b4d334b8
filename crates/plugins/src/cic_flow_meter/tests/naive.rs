//! The same features, computed from lists of packets: slowly, with floating-point numbers, one line after the other.

use std::collections::HashMap;
use std::net::IpAddr;

use nfstream_decode::{Direction, Packet};
use nfstream_flow::record::RowWriter;
use nfstream_flow::{Flow, NFPlugin, Record, Schema};

/// What the features need of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Since the flow's first packet: whole numbers, so that differences are exact.
    pub(crate) nanos: f64,
    pub(crate) is_forward: bool,
    pub(crate) payload: f64,
    pub(crate) header: f64,
    pub(crate) flags: u8,
    pub(crate) window: Option<u16>,
}

/// A plugin that keeps all packets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AllPackets;

/// All packets of a flow; no columns.
#[derive(Clone, Debug)]
pub(crate) struct PacketList(pub(crate) Vec<Seen>);

impl NFPlugin for AllPackets {
    type State = Vec<Seen>;
    type Output = PacketList;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Vec<Seen> {
        let mut seen = Vec::new();
        self.on_update(packet, flow, &mut seen);
        seen
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, seen: &mut Vec<Seen>) {
        let nanos = packet.timestamp().as_nanos() - flow.first_seen().as_nanos();
        seen.push(Seen {
            nanos: float(nanos),
            is_forward: packet.direction() == Direction::Src2Dst,
            payload: packet.payload_size().into(),
            header: (packet.transport_size() - packet.payload_size()).into(),
            flags: packet.tcp_flags().bits(),
            window: packet.tcp().map(|header| header.window),
        });
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, seen: Vec<Seen>) -> PacketList {
        PacketList(seen)
    }
}

impl Record for PacketList {
    fn columns(_schema: &mut Schema) {}
    fn write<W: RowWriter + ?Sized>(&self, _row: &mut W) {}
    fn write_null<W: RowWriter + ?Sized>(_row: &mut W) {}
}

/// Asserts that each column has the value that the list gives, to 1e-9 of it.
pub(crate) fn assert_equal<R: Record>(record: &R, packets: &[Seen]) {
    let mut right = features(packets);
    let columns = values(record);
    for (name, value) in columns {
        let right = right.remove(&name).unwrap_or_else(|| panic!("{name}"));
        let is_equal = match (value, right) {
            (Some(value), Some(right)) => (value - right).abs() <= 1e-9 * right.abs().max(1e-3),
            (value, right) => value == right,
        };
        assert!(is_equal, "{name}: {value:?}, not {right:?}; {packets:?}");
    }
    assert!(right.is_empty(), "columns that are missing: {right:?}");
}

/// The values of a record by name.
pub(crate) fn values<R: Record>(record: &R) -> HashMap<String, Option<f64>> {
    let mut schema = Schema::default();
    R::columns(&mut schema);
    let mut row = Row(Vec::new());
    record.write(&mut row);
    assert_eq!(row.0.len(), schema.columns().len());
    let names = schema
        .columns()
        .iter()
        .map(|column| column.name.to_string());
    names.zip(row.0).collect()
}

struct Row(Vec<Option<f64>>);

impl RowWriter for Row {
    fn uint(&mut self, value: u64) {
        self.0.push(Some(float(value)));
    }

    fn float(&mut self, value: f64) {
        assert!(value.is_finite());
        self.0.push(Some(value));
    }

    fn null(&mut self) {
        self.0.push(None);
    }

    fn bool(&mut self, _value: bool) {
        unreachable!("all columns are numbers")
    }

    fn int(&mut self, _value: i64) {
        unreachable!("all columns are numbers")
    }

    fn text(&mut self, _value: &str) {
        unreachable!("all columns are numbers")
    }

    fn ip(&mut self, _value: IpAddr) {
        unreachable!("all columns are numbers")
    }

    fn begin_list(&mut self) {
        unreachable!("all columns are numbers")
    }

    fn end_list(&mut self) {
        unreachable!("all columns are numbers")
    }
}

/// All features of a flow.
fn features(packets: &[Seen]) -> HashMap<String, Option<f64>> {
    let mut features = HashMap::new();
    let mut tell = |name: String, value: Option<f64>| {
        let before = features.insert(name, value);
        assert_eq!(before, None);
    };
    let of = |is_forward| -> Vec<Seen> {
        let seen = packets.iter().filter(|seen| seen.is_forward == is_forward);
        seen.copied().collect()
    };
    let (fwd, bwd) = (of(true), of(false));
    let duration = (packets[packets.len() - 1].nanos - packets[0].nanos) / 1e3;
    let rate = |count: f64| (duration > 0.0).then(|| count / (duration / 1e6));

    tell("flow_duration".into(), Some(duration));
    tell("flow_byts_s".into(), rate(bytes(packets)));
    tell("flow_pkts_s".into(), rate(count(packets)));
    tell("down_up_ratio".into(), Some(count(&bwd) / count(&fwd)));
    tell("pkt_size_avg".into(), mean(&payloads(packets)));
    let variance = deviation(&payloads(packets)).map(|deviation| deviation.powi(2));
    tell("pkt_len_var".into(), variance);
    for (prefix, seen) in [("fwd_", &fwd[..]), ("bwd_", &bwd), ("", packets)] {
        let payloads = payloads(seen);
        tell(format!("{prefix}pkt_len_max"), max(&payloads));
        tell(format!("{prefix}pkt_len_min"), min(&payloads));
        tell(format!("{prefix}pkt_len_mean"), mean(&payloads));
        tell(format!("{prefix}pkt_len_std"), deviation(&payloads));
    }
    for (prefix, seen) in [("flow", packets), ("fwd", &fwd), ("bwd", &bwd)] {
        let gaps = gaps(seen);
        tell(format!("{prefix}_iat_max"), micros(max(&gaps)));
        tell(format!("{prefix}_iat_min"), micros(min(&gaps)));
        tell(format!("{prefix}_iat_mean"), micros(mean(&gaps)));
        tell(format!("{prefix}_iat_std"), micros(deviation(&gaps)));
    }
    let subflows = 1.0 + float(gaps(packets).iter().filter(|gap| **gap > 1e9).count());
    for (name, is_forward, seen) in [("fwd", true, &fwd), ("bwd", false, &bwd)] {
        let is_any = !seen.is_empty();
        tell(format!("tot_{name}_pkts"), Some(count(seen)));
        tell(format!("totlen_{name}_pkts"), Some(bytes(seen)));
        tell(format!("{name}_pkts_s"), rate(count(seen)));
        tell(
            format!("{name}_iat_tot"),
            micros(is_any.then(|| gaps(seen).iter().sum())),
        );
        tell(
            format!("{name}_header_len"),
            Some(seen.iter().map(|seen| seen.header).sum()),
        );
        tell(format!("{name}_seg_size_avg"), mean(&payloads(seen)));
        tell(format!("{name}_psh_flags"), Some(with(seen, 0x08)));
        tell(format!("{name}_urg_flags"), Some(with(seen, 0x20)));
        tell(format!("subflow_{name}_pkts"), Some(count(seen) / subflows));
        tell(format!("subflow_{name}_byts"), Some(bytes(seen) / subflows));
        let syn = seen
            .iter()
            .find(|seen| seen.flags & 0x02 != 0 && seen.window.is_some());
        tell(
            format!("init_{name}_win_byts"),
            syn.and_then(|syn| syn.window).map(f64::from),
        );

        let bulks: Vec<_> = runs(packets)
            .into_iter()
            .filter(|run| run[0].is_forward == is_forward && run.len() >= 4)
            .collect();
        let total = |of: fn(&[Seen]) -> f64| -> f64 { bulks.iter().map(|run| of(run)).sum() };
        let number = float(bulks.len());
        let average = |sum: f64| (number > 0.0).then(|| sum / number);
        let seconds = total(|run| run[run.len() - 1].nanos - run[0].nanos) / 1e9;
        tell(format!("{name}_byts_b_avg"), average(total(bytes)));
        tell(format!("{name}_pkts_b_avg"), average(total(count)));
        tell(
            format!("{name}_blk_rate_avg"),
            (seconds > 0.0).then(|| total(bytes) / seconds),
        );
    }
    let headers: Vec<_> = fwd.iter().map(|seen| seen.header).collect();
    tell("fwd_seg_size_min".into(), min(&headers));
    let with_payload = fwd.iter().filter(|seen| seen.payload > 0.0).count();
    tell("fwd_act_data_pkts".into(), Some(float(with_payload)));
    for (name, bit) in [
        ("fin", 1),
        ("syn", 2),
        ("rst", 4),
        ("psh", 8),
        ("ack", 0x10),
        ("urg", 0x20),
        ("ece", 0x40),
    ] {
        tell(format!("{name}_flag_cnt"), Some(with(packets, bit)));
    }
    tell("cwe_flag_count".into(), Some(with(packets, 0x80)));

    let (active, idle) = periods(packets);
    for (name, periods) in [("active", active), ("idle", idle)] {
        tell(format!("{name}_max"), micros(max(&periods)));
        tell(format!("{name}_min"), micros(min(&periods)));
        tell(format!("{name}_mean"), micros(mean(&periods)));
        tell(format!("{name}_std"), micros(deviation(&periods)));
    }
    features
}

/// Active and idle periods, in nanoseconds.
fn periods(packets: &[Seen]) -> (Vec<f64>, Vec<f64>) {
    let mut active = vec![];
    let mut idle = vec![];
    let mut since = packets[0].nanos;
    for pair in packets.windows(2) {
        if pair[1].nanos - pair[0].nanos > 5e9 {
            active.push(pair[0].nanos - since);
            idle.push(pair[1].nanos - pair[0].nanos);
            since = pair[1].nanos;
        }
    }
    active.push(packets[packets.len() - 1].nanos - since);
    (active, idle)
}

/// Packets with payload, cut where the direction changes and before pauses of more than a second.
fn runs(packets: &[Seen]) -> Vec<Vec<Seen>> {
    let mut runs: Vec<Vec<Seen>> = Vec::new();
    for seen in packets.iter().filter(|seen| seen.payload > 0.0) {
        match runs.last_mut() {
            Some(run)
                if run[0].is_forward == seen.is_forward
                    && seen.nanos - run[run.len() - 1].nanos <= 1e9 =>
            {
                run.push(*seen);
            }
            _ => runs.push(vec![*seen]),
        }
    }
    runs
}

fn count(packets: &[Seen]) -> f64 {
    float(packets.len())
}

fn bytes(packets: &[Seen]) -> f64 {
    packets.iter().map(|seen| seen.payload).sum()
}

fn payloads(packets: &[Seen]) -> Vec<f64> {
    packets.iter().map(|seen| seen.payload).collect()
}

fn with(packets: &[Seen], flag: u8) -> f64 {
    float(packets.iter().filter(|seen| seen.flags & flag != 0).count())
}

/// Times between packets, in nanoseconds.
fn gaps(packets: &[Seen]) -> Vec<f64> {
    let pairs = packets.windows(2);
    pairs.map(|pair| pair[1].nanos - pair[0].nanos).collect()
}

/// Nanoseconds are whole numbers, and so exact: they are microseconds in the end alone.
fn micros(nanos: Option<f64>) -> Option<f64> {
    nanos.map(|nanos| nanos / 1e3)
}

fn max(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

fn min(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::min)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / float(values.len()))
}

fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / float(values.len() - 1)).sqrt())
}

#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn float(value: impl TryInto<u64>) -> f64 {
    value.try_into().unwrap_or(u64::MAX) as f64
}
