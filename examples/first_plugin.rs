//! A first plugin: how much of a flow carries no payload, and the end of a flow at its first reset.
//!
//! `cargo run --example first_plugin -- capture.pcap`

use nfstream::{Error, Flow, NFPlugin, Packet, Record, Streamer, TcpFlags};

/// The plugin itself: settings go here.
#[derive(Clone)]
struct EmptyPackets;

/// What it keeps of each flow, inside the flow table.
#[derive(Default)]
struct Counts {
    empty: u64,
    all: u64,
}

/// The columns that it adds: `udps.empty_packets` and `udps.empty_share`.
#[derive(Record)]
struct Columns {
    /// Packets without payload.
    #[column(unit = "packets")]
    empty_packets: u64,
    /// Their share of all packets.
    empty_share: f64,
}

impl NFPlugin for EmptyPackets {
    type State = Counts;
    type Output = Columns;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Counts {
        let mut counts = Counts::default();
        self.on_update(packet, flow, &mut counts);
        counts
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, counts: &mut Counts) {
        counts.all += 1;
        counts.empty += u64::from(packet.payload_size() == 0);
        if packet.tcp_flags().contains(TcpFlags::RST) {
            flow.expire();
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, counts: Counts) -> Columns {
        Columns {
            empty_packets: counts.empty,
            empty_share: counts.empty as f64 / counts.all as f64,
        }
    }
}

fn main() -> Result<(), Error> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/small.pcap".into());

    for record in Streamer::builder()
        .source(capture)
        .udps(EmptyPackets)
        .build()?
    {
        let record = record?;
        let Columns {
            empty_packets,
            empty_share,
        } = record.output;
        let port = record.flow().dst_port();
        println!(
            "port {port}: {empty_packets} empty packets, {:.0} %",
            100.0 * empty_share
        );
    }
    Ok(())
}
