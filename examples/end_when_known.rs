//! A plugin that ends a flow as soon as its application is known, and tells how many packets that took. What follows of
//! such a connection is another flow, whose application is often unknown, as what told it has passed. It needs the feature `ndpi`, and libndpi.
//!
//! `cargo run --features ndpi --example end_when_known -- capture.pcap`

use nfstream::{Flow, FlowEnd, NFPlugin, Ndpi, Packet, Streamer};

/// Keeps nothing and adds no columns.
#[derive(Clone)]
struct EndWhenKnown;

impl NFPlugin for EndWhenKnown {
    type State = ();
    type Output = ();

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) {
        self.on_update(packet, flow, &mut ());
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, (): &mut ()) {
        if flow.application().is_some_and(|found| !found.is_unknown()) {
            flow.expire();
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, (): ()) {}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/small.pcap".into());

    for record in Streamer::builder()
        .source(capture)
        .dissector(Ndpi::new()?)
        .udps(EndWhenKnown)
        .build()?
    {
        let record = record?;
        let flow = record.flow();
        let packets = flow.bidirectional().packets;
        let name = flow.application().unwrap_or_default().name;
        if record.end == FlowEnd::Forced {
            println!("{:>2}  {name}, known with packet {packets}", record.id);
        } else {
            println!("{:>2}  unknown after {packets} packets", record.id);
        }
    }
    Ok(())
}
