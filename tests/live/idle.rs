//! A quiet source tells the time.

use std::convert::Infallible;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nfstream::flow::FlowRecord;
use nfstream::plugins::FlowSlicer;
use nfstream::{Builder, FlowEnd, FlowSink, Streamer, Timestamp, sink_fn};

use crate::script::{Gate, Packet, Script, Step, one_flow, packet};
use crate::shape::Shape;
use crate::watchdog::watched;
use crate::world::rows::TextRow;

const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

#[test]
fn ends_flows_without_packets_even_beside_a_busy_one() {
    for shape in Shape::ALL {
        watched(move || {
            let gate = Gate::default();
            let source = Script::new([
                Step::Frames(vec![packet(1_000, 9, 0), packet(1_500, 9, 1)]),
                Step::Idle(30_000),
                Step::Quiet(gate.clone()),
            ]);
            // Its packet time never comes as far.
            let busy = || Script::new([Step::Forever(|_| vec![packet(1_000, 5, 0)])]);
            let builder = shape.over(source, busy).idle_timeout(IDLE_TIMEOUT);
            let streamer = builder.build().unwrap();
            let (handle, (tell, told)) = (streamer.stop_handle(), channel());
            let run = thread::spawn(move || {
                streamer.run(sink_fn(move |record: FlowRecord<'_, ()>| {
                    let packets = record.flow.bidirectional().packets;
                    tell.send((record.end, packets)).unwrap();
                    Ok::<_, Infallible>(())
                }))
            });
            let first = told.recv_timeout(Duration::from_secs(5));
            assert_eq!(first, Ok((FlowEnd::Idle, 2)), "{shape:?}");
            handle.stop();
            let summary = run.join().unwrap().unwrap();
            assert!(summary.stopped && !gate.is_open());
            assert_eq!(
                summary.records(),
                if shape == Shape::Spread { 2 } else { 1 }
            );
        });
    }
}

#[test]
fn makes_older_packets_late() {
    for shape in Shape::ALL {
        watched(move || {
            let source = Script::new([
                Step::Frames(vec![packet(1_000, 9, 0)]),
                Step::Idle(30_000),
                // Time does not run backwards.
                Step::Idle(20_000),
                Step::Frames(vec![packet(25_000, 9, 0), packet(31_000, 9, 1)]),
            ]);
            let none = || Script::new([]);
            let builder = shape.over(source, none).idle_timeout(IDLE_TIMEOUT);
            let mut times = Vec::new();
            let sink = sink_fn(|record: FlowRecord<'_, ()>| {
                let [first, last] = [record.flow.first_seen(), record.flow.last_seen()];
                times.push((first, last, record.end));
                Ok::<_, Infallible>(())
            });
            let summary = builder.build().unwrap().run(sink).unwrap();
            let at = Timestamp::from_millis;
            assert_eq!(
                times,
                [
                    (at(1_000), at(1_000), FlowEnd::Idle),
                    (at(30_000), at(31_000), FlowEnd::EndOfInput),
                ],
                "{shape:?}"
            );
            assert_eq!((summary.packets_late, summary.packets_read), (1, 3));
            assert_eq!(summary.time_span, Some((at(1_000), at(31_000))));
        });
    }
}

