//! The metering process against small worlds.

use core::cell::RefCell;
use core::convert::Infallible;
use core::net::IpAddr;
use core::num::NonZeroU32;
use core::time::Duration;

use nfstream_decode::PacketFields;
use nfstream_features::TimeUnit;

use super::*;
use crate::FlowEnd::{Active, EndOfInput, Forced, Idle, Resources};
use crate::slab::SEGMENT_LEN;
use crate::testing::{A, B, C, Kept, end, meter, meter_with, packet, short, timeouts};
use crate::{Endpoint, Flow, FlowEnd, FlowRecord, View, sink_fn};

/// Ends a flow with its packet number so many.
#[derive(Clone)]
struct Slicer(u64);

impl NFPlugin for Slicer {
    type State = ();
    type Output = ();

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) {
        self.on_update(packet, flow, &mut ());
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, _state: &mut ()) {
        if flow.bidirectional().packets == self.0 {
            flow.expire();
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, _state: ()) {}
}

/// A flow of its own for each number.
fn host(number: u8) -> Endpoint {
    end(number, 1_000)
}

/// Packets from hosts to `B`, at these milliseconds.
fn from_hosts(packets: &[(u64, u8)]) -> Vec<PacketFields<'static>> {
    packets
        .iter()
        .map(|&(millis, number)| packet(millis, host(number), B))
        .collect()
}

/// Which host's flow each record is of, and why it ended.
fn hosts<P: NFPlugin>(
    config: &FlowTableConfig,
    plugin: P,
    packets: &[(u64, u8)],
) -> Vec<(u8, FlowEnd)> {
    let records = meter_with(config, plugin, &from_hosts(packets));
    short(&records);
    let host = |ip| match ip {
        IpAddr::V4(ip) => ip.octets()[3],
        IpAddr::V6(_) => 0,
    };
    records
        .iter()
        .map(|record| (host(record.flow().src_ip()), record.end))
        .collect()
}

#[test]
fn packet_time_never_runs_backwards() {
    let packets = [
        packet(500, A, B),
        packet(100, B, A),
        packet(0, A, C),
        packet(600, A, B),
    ];
    assert_eq!(
        short(&meter(&timeouts(1_000, 1_000), &packets)),
        [(EndOfInput, 500, 500, 1, 0), (EndOfInput, 500, 600, 2, 1)]
    );
}

#[test]
fn a_gap_of_the_idle_timeout_ends_a_flow() {
    let world = |gap: u64| [packet(1_000, A, B), packet(1_000 + gap, B, A)];
    let config = timeouts(100, 1_000_000);
    assert_eq!(
        short(&meter(&config, &world(99))),
        [(EndOfInput, 1_000, 1_099, 1, 1)]
    );
    // The packet that finds the flow ended is the source of the next one.
    for gap in [100, 101] {
        assert_eq!(
            short(&meter(&config, &world(gap))),
            [
                (Idle, 1_000, 1_000, 1, 0),
                (EndOfInput, 1_000 + gap, 1_000 + gap, 1, 0)
            ]
        );
    }
    let records = meter(&config, &world(100));
    assert_eq!(records[1].flow().source(), B);
}

#[test]
fn the_age_of_the_active_timeout_ends_a_flow() {
    let world = |last: u64| {
        [
            packet(1_000, A, B),
            packet(1_060, B, A),
            packet(1_000 + last, B, A),
        ]
    };
    let config = timeouts(80, 100);
    assert_eq!(
        short(&meter(&config, &world(99))),
        [(EndOfInput, 1_000, 1_099, 1, 2)]
    );
    assert_eq!(
        short(&meter(&config, &world(100))),
        [
            (Active, 1_000, 1_060, 1, 1),
            (EndOfInput, 1_100, 1_100, 1, 0)
        ]
    );
    assert_eq!(meter(&config, &world(100))[1].flow().source(), B);
}

#[test]
fn idleness_is_asked_for_first() {
    let packets = [packet(0, A, B), packet(100, A, B)];
    let records = meter(&timeouts(100, 100), &packets);
    assert_eq!(
        records.iter().map(|record| record.end).collect::<Vec<_>>(),
        [Idle, EndOfInput]
    );
}

