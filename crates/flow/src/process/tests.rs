use core::convert::Infallible;
use core::net::IpAddr;
use std::sync::Mutex;

use nfstream_decode::{Packet, PacketFields};

use super::*;
use crate::record::{Record, RowWriter};
use crate::testing::{A, B, C, Kept, end, packet, timeouts};
use crate::{FlowEnd, FlowRecord, FlowTable, FlowTableConfig, NFPlugin, schema, sink_fn};

/// What a lookup was asked, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// Knows the programs behind port 443, and writes down what it is asked.
struct Web {
    name: Arc<str>,
    log: Log,
}

impl Web {
    fn new(log: &Log) -> Self {
        Self {
            name: "webserver".into(),
            log: Arc::clone(log),
        }
    }
}

impl ProcessLookup for Web {
    fn flow_started(&mut self, key: &FlowKey) {
        let ports = key.endpoints().map(|end| end.port);
        self.log.lock().unwrap().push(format!("start {ports:?}"));
    }

    fn process_of(&mut self, flow: &Flow<'_>) -> Option<Process> {
        assert_eq!(flow.process(), None, "asked once");
        let (end, packets) = (flow.end().unwrap(), flow.bidirectional().packets);
        self.log.lock().unwrap().push(format!("{end:?} {packets}"));
        (flow.dst_port() == 443).then(|| Process {
            id: u32::MAX,
            name: Arc::clone(&self.name),
        })
    }
}

/// Is never to be asked.
struct Silent;

impl ProcessLookup for Silent {
    fn flow_started(&mut self, _key: &FlowKey) {
        panic!("told of a flow");
    }

    fn process_of(&mut self, _flow: &Flow<'_>) -> Option<Process> {
        panic!("asked");
    }
}

/// The name that a plugin sees: while the flow is alive, and when it has ended.
#[derive(Clone)]
struct Seen;

struct Names(String);

impl Record for Names {
    fn columns(schema: &mut crate::Schema) {
        schema.push(crate::record::Column::new(
            "seen",
            crate::record::ColumnType::Text,
        ));
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.text(&self.0);
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        row.null();
    }
}

impl NFPlugin for Seen {
    type State = ();
    type Output = Names;

    fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) {
        assert_eq!(flow.process(), None);
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, (): &mut ()) {
        assert_eq!(flow.process(), None);
    }

    fn on_expire(&mut self, flow: &Flow<'_>, (): ()) -> Names {
        Names(flow.process().map_or("", |found| &found.name).to_owned())
    }
}

/// Integers and texts of a row as they come; a mark for everything else.
#[derive(Default)]
struct Row(Vec<String>);

impl RowWriter for Row {
    fn bool(&mut self, _: bool) {
        self.0.push("?".to_owned());
    }

    fn int(&mut self, value: i64) {
        self.0.push(value.to_string());
    }

    fn uint(&mut self, _: u64) {
        self.0.push("?".to_owned());
    }

    fn float(&mut self, _: f64) {
        self.0.push("?".to_owned());
    }

    fn text(&mut self, value: &str) {
        self.0.push(value.to_owned());
    }

    fn ip(&mut self, _: IpAddr) {
        self.0.push("?".to_owned());
    }

    fn null(&mut self) {
        self.0.push("?".to_owned());
    }

    fn begin_list(&mut self) {}

    fn end_list(&mut self) {}
}

fn with_columns() -> FlowTableConfig {
    FlowTableConfig {
        process_columns: true,
        ..timeouts(1_000, 10_000)
    }
}

/// A flow of three packets to port 443, and one of a packet to another.
const PACKETS: fn() -> [PacketFields<'static>; 4] = || {
    let other = packet(3, C, end(2, 22));
    [packet(0, A, B), packet(1, B, A), packet(2, A, B), other]
};

#[test]
fn columns_and_values_are_behind_those_of_plugins() {
    let config = FlowTableConfig {
        n_dissections: 20,
        ..with_columns()
    };
    let schema = schema(&config, &Seen);
    let names: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| &*column.name)
        .collect();
    let last = ["udps.seen", "system_process_pid", "system_process_name"];
    assert_eq!(names[names.len() - 3..], last);

    let mut rows = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, Names>| {
        let mut direct = Row::default();
        record.write(&mut direct);
        let owned = record.into_owned();
        let mut kept = Row::default();
        owned.as_record().write(&mut kept);
        assert_eq!(direct.0, kept.0, "a record is the same when it is kept");
        assert_eq!(direct.0.len(), names.len());
        rows.push(direct.0[names.len() - 3..].join(" "));
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::new(&config, Seen);
    table.set_process_lookup(Box::new(Web::new(&Log::default())));
    for packet in PACKETS() {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    assert_eq!(rows, ["webserver 4294967295 webserver", " -1 "]);
}

#[test]
fn it_hears_of_each_flow_and_is_asked_once() {
    let log = Log::default();
    let mut table = FlowTable::new(&with_columns(), ());
    table.set_process_lookup(Box::new(Web::new(&log)));
    let mut sink = Kept::new();
    for packet in PACKETS() {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.push(&packet(5_000, A, B).into(), &mut sink);
    let Ok(()) = table.finish(&mut sink);
    assert_eq!(
        *log.lock().unwrap(),
        [
            "start [40000, 443]",
            "start [22, 40000]",
            "Idle 3",
            "Idle 1",
            "start [40000, 443]",
            "EndOfInput 1"
        ]
    );
}

#[test]
fn nothing_is_asked_without_the_columns() {
    let config = timeouts(1_000, 10_000);
    let mut table = FlowTable::new(&config, ());
    table.set_process_lookup(Box::new(Silent));
    let mut sink = Kept::new();
    for packet in PACKETS() {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    let Ok(()) = table.finish(&mut sink);
    assert_eq!(sink.0.len(), 2);
    assert!(
        sink.0
            .iter()
            .all(|record| record.flow().process().is_none())
    );
    let names = schema(&config, &());
    let is_of_process = |name: &str| name.starts_with("system_process");
    assert!(
        !names
            .columns()
            .iter()
            .any(|column| is_of_process(&column.name))
    );
}

#[test]
fn without_a_lookup_the_process_is_unknown() {
    let mut table = FlowTable::new(&with_columns(), ());
    let mut sink = Kept::new();
    let Ok(()) = table.push(&packet(0, A, B).into(), &mut sink);
    let Ok(()) = table.finish(&mut sink);
    let mut row = Row::default();
    sink.0[0].as_record().write(&mut row);
    assert_eq!(row.0[row.0.len() - 2..], ["-1", ""]);
}

#[test]
fn what_is_known_goes_with_the_record() {
    let lookup = Web::new(&Log::default());
    let name = Arc::clone(&lookup.name);
    let mut table = FlowTable::new(&with_columns(), ());
    table.set_process_lookup(Box::new(lookup));
    let mut sink = Kept::new();
    let Ok(()) = table.push(&packet(0, A, B).into(), &mut sink);
    let Ok(()) = table.finish(&mut sink);
    let process = sink.0[0].flow().process().cloned();
    assert_eq!(process.map(|found| found.id), Some(u32::MAX));
    assert_eq!(sink.0[0].end, FlowEnd::EndOfInput);
    sink.0.clear();
    assert_eq!(Arc::strong_count(&name), 2, "the lookup's and ours");
}
