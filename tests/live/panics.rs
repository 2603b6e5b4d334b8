//! A panic anywhere is the caller's, and nothing is left of the run.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::time::Duration;

use nfstream::export::{Csv, WriterSink};
use nfstream::flow::FlowRecord;
use nfstream::{Builder, FlowSink, NFPlugin, Timestamp, sink_fn};

use crate::script::{Gate, Script, Step, new_flows, packet};
use crate::shape::Shape;
use crate::users::{Accountant, Hook};
use crate::watchdog::{assert_threads_end, watched};

/// The message of a panic, which is not printed.
fn panic_of<T>(run: impl FnOnce() -> T) -> String {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            let message = panic.payload_as_str().unwrap_or_default();
            if !message.ends_with("'s panic") {
                told(panic);
            }
        }));
    });
    let Err(payload) = catch_unwind(AssertUnwindSafe(run)) else {
        panic!("nothing panicked");
    };
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

/// The caller gets this panic, by a run and by an iterator.
fn assert_panics<P: NFPlugin>(message: &str, builder: impl Fn() -> Builder<P>) {
    let run = || {
        builder()
            .build()
            .unwrap()
            .run(WriterSink::new(std::io::sink(), Csv::default()))
    };
    assert_eq!(panic_of(run), message);
    assert_threads_end();
    let mut records = builder().build().unwrap().into_iter();
    let all = || records.by_ref().map(Result::unwrap).count();
    assert_eq!(panic_of(all), message);
    // Who goes on gets an end, and nothing hangs.
    drop(records);
    assert_threads_end();
}

/// A flow of three packets that ends, then others for ever; the other source is busy or quiet.
fn over(shape: Shape, busy: bool) -> Builder {
    let source = Script::new([
        Step::Frames(vec![
            packet(1_000, 70_000, 0),
            packet(1_000, 70_000, 0),
            packet(1_000, 70_000, 1),
        ]),
        Step::Forever(new_flows),
    ]);
    let other = move || {
        Script::new([if busy {
            Step::Forever(new_flows)
        } else {
            Step::Quiet(Gate::default())
        }])
    };
    let builder = shape.over(source, other);
    builder.idle_timeout(Duration::from_millis(500))
}

#[test]
fn of_a_plugin() {
    // The client's port of flow 70,000.
    const PORT: u16 = 11_024;
    for shape in Shape::ALL {
        for hook in [Hook::Init, Hook::Update, Hook::Expire] {
            watched(move || {
                for busy in [false, true] {
                    assert_panics("the plugin's panic", || {
                        over(shape, busy).udps(Accountant {
                            panics: Some((hook, PORT)),
                            ..Accountant::default()
                        })
                    });
                }
            });
        }
    }
}

#[test]
fn of_a_plugin_when_all_flows_leave() {
    for shape in Shape::ALL {
        watched(move || {
            assert_panics("the plugin's panic", || {
                let source = Script::new([Step::Frames(vec![packet(1_000, 1, 0)])]);
                let other = || Script::new([Step::Frames(new_flows(9))]);
                shape.over(source, other).udps(Accountant {
                    panics: Some((Hook::Expire, 1_025)),
                    ..Accountant::default()
                })
            });
        });
    }
}

#[test]
fn of_a_source() {
    for shape in Shape::ALL {
        watched(move || {
            assert_panics("the source's panic", || {
                let source = Script::new([
                    Step::Frames(new_flows(0)),
                    Step::Panics("the source's panic"),
                ]);
                shape.over(source, || Script::new([Step::Forever(new_flows)]))
            });
        });
    }
}

/// Panics when it is told the time.
struct Impatient;

impl FlowSink<()> for Impatient {
    type Error = Infallible;

    fn record(&mut self, _: FlowRecord<'_, ()>) -> Result<(), Infallible> {
        Ok(())
    }

    fn advance(&mut self, _: Timestamp) -> Result<(), Infallible> {
        panic!("the sink's panic");
    }
}

#[test]
fn of_a_sink() {
    for shape in Shape::ALL {
        watched(move || {
            let mut records = 0;
            let sink = sink_fn(|_| {
                records += 1;
                assert!(records < 900, "the sink's panic");
                Ok::<_, Infallible>(())
            });
            let run = || over(shape, true).build().unwrap().run(sink);
            assert_eq!(panic_of(run), "the sink's panic");
            assert_threads_end();
            let run = || over(shape, true).build().unwrap().run(Impatient);
            assert_eq!(panic_of(run), "the sink's panic");
        });
    }
}
