//! Writes the flows of a capture as CSV, with statistics and the first packets of each flow.
//!
//! `cargo run --example write_csv -- capture.pcap flows.csv`

use nfstream::Streamer;
use nfstream::export::{Csv, FileSink};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let capture = arguments.next().unwrap_or("tests/data/small.pcap".into());
    let output = arguments.next().unwrap_or("/dev/stdout".into());

    let summary = Streamer::builder()
        .source(capture)
        .statistical_analysis(true)
        .splt_analysis(3)
        .build()?
        .run(FileSink::create(output, Csv::default())?)?;
    eprintln!("{summary}");
    Ok(())
}
