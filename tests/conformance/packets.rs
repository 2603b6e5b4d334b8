//! The packets that our plugins see, held against NFStream's packet dumps, field by field.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use nfstream::{Direction, Error, Flow, NFPlugin, Packet, Streamer, sink_fn};

use crate::corpus::Corpus;
use crate::difference::{Pair, pairs};
use crate::dump::{Row, crc32, table};
use crate::golden::{Comparison, Table};
use crate::nfstream::TcpFlags;

/// Notes every packet as a row of NFStream's dumps.
#[derive(Clone, Default)]
struct Dump {
    rows: Arc<Mutex<Vec<Row>>>,
    flows: usize,
}

/// Number of the flow, and the time of its last packet in milliseconds.
type State = (usize, u64);

impl NFPlugin for Dump {
    type State = State;
    type Output = ();

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> State {
        let mut state = (self.flows, packet.timestamp().as_millis());
        self.flows += 1;
        self.on_update(packet, flow, &mut state);
        state
    }

    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut State) {
        let time = packet.timestamp().as_millis();
        let direction = u8::from(packet.direction() == Direction::Dst2Src);
        // NFStream shows the flow's hardware addresses, turned with the direction (D23).
        let (src_mac, dst_mac) = match packet.direction() {
            Direction::Src2Dst => (flow.src_mac(), flow.dst_mac()),
            Direction::Dst2Src => (flow.dst_mac(), flow.src_mac()),
        };
        let mut rows = self.rows.lock().unwrap();
        let mut row = Row::default();
        row.cell("n", rows.len());
        row.cell("flow", state.0);
        row.cell("time", time);
        row.cell("delta_time", time - state.1);
        row.cell("direction", direction);
        row.cell("raw_size", packet.raw_size());
        row.cell("ip_size", packet.ip_size());
        row.cell("transport_size", packet.transport_size());
        row.cell("payload_size", packet.payload_size());
        row.cell("src_ip", packet.src_ip());
        row.mac("src", src_mac.0);
        row.cell("dst_ip", packet.dst_ip());
        row.mac("dst", dst_mac.0);
        row.cell("src_port", packet.src_port());
        row.cell("dst_port", packet.dst_port());
        row.cell("protocol", packet.protocol());
        row.cell("vlan_id", packet.vlan_id());
        row.cell("ip_version", packet.ip_version());
        for (name, mask) in TcpFlags::COLUMNS {
            row.cell(name, u8::from(packet.tcp_flags().bits() & mask != 0));
        }
        row.cell("tunnel_id", packet.tunnel().id());
        row.cell("ip_packet_len", packet.ip_packet().len());
        row.cell("ip_packet_crc32", crc32(packet.ip_packet()));
        rows.push(row);
        state.1 = time;
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, _state: State) {}
}

fn dump(path: &PathBuf, decode_tunnels: bool) -> Table {
    let dump = Dump::default();
    let rows = Arc::clone(&dump.rows);
    // One meter: the plugin numbers all flows.
    let builder = Streamer::builder()
        .n_meters(1)
        .source(path)
        .decode_tunnels(decode_tunnels)
        .udps(dump);
    match builder
        .build()
        .unwrap()
        .run(sink_fn(|_| Ok::<_, io::Error>(())))
    {
        Ok(_) | Err(Error::Input { .. }) => {}
        Err(error) => panic!("{}: {error}", path.display()),
    }
    let rows = rows.lock().unwrap();
    table(rows.iter().cloned())
}

/// Columns that other packets of the capture decide too.
const OF_FLOW: [&str; 8] = [
    "flow",
    "time",
    "delta_time",
    "direction",
    "src_mac",
    "src_oui",
    "dst_mac",
    "dst_oui",
];

/// Leaves only the packets that both see alike, numbered anew on both sides.
fn alike(pairs: &[Pair], golden: &Table, ours: &Table) -> (Table, Table) {
    let (mut both, mut next) = ((Table::default(), Table::default()), (0, 0));
    both.0.columns.clone_from(&golden.columns);
    both.1.columns.clone_from(&ours.columns);
    for pair in pairs {
        if pair.difference.is_none() && pair.ours.is_some() {
            for (table, from, row) in [(&mut both.0, golden, next.0), (&mut both.1, ours, next.1)] {
                let mut cells = from.rows[row].clone();
                cells[from.column("n").unwrap()] = table.rows.len().to_string();
                table.rows.push(cells);
            }
        }
        next.0 += usize::from(pair.model.is_some());
        next.1 += usize::from(pair.ours.is_some());
    }
    both
}

#[test]
fn packets_of_plugins() -> io::Result<()> {
    let Some(corpus) = Corpus::open()? else {
        return Ok(());
    };
    let names = corpus.packet_dump_names()?;
    for (configuration, decode_tunnels) in [("pk", true), ("pk4", false)] {
        let (mut captures, mut equal_captures, mut packets, mut equal, mut explained) =
            (0, 0, 0, 0, 0);
        for capture in corpus
            .captures()?
            .iter()
            .filter(|capture| names.contains(&capture.name))
        {
            let Some(golden) = corpus.golden(configuration, &capture.name)? else {
                continue;
            };
            let ours = dump(&capture.path, decode_tunnels);
            let pairs = pairs(&capture.path, decode_tunnels)?;
            let mut excused = BTreeSet::new();
            if pairs.iter().any(|pair| pair.difference.is_some()) {
                // One packet more or less moves the numbers of flows, the clock and which packet is a flow's first.
                excused.extend(OF_FLOW.map(str::to_owned));
            }
            let (golden_alike, ours_alike) = alike(&pairs, &golden, &ours);
            let comparison = Comparison::of(&golden_alike, &ours_alike, &excused);
            let shown = comparison.differing.first();
            assert!(
                comparison.is_equal(),
                "{configuration} {}: {shown:?}",
                capture.name
            );
            captures += 1;
            equal_captures += usize::from(excused.is_empty());
            packets += golden.rows.len();
            equal += comparison.equal;
            explained += golden.rows.len() - golden_alike.rows.len();
        }
        writeln!(
            io::stderr(),
            "{configuration}: {equal_captures} of {captures} captures equal, {equal} of {packets} packets equal; {explained} explained"
        )?;
    }
    Ok(())
}