#[test]
fn no_timeout_makes_each_packet_a_flow() {
    let packets = [packet(5, A, B), packet(5, B, A), packet(6, A, B)];
    for (config, end) in [(timeouts(0, 1_000), Idle), (timeouts(1_000, 0), Active)] {
        let records = meter(&config, &packets);
        let sources: Vec<_> = records
            .iter()
            .map(|record| record.flow().source())
            .collect();
        assert_eq!(sources, [A, B, A]);
        assert!(records[..2].iter().all(|record| record.end == end));
    }
}

/// 0.9 ms and 1.0 ms are a whole millisecond apart, 1.0 ms and 1.9 ms are not.
#[test]
fn times_are_truncated_before_they_are_subtracted() {
    let at = |nanos, src, dst| PacketFields {
        timestamp: Timestamp::from_nanos(nanos),
        ..packet(0, src, dst)
    };
    let config = timeouts(1, 1_000);
    let ended = |first, second| meter(&config, &[at(first, A, B), at(second, A, B)])[0].end == Idle;
    assert!(ended(999_999, 1_000_000));
    assert!(!ended(1_000_000, 1_999_999));

    let micros = FlowTableConfig {
        time_unit: TimeUnit::Microseconds,
        ..config
    };
    assert_eq!(
        meter(&micros, &[at(999_999, A, B), at(1_000_000, A, B)]).len(),
        1
    );
}

#[test]
fn a_timeout_below_the_grain_is_not_none() {
    let config = FlowTableConfig {
        idle_timeout: Duration::from_nanos(1),
        ..FlowTableConfig::default()
    };
    assert_eq!(meter(&config, &[packet(5, A, B), packet(5, A, B)]).len(), 1);
    assert_eq!(meter(&config, &[packet(5, A, B), packet(6, A, B)]).len(), 2);
}

/// At the end of time a due time no longer fits; what counts is how long the flow was unseen.
#[test]
fn the_end_of_time_is_no_timeout() {
    let at = |nanos| PacketFields {
        timestamp: Timestamp::from_nanos(nanos),
        ..packet(0, A, B)
    };
    let config = FlowTableConfig {
        idle_timeout: Duration::from_secs(1),
        time_unit: TimeUnit::Nanoseconds,
        ..FlowTableConfig::default()
    };
    let packets = [at(u64::MAX - 5), at(u64::MAX), at(0)];
    let records = meter(&config, &packets);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].end, EndOfInput);
    assert_eq!(records[0].flow().bidirectional().packets, 3);
}

#[test]
fn expiration_ids_are_those_of_nfstream() {
    assert_eq!(
        FlowEnd::ALL.map(FlowEnd::expiration_id),
        [0, 1, -1, 2, 0],
        "idle, active, forced, resources, end of input"
    );
}

#[test]
fn a_plugin_ends_a_flow_with_the_packet_at_hand() {
    let packets: Vec<_> = (0..5).map(|millis| packet(millis, A, B)).collect();
    let config = FlowTableConfig::default();
    assert_eq!(
        short(&meter_with(&config, Slicer(2), &packets)),
        [
            (Forced, 0, 1, 2, 0),
            (Forced, 2, 3, 2, 0),
            (EndOfInput, 4, 4, 1, 0)
        ]
    );
    let each = meter_with(&config, Slicer(1), &packets);
    assert_eq!(each.len(), 5);
    assert!(each.iter().all(|record| record.end == Forced));
    assert_eq!(meter_with(&config, Slicer(0), &packets).len(), 1);
}

#[test]
fn one_plugin_of_several_suffices() {
    let packets: Vec<_> = (0..4).map(|millis| packet(millis, A, B)).collect();
    let config = FlowTableConfig::default();
    let first = meter_with(&config, (Slicer(2), Slicer(0)), &packets);
    let last = meter_with(&config, (Slicer(0), Slicer(2)), &packets);
    let right = [(Forced, 0, 1, 2, 0), (Forced, 2, 3, 2, 0)];
    assert_eq!(short(&first), right);
    assert_eq!(short(&last), right);
}

