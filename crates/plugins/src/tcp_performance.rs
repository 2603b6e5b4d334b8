//! Round-trip times, retransmissions and reordering of TCP, as a plugin.

mod options;
mod round_trip;
mod sender;
mod sequence;

use nfstream_decode::{Direction, Packet, TcpFlags, TcpHeader};
use nfstream_derive::Record;
use nfstream_flow::{Flow, NFPlugin};

use sender::{Segment, Sender};

/// How well TCP does, as one who listens in between can tell: round-trip times to both ends, retransmissions, reordering,
/// closed windows, and what the ends agreed on when they met.
///
/// All is told from sequence and acknowledgment numbers (RFC 9293), which wrap around (RFC 1982), and from the length that
/// the IP header gives, so a snaplen that leaves the TCP header is enough. Segments that segmentation offload has put
/// together count as one packet. Where the start of a connection was not captured, what belongs to it is null and the
/// rest is told all the same.
///
/// # Round-trip times
///
/// From a segment to the acknowledgment that ends exactly with it: `dst_…` from here to the flow's destination and back,
/// `src_…` from here to its source and back. The sum of both is the whole round trip. An end that delays acknowledgments
/// (RFC 9293 §3.8.6.3) takes up to 500 ms longer; the minimum is the best estimate of the path.
/// Times are those of the flow, which never run backwards: where a capture's do, a sample may be 0.
///
/// No sample is taken of what may have been sent twice (Karn's algorithm, RFC 6298 §3): a retransmission or reordering
/// discards the samples that wait in its direction. Each direction measures up to four segments at a time; segments beyond
/// are not measured.
///
/// The handshake's samples are those of the SYNs: of the first, acknowledged by SYN and ACK (or by RST and ACK, where the port
/// is closed), and of the second, acknowledged by the last ACK of the handshake. Null where a SYN was sent twice.
///
/// # Retransmitted and out of order
///
/// A segment that begins before the end of what its sender has sent so far is a *retransmission*, or *out of order*:
/// the latter, if all of it lies in a gap that was seen less than a round trip ago, since no sender can react faster. The
/// round trip is that of the handshake; 3 ms, where that is unknown. A segment that fills an older gap is a retransmission
/// of what was lost before it came here. Up to four gaps are known for each direction; more replace the oldest. SYNs and
/// FINs that come twice are retransmissions of no bytes.
///
/// Neither are keep-alives (RFC 9293 §3.8.4: up to one byte, the last one that has been acknowledged), nor probes of a closed
/// window (§3.8.6.1: one byte, the next one), nor segments with RST, nor what lies further away than the largest window
/// (2^30 bytes, RFC 7323 §2.3), which cannot belong to the connection. A SYN with a new sequence number is a new connection.
///
/// # Columns
///
/// All are null for flows of other protocols, and where no well-formed TCP header was captured. Each in two variants:
///
/// | column | unit | what it tells |
/// |---|---|---|
/// | `udps.{dst,src}_handshake_rtt_us` | us | round-trip time of the SYN that was sent there |
/// | `udps.{dst,src}_rtt_samples` | samples | how many segments with payload were measured on their way there |
/// | `udps.{dst,src}_min_rtt_us`, `…_mean_rtt_us`, `…_max_rtt_us` | us | their round-trip times |
/// | `udps.{src2dst,dst2src}_retransmitted_packets`, `…_bytes` | packets, bytes | retransmissions, and the payload in them that had been sent before |
/// | `udps.{src2dst,dst2src}_out_of_order_packets` | packets | packets that came late |
/// | `udps.{src2dst,dst2src}_zero_window_packets` | packets | packets whose sender takes no data; without SYN, FIN and RST |
/// | `udps.{src2dst,dst2src}_duplicate_acks` | packets | duplicate acknowledgments as RFC 5681 §2 defines them |
/// | `udps.{src2dst,dst2src}_initial_window_bytes` | bytes | the window of the sender's first SYN, which is never scaled |
/// | `udps.{src2dst,dst2src}_mss_bytes` | bytes | the largest segment that it takes, by its SYN |
/// | `udps.{src2dst,dst2src}_window_scale` | | the shift count of its window, by its SYN |
///
/// # Cost
///
/// The state is 520 bytes a flow; nothing allocates.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTable, FlowTableConfig};
/// use nfstream_plugins::TcpPerformance;
///
/// let table = FlowTable::new(&FlowTableConfig::default(), TcpPerformance);
/// # assert_eq!(table.active_flows(), 0);
/// ```
///
/// # Source
///
/// S. Jaiswal, G. Iannaccone, C. Diot, J. Kurose, D. Towsley: *Measurement and classification of out-of-sequence packets in a
/// tier-1 IP backbone*, IEEE/ACM Transactions on Networking 15 (1), 2007.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpPerformance;

