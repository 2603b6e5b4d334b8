//! The servers of a capture, by bytes, in a Polars data frame.
//!
//! Polars reads Arrow's stream format, which the flows are written in, from memory.
//!
//! `cargo run --manifest-path examples/polars/Cargo.toml -- capture.pcap`

use std::io::Cursor;

use nfstream::Streamer;
use nfstream::export::{Arrow, WriterSink};
use polars::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/mixed.pcap".into());

    let mut stream = Vec::new();
    Streamer::builder()
        .source(capture)
        .build()?
        .run(WriterSink::new(&mut stream, Arrow::stream()))?;

    let flows = IpcStreamReader::new(Cursor::new(stream)).finish()?;
    let servers = flows
        .lazy()
        .group_by([col("dst_ip"), col("dst_port")])
        .agg([len().alias("flows"), col("bidirectional_bytes").sum()])
        .sort_by_exprs(
            [col("bidirectional_bytes"), col("dst_ip"), col("dst_port")],
            SortMultipleOptions::default().with_order_descending_multi([true, false, false]),
        )
        .limit(5)
        .collect()?;
    println!("{servers}");
    Ok(())
}