#[test]
fn a_full_table_ends_the_flow_unseen_for_longest() {
    let config = FlowTableConfig {
        max_active_flows: NonZeroU32::new(2).unwrap(),
        ..timeouts(1_000, 10_000)
    };
    // Host 1 is older, but host 2 is unseen for longer.
    assert_eq!(
        hosts(&config, (), &[(0, 1), (1, 2), (2, 1), (3, 3)]),
        [(2, Resources), (1, EndOfInput), (3, EndOfInput)]
    );
    // A flow that comes back makes no room.
    assert_eq!(
        hosts(&config, (), &[(0, 1), (1, 2), (2, 1), (3, 2)]),
        [(1, EndOfInput), (2, EndOfInput)]
    );
}

#[test]
fn a_full_table_calls_an_idle_flow_idle() {
    let config = FlowTableConfig {
        max_active_flows: NonZeroU32::MIN,
        ..timeouts(1_000, 10_000)
    };
    assert_eq!(
        hosts(&config, (), &[(0, 1), (1_000, 2), (1_999, 3)]),
        [(1, Idle), (2, Resources), (3, EndOfInput)]
    );
}

/// Host 2 is idle at 1,005 and host 1, seen again later, at 1,010, though both are found idle by the same packet.
#[test]
fn idle_flows_leave_in_the_order_in_which_they_are_due() {
    assert_eq!(
        hosts(
            &timeouts(1_000, 100_000),
            (),
            &[(0, 1), (5, 2), (10, 1), (50_000, 3)]
        ),
        [(2, Idle), (1, Idle), (3, EndOfInput)]
    );
}

#[test]
fn flows_due_at_the_same_time_leave_by_their_first_packets() {
    // Last seen in the order 2, 1, 3, all within one millisecond.
    assert_eq!(
        hosts(
            &timeouts(1_000, 100_000),
            (),
            &[(0, 1), (0, 2), (0, 3), (7, 2), (7, 1), (7, 3), (9_000, 4)]
        ),
        [(1, Idle), (2, Idle), (3, Idle), (4, EndOfInput)]
    );
}

/// All three are due at 1,000: one by a plugin, one idle (found by its own packet), one idle (found by the clock).
#[test]
fn what_ended_them_does_not_matter_for_the_order() {
    #[derive(Clone)]
    struct Third;
    impl NFPlugin for Third {
        type State = ();
        type Output = ();
        fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) {
            if packet.src_ip() == host(3).ip {
                flow.expire();
            }
        }
        fn on_expire(&mut self, _flow: &Flow<'_>, _state: ()) {}
    }
    assert_eq!(
        hosts(
            &timeouts(1_000, 100_000),
            Third,
            &[(0, 1), (0, 2), (1_000, 3), (1_000, 2), (1_001, 4)]
        ),
        [
            (1, Idle),
            (2, Idle),
            (3, Forced),
            (2, EndOfInput),
            (4, EndOfInput)
        ]
    );
}

/// Host 2 is idle at 1,010, which the packet of host 4 finds; but host 1, which began before it, may still end then.
#[test]
fn a_flow_that_is_due_now_waits_for_others() {
    assert_eq!(
        hosts(
            &timeouts(1_000, 100_000),
            Slicer(3),
            &[
                (0, 3),
                (5, 1),
                (10, 2),
                (500, 1),
                (1_010, 4),
                (1_010, 1),
                (1_011, 4)
            ]
        ),
        [(3, Idle), (1, Forced), (2, Idle), (4, EndOfInput)]
    );
}

#[test]
fn a_flow_cut_for_its_age_is_due_when_it_is_cut() {
    // Host 1 is cut at 100; host 2 is idle from 99 on.
    assert_eq!(
        hosts(
            &timeouts(40, 100),
            (),
            &[(0, 1), (30, 1), (59, 2), (65, 1), (100, 1), (200, 3)]
        ),
        [(2, Idle), (1, Active), (1, Idle), (3, EndOfInput)]
    );
}

#[test]
fn at_the_end_of_input_flows_leave_when_they_would_have() {
    assert_eq!(
        hosts(
            &timeouts(1_000, 100_000),
            Slicer(3),
            &[(0, 1), (1, 2), (2, 3), (3, 1), (4, 2), (4, 2), (4, 2)]
        ),
        [
            (2, Forced),
            (3, EndOfInput),
            (1, EndOfInput),
            (2, EndOfInput)
        ]
    );
}

