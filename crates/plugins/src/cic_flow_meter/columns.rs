//! The columns, and how each is computed.

use nfstream_derive::Record;

use super::CicFlowMeterState;
use super::moments::{Moments, micros};
use crate::units::{per_second, to_f64};

/// What [`CicFlowMeter`](super::CicFlowMeter) tells of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Record)]
#[non_exhaustive]
pub struct CicFlowMeterColumns {
    /// From the flow's first packet to its last.
    #[column(unit = "us")]
    pub flow_duration: f64,
    /// Payload of both directions.
    #[column(unit = "bytes/s")]
    pub flow_byts_s: Option<f64>,
    /// Packets of both directions.
    #[column(unit = "packets/s")]
    pub flow_pkts_s: Option<f64>,
    /// Packets of the source.
    #[column(unit = "packets/s")]
    pub fwd_pkts_s: Option<f64>,
    /// Packets of the destination.
    #[column(unit = "packets/s")]
    pub bwd_pkts_s: Option<f64>,
    /// Packets of the source.
    #[column(unit = "packets")]
    pub tot_fwd_pkts: u64,
    /// Packets of the destination.
    #[column(unit = "packets")]
    pub tot_bwd_pkts: u64,
    /// Payload of the source.
    #[column(unit = "bytes")]
    pub totlen_fwd_pkts: u64,
    /// Payload of the destination.
    #[column(unit = "bytes")]
    pub totlen_bwd_pkts: u64,
    /// Most payload of a packet of the source.
    #[column(unit = "bytes")]
    pub fwd_pkt_len_max: u64,
    /// Least payload of a packet of the source.
    #[column(unit = "bytes")]
    pub fwd_pkt_len_min: u64,
    /// Mean payload of a packet of the source.
    #[column(unit = "bytes")]
    pub fwd_pkt_len_mean: f64,
    /// Standard deviation of the payload of a packet of the source.
    #[column(unit = "bytes")]
    pub fwd_pkt_len_std: Option<f64>,
    /// Most payload of a packet of the destination.
    #[column(unit = "bytes")]
    pub bwd_pkt_len_max: Option<u64>,
    /// Least payload of a packet of the destination.
    #[column(unit = "bytes")]
    pub bwd_pkt_len_min: Option<u64>,
    /// Mean payload of a packet of the destination.
    #[column(unit = "bytes")]
    pub bwd_pkt_len_mean: Option<f64>,
    /// Standard deviation of the payload of a packet of the destination.
    #[column(unit = "bytes")]
    pub bwd_pkt_len_std: Option<f64>,
    /// Most payload of a packet of either direction.
    #[column(unit = "bytes")]
    pub pkt_len_max: u64,
    /// Least payload of a packet of either direction.
    #[column(unit = "bytes")]
    pub pkt_len_min: u64,
    /// Mean payload of a packet of either direction.
    #[column(unit = "bytes")]
    pub pkt_len_mean: f64,
    /// Standard deviation of the payload of a packet of either direction.
    #[column(unit = "bytes")]
    pub pkt_len_std: Option<f64>,
    /// Variance of the payload of a packet of either direction.
    #[column(unit = "bytes²")]
    pub pkt_len_var: Option<f64>,
    /// Transport headers of the source.
    #[column(unit = "bytes")]
    pub fwd_header_len: u64,
    /// Transport headers of the destination.
    #[column(unit = "bytes")]
    pub bwd_header_len: u64,
    /// The shortest transport header of the source, whatever the name says.
    #[column(unit = "bytes")]
    pub fwd_seg_size_min: u32,
    /// Packets of the source with payload.
    #[column(unit = "packets")]
    pub fwd_act_data_pkts: u64,
    /// Mean time from each packet of the flow to the next.
    #[column(unit = "us")]
    pub flow_iat_mean: Option<f64>,
    /// Longest time from each packet of the flow to the next.
    #[column(unit = "us")]
    pub flow_iat_max: Option<f64>,
    /// Shortest time from each packet of the flow to the next.
    #[column(unit = "us")]
    pub flow_iat_min: Option<f64>,
    /// Standard deviation of the times from each packet of the flow to the next.
    #[column(unit = "us")]
    pub flow_iat_std: Option<f64>,
    /// Sum of the times from each packet of the source to its next.
    #[column(unit = "us")]
    pub fwd_iat_tot: f64,
    /// Mean time from each packet of the source to its next.
    #[column(unit = "us")]
    pub fwd_iat_mean: Option<f64>,
    /// Longest time from each packet of the source to its next.
    #[column(unit = "us")]
    pub fwd_iat_max: Option<f64>,
    /// Shortest time from each packet of the source to its next.
    #[column(unit = "us")]
    pub fwd_iat_min: Option<f64>,
    /// Standard deviation of the times from each packet of the source to its next.
    #[column(unit = "us")]
    pub fwd_iat_std: Option<f64>,
    /// Sum of the times from each packet of the destination to its next.
    #[column(unit = "us")]
    pub bwd_iat_tot: Option<f64>,
    /// Mean time from each packet of the destination to its next.
    #[column(unit = "us")]
    pub bwd_iat_mean: Option<f64>,
    /// Longest time from each packet of the destination to its next.
    #[column(unit = "us")]
    pub bwd_iat_max: Option<f64>,
    /// Shortest time from each packet of the destination to its next.
    #[column(unit = "us")]
    pub bwd_iat_min: Option<f64>,
    /// Standard deviation of the times from each packet of the destination to its next.
    #[column(unit = "us")]
    pub bwd_iat_std: Option<f64>,
    /// Packets of the source with PSH.
    #[column(unit = "packets")]
    pub fwd_psh_flags: u64,
    /// Packets of the destination with PSH.
    #[column(unit = "packets")]
    pub bwd_psh_flags: u64,
    /// Packets of the source with URG.
    #[column(unit = "packets")]
    pub fwd_urg_flags: u64,
    /// Packets of the destination with URG.
    #[column(unit = "packets")]
    pub bwd_urg_flags: u64,
    /// Packets of either direction with FIN.
    #[column(unit = "packets")]
    pub fin_flag_cnt: u64,
    /// Packets of either direction with SYN.
    #[column(unit = "packets")]
    pub syn_flag_cnt: u64,
    /// Packets of either direction with RST.
    #[column(unit = "packets")]
    pub rst_flag_cnt: u64,
    /// Packets of either direction with PSH.
    #[column(unit = "packets")]
    pub psh_flag_cnt: u64,
    /// Packets of either direction with ACK.
    #[column(unit = "packets")]
    pub ack_flag_cnt: u64,
    /// Packets of either direction with URG.
    #[column(unit = "packets")]
    pub urg_flag_cnt: u64,
    /// Packets of either direction with ECE.
    #[column(unit = "packets")]
    pub ece_flag_cnt: u64,
    /// Packets of either direction with CWR, whatever the name says.
    #[column(unit = "packets")]
    pub cwe_flag_count: u64,
    /// Packets of the destination for each one of the source.
    pub down_up_ratio: Option<f64>,
    /// Mean payload of a packet: `pkt_len_mean` again.
    #[column(unit = "bytes")]
    pub pkt_size_avg: f64,
    /// Mean payload of a packet of the source: `fwd_pkt_len_mean` again.
    #[column(unit = "bytes")]
    pub fwd_seg_size_avg: f64,
    /// Mean payload of a packet of the destination: `bwd_pkt_len_mean` again.
    #[column(unit = "bytes")]
    pub bwd_seg_size_avg: Option<f64>,
    /// TCP window of the source's first SYN, which is never scaled.
    #[column(unit = "bytes")]
    pub init_fwd_win_byts: Option<u16>,
    /// TCP window of the destination's first SYN, which is never scaled.
    #[column(unit = "bytes")]
    pub init_bwd_win_byts: Option<u16>,
    /// Longest active period.
    #[column(unit = "us")]
    pub active_max: Option<f64>,
    /// Shortest active period.
    #[column(unit = "us")]
    pub active_min: Option<f64>,
    /// Mean of the active periods.
    #[column(unit = "us")]
    pub active_mean: Option<f64>,
    /// Standard deviation of the active periods.
    #[column(unit = "us")]
    pub active_std: Option<f64>,
    /// Longest idle period.
    #[column(unit = "us")]
    pub idle_max: Option<f64>,
    /// Shortest idle period.
    #[column(unit = "us")]
    pub idle_min: Option<f64>,
    /// Mean of the idle periods.
    #[column(unit = "us")]
    pub idle_mean: Option<f64>,
    /// Standard deviation of the idle periods.
    #[column(unit = "us")]
    pub idle_std: Option<f64>,
    /// Payload of a bulk of the source, on average.
    #[column(unit = "bytes")]
    pub fwd_byts_b_avg: Option<f64>,
    /// Packets of a bulk of the source, on average.
    #[column(unit = "packets")]
    pub fwd_pkts_b_avg: Option<f64>,
    /// Payload of all bulks of the source by the time that they took.
    #[column(unit = "bytes/s")]
    pub fwd_blk_rate_avg: Option<f64>,
    /// Payload of a bulk of the destination, on average.
    #[column(unit = "bytes")]
    pub bwd_byts_b_avg: Option<f64>,
    /// Packets of a bulk of the destination, on average.
    #[column(unit = "packets")]
    pub bwd_pkts_b_avg: Option<f64>,
    /// Payload of all bulks of the destination by the time that they took.
    #[column(unit = "bytes/s")]
    pub bwd_blk_rate_avg: Option<f64>,
    /// Packets of the source by the number of subflows.
    #[column(unit = "packets")]
    pub subflow_fwd_pkts: f64,
    /// Payload of the source by the number of subflows.
    #[column(unit = "bytes")]
    pub subflow_fwd_byts: f64,
    /// Packets of the destination by the number of subflows.
    #[column(unit = "packets")]
    pub subflow_bwd_pkts: f64,
    /// Payload of the destination by the number of subflows.
    #[column(unit = "bytes")]
    pub subflow_bwd_byts: f64,
}

