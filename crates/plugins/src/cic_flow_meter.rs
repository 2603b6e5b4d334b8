//! The features of `CICFlowMeter`, as a plugin.

mod bulk;
mod columns;
mod moments;
mod side;

use core::time::Duration;

use nfstream_decode::{Direction, Packet, TcpFlags, Timestamp};
use nfstream_flow::{Flow, NFPlugin};

use crate::periods::{Durations, Periods};

use bulk::Run;
use side::Side;

pub use columns::CicFlowMeterColumns;

/// The features of `CICFlowMeter` under the names of its Python version, computed correctly: what models that were trained
/// on CIC-IDS2017 and its successors ask for, without the errors of the tool that made those data sets.
///
/// *fwd* is src2dst, *bwd* is dst2src.
///
/// # Definitions
///
/// - **Lengths** of packets are those of the transport payload in bytes, as in the original: 0 for protocols other than TCP, UDP and
///   ICMP. Header lengths are those of the transport header.
/// - **Times** are microseconds with fractions, computed from nanoseconds, whatever the unit of the built-in columns. Rates are per
///   second.
/// - **Standard deviations** and the variance are those of a sample (divisor n − 1), as in the original (the Python version
///   divides by n), and null for fewer than two values.
/// - **Undefined is null**: a rate of a flow without duration, a mean of nothing. There is no NaN and no infinity.
/// - **Active and idle**: a gap of more than 5 s between two packets of the flow is an idle period; what lies between two of
///   those, before the first or behind the last, is an active period, as in [`ActiveIdle`](crate::ActiveIdle).
/// - **Subflows** are what gaps of more than 1 s divide the flow into: one more than there are such gaps.
/// - **Bulks**: at least four packets with payload in one direction, each at most 1 s after the one before, without payload
///   of the other direction in between. A bulk lasts from its first packet to its last.
/// - **Flags** count packets.
///
/// # Errors of the original
///
/// These are known of `CICFlowMeter`; here each is right. Some concern what makes a flow, which is not this plugin's task.
///
/// | | `CICFlowMeter` | here |
/// |---|---|---|
/// | 1 | counts the first packet's length twice | once: lengths add up to the payload bytes |
/// | 2 | compares addresses by reference, so that all bulks are backward | by direction |
/// | 3 | counts PSH and URG by direction for the first packet only | for every packet |
/// | 4 | overwrites the backward initial window with each packet | windows are those of the SYNs; null where none was seen |
/// | 5 | leaves the first packet out of the packets with payload | counts it |
/// | 6 | divides integers for ratio, subflows and bulks, and counts subflows from 0 | floating-point division, and the first subflow counts |
/// | 7 | updates active and idle periods twice, at first with points in time | one state machine, durations |
/// | 8 | writes times with hours of a 12-hour clock | built-in columns have milliseconds since 1970 |
/// | 9 | NaN or infinite rates of flows without duration | null |
/// | 10 | has a column twice | names are unique |
/// | 11 | ends a flow 120 s after its start, which it calls its timeout | idle and active timeout are the flow table's, and apart |
/// | 12 | asks for the FINs of one direction twice | the FINs of both count |
/// | 13 | drops the packets of an end that has sent FIN | all packets of the flow count |
/// | 14 | drops flows of one packet | they are flows |
/// | 15 | writes the header twice | sinks write it once |
/// | 16 | has milliseconds for IPv6, microseconds for IPv4 | nanoseconds for both |
/// | 17 | takes the length of TCP's header for UDP over IPv6, and has no flags there | the same as over IPv4 |
/// | 18 | calls other protocols 0 | their number |
/// | 19 | ignores RST | counts it; what ends a flow is up to the flow table |
/// | 20 | keeps all packets of a flow | sums of fixed size |
///
/// # Columns
///
/// Those of [`CicFlowMeterColumns`], as `udps.<name>`.
///
/// # Cost
///
/// The state is 656 bytes a flow; nothing allocates. Sums are exact integers, and rounding begins when the flow has ended.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTable, FlowTableConfig};
/// use nfstream_plugins::CicFlowMeter;
///
/// let table = FlowTable::new(&FlowTableConfig::default(), CicFlowMeter);
/// # assert_eq!(table.active_flows(), 0);
/// ```
///
/// # Source
///
/// A. H. Lashkari and others, `CICFlowMeter`; errors: G. Engelen, V. Rimmer, W. Joosen, *Troubleshooting an intrusion detection
/// dataset: the CICIDS2017 case study*, WTMC 2021; A. Rosay and others, *From CIC-IDS2017 to LYCOS-IDS2017: a corrected dataset
/// for better performance*, WI-IAT 2021; M. Lanvin and others, *Errors in the CICIDS2017 dataset and the significant
/// differences in detection performances it makes*, `CRiSIS` 2022.
#[derive(Clone, Copy, Debug, Default)]
pub struct CicFlowMeter;

