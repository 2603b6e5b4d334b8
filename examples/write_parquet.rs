//! Writes the flows of a capture as Parquet, for others to read: addresses are replaced by others that have the same prefixes
//! in common, hardware addresses and ports of clients are hashed.
//!
//! `cargo run --features anonymize,parquet --example write_parquet -- capture.pcap flows.parquet`

use nfstream::Streamer;
use nfstream::export::{AnonymizationKey, Anonymizer, FileSink, Parquet};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let capture = arguments.next().unwrap_or("tests/data/small.pcap".into());
    let output = arguments
        .next()
        .map_or(std::env::temp_dir().join("flows.parquet"), Into::into);

    // Files with one key can be joined. This one is known to all: take AnonymizationKey::random().
    let key = AnonymizationKey::from_bytes([7; 64]);
    let anonymizer = Anonymizer::new(key)
        .prefix_preserving(["src_ip", "dst_ip"])
        .hash(["src_mac", "dst_mac", "src_port"]);

    let sink = FileSink::create(&output, Parquet::default())?.anonymize(anonymizer);
    let streamer = Streamer::builder()
        .source(capture)
        .statistical_analysis(true)
        .build()?;
    let columns = streamer.schema().columns().len();
    let summary = streamer.run(sink)?;
    println!("{} flows, {columns} columns", summary.records());
    Ok(())
}