/// The shortest TCP header (RFC 9293 §3.1).
const MIN_HEADER_LEN: u8 = 20;

/// What [`TcpPerformance`] keeps of a flow.
#[derive(Clone, Copy, Debug, Default)]
pub struct TcpPerformanceState {
    src: Sender,
    dst: Sender,
    is_tcp: bool,
}

const _: () = assert!(
    size_of::<TcpPerformanceState>() == 520,
    "a million flows take 520 MB more"
);

/// What [`TcpPerformance`] tells of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Record)]
#[non_exhaustive]
pub struct TcpPerformanceColumns {
    /// Round-trip time to the destination, of the SYN.
    #[column(unit = "us")]
    pub dst_handshake_rtt_us: Option<u64>,
    /// Round-trip time to the source, of the SYN.
    #[column(unit = "us")]
    pub src_handshake_rtt_us: Option<u64>,
    /// Segments with payload whose round trip to the destination was measured.
    #[column(unit = "samples")]
    pub dst_rtt_samples: Option<u64>,
    /// Shortest round-trip time to the destination.
    #[column(unit = "us")]
    pub dst_min_rtt_us: Option<u64>,
    /// Mean round-trip time to the destination.
    #[column(unit = "us")]
    pub dst_mean_rtt_us: Option<f64>,
    /// Longest round-trip time to the destination.
    #[column(unit = "us")]
    pub dst_max_rtt_us: Option<u64>,
    /// Segments with payload whose round trip to the source was measured.
    #[column(unit = "samples")]
    pub src_rtt_samples: Option<u64>,
    /// Shortest round-trip time to the source.
    #[column(unit = "us")]
    pub src_min_rtt_us: Option<u64>,
    /// Mean round-trip time to the source.
    #[column(unit = "us")]
    pub src_mean_rtt_us: Option<f64>,
    /// Longest round-trip time to the source.
    #[column(unit = "us")]
    pub src_max_rtt_us: Option<u64>,
    /// Retransmissions from source to destination.
    #[column(unit = "packets")]
    pub src2dst_retransmitted_packets: Option<u64>,
    /// Payload from source to destination that had been sent before.
    #[column(unit = "bytes")]
    pub src2dst_retransmitted_bytes: Option<u64>,
    /// Packets from source to destination that came late.
    #[column(unit = "packets")]
    pub src2dst_out_of_order_packets: Option<u64>,
    /// Packets of the source by which it takes no data.
    #[column(unit = "packets")]
    pub src2dst_zero_window_packets: Option<u64>,
    /// Duplicate acknowledgments of the source.
    #[column(unit = "packets")]
    pub src2dst_duplicate_acks: Option<u64>,
    /// Window of the source's first SYN.
    #[column(unit = "bytes")]
    pub src2dst_initial_window_bytes: Option<u16>,
    /// Largest segment that the source takes, by its SYN.
    #[column(unit = "bytes")]
    pub src2dst_mss_bytes: Option<u16>,
    /// Shift count of the source's window, by its SYN.
    pub src2dst_window_scale: Option<u8>,
    /// Retransmissions from destination to source.
    #[column(unit = "packets")]
    pub dst2src_retransmitted_packets: Option<u64>,
    /// Payload from destination to source that had been sent before.
    #[column(unit = "bytes")]
    pub dst2src_retransmitted_bytes: Option<u64>,
    /// Packets from destination to source that came late.
    #[column(unit = "packets")]
    pub dst2src_out_of_order_packets: Option<u64>,
    /// Packets of the destination by which it takes no data.
    #[column(unit = "packets")]
    pub dst2src_zero_window_packets: Option<u64>,
    /// Duplicate acknowledgments of the destination.
    #[column(unit = "packets")]
    pub dst2src_duplicate_acks: Option<u64>,
    /// Window of the destination's first SYN.
    #[column(unit = "bytes")]
    pub dst2src_initial_window_bytes: Option<u16>,
    /// Largest segment that the destination takes, by its SYN.
    #[column(unit = "bytes")]
    pub dst2src_mss_bytes: Option<u16>,
    /// Shift count of the destination's window, by its SYN.
    pub dst2src_window_scale: Option<u8>,
}

