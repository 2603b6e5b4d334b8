//! The servers of a capture, by bytes, in a Polars data frame.
//!
//! The record batches go to Polars as it reads them: as a stream in Arrow's format, in memory.
//!
//! `cargo run --manifest-path examples/polars/Cargo.toml -- capture.pcap`

use std::io::Cursor;

use arrow_array::RecordBatchReader;
use arrow_ipc::writer::StreamWriter;
use nfstream::Streamer;
use polars::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/mixed.pcap".into());

    let batches = Streamer::builder()
        .source(capture)
        .build()?
        .record_batches()?;
    let mut stream = StreamWriter::try_new(Vec::new(), &batches.schema())?;
    for batch in batches {
        stream.write(&batch?)?;
    }

    let flows = IpcStreamReader::new(Cursor::new(stream.into_inner()?)).finish()?;
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
