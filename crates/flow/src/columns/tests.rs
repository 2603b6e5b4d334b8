use core::convert::Infallible;

use nfstream_decode::{AccountingMode, PacketFields, Timestamp};

use super::*;
use crate::testing::{A, B, packet};
use crate::{Confidence, Dissection, Dissector, FlowKey, FlowTable, NFPlugin, schema, sink_fn};

/// The columns of NFStream 6.6.0 without layer 7, in its order.
const CORE: &str = "id expiration_id src_ip src_mac src_oui src_port dst_ip dst_mac dst_oui dst_port protocol ip_version \
    vlan_id tunnel_id bidirectional_first_seen_ms bidirectional_last_seen_ms bidirectional_duration_ms \
    bidirectional_packets bidirectional_bytes src2dst_first_seen_ms src2dst_last_seen_ms src2dst_duration_ms \
    src2dst_packets src2dst_bytes dst2src_first_seen_ms dst2src_last_seen_ms dst2src_duration_ms dst2src_packets \
    dst2src_bytes";
const STATISTICAL: &str = "bidirectional_min_ps bidirectional_mean_ps bidirectional_stddev_ps bidirectional_max_ps \
    src2dst_min_ps src2dst_mean_ps src2dst_stddev_ps src2dst_max_ps dst2src_min_ps dst2src_mean_ps dst2src_stddev_ps \
    dst2src_max_ps bidirectional_min_piat_ms bidirectional_mean_piat_ms bidirectional_stddev_piat_ms \
    bidirectional_max_piat_ms src2dst_min_piat_ms src2dst_mean_piat_ms src2dst_stddev_piat_ms src2dst_max_piat_ms \
    dst2src_min_piat_ms dst2src_mean_piat_ms dst2src_stddev_piat_ms dst2src_max_piat_ms bidirectional_syn_packets \
    bidirectional_cwr_packets bidirectional_ece_packets bidirectional_urg_packets bidirectional_ack_packets \
    bidirectional_psh_packets bidirectional_rst_packets bidirectional_fin_packets src2dst_syn_packets \
    src2dst_cwr_packets src2dst_ece_packets src2dst_urg_packets src2dst_ack_packets src2dst_psh_packets \
    src2dst_rst_packets src2dst_fin_packets dst2src_syn_packets dst2src_cwr_packets dst2src_ece_packets \
    dst2src_urg_packets dst2src_ack_packets dst2src_psh_packets dst2src_rst_packets dst2src_fin_packets";
const SPLT: &str = "splt_direction splt_ps splt_piat_ms";
/// Those of its layer 7, between the ones above and `udps`, and ours behind them.
const APPLICATION: &str = "application_name application_category_name application_is_guessed application_confidence \
    requested_server_name client_fingerprint server_fingerprint user_agent content_type";
const FINGERPRINTS: &str = "client_ja3 client_ja4";
const RISKS: &str = "flow_risks";

/// Every combination of what decides about columns.
fn configurations() -> Vec<FlowTableConfig> {
    let mut all = Vec::new();
    for time_unit in [
        TimeUnit::Milliseconds,
        TimeUnit::Microseconds,
        TimeUnit::Nanoseconds,
    ] {
        for bits in 0..64 {
            all.push(FlowTableConfig {
                time_unit,
                tunnel_column: bits & 1 != 0,
                statistical_analysis: bits & 2 != 0,
                splt_analysis: if bits & 4 != 0 { 3 } else { 0 },
                n_dissections: u8::from(bits & 8 != 0),
                fingerprint_columns: bits & 16 != 0,
                risk_column: bits & 32 != 0,
                ..FlowTableConfig::default()
            });
        }
    }
    all
}

