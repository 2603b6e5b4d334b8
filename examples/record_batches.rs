//! Arrow record batches while flows are metered: the bytes of each server, added up column by column. (NFStream: `to_pandas`.)
//!
//! What takes a `RecordBatchReader` can have the batches instead: `DataFusion`, `DuckDB`, Python.
//!
//! `cargo run --features arrow --example record_batches -- capture.pcap`

use std::collections::BTreeMap;

use arrow_array::RecordBatchReader;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use nfstream::Streamer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/mixed.pcap".into());
    let batches = Streamer::builder()
        .source(capture)
        .build()?
        .record_batches()?;

    // Columns are the same in all batches.
    let schema = batches.schema();
    let [address, port, bytes] =
        ["dst_ip", "dst_port", "bidirectional_bytes"].map(|name| schema.index_of(name));
    let (address, port, bytes) = (address?, port?, bytes?);

    let mut servers: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for batch in batches {
        let batch = batch?;
        let addresses = batch.column(address).as_string::<i32>();
        let ports = batch.column(port).as_primitive::<UInt64Type>();
        let bytes = batch.column(bytes).as_primitive::<UInt64Type>();
        for row in 0..batch.num_rows() {
            let server = (addresses.value(row).to_owned(), ports.value(row));
            *servers.entry(server).or_default() += bytes.value(row);
        }
    }

    let mut servers: Vec<_> = servers.into_iter().collect();
    servers.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    for ((address, port), bytes) in servers.iter().take(5) {
        println!("{bytes:>7} bytes  {address} port {port}");
    }
    Ok(())
}
