//! The SPLT plugin of NFStream's documentation: directions, sizes and inter-arrival times of the first packets.
//!
//! (`nfstream::plugins::Splt` is the same without allocation, and `splt_analysis` has it built in.)
//!
//! `cargo run --example splt_plugin -- capture.pcap`

use nfstream::{
    AccountingMode, Direction, Error, Flow, NFPlugin, Packet, Record, Streamer, Timestamp,
};

#[derive(Clone)]
struct Splt {
    sequence_length: usize,
    accounting_mode: AccountingMode,
}

/// The sequences, and when the last packet was seen.
type State = (Sequences, Timestamp);

#[derive(Record)]
struct Sequences {
    splt_direction: Vec<i64>,
    splt_ps: Vec<i64>,
    splt_piat_ms: Vec<i64>,
}

impl NFPlugin for Splt {
    type State = State;
    type Output = Sequences;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> State {
        let sequences = Sequences {
            splt_direction: vec![-1; self.sequence_length],
            splt_ps: vec![-1; self.sequence_length],
            splt_piat_ms: vec![-1; self.sequence_length],
        };
        let mut state = (sequences, packet.timestamp());
        self.on_update(packet, flow, &mut state);
        state
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut State) {
        let (sequences, last_seen) = state;
        let index = flow.bidirectional().packets as usize - 1;
        if index < self.sequence_length {
            sequences.splt_direction[index] = match packet.direction() {
                Direction::Src2Dst => 0,
                Direction::Dst2Src => 1,
            };
            sequences.splt_ps[index] = packet.size(self.accounting_mode).into();
            // NFStream's delta_time: milliseconds are truncated before they are subtracted.
            let delta_time = packet.timestamp().as_millis() - last_seen.as_millis();
            sequences.splt_piat_ms[index] = delta_time as i64;
        }
        *last_seen = packet.timestamp();
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, (sequences, _): State) -> Sequences {
        sequences
    }
}

fn main() -> Result<(), Error> {
    let capture = std::env::args()
        .nth(1)
        .unwrap_or("tests/data/small.pcap".into());
    let splt = Splt {
        sequence_length: 7,
        accounting_mode: AccountingMode::Ip,
    };

    for record in Streamer::builder().source(capture).udps(splt).build()? {
        let Sequences {
            splt_direction,
            splt_ps,
            splt_piat_ms,
        } = record?.output;
        println!("{splt_direction:?} {splt_ps:?} {splt_piat_ms:?}");
    }
    Ok(())
}