/// The columns that NFStream has with this configuration.
fn names(config: &FlowTableConfig) -> Vec<String> {
    let mut names: Vec<&str> = CORE
        .split_whitespace()
        .filter(|&name| config.tunnel_column || name != "tunnel_id")
        .collect();
    if config.statistical_analysis {
        names.extend(STATISTICAL.split_whitespace());
    }
    if config.splt_analysis > 0 {
        names.extend(SPLT.split_whitespace());
    }
    if config.n_dissections > 0 {
        names.extend(APPLICATION.split_whitespace());
        if config.fingerprint_columns {
            names.extend(FINGERPRINTS.split_whitespace());
        }
        if config.risk_column {
            names.extend(RISKS.split_whitespace());
        }
    }
    let in_unit = |name: &str| match name.strip_suffix("_ms") {
        Some(stem) => format!("{stem}_{}", config.time_unit.symbol()),
        None => name.to_owned(),
    };
    names.into_iter().map(in_unit).collect()
}

/// Takes a row whose values must be those that the schema promises.
struct Checker<'s> {
    columns: core::slice::Iter<'s, Column>,
    /// The type of the items, inside of a list.
    items: Option<ColumnType>,
    values: Vec<String>,
}

impl<'s> Checker<'s> {
    fn new(schema: &'s Schema) -> Self {
        Self {
            columns: schema.columns().iter(),
            items: None,
            values: Vec::new(),
        }
    }

    fn next(&mut self) -> &'s Column {
        self.columns
            .next()
            .expect("a value for each column, no more")
    }

    fn value(&mut self, found: ColumnType, text: &dyn ToString) {
        if let Some(items) = self.items {
            assert_eq!(found, items);
            let list = self.values.last_mut().unwrap();
            list.push_str(&text.to_string());
            list.push(' ');
        } else {
            let column = self.next();
            assert_eq!(found, column.column_type, "{}", column.name);
            self.values.push(text.to_string());
        }
    }

    /// The values, of which there must be one for each column.
    fn finish(self) -> Vec<String> {
        assert_eq!(self.columns.len(), 0, "columns without a value");
        assert_eq!(self.items, None, "a list without end");
        self.values
    }
}

impl RowWriter for Checker<'_> {
    fn bool(&mut self, value: bool) {
        self.value(ColumnType::Bool, &value);
    }

    fn int(&mut self, value: i64) {
        self.value(ColumnType::Int, &value);
    }

    fn uint(&mut self, value: u64) {
        self.value(ColumnType::UInt, &value);
    }

    fn float(&mut self, value: f64) {
        self.value(ColumnType::Float, &value);
    }

    fn text(&mut self, value: &str) {
        self.value(ColumnType::Text, &value);
    }

    fn ip(&mut self, value: IpAddr) {
        self.value(ColumnType::Ip, &value);
    }

    fn timestamp(&mut self, value: Option<u64>) {
        let column = self.next();
        assert!(matches!(column.column_type, ColumnType::Timestamp(_)));
        assert!(column.nullable, "{} may be missing", column.name);
        let text = value.map(|value| value.to_string());
        self.values.push(text.unwrap_or_else(|| "never".to_owned()));
    }

    fn null(&mut self) {
        let column = self.next();
        assert!(column.nullable, "{} must have a value", column.name);
        self.values.push(String::new());
    }

    fn begin_list(&mut self) {
        assert_eq!(self.items, None, "lists of lists do not occur");
        match self.next().column_type {
            ColumnType::List(items) => self.items = Some(*items),
            other => panic!("a list where {other:?} was promised"),
        }
        self.values.push(String::new());
    }

    fn end_list(&mut self) {
        self.items.take().expect("the list had begun");
    }
}

/// The rows of some flows: both IP versions, one and several packets, one direction and two.
fn rows(config: &FlowTableConfig) -> Vec<Vec<String>> {
    rows_with(config, ())
}

