use core::net::IpAddr;

use nfstream_decode::Packet;

use super::BoxedPlugin;
use crate::record::{Column, ColumnType, Record, RowWriter, Schema};
use crate::testing::{A, B, C, meter_with, packet, timeouts};
use crate::{Flow, FlowEnd, NFPlugin, schema};

/// Counts packets under a name, and ends a flow at its limit.
#[derive(Clone)]
struct Counter(&'static str, u64);

struct Count(u64);

impl NFPlugin for Counter {
    type State = u64;
    type Output = Count;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> u64 {
        let mut count = 0;
        self.on_update(packet, flow, &mut count);
        count
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, count: &mut u64) {
        *count += 1;
        if *count == self.1 {
            flow.expire();
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, count: u64) -> Count {
        Count(count)
    }

    fn columns(&self, schema: &mut Schema) {
        schema.push(Column::new(self.0, ColumnType::UInt));
    }
}

impl Record for Count {
    fn columns(schema: &mut Schema) {
        schema.push(Column::new("count", ColumnType::UInt));
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.uint(self.0);
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        row.null();
    }
}

/// Keeps the integers of a row.
#[derive(Default)]
struct Integers(Vec<u64>);

impl RowWriter for Integers {
    fn bool(&mut self, _: bool) {}
    fn int(&mut self, _: i64) {}
    fn uint(&mut self, value: u64) {
        self.0.push(value);
    }
    fn float(&mut self, _: f64) {}
    fn text(&mut self, _: &str) {}
    fn ip(&mut self, _: IpAddr) {}
    fn null(&mut self) {}
    fn begin_list(&mut self) {}
    fn end_list(&mut self) {}
}

#[test]
fn plugins_chosen_at_run_time_do_what_a_tuple_does() {
    let config = timeouts(1_000, 10_000);
    let packets: Vec<_> = (0..7)
        .map(|time| packet(time, A, if time == 3 { C } else { B }))
        .collect();
    let tuple = || (Counter("a", 4), Counter("b", 0));
    let boxed = || {
        vec![
            BoxedPlugin::new(Counter("a", 4)),
            BoxedPlugin::new(Counter("b", 0)),
        ]
    };
    assert_eq!(schema(&config, &boxed()), schema(&config, &tuple()));

    let rows = |output: &dyn Fn(&mut Integers)| {
        let mut row = Integers::default();
        output(&mut row);
        row.0
    };
    let by_tuple = meter_with(&config, tuple(), &packets);
    let by_boxes = meter_with(&config, boxed(), &packets);
    assert_eq!(by_tuple.len(), by_boxes.len());
    for (tuple, boxes) in by_tuple.iter().zip(&by_boxes) {
        assert_eq!((tuple.id, tuple.end), (boxes.id, boxes.end));
        assert_eq!(
            rows(&|row| tuple.output.write(row)),
            rows(&|row| boxes.output.write(row))
        );
    }
    assert_eq!(by_boxes[0].end, FlowEnd::Forced);
    assert_eq!(rows(&|row| by_boxes[0].output.write(row)), [4, 4]);
}

/// Numbers the flows that it has seen, in a field of its own.
#[derive(Clone)]
struct Numbered(u64);

impl NFPlugin for Numbered {
    type State = u64;
    type Output = Count;

    fn on_init(&mut self, _packet: &Packet<'_>, _flow: &mut Flow<'_>) -> u64 {
        self.0 += 1;
        self.0
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, number: u64) -> Count {
        Count(number)
    }
}

#[test]
fn a_copy_is_a_plugin_of_the_same_type_that_goes_on_by_itself() {
    let config = timeouts(1_000, 10_000);
    let numbers = |plugin: BoxedPlugin| {
        let packets = [packet(0, A, B), packet(1, A, C)];
        let mut row = Integers::default();
        for record in meter_with(&config, plugin, &packets) {
            record.output.write(&mut row);
        }
        row.0
    };
    let plugin = BoxedPlugin::new(Numbered(10));
    let copies = [plugin.clone(), plugin.clone(), plugin];
    for copy in copies {
        assert_eq!(schema(&config, &copy), schema(&config, &Numbered(0)));
        assert_eq!(numbers(copy), [11, 12]);
    }
}
