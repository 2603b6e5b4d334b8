//! Prints flows of a network interface as they end, for ten seconds; what goes on is told on standard error.
//!
//! `cargo build --features libpcap --example live && sudo target/debug/examples/live eth0`

use std::time::Duration;

use nfstream::{Interface, Streamer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(name) = std::env::args().nth(1) else {
        println!("give the name of a network interface; `nfstream devices` lists them");
        return Ok(());
    };
    let streamer = Streamer::builder()
        .source(Interface::new(name).filter("ip or ip6"))
        .idle_timeout(Duration::from_secs(2))
        .max_duration(Duration::from_secs(10))
        .performance_report(2)
        .build()?;

    for record in streamer {
        let record = record?;
        let flow = record.flow();
        println!(
            "{} -> {}: {} packets, {} bytes",
            flow.src_ip(),
            flow.dst_ip(),
            flow.bidirectional().packets,
            flow.bidirectional().bytes,
        );
    }
    Ok(())
}
