//! However a run ends, its threads do, its flows leave, and its plugins see it.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nfstream::export::{Csv, WriterSink};
use nfstream::flow::FlowRecord;
use nfstream::{Error, Streamer, Summary, sink_fn};

use crate::script::{Gate, LEFT_AT_STOP, Log, Script, Step, new_flows, packet};
use crate::shape::Shape;
use crate::users::{Accountant, Calls};
use crate::watchdog::{assert_threads_end, soon, watched};

/// A streamer of busy sources, and the books of its plugins and sources.
struct Busy {
    streamer: Option<Streamer<Accountant>>,
    calls: Arc<Calls>,
    logs: Vec<Arc<Log>>,
    shape: Shape,
}

impl Busy {
    fn new(shape: Shape, limit: u64, duration: Option<Duration>) -> Self {
        let source = || Script::new([Step::Forever(new_flows)]);
        let (one, other) = (source(), source());
        let mut logs = vec![one.log()];
        if shape == Shape::Spread {
            logs.push(other.log());
        }
        let plugin = Accountant::default();
        let calls = Arc::clone(&plugin.calls);
        let mut builder = shape
            .over(one, || other)
            .idle_timeout(Duration::from_millis(500))
            .max_nflows(limit)
            .udps(plugin);
        if let Some(duration) = duration {
            builder = builder.max_duration(duration);
        }
        Self {
            streamer: Some(builder.build().unwrap()),
            calls,
            logs,
            shape,
        }
    }

    fn take(&mut self) -> Streamer<Accountant> {
        self.streamer.take().unwrap()
    }

    fn packets(logs: &[Arc<Log>]) -> u64 {
        logs.iter().map(|log| log.packets()).sum()
    }

    /// All packets that were lent are counted, but for those of the window at hand where that is one for all meters.
    fn assert_counted(&self, summary: &Summary) {
        let counted = [summary.packets_read, summary.packets_metered];
        let lent = Self::packets(&self.logs);
        if self.shape == Shape::Spread {
            assert_eq!(counted, [lent; 2]);
            assert_eq!(self.calls.packets(), lent);
        } else {
            assert!(
                counted
                    .iter()
                    .all(|count| (lent - 100..=lent).contains(count))
            );
        }
    }
}

/// Each flow that began has ended, each plugin was told that it is over, once, and the sources are gone.
fn assert_over(shape: Shape, calls: &Calls, logs: &[Arc<Log>]) {
    assert_threads_end();
    assert_eq!(calls.inits(), calls.expires(), "{shape:?}");
    assert_eq!(calls.cleanups(), shape.meters(), "{shape:?}");
    assert!(logs.iter().all(|log| log.is_dropped()), "{shape:?}");
}

#[test]
fn by_a_stop_from_elsewhere() {
    for shape in Shape::ALL {
        watched(move || {
            let mut busy = Busy::new(shape, 0, None);
            let streamer = busy.take();
            let Busy { calls, logs, .. } = busy;
            let handle = streamer.stop_handle();
            let run = thread::spawn(move || {
                streamer.run(WriterSink::new(std::io::sink(), Csv::default()))
            });
            assert!(soon(|| logs.iter().all(|log| log.packets() > 5_000)));
            handle.stop();
            let summary = run.join().unwrap().unwrap();
            assert!(summary.stopped);
            for log in &logs {
                assert!(log.stops() > 0);
                assert_eq!(log.packets_after_stop(), LEFT_AT_STOP * 100);
            }
            assert_eq!(summary.packets_read, Busy::packets(&logs));
            assert_eq!(summary.packets_in_records, summary.packets_read);
            assert_eq!(calls.packets(), summary.packets_read);
            assert_over(shape, &calls, &logs);
        });
    }
}

#[test]
fn by_a_stop_before_the_first_packet() {
    for shape in Shape::ALL {
        watched(move || {
            let mut busy = Busy::new(shape, 0, None);
            let streamer = busy.take();
            let Busy { calls, logs, .. } = busy;
            streamer.stop_handle().stop();
            let summary = streamer
                .run(WriterSink::new(std::io::sink(), Csv::default()))
                .unwrap();
            assert!(summary.stopped);
            assert_eq!(summary.packets_read, Busy::packets(&logs));
            assert_eq!(summary.packets_read, LEFT_AT_STOP * 100 * logs.len() as u64);
            assert_over(shape, &calls, &logs);
        });
    }
}

#[test]
fn by_a_stop_of_a_source_that_cannot() {
    for shape in Shape::ALL {
        watched(move || {
            let source = || Script::new([Step::Forever(new_flows)]).that_cannot_stop();
            let (one, other) = (source(), source());
            let logs = [one.log(), other.log()];
            let streamer = shape.over(one, || other).build().unwrap();
            let handle = streamer.stop_handle();
            let run = thread::spawn(move || {
                streamer.run(WriterSink::new(std::io::sink(), Csv::default()))
            });
            assert!(soon(|| logs[0].packets() > 500));
            handle.stop();
            let summary = run.join().unwrap().unwrap();
            assert_eq!(summary.packets_in_records, Busy::packets(&logs));
            for log in &logs {
                let asked = log
                    .asked_after_stop
                    .load(std::sync::atomic::Ordering::SeqCst);
                assert_eq!(asked, 0, "{shape:?}");
            }
        });
    }
}

