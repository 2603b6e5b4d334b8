//! Runs that end early, whatever the number of meters.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nfstream::export::{Csv, WriterSink};
use nfstream::flow::FlowRecord;
use nfstream::{
    Builder, Error, Flow, FlowEnd, FlowSink, NFPlugin, Packet, Record, RecordEncoder, Schema,
    sink_fn,
};

use crate::compare::{METERS, Never, Output, any_lengths, difference, reading, windows};
use crate::{churning, filling, traffic};

/// What a sink got: text, one row a record.
type Rows = Vec<String>;

/// A sink that can take so many records and fails with the next, each as a row of its own making.
struct Limited<'a> {
    rows: &'a mut Rows,
    records: usize,
    encodes: bool,
}

impl Limited<'_> {
    fn take(&mut self, row: String) -> Result<(), &'static str> {
        if self.rows.len() == self.records {
            return Err("full");
        }
        self.rows.push(row);
        Ok(())
    }
}

/// A row without its number.
fn columns<O>(record: &FlowRecord<'_, O>) -> String {
    let flow = &record.flow;
    let [source, destination] = [flow.source(), flow.destination()];
    format!(
        "{source:?} {destination:?} {:?} {:?}",
        flow.src2dst(),
        record.end
    )
}

/// Encodes rows.
struct Columns;

impl<O: Record> RecordEncoder<O> for Columns {
    fn encode(&mut self, record: &FlowRecord<'_, O>, row: &mut Vec<u8>) {
        row.extend(columns(record).as_bytes());
    }
}

impl<O: Record> FlowSink<O> for Limited<'_> {
    type Error = &'static str;

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), &'static str> {
        self.take(format!("{} {}", record.id, columns(&record)))
    }

    fn encoder(&self) -> Option<Box<dyn RecordEncoder<O>>> {
        self.encodes.then(|| Box::new(Columns) as _)
    }

    fn encoded(&mut self, id: u64, row: &[u8]) -> Result<(), &'static str> {
        self.take(format!("{id} {}", str::from_utf8(row).unwrap()))
    }

    fn finish(&mut self) -> Result<(), &'static str> {
        Err("finished")
    }
}

