use std::sync::mpsc::{Receiver, Sender, channel};

use nfstream_decode::{Direction, PacketFields, TcpFlags, Timestamp};

use super::*;
use crate::record::{Column, ColumnType, RowWriter};
use crate::testing::{A, B, C, Kept, meter_with, packet, timeouts};
use crate::{FlowEnd, FlowTable, FlowTableConfig, View, schema};

/// What the table asked of which plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Init(&'static str, u64),
    Update(&'static str, u64),
    Expire(&'static str, u64),
    Cleanup(&'static str),
}

/// Tells every call, with the packets that the flow then counts.
#[derive(Clone)]
struct Told(&'static str, Sender<Call>);

impl Told {
    fn tell(&self, call: fn(&'static str, u64) -> Call, flow: &Flow<'_>) {
        let packets = flow.bidirectional().packets;
        self.1.send(call(self.0, packets)).unwrap();
    }
}

impl NFPlugin for Told {
    type State = u64;
    type Output = Column1;

    fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) -> u64 {
        self.tell(Call::Init, flow);
        1
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut u64) {
        self.tell(Call::Update, flow);
        *state += 1;
    }

    fn on_expire(&mut self, flow: &Flow<'_>, state: u64) -> Column1 {
        self.tell(Call::Expire, flow);
        Column1(state)
    }

    fn cleanup(&mut self) {
        self.1.send(Call::Cleanup(self.0)).unwrap();
    }
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column1(u64);

impl Record for Column1 {
    fn columns(schema: &mut Schema) {
        schema.push(Column::new("seen", ColumnType::UInt));
    }

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        row.uint(self.0);
    }

    fn write_null<W: RowWriter + ?Sized>(row: &mut W) {
        row.null();
    }
}

fn calls(receiver: &Receiver<Call>) -> Vec<Call> {
    receiver.try_iter().collect()
}

#[test]
fn hooks_are_called_in_order_and_cleanup_once() {
    let (sender, receiver) = channel();
    let plugins = (Told("a", sender.clone()), Told("b", sender));
    let records = meter_with(
        &timeouts(1_000, 10_000),
        plugins,
        &[packet(0, A, B), packet(1, B, A), packet(2, A, C)],
    );
    assert_eq!(records[0].output, (Column1(2), Column1(2)));
    assert_eq!(
        calls(&receiver),
        [
            Call::Init("a", 1),
            Call::Init("b", 1),
            Call::Update("a", 2),
            Call::Update("b", 2),
            Call::Init("a", 1),
            Call::Init("b", 1),
            Call::Expire("a", 2),
            Call::Expire("b", 2),
            Call::Expire("a", 1),
            Call::Expire("b", 1),
            Call::Cleanup("a"),
            Call::Cleanup("b"),
        ]
    );
}

#[test]
fn cleanup_follows_the_last_flow_whatever_happens() {
    let config = FlowTableConfig::default();
    let (sender, receiver) = channel();
    let mut table = FlowTable::new(&config, Told("a", sender.clone()));
    let Ok(()) = table.push(&packet(0, A, B).into(), &mut Kept::new());
    drop(table);
    assert_eq!(calls(&receiver), [Call::Init("a", 1), Call::Cleanup("a")]);

    drop(FlowTable::new(&config, Told("b", sender.clone())));
    assert_eq!(calls(&receiver), [Call::Cleanup("b")]);

    let mut table = FlowTable::new(&config, Some(Told("c", sender)));
    for _ in 0..2 {
        let Ok(()) = table.finish(&mut Kept::new());
    }
    assert_eq!(calls(&receiver), []);
    drop(table);
    assert_eq!(calls(&receiver), [Call::Cleanup("c")]);
}

/// As several meters do: each copy sees the flows of its own table, and is told once that they are over.
#[test]
fn cleanup_comes_once_to_each_copy() {
    let (sender, receiver) = channel();
    let plugin = Told("copy", sender);
    for other in [C, B] {
        meter_with(
            &timeouts(1_000, 10_000),
            plugin.clone(),
            &[packet(0, A, other)],
        );
        assert_eq!(
            calls(&receiver),
            [
                Call::Init("copy", 1),
                Call::Expire("copy", 1),
                Call::Cleanup("copy")
            ]
        );
    }
    drop(plugin);
    assert_eq!(calls(&receiver), []);
}

#[test]
fn a_plugin_that_is_off_has_columns_and_no_values() {
    let config = FlowTableConfig::default();
    let (sender, receiver) = channel();
    let on = Some(Told("a", sender));
    let off: Option<Told> = None;
    let last = |schema: Schema| schema.columns().last().cloned();
    assert_eq!(
        last(schema(&config, &on)),
        Some(Column::new("udps.seen", ColumnType::UInt).nullable(true))
    );
    assert_eq!(schema(&config, &off), schema(&config, &on));

    let packets = [packet(0, A, B), packet(1, A, B)];
    assert_eq!(
        meter_with(&config, on, &packets)[0].output,
        Some(Column1(2))
    );
    assert_eq!(calls(&receiver).len(), 4);
    assert_eq!(meter_with(&config, off, &packets)[0].output, None);
}

/// What a hook sees of a packet and its flow.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    nanos: u64,
    since_previous: u64,
    direction: Direction,
    flags: TcpFlags,
    packets: (u64, u64),
    bytes: u64,
    newest_packet: u64,
    splt: Vec<i64>,
    flags_counted: u64,
}

#[derive(Clone)]
struct Watch(Sender<Seen>);

impl Watch {
    fn see(&self, packet: &Packet<'_>, flow: &Flow<'_>) {
        let seen = Seen {
            nanos: packet.timestamp().as_nanos(),
            since_previous: u64::try_from(packet.since_previous().as_nanos()).unwrap(),
            direction: packet.direction(),
            flags: packet.tcp_flags(),
            packets: (flow.src2dst().packets, flow.dst2src().packets),
            bytes: flow.bidirectional().bytes,
            newest_packet: flow.last_seen().as_nanos(),
            splt: flow.splt().unwrap().sizes().collect(),
            flags_counted: flow
                .flag_counts(View::Bidirectional)
                .unwrap()
                .packets_with(TcpFlags::ACK),
        };
        self.0.send(seen).unwrap();
    }
}

impl NFPlugin for Watch {
    type State = ();
    type Output = ();

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) {
        self.see(packet, flow);
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, _state: &mut ()) {
        self.see(packet, flow);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, _state: ()) {}
}

/// The flow counts the packet already, and the packet knows its direction, its time by the clock of the table and the
/// time since the previous one.
#[test]
fn what_a_hook_sees() {
    let (sender, receiver) = channel();
    let config = FlowTableConfig {
        statistical_analysis: true,
        splt_analysis: 2,
        ..FlowTableConfig::default()
    };
    let at = |nanos, src, dst, bits| PacketFields {
        timestamp: Timestamp::from_nanos(nanos),
        tcp_flags: TcpFlags::from_bits(bits),
        ..packet(0, src, dst)
    };
    let packets = [
        at(2_000_000_700, A, B, 0x02),
        at(2_000_000_900, B, A, 0x12),
        // From the past: it counts as simultaneous with the packet before it.
        at(1_000_000_000, A, B, 0x10),
    ];
    meter_with(&config, Watch(sender), &packets);
    let seen = |nanos,
                since_previous,
                direction,
                flags,
                packets: (u64, u64),
                sizes: [i64; 2],
                flags_counted| Seen {
        nanos,
        since_previous,
        direction,
        flags: TcpFlags::from_bits(flags),
        packets,
        bytes: 60 * (packets.0 + packets.1),
        newest_packet: nanos,
        splt: sizes.to_vec(),
        flags_counted,
    };
    let (there, back) = (Direction::Src2Dst, Direction::Dst2Src);
    assert_eq!(
        receiver.try_iter().collect::<Vec<_>>(),
        [
            seen(2_000_000_700, 0, there, 0x02, (1, 0), [60, -1], 0),
            seen(2_000_000_900, 200, back, 0x12, (1, 1), [60, 60], 1),
            seen(2_000_000_900, 0, there, 0x10, (2, 1), [60, 60], 2),
        ]
    );
}

/// A plugin that ends its flow at the first packet, and keeps what it was told when it ended.
#[test]
fn what_a_plugin_made_of_a_flow_that_it_ended_is_kept() {
    #[derive(Clone)]
    struct AtOnce;
    impl NFPlugin for AtOnce {
        type State = &'static str;
        type Output = ();
        fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) -> &'static str {
            flow.expire();
            "state"
        }
        fn on_update(&mut self, _: &Packet<'_>, _: &mut Flow<'_>, _: &mut &'static str) {
            panic!("the flow has ended");
        }
        fn on_expire(&mut self, flow: &Flow<'_>, state: &'static str) {
            assert_eq!((flow.bidirectional().packets, state), (1, "state"));
        }
    }
    let packets = [packet(0, A, B), packet(0, B, A)];
    let records = meter_with(&FlowTableConfig::default(), AtOnce, &packets);
    assert_eq!(
        records.iter().map(|record| record.end).collect::<Vec<_>>(),
        [FlowEnd::Forced; 2]
    );
    assert_eq!(records[1].flow().source(), B);
}