/// The same, with their applications.
fn rows_with<D: Dissector>(config: &FlowTableConfig, dissector: D) -> Vec<Vec<String>> {
    let schema = config.columns();
    let mut table = FlowTable::with_dissector(config, (), dissector);
    let mut rows = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, ()>| {
        let mut direct = Checker::new(&schema);
        record.write(&mut direct);
        let owned = record.into_owned();
        let mut kept = Checker::new(&schema);
        owned.as_record().write(&mut kept as &mut dyn RowWriter);
        let row = direct.finish();
        assert_eq!(row, kept.finish(), "a record is the same when it is kept");
        rows.push(row);
        Ok::<_, Infallible>(())
    });
    let at = |nanos, fields: PacketFields<'static>| PacketFields {
        timestamp: Timestamp::from_nanos(nanos),
        ..fields
    };
    let there = PacketFields {
        src_mac: MacAddress([0xa, 1, 2, 3, 4, 5]),
        dst_mac: MacAddress([0xb, 1, 2, 3, 4, 5]),
        tcp_flags: TcpFlags::SYN,
        vlan_id: 7,
        tunnel: nfstream_decode::Tunnel::Gtp,
        ..packet(0, A, B)
    };
    let back = PacketFields {
        src_ip: there.dst_ip,
        dst_ip: there.src_ip,
        src_port: there.dst_port,
        dst_port: there.src_port,
        raw_size: 100,
        tcp_flags: TcpFlags::from_bits(0x12),
        ..there
    };
    let six = PacketFields {
        src_ip: "2001:db8::1".parse().unwrap(),
        dst_ip: "2001:db8::2".parse().unwrap(),
        protocol: 58,
        ..PacketFields::default()
    };
    for packet in [
        at(1_000_900_000, there),
        at(1_001_100_000, back),
        at(
            1_004_000_000,
            PacketFields {
                raw_size: 80,
                tcp_flags: TcpFlags::ACK,
                ..there
            },
        ),
        at(1_004_000_000, six),
        at(1_009_000_000, there),
    ] {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    rows
}

#[test]
fn names_and_order_are_those_of_nfstream() {
    assert_eq!(
        [CORE, STATISTICAL, SPLT, APPLICATION].map(|names| names.split_whitespace().count()),
        [29, 48, 3, 9]
    );
    for config in configurations() {
        let schema = config.columns();
        let found: Vec<_> = schema
            .columns()
            .iter()
            .map(|column| &*column.name)
            .collect();
        assert_eq!(found, names(&config));
        assert_eq!(schema.duplicate_name(), None);
    }
}

#[test]
fn every_row_has_what_the_schema_promises() {
    for config in configurations() {
        assert_eq!(rows(&config).len(), 2);
        assert_eq!(rows_with(&config, Knowing(APPLICATION_OF_A_FLOW)).len(), 2);
    }
}

#[test]
fn columns_have_units_and_say_what_they_are() {
    for config in configurations() {
        for column in config.columns().columns() {
            assert!(!column.doc.is_empty(), "{}", column.name);
            for text in [&column.name, &column.unit, &column.doc] {
                assert!(!text.contains(['{', '}']), "{text}");
            }
            let unit = config.time_unit.symbol();
            assert_eq!(
                column.name.ends_with(&format!("_{unit}")),
                column.unit == unit,
                "{}",
                column.name
            );
        }
    }
}

