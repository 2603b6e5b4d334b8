//! Flows with predictions.

use core::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use nfstream_decode::{PacketFields, Timestamp};
use nfstream_flow::record::{ColumnType, Record as _, RowWriter};
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, NFPlugin, sink_fn};

use super::ModelPrediction;
use crate::ModelError;
use crate::testing::{World, echo, node};

/// So many packets from one port to another.
fn packets(port: u16, count: u64) -> impl Iterator<Item = PacketFields<'static>> {
    (0..count).map(move |number| PacketFields {
        timestamp: Timestamp::from_millis(number),
        src_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        dst_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)),
        src_port: port,
        dst_port: 443,
        protocol: 17,
        raw_size: 60,
        ..PacketFields::default()
    })
}

/// What is predicted of flows of three packets and of one.
fn predicted(plugin: ModelPrediction) -> Vec<f32> {
    let config = FlowTableConfig::default();
    let mut plugin = plugin;
    plugin.begin(&config.columns()).unwrap();
    let mut values = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, crate::Prediction>| {
        values.push(record.output.value().unwrap());
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::new(&config, plugin);
    for packet in packets(1, 3).chain(packets(2, 1)) {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    assert!(table.plugin().early.is_empty());
    values
}

fn counting() -> World {
    echo("bidirectional_packets")
}

fn plugin(world: World) -> ModelPrediction {
    ModelPrediction::new(world.model().unwrap())
}

/// Why a plugin cannot work with the flows of a table with default settings.
fn refusal(mut plugin: ModelPrediction) -> ModelError {
    let error = plugin
        .begin(&FlowTableConfig::default().columns())
        .unwrap_err();
    *error.downcast().unwrap()
}

#[test]
fn a_flow_is_predicted_from_what_it_is_at_its_end() {
    assert_eq!(predicted(plugin(counting())), [3.0, 1.0]);
}

#[test]
fn an_early_prediction_is_from_what_the_flow_is_at_that_packet() {
    for (packet, expected) in [
        (1, [1.0, 1.0]),
        (2, [2.0, 1.0]),
        (3, [3.0, 1.0]),
        (4, [3.0, 1.0]),
    ] {
        assert_eq!(predicted(plugin(counting()).at_packet(packet)), expected);
    }
}

#[test]
fn the_model_says_at_which_packet() {
    let early = || plugin(counting().with_metadata("nfstream.packets", "2"));
    assert_eq!(predicted(early()), [2.0, 1.0]);
    assert_eq!(predicted(early().at_packet(2)), [2.0, 1.0]);
    assert!(matches!(
        refusal(early().at_packet(0)),
        ModelError::AtPacket { model: 2, asked: 0 }
    ));
}

#[test]
fn columns_bear_prefix_and_labels() {
    let world = World::of(2, [node("Softmax", ["x"], [])])
        .with_metadata("nfstream.labels", "[\"web\", \"bulk data\"]");
    let plugins = (plugin(world).prefix("kind"), plugin(counting()));
    let schema = nfstream_flow::schema(&FlowTableConfig::default(), &plugins);
    let columns: Vec<_> = schema
        .columns()
        .iter()
        .filter(|column| column.name.starts_with("udps."))
        .map(|column| (&*column.name, column.column_type))
        .collect();
    assert_eq!(
        columns,
        [
            ("udps.kind_class", ColumnType::Text),
            ("udps.kind_probability_web", ColumnType::Float),
            ("udps.kind_probability_bulk data", ColumnType::Float),
            ("udps.model_value", ColumnType::Float),
        ]
    );
}

#[test]
fn flows_that_are_made_otherwise_than_those_of_the_training_are_refused() {
    let right = [
        ("nfstream.accounting_mode", "raw"),
        ("nfstream.active_timeout", "1800s"),
        ("nfstream.idle_timeout", "120s"),
        ("nfstream.n_dissections", "0"),
        ("nfstream.time_unit", "ms"),
    ];
    for (key, value) in right {
        assert_eq!(
            predicted(plugin(counting().with_metadata(key, value))),
            [3.0, 1.0]
        );
        let other = plugin(counting().with_metadata(key, "17"));
        assert!(matches!(
            refusal(other),
            ModelError::Setting { key: found, run: Some(run), .. } if found == key && run == value
        ));
    }
}

#[test]
fn a_model_must_say_which_columns_it_takes() {
    let mut world = counting();
    world.metadata.clear();
    assert!(matches!(refusal(plugin(world)), ModelError::NoColumns));
    let mut world = counting();
    world.metadata[0].1 = "[\"src2dst_packets\", \"dst2src_packets\"]".to_owned();
    assert!(matches!(
        world.model(),
        Err(ModelError::Features {
            wanted: 1,
            given: 2
        })
    ));
    let mut world = counting();
    world.metadata[0].1 = "src2dst_packets".to_owned();
    assert!(matches!(world.model(), Err(ModelError::Metadata { .. })));
}

#[test]
fn what_is_not_a_number_is_missing() {
    let zero = World::of(2, [node("Div", ["x", "x"], [])])
        .with_metadata("nfstream.labels", "[\"a\", \"b\"]")
        .model()
        .unwrap();
    let prediction = zero.predictor().predict(&[0.0, 0.0]).unwrap();
    let mut row = Texts::default();
    prediction.write(&mut row);
    assert_eq!(row.0, ["null", "null", "null"]);
    let prediction = zero.predictor().predict(&[2.0, 3.0]).unwrap();
    let mut row = Texts::default();
    prediction.write(&mut row);
    assert_eq!(row.0, ["a", "1", "1"]);
}

/// The values of a row, as text.
#[derive(Default)]
struct Texts(Vec<String>);

impl RowWriter for Texts {
    fn bool(&mut self, value: bool) {
        self.0.push(value.to_string());
    }
    fn int(&mut self, value: i64) {
        self.0.push(value.to_string());
    }
    fn uint(&mut self, value: u64) {
        self.0.push(value.to_string());
    }
    fn float(&mut self, value: f64) {
        self.0.push(value.to_string());
    }
    fn text(&mut self, value: &str) {
        self.0.push(value.to_owned());
    }
    fn ip(&mut self, value: IpAddr) {
        self.0.push(value.to_string());
    }
    fn null(&mut self) {
        self.0.push("null".to_owned());
    }
    fn begin_list(&mut self) {}
    fn end_list(&mut self) {}
}
