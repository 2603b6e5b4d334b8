//! A source that fails.

use std::convert::Infallible;

use nfstream::flow::FlowRecord;
use nfstream::{Error, Streamer, sink_fn};

use crate::script::{Failure, Gate, Script, Step, new_flows, packet};
use crate::shape::Shape;
use crate::watchdog::watched;

#[test]
fn ends_the_run_of_all_sources() {
    for others in [Step::Forever(new_flows), Step::Quiet(Gate::default())] {
        watched(move || {
            let failing = Script::new([
                Step::Frames(vec![packet(1_000, 1, 0)]),
                Step::Fails("the cable is gone"),
                Step::Frames(vec![packet(2_000, 2, 0)]),
            ]);
            let other = Script::new([Step::Frames(vec![packet(1_000, 70_003, 0)]), others]);
            let logs = [failing.log(), other.log()];
            let streamer = Streamer::builder().packet_sources([failing, other]);
            let mut packets = 0;
            let result = streamer
                .build()
                .unwrap()
                .run(sink_fn(|record: FlowRecord<'_, ()>| {
                    packets += record.flow.bidirectional().packets;
                    Ok::<_, Infallible>(())
                }));
            let Err(Error::Input {
                errors, summary, ..
            }) = result
            else {
                panic!("{result:?}");
            };
            assert_eq!(errors.len(), 1);
            let error: &Failure = errors[0].downcast_ref().unwrap();
            assert_eq!(error.0, "the cable is gone");
            assert!(!summary.stopped);
            assert_eq!(logs[0].packets(), 1);
            assert!(logs[1].stops() > 0 && logs.iter().all(|log| log.is_dropped()));
            assert_eq!(summary.packets_read, 1 + logs[1].packets());
            assert_eq!(
                [summary.packets_in_records, packets],
                [summary.packets_read; 2]
            );
        });
    }
}

#[test]
fn is_told_once_where_all_fail_alike() {
    watched(|| {
        let errors = ["gone", "broken", "gone", "gone"];
        let sources = errors.map(|why| Script::new([Step::Fails(why)]));
        let streamer = Streamer::builder().packet_sources(sources);
        let items: Vec<_> = streamer.build().unwrap().into_iter().collect();
        assert_eq!(items.len(), 1);
        let error = items[0].as_ref().unwrap_err();
        assert_eq!(error.to_string(), "gone\nbroken");
    });
}

#[test]
fn does_not_end_where_there_is_but_one() {
    for shape in [Shape::One, Shape::Several] {
        watched(move || {
            let failing = Script::new([
                Step::Fails("one"),
                Step::Frames(vec![packet(1_000, 1, 0)]),
                Step::Fails("two"),
                Step::Idle(2_000),
                Step::Frames(vec![packet(3_000, 2, 0)]),
            ]);
            let streamer = shape.of(failing).build().unwrap();
            let items: Vec<_> = streamer.into_iter().collect();
            let errors: Vec<_> = items.iter().filter_map(|it| it.as_ref().err()).collect();
            assert_eq!((items.len(), errors.len()), (3, 1));
            assert_eq!(errors[0].to_string(), "one\ntwo");
        });
    }
}

#[test]
fn comes_once_from_an_iterator_behind_the_last_record() {
    for shape in Shape::ALL {
        watched(move || {
            let failing = Script::new([
                Step::Frames(vec![packet(1_000, 1, 0)]),
                Step::Fails("the cable is gone"),
            ]);
            let other = || Script::new([Step::Frames(vec![packet(1_000, 2, 0)])]);
            let streamer = shape.over(failing, other).build().unwrap();
            let items: Vec<_> = streamer.into_iter().collect();
            let (last, records) = items.split_last().unwrap();
            let Err(error @ Error::Input { .. }) = last else {
                panic!("{last:?}");
            };
            assert_eq!(error.to_string(), "the cable is gone");
            assert!(!records.is_empty() && records.iter().all(Result::is_ok));
        });
    }
}