/// A whole row, worked out by hand: 0.9 ms and 1.1 ms are a millisecond apart.
#[test]
fn the_values_of_a_row() {
    let config = FlowTableConfig {
        statistical_analysis: true,
        splt_analysis: 5,
        ..FlowTableConfig::default()
    };
    let rows = rows(&config);
    let schema = config.columns();
    let value = |name: &str| {
        let place = schema
            .columns()
            .iter()
            .position(|column| column.name == name);
        rows[1][place.unwrap()].as_str()
    };
    for (name, right) in [
        ("id", "1"),
        ("expiration_id", "0"),
        ("src_ip", "192.0.2.1"),
        ("src_mac", "0a:01:02:03:04:05"),
        ("src_oui", "0a:01:02"),
        ("src_port", "40000"),
        ("dst_ip", "192.0.2.2"),
        ("dst_mac", "0b:01:02:03:04:05"),
        ("dst_oui", "0b:01:02"),
        ("dst_port", "443"),
        ("protocol", "6"),
        ("ip_version", "4"),
        ("vlan_id", "7"),
        ("tunnel_id", "1"),
        ("bidirectional_first_seen_ms", "1000"),
        ("bidirectional_last_seen_ms", "1009"),
        ("bidirectional_duration_ms", "9"),
        ("bidirectional_packets", "4"),
        ("bidirectional_bytes", "300"),
        ("src2dst_duration_ms", "9"),
        ("src2dst_packets", "3"),
        ("src2dst_bytes", "200"),
        ("dst2src_first_seen_ms", "1001"),
        ("dst2src_last_seen_ms", "1001"),
        ("dst2src_duration_ms", "0"),
        ("dst2src_packets", "1"),
        ("dst2src_bytes", "100"),
        ("bidirectional_min_ps", "60"),
        ("bidirectional_mean_ps", "75"),
        ("bidirectional_max_ps", "100"),
        ("src2dst_max_ps", "80"),
        ("dst2src_stddev_ps", "0"),
        ("bidirectional_min_piat_ms", "1"),
        ("bidirectional_mean_piat_ms", "3"),
        ("bidirectional_stddev_piat_ms", "2"),
        ("bidirectional_max_piat_ms", "5"),
        ("src2dst_min_piat_ms", "4"),
        ("src2dst_mean_piat_ms", "4.5"),
        ("dst2src_max_piat_ms", "0"),
        ("bidirectional_syn_packets", "3"),
        ("src2dst_syn_packets", "2"),
        ("dst2src_ack_packets", "1"),
        ("splt_direction", "0 1 0 0 -1 "),
        ("splt_ps", "60 100 80 60 -1 "),
        ("splt_piat_ms", "0 1 3 5 -1 "),
    ] {
        assert_eq!(value(name), right, "{name}");
    }
    // Without replies there is nothing to tell of them.
    let nothing = schema
        .columns()
        .iter()
        .zip(&rows[0])
        .filter(|(column, _)| column.name.starts_with("dst2src_"));
    for (column, value) in nothing {
        let right = match column.column_type {
            ColumnType::Timestamp(_) => "never",
            _ => "0",
        };
        assert_eq!(value, right, "{}", column.name);
    }
}

#[test]
fn bytes_are_counted_by_the_accounting_mode() {
    for (accounting_mode, bytes) in [
        (AccountingMode::Raw, 60),
        (AccountingMode::Ip, 46),
        (AccountingMode::Transport, 26),
        (AccountingMode::Payload, 6),
    ] {
        let config = FlowTableConfig {
            accounting_mode,
            splt_analysis: 1,
            statistical_analysis: true,
            ..FlowTableConfig::default()
        };
        let records = crate::testing::meter(&config, &[packet(0, A, B)]);
        let flow = records[0].flow();
        assert_eq!(flow.bidirectional().bytes, bytes);
        assert_eq!(flow.splt().unwrap().sizes().next(), bytes.try_into().ok());
        let sizes = flow.packet_sizes(View::Bidirectional).unwrap();
        assert_eq!((sizes.min, sizes.max), (bytes, bytes));
    }
}

/// Knows of each flow the same.
struct Knowing(Application<'static>);

impl Dissector for Knowing {
    type State = ();

    fn start(&mut self, _key: &FlowKey) -> Option<()> {
        Some(())
    }

    fn dissect<'a>(
        &'a mut self,
        _packet: &nfstream_decode::Packet<'_>,
        _state: &'a mut (),
    ) -> Dissection<'a> {
        Dissection::Done
    }

    fn finish<'a>(&'a mut self, _state: &'a mut ()) -> Application<'a> {
        self.0
    }
}

const APPLICATION_OF_A_FLOW: Application<'static> = Application {
    name: "TLS.Example",
    category: "Web",
    is_guessed: true,
    confidence: Confidence::OtherFlows,
    server_name: "www.example.test",
    client_fingerprint: "client",
    server_fingerprint: "server",
    user_agent: "agent",
    content_type: "text/html",
    ja3: Some("three"),
    ja4: None,
    risks: Risks::new(0b101, &["old", "odd", "cold"]),
};

fn with_layer_7() -> FlowTableConfig {
    FlowTableConfig {
        n_dissections: 20,
        fingerprint_columns: true,
        risk_column: true,
        ..FlowTableConfig::default()
    }
}

