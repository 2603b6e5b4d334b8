mod naive;

use core::net::{IpAddr, Ipv4Addr};

use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_decode::{PacketFields, protocol};
use nfstream_flow::features::TimeUnit;
use nfstream_flow::record::Record;
use nfstream_flow::{FlowTableConfig, Schema};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::{assert_allocates, meter, packet};

const SYN: TcpFlags = TcpFlags::SYN;
const ACK: TcpFlags = TcpFlags::ACK;
const FIN: TcpFlags = TcpFlags::FIN;
const PSH: TcpFlags = TcpFlags::PSH;
const URG: TcpFlags = TcpFlags::URG;
const NONE: TcpFlags = TcpFlags::from_bits(0);

/// A TCP header with a window of 7 × 256.
const WINDOW_1792: &[u8] = &[
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0, 7, 0, 0, 0, 0, 0,
];
/// A TCP header with a window of 512.
const WINDOW_512: &[u8] = &[
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0, 2, 0, 0, 0, 0, 0,
];

/// A TCP packet with a header of 20 bytes.
fn tcp(
    micros: u64,
    direction: Direction,
    tcp_flags: TcpFlags,
    payload_size: u32,
) -> PacketFields<'static> {
    PacketFields {
        protocol: protocol::TCP,
        tcp_flags,
        transport_size: payload_size + 20,
        payload_size,
        transport: WINDOW_1792,
        ..packet(micros * 1_000, direction, payload_size + 54)
    }
}

/// Of the only flow.
fn tell(packets: &[PacketFields<'_>]) -> CicFlowMeterColumns {
    let records = meter(&FlowTableConfig::default(), CicFlowMeter, packets);
    assert_eq!(records.len(), 1);
    records[0].output
}

#[test]
fn error_01_the_first_length_counts_once() {
    let columns = tell(&[
        tcp(0, Src2Dst, ACK, 100),
        tcp(1, Dst2Src, ACK, 200),
        tcp(2, Dst2Src, ACK, 600),
    ]);
    assert_eq!(
        (columns.totlen_fwd_pkts, columns.totlen_bwd_pkts),
        (100, 800)
    );
    assert_eq!((columns.pkt_len_mean, columns.pkt_size_avg), (300.0, 300.0));
    assert!((columns.pkt_len_var.unwrap() - 70_000.0).abs() < 1e-6);
    assert_eq!((columns.pkt_len_min, columns.pkt_len_max), (100, 600));
}

#[test]
fn error_02_bulks_belong_to_their_direction() {
    let mut packets: Vec<_> = (0..5)
        .map(|number| tcp(number * 500_000, Src2Dst, ACK, 1_000))
        .collect();
    // No payload, so no interruption.
    packets.insert(3, tcp(1_000_000, Dst2Src, ACK, 0));
    // Too few.
    packets.extend((0..3).map(|number| tcp(2_000_001 + number, Dst2Src, ACK, 1)));
    let columns = tell(&packets);
    assert_eq!(columns.fwd_byts_b_avg, Some(5_000.0));
    assert_eq!(columns.fwd_pkts_b_avg, Some(5.0));
    assert_eq!(columns.fwd_blk_rate_avg, Some(2_500.0));
    assert_eq!(
        (
            columns.bwd_byts_b_avg,
            columns.bwd_pkts_b_avg,
            columns.bwd_blk_rate_avg
        ),
        (None, None, None)
    );
}

#[test]
fn a_pause_or_the_other_direction_ends_a_bulk() {
    let four = |from: u64| (0..4).map(move |number| tcp(from + number, Src2Dst, ACK, 10));
    let bulks = |second: u64, between: Option<PacketFields<'static>>| {
        let packets: Vec<_> = four(0).chain(between).chain(four(second)).collect();
        tell(&packets).fwd_pkts_b_avg
    };
    assert_eq!(bulks(1_000_003, None), Some(8.0), "a second later");
    assert_eq!(
        bulks(1_000_004, None),
        Some(4.0),
        "more than a second later"
    );
    assert_eq!(bulks(10, Some(tcp(5, Dst2Src, ACK, 1))), Some(4.0));
}