impl NFPlugin for TcpPerformance {
    type State = TcpPerformanceState;
    type Output = TcpPerformanceColumns;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> TcpPerformanceState {
        let mut state = TcpPerformanceState::default();
        self.on_update(packet, flow, &mut state);
        state
    }

    fn on_update(
        &mut self,
        packet: &Packet<'_>,
        _flow: &mut Flow<'_>,
        state: &mut TcpPerformanceState,
    ) {
        let is_well_formed = |header: &TcpHeader<'_>| header.header_len >= MIN_HEADER_LEN;
        let Some(header) = packet.tcp().filter(is_well_formed) else {
            return;
        };
        state.is_tcp = true;
        let segment = Segment {
            time: packet.timestamp(),
            flags: packet.tcp_flags(),
            payload_size: packet.payload_size(),
            header,
        };
        let round_trip = state.handshake_nanos();
        let (sender, receiver) = match packet.direction() {
            Direction::Src2Dst => (&mut state.src, &mut state.dst),
            Direction::Dst2Src => (&mut state.dst, &mut state.src),
        };
        if segment.flags.contains(TcpFlags::ACK) {
            receiver.acknowledged(&segment);
        }
        sender.sends(&segment, receiver, round_trip);
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, state: TcpPerformanceState) -> TcpPerformanceColumns {
        let TcpPerformanceState { src, dst, is_tcp } = state;
        if !is_tcp {
            return TcpPerformanceColumns::default();
        }
        // What the source sends travels to the destination and back.
        let (to_dst, to_src) = (src.round_trip(), dst.round_trip());
        TcpPerformanceColumns {
            dst_handshake_rtt_us: to_dst.handshake_us(),
            src_handshake_rtt_us: to_src.handshake_us(),
            dst_rtt_samples: Some(to_dst.samples()),
            dst_min_rtt_us: to_dst.min_us(),
            dst_mean_rtt_us: to_dst.mean_us(),
            dst_max_rtt_us: to_dst.max_us(),
            src_rtt_samples: Some(to_src.samples()),
            src_min_rtt_us: to_src.min_us(),
            src_mean_rtt_us: to_src.mean_us(),
            src_max_rtt_us: to_src.max_us(),
            src2dst_retransmitted_packets: Some(src.counts.retransmitted_packets),
            src2dst_retransmitted_bytes: Some(src.counts.retransmitted_bytes),
            src2dst_out_of_order_packets: Some(src.counts.out_of_order_packets),
            src2dst_zero_window_packets: Some(src.counts.zero_window_packets),
            src2dst_duplicate_acks: Some(src.counts.duplicate_acks),
            src2dst_initial_window_bytes: src.initial_window(),
            src2dst_mss_bytes: src.options().max_segment_size,
            src2dst_window_scale: src.options().window_scale,
            dst2src_retransmitted_packets: Some(dst.counts.retransmitted_packets),
            dst2src_retransmitted_bytes: Some(dst.counts.retransmitted_bytes),
            dst2src_out_of_order_packets: Some(dst.counts.out_of_order_packets),
            dst2src_zero_window_packets: Some(dst.counts.zero_window_packets),
            dst2src_duplicate_acks: Some(dst.counts.duplicate_acks),
            dst2src_initial_window_bytes: dst.initial_window(),
            dst2src_mss_bytes: dst.options().max_segment_size,
            dst2src_window_scale: dst.options().window_scale,
        }
    }
}

impl TcpPerformanceState {
    /// The whole round trip, by the handshake.
    fn handshake_nanos(&self) -> Option<u64> {
        let [to_dst, to_src] =
            [&self.src, &self.dst].map(|sender| sender.round_trip().handshake_nanos());
        Some(to_dst?.saturating_add(to_src?))
    }
}

#[cfg(test)]
mod tests;
