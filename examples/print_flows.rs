//! Prints the flows of a capture.
//!
//! `cargo run --example print_flows -- capture.pcap`

use nfstream::{Error, Streamer};

fn main() -> Result<(), Error> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/small.pcap".into());

    for record in Streamer::builder().source(capture).build()? {
        let record = record?;
        let flow = record.flow();
        let both = flow.bidirectional();
        println!(
            "{:>2}  {}:{} -> {}:{}  protocol {}  {} packets  {} bytes  {}",
            record.id,
            flow.src_ip(),
            flow.src_port(),
            flow.dst_ip(),
            flow.dst_port(),
            flow.protocol(),
            both.packets,
            both.bytes,
            record.end.name(),
        );
    }
    Ok(())
}