impl CicFlowMeterColumns {
    #[allow(clippy::too_many_lines, reason = "one line a column")]
    pub(super) fn of(state: &CicFlowMeterState) -> Self {
        let CicFlowMeterState { fwd, bwd, .. } = state;
        let duration = state.inter_arrival.sum_nanos();
        let fwd_len = Moments::of_sizes(&fwd.lengths, fwd.packets, fwd.bytes);
        let bwd_len = Moments::of_sizes(&bwd.lengths, bwd.packets, bwd.bytes);
        let len = Moments::of_sizes(
            &fwd.lengths.merged(&bwd.lengths),
            fwd.packets + bwd.packets,
            fwd.bytes + bwd.bytes,
        );
        let [flow_iat, fwd_iat, bwd_iat] =
            [&state.inter_arrival, &fwd.inter_arrival, &bwd.inter_arrival].map(Moments::of_times);
        let (active, idle) = state.periods.end();
        let (active, idle) = (Moments::of_times(&active), Moments::of_times(&idle));
        Self {
            flow_duration: micros(duration),
            flow_byts_s: per_second(fwd.bytes + bwd.bytes, duration),
            flow_pkts_s: per_second(fwd.packets + bwd.packets, duration),
            fwd_pkts_s: per_second(fwd.packets, duration),
            bwd_pkts_s: per_second(bwd.packets, duration),
            tot_fwd_pkts: fwd.packets,
            tot_bwd_pkts: bwd.packets,
            totlen_fwd_pkts: fwd.bytes,
            totlen_bwd_pkts: bwd.bytes,
            fwd_pkt_len_max: fwd_len.max.unwrap_or_default(),
            fwd_pkt_len_min: fwd_len.min.unwrap_or_default(),
            fwd_pkt_len_mean: fwd_len.mean.unwrap_or_default(),
            fwd_pkt_len_std: fwd_len.stddev,
            bwd_pkt_len_max: bwd_len.max,
            bwd_pkt_len_min: bwd_len.min,
            bwd_pkt_len_mean: bwd_len.mean,
            bwd_pkt_len_std: bwd_len.stddev,
            pkt_len_max: len.max.unwrap_or_default(),
            pkt_len_min: len.min.unwrap_or_default(),
            pkt_len_mean: len.mean.unwrap_or_default(),
            pkt_len_std: len.stddev,
            pkt_len_var: len.stddev.map(|stddev| stddev * stddev),
            fwd_header_len: fwd.header_bytes,
            bwd_header_len: bwd.header_bytes,
            fwd_seg_size_min: fwd.min_header_len.unwrap_or_default(),
            fwd_act_data_pkts: fwd.with_payload,
            flow_iat_mean: flow_iat.mean,
            flow_iat_max: flow_iat.max,
            flow_iat_min: flow_iat.min,
            flow_iat_std: flow_iat.stddev,
            fwd_iat_tot: micros(fwd.inter_arrival.sum_nanos()),
            fwd_iat_mean: fwd_iat.mean,
            fwd_iat_max: fwd_iat.max,
            fwd_iat_min: fwd_iat.min,
            fwd_iat_std: fwd_iat.stddev,
            bwd_iat_tot: (bwd.packets > 0).then(|| micros(bwd.inter_arrival.sum_nanos())),
            bwd_iat_mean: bwd_iat.mean,
            bwd_iat_max: bwd_iat.max,
            bwd_iat_min: bwd_iat.min,
            bwd_iat_std: bwd_iat.stddev,
            fwd_psh_flags: fwd.psh,
            bwd_psh_flags: bwd.psh,
            fwd_urg_flags: fwd.urg,
            bwd_urg_flags: bwd.urg,
            fin_flag_cnt: state.flags.fin,
            syn_flag_cnt: state.flags.syn,
            rst_flag_cnt: state.flags.rst,
            psh_flag_cnt: fwd.psh + bwd.psh,
            ack_flag_cnt: state.flags.ack,
            urg_flag_cnt: fwd.urg + bwd.urg,
            ece_flag_cnt: state.flags.ece,
            cwe_flag_count: state.flags.cwr,
            down_up_ratio: quotient(bwd.packets, fwd.packets),
            pkt_size_avg: len.mean.unwrap_or_default(),
            fwd_seg_size_avg: fwd_len.mean.unwrap_or_default(),
            bwd_seg_size_avg: bwd_len.mean,
            init_fwd_win_byts: fwd.initial_window,
            init_bwd_win_byts: bwd.initial_window,
            active_max: active.max,
            active_min: active.min,
            active_mean: active.mean,
            active_std: active.stddev,
            idle_max: idle.max,
            idle_min: idle.min,
            idle_mean: idle.mean,
            idle_std: idle.stddev,
            fwd_byts_b_avg: quotient(fwd.bulks.bytes, fwd.bulks.count),
            fwd_pkts_b_avg: quotient(fwd.bulks.packets, fwd.bulks.count),
            fwd_blk_rate_avg: per_second(fwd.bulks.bytes, fwd.bulks.nanos),
            bwd_byts_b_avg: quotient(bwd.bulks.bytes, bwd.bulks.count),
            bwd_pkts_b_avg: quotient(bwd.bulks.packets, bwd.bulks.count),
            bwd_blk_rate_avg: per_second(bwd.bulks.bytes, bwd.bulks.nanos),
            subflow_fwd_pkts: quotient(fwd.packets, state.subflows).unwrap_or_default(),
            subflow_fwd_byts: quotient(fwd.bytes, state.subflows).unwrap_or_default(),
            subflow_bwd_pkts: quotient(bwd.packets, state.subflows).unwrap_or_default(),
            subflow_bwd_byts: quotient(bwd.bytes, state.subflows).unwrap_or_default(),
        }
    }
}

/// `None` where the divisor is 0.
fn quotient(a: u64, b: u64) -> Option<f64> {
    (b > 0).then(|| to_f64(a) / to_f64(b))
}