#[test]
fn error_03_psh_and_urg_are_counted_in_each_packet() {
    let columns = tell(&[
        tcp(0, Src2Dst, ACK, 0),
        tcp(1, Src2Dst, PSH | ACK, 1),
        tcp(2, Src2Dst, PSH | URG, 1),
        tcp(3, Dst2Src, URG, 1),
    ]);
    assert_eq!((columns.fwd_psh_flags, columns.bwd_psh_flags), (2, 0));
    assert_eq!((columns.fwd_urg_flags, columns.bwd_urg_flags), (1, 1));
    assert_eq!((columns.psh_flag_cnt, columns.urg_flag_cnt), (2, 2));
}

#[test]
fn error_04_initial_windows_are_those_of_the_handshake() {
    let other = |fields| PacketFields {
        transport: WINDOW_512,
        ..fields
    };
    let columns = tell(&[
        tcp(0, Src2Dst, SYN, 0),
        other(tcp(1, Dst2Src, SYN | ACK, 0)),
        other(tcp(2, Src2Dst, ACK, 0)),
        tcp(3, Dst2Src, ACK, 0),
    ]);
    assert_eq!(columns.init_fwd_win_byts, Some(1_792));
    assert_eq!(columns.init_bwd_win_byts, Some(512));
    let columns = tell(&[tcp(0, Src2Dst, ACK, 0), tcp(1, Dst2Src, ACK, 0)]);
    assert_eq!(
        (columns.init_fwd_win_byts, columns.init_bwd_win_byts),
        (None, None)
    );
}

#[test]
fn error_05_the_first_packet_with_payload_counts() {
    let columns = tell(&[
        tcp(0, Src2Dst, ACK, 1),
        tcp(1, Src2Dst, ACK, 0),
        tcp(2, Dst2Src, ACK, 1),
        tcp(3, Src2Dst, ACK, 1),
    ]);
    assert_eq!(columns.fwd_act_data_pkts, 2);
}

#[test]
fn error_06_nothing_is_divided_as_integers_and_the_first_subflow_counts() {
    let columns = tell(&[
        tcp(0, Src2Dst, ACK, 5),
        tcp(1, Src2Dst, ACK, 5),
        // A second is no pause yet.
        tcp(1_000_001, Dst2Src, ACK, 5),
        tcp(2_000_002, Src2Dst, ACK, 5),
    ]);
    assert_eq!(columns.down_up_ratio, Some(1.0 / 3.0));
    assert_eq!(
        (columns.subflow_fwd_pkts, columns.subflow_bwd_pkts),
        (1.5, 0.5)
    );
    assert_eq!(
        (columns.subflow_fwd_byts, columns.subflow_bwd_byts),
        (7.5, 2.5)
    );
}

#[test]
fn error_07_active_and_idle_periods_are_durations_and_counted_once() {
    let second = 1_000_000;
    let columns = tell(&[
        tcp(1_000 * second, Src2Dst, ACK, 0),
        tcp(1_003 * second, Dst2Src, ACK, 0),
        tcp(1_010 * second, Src2Dst, ACK, 0),
        tcp(1_011 * second, Src2Dst, ACK, 0),
        // Five seconds are not idle yet.
        tcp(1_016 * second, Src2Dst, ACK, 0),
    ]);
    let active = (columns.active_min, columns.active_mean, columns.active_max);
    assert_eq!(active, (Some(3e6), Some(4.5e6), Some(6e6)));
    let idle = (columns.idle_min, columns.idle_mean, columns.idle_max);
    assert_eq!(idle, (Some(7e6), Some(7e6), Some(7e6)));
    assert_eq!(columns.idle_std, None, "of one value");
}