impl CicFlowMeter {
    /// Longer gaps are idle.
    const IDLE: Duration = Duration::from_secs(5);
    /// Longer gaps divide subflows, and end bulks.
    const PAUSE: Duration = Duration::from_secs(1);
}

/// What [`CicFlowMeter`] keeps of a flow.
#[derive(Clone, Copy, Debug)]
pub struct CicFlowMeterState {
    fwd: Side,
    bwd: Side,
    last_seen: Timestamp,
    inter_arrival: Durations,
    periods: Periods,
    subflows: u64,
    run: Run,
    flags: FlagCounts,
}

const _: () = assert!(
    size_of::<CicFlowMeterState>() == 656,
    "a million flows take 656 MB more"
);

/// Packets of both directions by flag; PSH and URG are counted by direction.
#[derive(Clone, Copy, Debug, Default)]
struct FlagCounts {
    fin: u64,
    syn: u64,
    rst: u64,
    ack: u64,
    ece: u64,
    cwr: u64,
}

impl FlagCounts {
    fn add(&mut self, flags: TcpFlags) {
        for (count, flag) in [
            (&mut self.fin, TcpFlags::FIN),
            (&mut self.syn, TcpFlags::SYN),
            (&mut self.rst, TcpFlags::RST),
            (&mut self.ack, TcpFlags::ACK),
            (&mut self.ece, TcpFlags::ECE),
            (&mut self.cwr, TcpFlags::CWR),
        ] {
            *count += u64::from(flags.contains(flag));
        }
    }
}

impl CicFlowMeterState {
    fn new(first_seen: Timestamp) -> Self {
        Self {
            fwd: Side::default(),
            bwd: Side::default(),
            last_seen: first_seen,
            inter_arrival: Durations::default(),
            periods: Periods::start(first_seen),
            subflows: 1,
            run: Run::default(),
            flags: FlagCounts::default(),
        }
    }

    /// All that a packet changes, but times from one to the next.
    fn add(&mut self, packet: &Packet<'_>) {
        self.flags.add(packet.tcp_flags());
        let side = match packet.direction() {
            Direction::Src2Dst => &mut self.fwd,
            Direction::Dst2Src => &mut self.bwd,
        };
        side.add(packet);
        if packet.payload_size() > 0 {
            self.run.add(packet, CicFlowMeter::PAUSE, &mut side.bulks);
        }
    }
}

impl NFPlugin for CicFlowMeter {
    type State = CicFlowMeterState;
    type Output = CicFlowMeterColumns;

    fn on_init(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>) -> CicFlowMeterState {
        let mut state = CicFlowMeterState::new(packet.timestamp());
        state.add(packet);
        state
    }

    fn on_update(
        &mut self,
        packet: &Packet<'_>,
        _flow: &mut Flow<'_>,
        state: &mut CicFlowMeterState,
    ) {
        let now = packet.timestamp();
        state.inter_arrival.add(state.last_seen, now);
        state.subflows += u64::from(now.saturating_since(state.last_seen) > Self::PAUSE);
        state.periods.add(now, Self::IDLE);
        state.last_seen = now;
        state.add(packet);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, state: CicFlowMeterState) -> CicFlowMeterColumns {
        CicFlowMeterColumns::of(&state)
    }
}

#[cfg(test)]
mod tests;
