//! A slow sink slows the sources down; memory does not grow.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use nfstream::sink_fn;

use crate::script::{Gate, Log, Script, Step, new_flows};
use crate::shape::Shape;
use crate::watchdog::{soon, watched};

/// More rows than a meter makes before somebody takes them: two batches of 4,096 that wait, one that waits for room, and one in the
/// hands of the sink; then windows.
const MOST_ROWS: u64 = 5 * 4_096;

/// Two sources without end, each of whose packets is a flow.
fn endless(shape: Shape) -> (nfstream::Builder, [Arc<Log>; 2]) {
    let source = || Script::new([Step::Forever(new_flows)]);
    let (one, other) = (source(), source());
    let logs = [one.log(), other.log()];
    let builder = shape.over(one, || other).idle_timeout(Duration::ZERO);
    (builder, logs)
}

fn packets(logs: &[Arc<Log>]) -> u64 {
    logs.iter().map(|log| log.packets()).sum()
}

/// How many packets have been lent when no more are.
fn packets_at_rest(logs: &[Arc<Log>]) -> u64 {
    let mut before = packets(logs);
    assert!(soon(|| {
        thread::sleep(Duration::from_millis(100));
        let now = packets(logs);
        std::mem::replace(&mut before, now) == now
    }));
    before
}

#[test]
fn of_a_sink_that_waits() {
    for shape in Shape::ALL {
        watched(move || {
            let (builder, logs) = endless(shape);
            let gate = Gate::default();
            let streamer = builder.build().unwrap();
            let (handle, wait) = (streamer.stop_handle(), gate.clone());
            let taken = Arc::new(AtomicU64::new(0));
            let count = Arc::clone(&taken);
            let run = thread::spawn(move || {
                streamer.run(sink_fn(move |_| {
                    if count.fetch_add(1, Ordering::SeqCst) == 10 {
                        wait.wait(Duration::from_mins(1));
                    }
                    Ok::<_, Infallible>(())
                }))
            });
            assert!(soon(|| taken.load(Ordering::SeqCst) > 10));
            let lent = packets_at_rest(&logs);
            assert!(lent <= shape.meters() * MOST_ROWS, "{shape:?}: {lent}");
            gate.open();
            assert!(soon(|| packets(&logs) > lent + 2 * MOST_ROWS), "{shape:?}");
            assert!(packets(&logs) - taken.load(Ordering::SeqCst) <= shape.meters() * MOST_ROWS);
            handle.stop();
            let summary = run.join().unwrap().unwrap();
            assert_eq!(summary.records(), packets(&logs));
        });
    }
}

#[test]
fn of_an_iterator_that_is_not_asked() {
    for shape in Shape::ALL {
        watched(move || {
            let (builder, logs) = endless(shape);
            let mut records = builder.build().unwrap().into_iter();
            records.next().unwrap().unwrap();
            let lent = packets_at_rest(&logs);
            assert!(lent <= shape.meters() * MOST_ROWS, "{shape:?}: {lent}");
            let taken = 2 * shape.meters() * MOST_ROWS;
            for _ in 0..taken {
                records.next().unwrap().unwrap();
            }
            let lent = packets_at_rest(&logs);
            assert!(lent > taken && lent <= taken + shape.meters() * MOST_ROWS);
        });
    }
}