/// Packets and times when none come, the same for the same seed.
fn any_script(seed: u64) -> Script {
    let mut state = seed;
    let mut below = |bound: u64| {
        // Knuth's generator (MMIX).
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut now = 100_000;
    let mut steps = Vec::new();
    for _ in 0..25 {
        now += below(3_000);
        if below(3) == 0 {
            steps.push(Step::Idle(now - below(200)));
        } else {
            // Windows that meters work through at the same time, and such that are not worth it.
            let most = [3, 700][usize::try_from(below(2)).unwrap()];
            let mut window: Vec<Packet> = Vec::new();
            for _ in 0..=below(most) {
                now += below(20);
                window.push(packet(now - below(100), below(300), below(9)));
            }
            steps.push(Step::Frames(window));
        }
    }
    Script::new(steps)
}

#[test]
fn means_the_same_to_any_number_of_meters() {
    watched(|| {
        for (seed, flows) in (1..7).zip([1 << 20, 100, 30].into_iter().cycle()) {
            let rows = |builder: Builder| {
                let mut rows = Vec::new();
                let sink = sink_fn(|record: FlowRecord<'_, _>| {
                    rows.push((TextRow::of(&record), record.end));
                    Ok::<_, Infallible>(())
                });
                let builder = builder
                    .idle_timeout(Duration::from_secs(2))
                    .active_timeout(Duration::from_secs(7))
                    .max_active_flows(flows)
                    .udps(FlowSlicer::new(5));
                let summary = builder.build().unwrap().run(sink).unwrap();
                (rows, format!("{summary:?}"))
            };
            let source = || Streamer::builder().packet_source(any_script(seed));
            let one = rows(source().n_meters(1));
            assert!(one.0.iter().any(|(_, end)| *end == FlowEnd::Idle));
            for meters in [2, 3, 4] {
                let several = rows(source().n_meters(meters));
                let mut pairs = one.0.iter().zip(&several.0);
                let difference = pairs.find(|(one, other)| one != other);
                assert_eq!(difference, None, "seed {seed}, {meters} meters");
                assert_eq!(one.0.len(), several.0.len());
                assert_eq!(one.1, several.1, "seed {seed}, {meters} meters");
            }
            // One meter of its own gives them too, in the same order.
            let alone = Streamer::builder().packet_sources([any_script(seed)]);
            assert!(rows(alone).0 == one.0, "seed {seed}");
        }
    });
}

/// What a sink was told of the time, and when.
type Told = Arc<Mutex<Vec<(Instant, Timestamp)>>>;

/// Keeps the times that it is told.
#[derive(Default)]
struct Clock(Told);

impl FlowSink<()> for Clock {
    type Error = Infallible;

    fn record(&mut self, _: FlowRecord<'_, ()>) -> Result<(), Infallible> {
        Ok(())
    }

    fn advance(&mut self, now: Timestamp) -> Result<(), Infallible> {
        self.0.lock().unwrap().push((Instant::now(), now));
        Ok(())
    }
}

#[test]
fn is_no_reason_not_to_tell_the_sink_the_time() {
    for busy in [false, true] {
        watched(move || {
            let other = if busy {
                Step::Forever(one_flow)
            } else {
                Step::Quiet(Gate::default())
            };
            let quiet = Script::new([Step::Quiet(Gate::default())]);
            let builder = Shape::Spread.over(quiet, || Script::new([other]));
            let lasting = Duration::from_millis(500);
            let streamer = builder.max_duration(lasting).build().unwrap();
            let clock = Clock::default();
            let told = Arc::clone(&clock.0);
            let start = Instant::now();
            streamer.run(clock).unwrap();
            let told = told.lock().unwrap();
            let mut before = start;
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            for &(at, timestamp) in &*told {
                let gap = at - before;
                assert!(gap < Duration::from_millis(200), "{gap:?}");
                before = at;
                let age = now.as_nanos().abs_diff(timestamp.as_nanos().into());
                assert!(age < 3_000_000_000, "{timestamp:?} is not now");
            }
            assert!(before - start >= lasting && told.len() >= 5);
        });
    }
}

#[test]
fn is_told_to_the_sink_of_one_source() {
    for meters in [1, 3] {
        watched(move || {
            let source = Script::new([
                Step::Frames(vec![packet(1_000, 9, 0)]),
                Step::Idle(2_000),
                Step::Idle(3_000),
                Step::Frames(vec![packet(3_500, 9, 0)]),
            ]);
            let builder = Streamer::builder().packet_source(source).n_meters(meters);
            let clock = Clock::default();
            let told = Arc::clone(&clock.0);
            builder.build().unwrap().run(clock).unwrap();
            let told = told.lock().unwrap();
            let mut times: Vec<_> = told.iter().map(|(_, now)| now.as_millis()).collect();
            times.dedup();
            assert_eq!(times, [1_000, 2_000, 3_000, 3_500]);
        });
    }
}