#[test]
fn a_flow_that_is_idle_when_the_input_ends_is_called_idle() {
    assert_eq!(
        hosts(&timeouts(1_000, 100_000), (), &[(0, 1), (1, 2), (1_000, 3)]),
        [(1, Idle), (2, EndOfInput), (3, EndOfInput)]
    );
}

#[test]
fn the_clock_alone_ends_idle_flows() {
    let mut table = FlowTable::new(&timeouts(1_000, 100_000), ());
    let mut sink = Kept::new();
    let at = Timestamp::from_millis;
    for packet in from_hosts(&[(0, 1), (500, 2)]) {
        let Ok(()) = table.push(&packet.into(), &mut sink);
    }
    // Another flow may still be due at 1,000.
    let Ok(()) = table.advance(at(1_000), &mut sink);
    assert_eq!((sink.0.len(), table.active_flows()), (0, 2));
    let Ok(()) = table.advance(at(1_001), &mut sink);
    assert_eq!((sink.0.len(), table.active_flows()), (1, 1));
    let Ok(()) = table.advance(at(600), &mut sink);
    assert_eq!(table.clock(), at(1_001));
    // What comes now counts as simultaneous with the clock.
    let Ok(()) = table.push(&packet(700, host(2), B).into(), &mut sink);
    let Ok(()) = table.finish(&mut sink);
    assert_eq!(table.records(), 2);
    assert_eq!(
        short(&sink.0),
        [(Idle, 0, 0, 1, 0), (EndOfInput, 500, 1_001, 2, 0)]
    );
}

#[test]
fn a_table_can_go_on_after_it_was_finished() {
    let mut table = FlowTable::new(&timeouts(1_000, 100_000), ());
    let mut sink = Kept::new();
    for _ in 0..2 {
        let Ok(()) = table.push(&packet(0, A, B).into(), &mut sink);
        let Ok(()) = table.finish(&mut sink);
        assert_eq!(table.active_flows(), 0);
    }
    assert_eq!(
        short(&sink.0),
        [(EndOfInput, 0, 0, 1, 0), (EndOfInput, 0, 0, 1, 0)]
    );
}

/// A sink that refuses the record with this id.
fn refuse(refused: u64, taken: &mut Vec<(u64, IpAddr)>) -> impl FlowSink<(), Error = u64> {
    sink_fn(move |record: FlowRecord<'_, ()>| {
        if record.id == refused {
            return Err(record.id);
        }
        taken.push((record.id, record.flow.src_ip()));
        Ok(())
    })
}

#[test]
fn a_record_that_the_sink_refuses_is_lost_and_no_other() {
    let mut table = FlowTable::new(&timeouts(1_000, 100_000), ());
    let mut taken = Vec::new();
    let packets = from_hosts(&[(0, 1), (1, 2), (2, 3)]);
    for &packet in &packets {
        assert_eq!(
            table.push(&packet.into(), &mut refuse(1, &mut taken)),
            Ok(())
        );
    }
    let late = Timestamp::from_millis(9_000);
    assert_eq!(table.advance(late, &mut refuse(1, &mut taken)), Err(1));
    assert_eq!(taken, [(0, host(1).ip)]);
    assert_eq!(table.finish(&mut refuse(1, &mut taken)), Ok(()));
    assert_eq!(taken, [(0, host(1).ip), (2, host(3).ip)]);
    assert_eq!(table.active_flows(), 0);
}

#[test]
fn a_sink_that_fails_at_the_end_can_be_asked_again() {
    let mut table = FlowTable::new(&FlowTableConfig::default(), ());
    let mut taken = Vec::new();
    for packet in from_hosts(&[(0, 1), (1, 2), (2, 3)]) {
        assert_eq!(
            table.push(&packet.into(), &mut refuse(0, &mut taken)),
            Ok(())
        );
    }
    assert_eq!(table.finish(&mut refuse(0, &mut taken)), Err(0));
    assert_eq!(table.finish(&mut refuse(0, &mut taken)), Ok(()));
    assert_eq!(taken, [(1, host(2).ip), (2, host(3).ip)]);
}