#[test]
fn errors_09_and_14_a_flow_of_one_packet_has_nulls_in_place_of_rates() {
    let columns = tell(&[tcp(0, Src2Dst, SYN, 0)]);
    assert_eq!(columns.flow_duration.to_bits(), 0);
    let rates = [
        columns.flow_byts_s,
        columns.flow_pkts_s,
        columns.fwd_pkts_s,
        columns.bwd_pkts_s,
    ];
    assert_eq!(rates, [None; 4]);
    assert_eq!(
        (
            columns.flow_iat_mean,
            columns.bwd_pkt_len_mean,
            columns.fwd_pkt_len_std
        ),
        (None, None, None)
    );
    assert_eq!(
        (
            columns.tot_fwd_pkts,
            columns.syn_flag_cnt,
            columns.active_max
        ),
        (1, 1, Some(0.0))
    );
}

#[test]
fn error_10_names_are_unique() {
    let mut schema = Schema::default();
    CicFlowMeterColumns::columns(&mut schema);
    assert_eq!(schema.duplicate_name(), None);
    assert_eq!(schema.columns().len(), 76);
}

#[test]
fn errors_12_and_13_fins_of_both_ends_and_what_follows_them_count() {
    let columns = tell(&[
        tcp(0, Src2Dst, FIN | ACK, 0),
        tcp(1, Dst2Src, ACK, 700),
        tcp(2, Dst2Src, FIN | ACK, 0),
        tcp(3, Src2Dst, ACK, 3),
    ]);
    assert_eq!(columns.fin_flag_cnt, 2);
    assert_eq!((columns.tot_fwd_pkts, columns.totlen_fwd_pkts), (2, 3));
}

#[test]
fn errors_16_and_17_ipv6_is_measured_as_ipv4() {
    let packets = [
        tcp(0, Src2Dst, SYN, 0),
        tcp(1_234_567, Dst2Src, SYN | ACK, 0),
        tcp(1_234_999, Src2Dst, PSH | ACK, 100),
    ];
    let to_v6 = |ip| match ip {
        IpAddr::V4(ip) => IpAddr::V6(Ipv4Addr::to_ipv6_mapped(&ip)),
        ip @ IpAddr::V6(_) => ip,
    };
    let packets_v6 = packets.map(|packet| PacketFields {
        src_ip: to_v6(packet.src_ip),
        dst_ip: to_v6(packet.dst_ip),
        ..packet
    });
    assert_eq!(tell(&packets), tell(&packets_v6));
    let udp = PacketFields {
        protocol: protocol::UDP,
        transport_size: 108,
        payload_size: 100,
        ..packets_v6[0]
    };
    assert_eq!(
        (tell(&[udp]).fwd_header_len, tell(&[udp]).fwd_seg_size_min),
        (8, 8)
    );
}

#[test]
fn error_18_other_protocols_are_measured_too() {
    let gre = PacketFields {
        protocol: 47,
        transport_size: 0,
        payload_size: 0,
        ..packet(0, Src2Dst, 500)
    };
    let columns = tell(&[gre, gre]);
    assert_eq!(
        (
            columns.tot_fwd_pkts,
            columns.totlen_fwd_pkts,
            columns.fwd_header_len
        ),
        (2, 0, 0)
    );
}

#[test]
fn error_19_rst_is_counted() {
    let columns = tell(&[
        tcp(0, Src2Dst, SYN, 0),
        tcp(1, Dst2Src, TcpFlags::RST | ACK, 0),
    ]);
    assert_eq!((columns.rst_flag_cnt, columns.ack_flag_cnt), (1, 1));
}

#[test]
fn error_20_nothing_allocates() {
    assert_allocates(0, CicFlowMeter);
}