#[test]
fn by_a_stop_of_quiet_sources() {
    for shape in Shape::ALL {
        watched(move || {
            let source = |flow| {
                Script::new([
                    Step::Frames(vec![packet(1_000, flow, 0)]),
                    Step::Quiet(Gate::default()),
                    Step::Frames(vec![packet(2_000, flow, 0)]),
                ])
            };
            let one = source(1);
            let log = one.log();
            let streamer = shape.over(one, || source(2)).build().unwrap();
            let handle = streamer.stop_handle();
            let run = thread::spawn(move || {
                streamer.run(WriterSink::new(std::io::sink(), Csv::default()))
            });
            assert!(soon(|| log.packets() > 0));
            handle.stop();
            let summary = run.join().unwrap().unwrap();
            let sources = if shape == Shape::Spread { 2 } else { 1 };
            assert_eq!(summary.packets_in_records, sources);
        });
    }
}

#[test]
fn by_time() {
    for shape in Shape::ALL {
        watched(move || {
            let mut busy = Busy::new(shape, 0, Some(Duration::from_millis(100)));
            let streamer = busy.take();
            let Busy { calls, logs, .. } = busy;
            let summary = streamer
                .run(WriterSink::new(std::io::sink(), Csv::default()))
                .unwrap();
            assert_eq!(summary.packets_in_records, Busy::packets(&logs));
            assert!(logs.iter().all(|log| log.stops() > 0));
            assert_over(shape, &calls, &logs);
        });
    }
}

#[test]
fn by_a_number_of_records() {
    for shape in Shape::ALL {
        for limit in [1, 1_234] {
            watched(move || {
                let mut busy = Busy::new(shape, limit, None);
                let mut records = 0;
                let sink = sink_fn(|record: FlowRecord<'_, ()>| {
                    assert_eq!(record.id, records);
                    records += 1;
                    Ok::<_, Infallible>(())
                });
                let summary = busy.take().run(sink).unwrap();
                assert_eq!((summary.records(), records), (limit, limit));
                assert!(summary.stopped);
                busy.assert_counted(&summary);
                assert_over(busy.shape, &busy.calls, &busy.logs);

                let mut busy = Busy::new(shape, limit, None);
                let records = busy.take().into_iter().map(Result::unwrap);
                assert_eq!(records.count() as u64, limit);
                assert_over(busy.shape, &busy.calls, &busy.logs);
            });
        }
    }
}

#[test]
fn by_an_iterator_that_is_dropped() {
    for shape in Shape::ALL {
        watched(move || {
            let mut busy = Busy::new(shape, 0, None);
            let mut records = busy.take().into_iter();
            for _ in 0..500 {
                records.next().unwrap().unwrap();
            }
            drop(records);
            assert_over(busy.shape, &busy.calls, &busy.logs);
            assert!(busy.calls.inits() >= 500);
        });
    }
}

#[test]
fn by_never_having_begun() {
    for shape in Shape::ALL {
        watched(move || {
            let mut busy = Busy::new(shape, 0, None);
            drop(busy.take());
            assert_over(busy.shape, &busy.calls, &busy.logs);
            assert_eq!((busy.calls.inits(), Busy::packets(&busy.logs)), (0, 0));
            let mut busy = Busy::new(shape, 0, None);
            drop(busy.take().into_iter());
            assert_over(busy.shape, &busy.calls, &busy.logs);
        });
    }
}

#[test]
fn by_the_sinks_error() {
    for shape in Shape::ALL {
        watched(move || {
            let mut busy = Busy::new(shape, 0, None);
            let mut records = 0;
            let result = busy.take().run(sink_fn(|_| {
                records += 1;
                if records > 700 { Err("full") } else { Ok(()) }
            }));
            let Err(Error::Sink {
                source, summary, ..
            }) = result
            else {
                panic!("{result:?}");
            };
            assert_eq!(
                (source.to_string().as_str(), summary.records()),
                ("full", 700)
            );
            busy.assert_counted(&summary);
            assert_over(busy.shape, &busy.calls, &busy.logs);
        });
    }
}

#[test]
fn by_the_end_of_the_last_source() {
    watched(|| {
        let gate = Gate::default();
        let later = Script::new([
            Step::Quiet(gate.clone()),
            Step::Frames(vec![packet(9_000, 2, 0)]),
        ]);
        let sooner = Script::new([Step::Frames(vec![packet(1_000, 1, 0)])]);
        let streamer = Streamer::builder().packet_sources([sooner, later]);
        let mut records = streamer.build().unwrap().into_iter();
        // The flows of a source that has ended do not wait for the others.
        let first = records.next().unwrap().unwrap();
        assert_eq!(first.flow().src_port(), 1_025);
        // Nor do they end the others.
        thread::sleep(Duration::from_millis(30));
        gate.open();
        assert_eq!(records.next().unwrap().unwrap().flow().src_port(), 1_026);
        assert!(records.next().is_none());
        assert!(!records.summary().unwrap().stopped);
    });
}

#[cfg(feature = "libpcap")]
#[test]
fn by_a_stop_behind_a_filter() {
    for shape in [Shape::One, Shape::Several] {
        watched(move || {
            let source = Script::new([Step::Forever(new_flows)]);
            let log = source.log();
            let builder = shape.of(source).bpf_filter("ip and not udp port 1031");
            let streamer = builder.build().unwrap();
            let handle = streamer.stop_handle();
            let run = thread::spawn(move || {
                streamer.run(WriterSink::new(std::io::sink(), Csv::default()))
            });
            assert!(soon(|| log.packets() > 500));
            handle.stop();
            let summary = run.join().unwrap().unwrap();
            assert_eq!(log.packets_after_stop(), LEFT_AT_STOP * 100);
            // It counts what was filtered where the source has counted three already.
            let filtered = summary.capture.packets_filtered - 3;
            assert!(filtered >= 1);
            assert_eq!(summary.packets_in_records + filtered, log.packets());
        });
    }
}