/// NFStream's order: a flow is told its end before the next one of its key begins.
#[test]
fn a_flow_ends_before_the_next_one_of_its_key_begins() {
    let (sender, receiver) = channel();
    let gap = 1_000;
    let packets = [packet(0, A, B), packet(gap, A, B)];
    meter_with(&timeouts(gap, 10_000), Told("a", sender), &packets);
    assert_eq!(
        calls(&receiver)[..3],
        [Call::Init("a", 1), Call::Expire("a", 1), Call::Init("a", 1)]
    );
}

/// Panics at the packet or the end of a flow whose source port is asked for.
#[derive(Clone)]
struct Fragile {
    init: u16,
    expire: u16,
}

impl NFPlugin for Fragile {
    type State = ();
    type Output = ();

    fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) {
        assert_ne!(flow.src_port(), self.init, "as asked for");
    }

    fn on_expire(&mut self, flow: &Flow<'_>, (): ()) {
        assert!(flow.end().is_some());
        assert_ne!(flow.src_port(), self.expire, "as asked for");
    }
}

/// A panic is the caller's; a caller that catches it loses the flow and the packet at hand, and no others.
#[test]
fn a_hook_that_panics_costs_what_is_at_hand_and_no_more() {
    let from = |time, port| PacketFields {
        src_port: port,
        ..packet(time, A, B)
    };
    let caught = |call: &mut dyn FnMut()| {
        std::panic::catch_unwind(core::panic::AssertUnwindSafe(call)).is_err()
    };
    let at_init = Fragile { init: 3, expire: 0 };
    // The end of a flow comes with the first packet of the next round.
    let at_expire = Fragile { init: 0, expire: 3 };
    for (fragile, expected) in [
        (at_init, &[1, 1, 1, 2, 2, 2, 4, 4, 4, 5, 5, 5][..]),
        (at_expire, &[1, 2, 2, 2, 4, 4, 4, 5, 5, 5][..]),
    ] {
        let mut table = FlowTable::new(&timeouts(1_000, 10_000), fragile);
        let mut kept = Kept::new();
        let mut panics = 0;
        for round in 0..3 {
            for port in 1..=5 {
                let packet = from(2_000 * round, port);
                panics += u32::from(caught(&mut || {
                    let Ok(()) = table.push(&packet.into(), &mut kept);
                }));
            }
        }
        while caught(&mut || {
            let Ok(()) = table.finish(&mut kept);
        }) {
            panics += 1;
        }
        assert_eq!(panics, 3);
        let mut ports: Vec<_> = kept
            .0
            .iter()
            .map(|record| record.flow().src_port())
            .collect();
        ports.sort_unstable();
        assert_eq!(ports, expected);
    }
}