#[test]
fn the_place_of_a_refused_record_is_used_again() {
    let mut table = FlowTable::new(&FlowTableConfig::default(), Slicer(1));
    let mut taken = Vec::new();
    for number in 0..2 * u64::from(SEGMENT_LEN) {
        let packet = packet(number, A, B).into();
        assert_eq!(table.push(&packet, &mut refuse(number, &mut taken)), Ok(()));
        assert_eq!(table.finish(&mut refuse(number, &mut taken)), Err(number));
    }
    assert_eq!(taken, []);
    assert_eq!(table.flows.places(), SEGMENT_LEN as usize);
}

/// More flows than a segment of memory holds, and then as many again in the same places.
#[test]
fn places_are_used_again() {
    const FLOWS: u32 = 3 * SEGMENT_LEN;
    let mut table = FlowTable::new(
        &FlowTableConfig {
            statistical_analysis: true,
            splt_analysis: 3,
            ..timeouts(1_000, 100_000)
        },
        (),
    );
    let mut packets = 0;
    let mut sink = sink_fn(|record: FlowRecord<'_, ()>| {
        let flow = record.flow;
        assert_eq!(flow.bidirectional().packets, 2);
        assert_eq!((flow.src2dst().packets, flow.dst2src().packets), (1, 1));
        let splt = flow.splt().unwrap();
        // Sizes are those of the round, not of the flow that had the place before.
        let size = flow.first_seen().as_millis() / 5_000 + 60;
        let sizes = flow.packet_sizes(View::Bidirectional).unwrap();
        assert_eq!((sizes.min, sizes.max), (size, size));
        let size = i64::try_from(size).unwrap();
        assert_eq!(splt.sizes().collect::<Vec<_>>(), [size, size, -1]);
        packets += flow.bidirectional().packets;
        Ok::<_, Infallible>(())
    });
    for round in 0..3 {
        for (src, dst) in [(A, B), (B, A)] {
            for flow in 0..FLOWS {
                let packet = PacketFields {
                    vlan_id: u16::try_from(flow).unwrap(),
                    raw_size: 60 + round,
                    ..packet(5_000 * u64::from(round), src, dst)
                };
                let Ok(()) = table.push(&packet.into(), &mut sink);
            }
        }
        assert_eq!(table.active_flows(), FLOWS);
    }
    let Ok(()) = table.finish(&mut sink);
    assert_eq!(packets, u64::from(FLOWS) * 6);
    let total = table.flows.places();
    assert!(total < 5 * SEGMENT_LEN as usize, "{total} places");
}

/// More than may wait for each other end within a millisecond.
#[test]
fn what_waits_to_be_put_in_order_is_bounded() {
    let mut table = FlowTable::new(&FlowTableConfig::default(), Slicer(1));
    let ids = RefCell::new(Vec::new());
    let mut sink = sink_fn(|record: FlowRecord<'_, ()>| {
        ids.borrow_mut().push(record.id);
        Ok::<_, Infallible>(())
    });
    for number in 1..=2 * MAX_WAITING {
        let Ok(()) = table.push(&packet(0, A, B).into(), &mut sink);
        let left = ids.borrow().len() as u64;
        assert_eq!(left, number / MAX_WAITING * MAX_WAITING);
    }
    let Ok(()) = table.push(&packet(0, A, B).into(), &mut sink);
    let Ok(()) = table.finish(&mut sink);
    assert!(ids.into_inner().into_iter().eq(0..=2 * MAX_WAITING));
}

#[test]
fn a_packet_is_metered_whatever_the_sink_says() {
    let mut table = FlowTable::new(&timeouts(1_000, 10_000), ());
    let mut refuse = sink_fn(|_: FlowRecord<'_, ()>| Err("full"));
    assert_eq!(table.push(&packet(0, A, B).into(), &mut refuse), Ok(()));
    assert_eq!(
        table.push(&packet(5_000, A, C).into(), &mut refuse),
        Err("full")
    );
    let mut kept = Kept::new();
    let Ok(()) = table.finish(&mut kept);
    assert_eq!(kept.0.len(), 1);
    assert_eq!(kept.0[0].flow().first_seen().as_millis(), 5_000);
}

#[test]
fn packets_that_come_late_are_counted() {
    let mut table = FlowTable::new(&FlowTableConfig::default(), ());
    for time in [5, 7, 6, 7, 0] {
        let Ok(()) = table.push(&packet(time, A, B).into(), &mut Kept::new());
    }
    assert_eq!(table.late_packets(), 2);
}
