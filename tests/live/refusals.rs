//! What cannot be, and what several sources share.

use std::num::NonZeroU32;

use nfstream::export::{Csv, WriterSink};
use nfstream::flow::FlowKey;
use nfstream::{
    Application, Builder, Dissection, Dissector, Error, FlowEnd, NFPlugin, Packet, Streamer,
};

use crate::script::{Script, Step, packet};
use crate::watchdog::watched;

/// Finds nothing, in two parts at most.
struct TwoParts {
    /// In fact it makes so many.
    parts: usize,
}

impl Dissector for TwoParts {
    type State = ();

    fn start(&mut self, _: &FlowKey) -> Option<()> {
        Some(())
    }

    fn dissect<'a>(&'a mut self, _: &Packet<'_>, (): &'a mut ()) -> Dissection<'a> {
        Dissection::Nothing
    }

    fn finish<'a>(&'a mut self, (): &'a mut ()) -> Application<'a> {
        Application::UNKNOWN
    }

    fn max_parts(&self) -> NonZeroU32 {
        NonZeroU32::new(2).unwrap()
    }

    fn share_out(self, parts: NonZeroU32) -> Vec<Self> {
        let parts = self.parts.min(parts.get() as usize);
        (0..parts).map(|_| Self { parts: 1 }).collect()
    }
}

fn sources(count: u64) -> Builder {
    let source = |number| {
        let flows = (0..8).map(move |flow| packet(1_000 + flow, number * 100 + flow, 0));
        Script::new([Step::Frames(flows.collect())])
    };
    Streamer::builder().packet_sources((0..count).map(source))
}

fn assert_refused<P: NFPlugin, D: Dissector>(builder: Builder<P, D>, parameter: &str, value: &str) {
    match builder.build() {
        Err(Error::Config(error)) => {
            assert_eq!(error.parameter, parameter);
            assert!(error.problem.contains(value), "{error}");
        }
        other => panic!("{parameter}: {other:?}"),
    }
}

#[test]
fn what_cannot_be_is_refused() {
    watched(|| {
        assert_refused(sources(0), "packet_sources", "none");
        assert_refused(sources(2).bpf_filter("udp"), "bpf_filter", "udp");
        assert!(sources(2).bpf_filter("").build().is_ok());
        let ordered = sources(2).order_by_first_timestamp(true);
        assert_refused(ordered, "order_by_first_timestamp", "true");
        assert_refused(sources(2).snapshot_length(0), "snapshot_length", "0");
        assert_refused(sources(2).max_packets(0), "max_packets", "0");
        assert_refused(sources(2).max_active_flows(0), "max_active_flows", "0");
        let dissected = |count, parts| sources(count).dissector(TwoParts { parts });
        assert_refused(dissected(3, 2), "packet_sources", "3");
        // No source is forgotten because a dissector does not keep its word.
        assert_refused(dissected(2, 1), "packet_sources", "2");
        assert_eq!(dissected(2, 2).build().unwrap().meters(), 2);
    });
}

#[test]
fn a_meter_is_there_for_each_source() {
    watched(|| {
        for count in [1, 7] {
            let streamer = sources(count).n_meters(3).build().unwrap();
            assert_eq!(streamer.meters() as u64, count);
            assert_eq!(streamer.into_iter().count() as u64, 8 * count);
        }
    });
}

#[test]
fn the_most_flows_are_shared_out() {
    watched(|| {
        for (most, ended) in [(10, 6), (9, 6), (2, 14), (1, 14), (16, 0)] {
            let streamer = sources(2).max_active_flows(most).build().unwrap();
            let summary = streamer
                .run(WriterSink::new(std::io::sink(), Csv::default()))
                .unwrap();
            let mut records = summary.records_by_end();
            let (_, records) = records.find(|(end, _)| *end == FlowEnd::Resources).unwrap();
            assert_eq!((records, summary.records()), (ended, 16), "{most} flows");
        }
    });
}