/// Cannot work without this column.
#[derive(Clone)]
struct Wants(&'static str);

impl NFPlugin for Wants {
    type State = ();
    type Output = ();

    fn begin(&mut self, columns: &Schema) -> Result<(), PluginError> {
        let is_there = |column: &Column| column.name == self.0;
        if columns.columns().iter().any(is_there) {
            return Ok(());
        }
        Err(format!("there is no {}", self.0).into())
    }

    fn on_init(&mut self, _: &Packet<'_>, _: &mut Flow<'_>) {}

    fn on_expire(&mut self, _: &Flow<'_>, (): ()) {}
}

#[test]
fn every_plugin_is_told_the_columns_and_may_refuse_them() {
    fn refusal(mut plugin: impl NFPlugin) -> Option<String> {
        let columns = FlowTableConfig::default().columns();
        let error = plugin.begin(&columns).err()?;
        Some(error.to_string())
    }
    let (fine, not) = (Wants("src_ip"), Wants("bidirectional_min_ps"));
    let message = Some("there is no bidirectional_min_ps".to_owned());
    assert_eq!(refusal(()), None);
    assert_eq!(refusal(fine.clone()), None);
    assert_eq!(refusal(None::<Wants>), None);
    assert_eq!(refusal((fine.clone(), not.clone())), message);
    assert_eq!(refusal((fine.clone(), Some(not.clone()))), message);
    assert_eq!(refusal(vec![fine, not.clone()]), message);
    assert_eq!(refusal(BoxedPlugin::new(not)), message);
}