#[test]
fn a_sink_that_fails_has_got_all_records_before() {
    for source in [
        || churning(reading(traffic::one_shard())),
        // Some of these are metered one by one.
        || filling(900),
    ] {
        let run = |meters, records, encodes| {
            let mut rows = Rows::new();
            let sink = Limited {
                rows: &mut rows,
                records,
                encodes,
            };
            let result = source().n_meters(meters).build().unwrap().run(sink);
            let Err(error @ Error::Sink { .. }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(error.summary().unwrap().records(), rows.len() as u64);
            (rows, error.to_string())
        };
        let (all, error) = run(1, usize::MAX, false);
        assert_eq!(error, "finished");
        for records in [0, 4_096, all.len()] {
            for (meters, encodes) in METERS
                .into_iter()
                .flat_map(|meters| [(meters, false), (meters, true)])
            {
                let (rows, error) = run(meters, records, encodes);
                assert!(rows == all[..records], "{records} records, {meters} meters");
                let expected = if records == all.len() {
                    "finished"
                } else {
                    "full"
                };
                assert_eq!(error, expected, "{records} records, {meters} meters");
            }
        }
    }
}

/// A disk that is full after so many bytes.
struct Disk {
    bytes: Vec<u8>,
    size: usize,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.size - self.bytes.len());
        self.bytes.extend(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_has_the_rows_before() {
    let all = Output::of(churning(reading(traffic::one_shard())).n_meters(1)).csv;
    let size = all.len() / 3;
    for meters in METERS {
        let mut disk = Disk {
            bytes: Vec::new(),
            size,
        };
        let streamer = churning(reading(traffic::one_shard()))
            .n_meters(meters)
            .build();
        let result = streamer
            .unwrap()
            .run(WriterSink::new(&mut disk, Csv::default()));
        assert!(matches!(result, Err(Error::Sink { .. })), "{result:?}");
        assert_eq!(
            difference(&all[..size], &disk.bytes),
            None,
            "{meters} meters"
        );
    }
}

/// A sink that cannot even begin.
struct Unwilling;

impl<O: Record> FlowSink<O> for Unwilling {
    type Error = &'static str;

    fn begin(&mut self, _schema: &Schema) -> Result<(), &'static str> {
        Err("no")
    }

    fn record(&mut self, record: FlowRecord<'_, O>) -> Result<(), &'static str> {
        panic!("record {} after an error", record.id);
    }
}

#[test]
fn a_sink_that_does_not_begin_gets_nothing() {
    for meters in METERS {
        let streamer = reading(traffic::mixed()).n_meters(meters).build();
        let result = streamer.unwrap().run(Unwilling);
        let Err(error @ Error::Sink { .. }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(error.summary().unwrap().packets_read, 0);
    }
}

/// Panics in the hook and with the flow that it is told.
#[derive(Clone)]
struct Panicking {
    hook: Hook,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hook {
    Init,
    Update,
    Expire,
}

impl Panicking {
    fn hook(&self, hook: Hook, flow: &Flow<'_>) {
        if (hook, flow.src_port()) == (self.hook, self.port) {
            // Nothing is printed, in contrast to `panic!`.
            panic::resume_unwind(Box::new("the plugin's panic"));
        }
    }
}

impl NFPlugin for Panicking {
    type State = ();
    type Output = ();

    fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) {
        self.hook(Hook::Init, flow);
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, _state: &mut ()) {
        self.hook(Hook::Update, flow);
    }

    fn on_expire(&mut self, flow: &Flow<'_>, _state: ()) {
        self.hook(Hook::Expire, flow);
    }
}

/// Whether a run ends with the plugin's panic. One that hangs is given up.
fn panics(builder: Builder<Panicking>) -> bool {
    let streamer = builder.build().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let run = AssertUnwindSafe(|| streamer.run(WriterSink::new(io::sink(), Csv::default())));
        let payload = panic::catch_unwind(run).err();
        let text = payload.and_then(|payload| payload.downcast_ref::<&str>().copied());
        sender.send(text == Some("the plugin's panic")).unwrap();
    });
    let Ok(panicked) = receiver.recv_timeout(Duration::from_mins(2)) else {
        panic!("the run hangs");
    };
    panicked
}

#[test]
fn a_panic_of_a_plugin_is_that_of_the_run() {
    // The elephant's port.
    let port = 1_024 + 5;
    for hook in [Hook::Init, Hook::Update, Hook::Expire] {
        for meters in METERS {
            for builder in [
                churning(reading(traffic::elephant())),
                churning(windows(traffic::elephant(), || 100)),
            ] {
                let builder = builder.udps(Panicking { hook, port });
                assert!(
                    panics(builder.n_meters(meters)),
                    "{hook:?}, {meters} meters"
                );
            }
        }
    }
    let unseen = Panicking {
        hook: Hook::Init,
        port: 1,
    };
    assert!(!panics(
        reading(traffic::elephant()).udps(unseen).n_meters(2)
    ));
}

/// Where runs stood: packets that were read, records, flows that were alive.
type Positions = Arc<Mutex<Vec<[u64; 3]>>>;

/// Meters until so many packets have been read.
pub(crate) fn stopped(builder: Builder, packets: u64) -> (Output, Vec<[u64; 3]>) {
    let streamer = builder.build().unwrap();
    let (handle, positions) = (streamer.stop_handle(), Positions::default());
    let seen = Arc::clone(&positions);
    let streamer = streamer.on_progress(move |progress| {
        let position = [
            progress.packets_read,
            progress.records,
            progress.active_flows,
        ];
        seen.lock().unwrap().push(position);
        if progress.packets_read >= packets {
            handle.stop();
        }
    });
    let output = Output::of_streamer(streamer);
    let positions = positions.lock().unwrap().clone();
    (output, positions)
}

#[test]
fn a_run_that_is_stopped_hands_over_all_flows_so_far() {
    let mut expected = None;
    for meters in METERS {
        let builder = churning(windows(traffic::mixed(), any_lengths()));
        let (output, positions) = stopped(builder.n_meters(meters), 7_000);
        let summary = &output.summary;
        assert!(
            summary.stopped && summary.packets_read < 12_000,
            "{summary}"
        );
        assert_eq!(summary.packets_in_records, summary.packets_metered);
        assert!(output.records(FlowEnd::EndOfInput) > 100, "{summary}");
        assert!(positions.len() > 5);

        let figures = format!("{summary:?}");
        let (csv, ..) = expected
            .get_or_insert_with(|| (output.csv.clone(), figures.clone(), positions.clone()));
        assert_eq!(difference(csv, &output.csv), None, "{meters} meters");
        let (_, first_figures, first_positions) = expected.as_ref().unwrap();
        assert_eq!(first_figures, &figures, "{meters} meters");
        assert_eq!(first_positions, &positions, "{meters} meters");
    }
}

/// How much of a file is read before it is seen that the run is stopped depends on the number of meters, but nothing of what was read is
/// lost.
#[test]
fn a_run_of_a_file_that_is_stopped_hands_over_all_flows_so_far() {
    for meters in METERS {
        let (output, _) = stopped(reading(traffic::crowds()).n_meters(meters), 1);
        let summary = &output.summary;
        assert!(summary.stopped, "{summary}");
        assert!(summary.packets_read < traffic::crowds().len() as u64);
        assert_eq!(summary.packets_in_records, summary.packets_metered);
        let lines = output.csv.split(|&byte| byte == b'\n').count() as u64;
        assert_eq!(lines - 2, summary.records(), "but for head and end");
    }
}

/// A sink that panics, where rows are merged.
#[test]
fn a_panic_of_the_sink_is_that_of_the_run() {
    for meters in METERS {
        let streamer = churning(reading(traffic::mixed())).n_meters(meters).build();
        let sink = sink_fn(|record: FlowRecord<'_, ()>| {
            if record.id == 100 {
                panic::resume_unwind(Box::new("the sink's panic"));
            }
            Ok::<_, Never>(())
        });
        let run = AssertUnwindSafe(|| streamer.unwrap().run(sink));
        let payload = panic::catch_unwind(run).err().unwrap();
        assert_eq!(payload.downcast_ref(), Some(&"the sink's panic"));
    }
}
