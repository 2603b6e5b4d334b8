//! Prints the application of each flow, and the server that was asked for. It needs the feature `ndpi`, and libndpi.
//!
//! `cargo run --features ndpi --example applications -- capture.pcap`

use nfstream::{Ndpi, Streamer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/mixed.pcap".into());

    for record in Streamer::builder()
        .source(capture)
        .dissector(Ndpi::new()?)
        .build()?
    {
        let record = record?;
        let application = record.flow().application().unwrap_or_default();
        let (name, category) = (application.name, application.category);
        let server = application.server_name;
        println!("{:>2}  {name} ({category})  {server}", record.id);
    }
    Ok(())
}