#[test]
fn the_values_of_layer_7() {
    let last = |row: &[String]| row[row.len() - 12..].to_vec();
    let known = rows_with(&with_layer_7(), Knowing(APPLICATION_OF_A_FLOW));
    assert_eq!(
        last(&known[0]),
        [
            "TLS.Example",
            "Web",
            "1",
            "5",
            "www.example.test",
            "client",
            "server",
            "agent",
            "text/html",
            "three",
            "",
            "old cold ",
        ]
    );
    let unknown = rows_with(&with_layer_7(), Knowing(Application::UNKNOWN));
    let mut right = vec!["Unknown", "Unspecified", "0", "0"];
    right.resize(12, "");
    assert_eq!(last(&unknown[0]), right);
}

/// Takes the places of the nulls in a row.
#[derive(Default)]
struct Nulls {
    values: usize,
    inside_list: bool,
    places: Vec<usize>,
}

impl Nulls {
    fn value(&mut self) {
        self.values += usize::from(!self.inside_list);
    }
}

impl RowWriter for Nulls {
    fn bool(&mut self, _: bool) {
        self.value();
    }

    fn int(&mut self, _: i64) {
        self.value();
    }

    fn uint(&mut self, _: u64) {
        self.value();
    }

    fn float(&mut self, _: f64) {
        self.value();
    }

    fn text(&mut self, _: &str) {
        self.value();
    }

    fn ip(&mut self, _: IpAddr) {
        self.value();
    }

    fn null(&mut self) {
        self.places.push(self.values);
        self.value();
    }

    fn begin_list(&mut self) {
        self.value();
        self.inside_list = true;
    }

    fn end_list(&mut self) {
        self.inside_list = false;
    }
}

/// An empty text is one that the packets did not tell; null stands for a flow that was not looked into.
#[test]
fn columns_of_layer_7_are_null_where_nothing_was_looked_into() {
    fn nulls<D: Dissector>(dissector: D) -> Vec<String> {
        let config = with_layer_7();
        let mut found = Vec::new();
        let mut table = FlowTable::with_dissector(&config, (), dissector);
        let mut sink = sink_fn(|record: FlowRecord<'_, ()>| {
            let mut row = Nulls::default();
            record.write(&mut row);
            let columns = config.columns();
            found = row
                .places
                .iter()
                .map(|&place| columns.columns()[place].name.to_string())
                .collect();
            Ok::<_, Infallible>(())
        });
        let Ok(()) = table.push(&packet(0, A, B).into(), &mut sink);
        let Ok(()) = table.finish(&mut sink);
        found
    }
    let both = ["client_ja3", "client_ja4"];
    assert_eq!(nulls(Knowing(Application::UNKNOWN)), both);
    assert_eq!(nulls(Knowing(APPLICATION_OF_A_FLOW)), both[1..]);
    let all = [APPLICATION, FINGERPRINTS, RISKS].join(" ");
    let off: Option<Knowing> = None;
    assert_eq!(nulls(off).join(" "), all);
}

#[test]
fn plugins_columns_are_behind_those_of_layer_7() {
    #[derive(Clone)]
    struct One;
    impl NFPlugin for One {
        type State = ();
        type Output = ();
        fn on_init(&mut self, _packet: &nfstream_decode::Packet<'_>, _flow: &mut Flow<'_>) {}
        fn on_expire(&mut self, _flow: &Flow<'_>, _state: ()) {}
        fn columns(&self, schema: &mut Schema) {
            schema.push(Column::new("one", ColumnType::UInt));
        }
    }
    let config = FlowTableConfig {
        splt_analysis: 1,
        ..with_layer_7()
    };
    let schema = schema(&config, &One);
    let names: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| &*column.name)
        .skip_while(|&name| name != "splt_piat_ms")
        .skip(1)
        .collect();
    assert_eq!(
        names.join(" "),
        [APPLICATION, FINGERPRINTS, RISKS, "udps.one"].join(" ")
    );
}