#[test]
fn times_are_microseconds_with_fractions_whatever_the_unit_of_the_columns() {
    let mut config = FlowTableConfig::default();
    for unit in [TimeUnit::Milliseconds, TimeUnit::Nanoseconds] {
        config.time_unit = unit;
        let packets = [packet(1_900, Src2Dst, 4), packet(4_400, Src2Dst, 4)];
        let columns = meter(&config, CicFlowMeter, &packets)[0].output;
        assert_eq!(columns.flow_iat_max, Some(2.5));
        assert_eq!(columns.flow_byts_s, Some(800_000.0));
    }
}

/// Conversations with gaps around the thresholds, and bursts.
fn conversation() -> impl Strategy<Value = Vec<PacketFields<'static>>> {
    let gap = prop_oneof![
        4 => 0..2_000_u64,
        1 => 900_000_000..1_100_000_000_u64,
        1 => 4_900_000_000..20_000_000_000_u64,
        1 => Just(1_000_000_000_u64),
        1 => Just(5_000_000_000_u64),
    ];
    let direction = prop_oneof![3 => Just(Src2Dst), 1 => Just(Dst2Src)];
    let size = prop_oneof![1 => Just(0_u32), 3 => 1..70_000_u32];
    let one = (gap, direction, size, any::<u8>(), any::<bool>());
    vec(one, 1..60).prop_map(|lines| {
        let mut nanos = 1_700_000_000_000_000_000;
        let packets = lines
            .into_iter()
            .map(|(gap, direction, size, flags, is_cut)| {
                nanos += gap;
                let fields = tcp(0, direction, TcpFlags::from_bits(flags), size);
                PacketFields {
                    timestamp: Timestamp::from_nanos(nanos),
                    transport: if is_cut { &[] } else { WINDOW_512 },
                    ..fields
                }
            });
        packets.collect()
    })
}

proptest! {
    #[test]
    fn sums_tell_what_lists_tell(packets in conversation()) {
        let plugins = (CicFlowMeter, naive::AllPackets);
        let mut payload = 0;
        for record in meter(&FlowTableConfig::default(), plugins, &packets) {
            let (columns, naive::PacketList(seen)) = record.output;
            naive::assert_equal(&columns, &seen);
            payload += columns.totlen_fwd_pkts + columns.totlen_bwd_pkts;
        }
        let right: u64 = packets.iter().map(|packet| u64::from(packet.payload_size)).sum();
        prop_assert_eq!(payload, right);
    }

    /// Both start with the same packet of nothing, whose sender is the source.
    #[test]
    fn swapping_the_directions_swaps_fwd_and_bwd(packets in conversation()) {
        let start = PacketFields {
            timestamp: packets[0].timestamp,
            ..tcp(0, Src2Dst, NONE, 0)
        };
        let swapped = packets.iter().map(|packet| PacketFields {
            src_ip: packet.dst_ip,
            dst_ip: packet.src_ip,
            ..*packet
        });
        let end = PacketFields {
            timestamp: packets[packets.len() - 1].timestamp,
            ..tcp(0, Dst2Src, NONE, 0)
        };
        let back: Vec<_> = [start].into_iter().chain(swapped).chain([end]).collect();
        let there: Vec<_> = [start].into_iter().chain(packets).chain([end]).collect();
        let (there, back) = (naive::values(&tell(&there)), naive::values(&tell(&back)));
        for name in ["tot_X_pkts", "totlen_X_pkts", "X_pkt_len_max", "X_pkt_len_mean", "X_psh_flags", "X_urg_flags", "X_byts_b_avg", "X_blk_rate_avg", "subflow_X_byts"] {
            let [fwd, bwd] = ["fwd", "bwd"].map(|way| name.replace('X', way));
            let (a, b) = (there[&fwd].unwrap_or(-1.0), back[&bwd].unwrap_or(-1.0));
            prop_assert!((a - b).abs() <= 1e-9 * a.abs(), "{}: {} {}", name, a, b);
        }
        for name in ["flow_iat_std", "pkt_len_std", "idle_mean", "fin_flag_cnt"] {
            prop_assert_eq!(there[name], back[name]);
        }
    }
}
