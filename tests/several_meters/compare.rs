//! The output of one meter beside that of several.

use std::convert::Infallible;
use std::io::{self, Cursor};
use std::ops::Range;

use nfstream::capture::{FrameLocation, Frames, Input, PacketSource, Received};
use nfstream::export::{Csv, WriterSink};
use nfstream::{Builder, Dissector, Error, FlowEnd, NFPlugin, Streamer, Summary};

use crate::traffic::{Random, Traffic};

/// How many meters are compared; the output of the first is right by definition.
pub(crate) const METERS: [usize; 5] = [1, 2, 3, 4, 16];

/// What a run has brought.
pub(crate) struct Output {
    pub(crate) csv: Vec<u8>,
    pub(crate) summary: Summary,
    /// What of the input could not be read.
    pub(crate) errors: String,
}

impl Output {
    /// Meters into CSV.
    pub(crate) fn of<P: NFPlugin, D: Dissector>(builder: Builder<P, D>) -> Self {
        Self::of_streamer(builder.build().unwrap())
    }

    /// What a streamer brings.
    pub(crate) fn of_streamer<P: NFPlugin, D: Dissector>(streamer: Streamer<P, D>) -> Self {
        let mut csv = Vec::new();
        let result = streamer.run(WriterSink::new(&mut csv, Csv::default()));
        let (summary, errors) = match result {
            Ok(summary) => (summary, String::new()),
            Err(error) => {
                assert!(matches!(error, Error::Input { .. }), "{error}");
                (error.summary().unwrap().clone(), error.to_string())
            }
        };
        Self {
            csv,
            summary,
            errors,
        }
    }

    pub(crate) fn records(&self, wanted: FlowEnd) -> u64 {
        let mut records = self.summary.records_by_end();
        records.find(|(end, _)| *end == wanted).unwrap().1
    }
}

/// Where two texts differ for the first time, if they do: the number of the line, and both versions of it.
pub(crate) fn difference(expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    let [mut expected, mut found] = [expected, found].map(|text| text.split(|&byte| byte == b'\n'));
    for number in 1.. {
        let lines = (expected.next(), found.next());
        if lines.0 != lines.1 {
            let [expected, found] = [lines.0, lines.1].map(|line| match line {
                Some(line) => String::from_utf8_lossy(line).into_owned(),
                None => "no line".to_owned(),
            });
            return Some(format!(
                "line {number}\n  expected: {expected}\n  found:    {found}"
            ));
        }
    }
    None
}

/// The output of one meter, which is that of several too, and so are the figures of the run.
pub(crate) fn assert_same<P: NFPlugin, D: Dissector>(
    what: &str,
    builder: impl Fn() -> Builder<P, D>,
) -> Output {
    let one = Output::of(builder().n_meters(1));
    let figures = format!("{:?}", one.summary);
    for meters in &METERS[1..] {
        let several = Output::of(builder().n_meters(*meters));
        if let Some(difference) = difference(&one.csv, &several.csv) {
            panic!("{what}: {meters} meters differ from one in {difference}");
        }
        assert_eq!(
            format!("{:?}", several.summary),
            figures,
            "{what}: {meters} meters"
        );
        assert_eq!(several.errors, one.errors, "{what}: {meters} meters");
    }
    let Summary {
        packets_read,
        packets_metered,
        ref packets_ignored,
        ..
    } = one.summary;
    assert_eq!(packets_read, packets_metered + packets_ignored.total());
    one
}

/// A capture that is read from memory.
pub(crate) fn input(capture: impl AsRef<[u8]> + Send + 'static) -> Input {
    Input::reader(Cursor::new(capture), "traffic")
}

/// Meters traffic as a capture file.
pub(crate) fn reading(traffic: &'static Traffic) -> Builder {
    Streamer::builder().source(input(traffic.pcap()))
}

/// Lends traffic in windows of the lengths that `length` tells.
pub(crate) struct Windows<F> {
    traffic: &'static Traffic,
    next: usize,
    length: F,
}

impl<F: FnMut() -> usize> Windows<F> {
    pub(crate) fn new(traffic: &'static Traffic, length: F) -> Self {
        Self {
            traffic,
            next: 0,
            length,
        }
    }
}

impl<F: FnMut() -> usize> PacketSource for Windows<F> {
    type Error = io::Error;

    fn receive(&mut self) -> Result<Received<'_>, io::Error> {
        let rest = self
            .traffic
            .locations()
            .get(self.next..)
            .unwrap_or_default();
        if rest.is_empty() {
            return Ok(Received::End);
        }
        let window: &[FrameLocation] = &rest[..(self.length)().min(rest.len())];
        self.next += window.len();
        Ok(Received::Frames(Frames::new(self.traffic.pcap(), window)))
    }
}

/// Meters traffic window by window.
pub(crate) fn windows(
    traffic: &'static Traffic,
    length: impl FnMut() -> usize + Send + 'static,
) -> Builder {
    Streamer::builder().packet_source(Windows::new(traffic, length))
}

/// Lengths that look random, the same in every run: many around the one below which it is not worth to wake threads (512 packets),
/// some empty, some of several chunks (of 256 frames).
pub(crate) fn any_lengths() -> impl FnMut() -> usize + Send + 'static {
    let mut random = Random::new(8);
    move || {
        let range: Range<u64> = match random.below(6) {
            0 => 0..3,
            1 => 250..260,
            2 => 500..530,
            3 => 600..1_500,
            4 => 1_500..5_000,
            _ => 1..600,
        };
        let length = range.start + random.below(range.end - range.start);
        usize::try_from(length).unwrap()
    }
}

/// What never fails.
pub(crate) type Never = Infallible;

#[test]
fn a_comparison_can_fail() {
    let right = b"id,a\r\n0,x\r\n1,y\r\n";
    assert_eq!(difference(right, right), None);
    let altered = difference(right, b"id,a\r\n0,x\r\n1,z\r\n").unwrap();
    assert_eq!(altered, "line 3\n  expected: 1,y\r\n  found:    1,z\r");
    let swapped = difference(right, b"id,a\r\n1,y\r\n0,x\r\n").unwrap();
    assert!(swapped.starts_with("line 2\n"), "{swapped}");
    let missing = difference(right, b"id,a\r\n0,x\r\n").unwrap();
    assert!(missing.starts_with("line 3\n"), "{missing}");
    let cut = difference(right, &right[..right.len() - 1]).unwrap();
    assert!(cut.ends_with("found:    no line"), "{cut}");
    let more = difference(right, b"id,a\r\n0,x\r\n1,y\r\n2,z\r\n").unwrap();
    assert!(more.contains("found:    2,z\r"), "{more}");
}
