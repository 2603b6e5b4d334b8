use allocation_counter::measure;
use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_decode::{PacketFields, protocol};
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, sink_fn};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::{meter, packet};

const SYN: TcpFlags = TcpFlags::SYN;
const ACK: TcpFlags = TcpFlags::ACK;
const FIN: TcpFlags = TcpFlags::FIN;
const RST: TcpFlags = TcpFlags::RST;

/// A segment of a script: its time in microseconds, sequence number, acknowledgment number and payload size.
#[derive(Clone, Debug)]
struct Line {
    micros: u64,
    direction: Direction,
    payload_size: u32,
    transport: Vec<u8>,
}

fn line(
    micros: u64,
    direction: Direction,
    flags: TcpFlags,
    [sequence, acknowledgment, payload_size]: [u32; 3],
) -> Line {
    let mut transport = vec![0; 20];
    transport[4..8].copy_from_slice(&sequence.to_be_bytes());
    transport[8..12].copy_from_slice(&acknowledgment.to_be_bytes());
    transport[12] = 0x50;
    transport[13] = flags.bits();
    Line {
        micros,
        direction,
        payload_size,
        transport,
    }
    .window(1_000)
}

/// From the source, with ACK.
fn src(micros: u64, numbers: [u32; 3]) -> Line {
    line(micros, Src2Dst, ACK, numbers)
}

/// From the destination, with ACK.
fn dst(micros: u64, numbers: [u32; 3]) -> Line {
    line(micros, Dst2Src, ACK, numbers)
}

impl Line {
    fn window(mut self, window: u16) -> Self {
        self.transport[14..16].copy_from_slice(&window.to_be_bytes());
        self
    }

    /// Options of a multiple of four bytes.
    fn options(mut self, options: &[u8]) -> Self {
        self.transport.extend(options);
        self.transport[12] = u8::try_from(self.transport.len() / 4).unwrap() << 4;
        self
    }

    fn fields(&self) -> PacketFields<'_> {
        let header_len = u32::try_from(self.transport.len()).unwrap();
        PacketFields {
            protocol: protocol::TCP,
            tcp_flags: TcpFlags::from_bits(self.transport[13]),
            transport_size: header_len + self.payload_size,
            payload_size: self.payload_size,
            transport: &self.transport,
            ..packet(self.micros * 1_000, self.direction, 0)
        }
    }
}

fn tell(script: &[Line]) -> TcpPerformanceColumns {
    let packets: Vec<_> = script.iter().map(Line::fields).collect();
    let records = meter(&FlowTableConfig::default(), TcpPerformance, &packets);
    assert_eq!(records.len(), 1);
    records[0].output
}

/// A handshake with 40 ms to the destination and 10 ms to the source, which ends after 50 ms; both go on with number 101.
fn handshake() -> Vec<Line> {
    vec![
        line(0, Src2Dst, SYN, [100, 0, 0]),
        line(40_000, Dst2Src, SYN | ACK, [100, 101, 0]),
        src(50_000, [101, 101, 0]),
    ]
}

/// The handshake, and what comes after it.
fn after_handshake(script: &[Line]) -> TcpPerformanceColumns {
    tell(&[&handshake(), script].concat())
}

/// Retransmissions and packets out of order from the source.
fn repeated(columns: &TcpPerformanceColumns) -> (u64, u64) {
    (
        columns.src2dst_retransmitted_packets.unwrap(),
        columns.src2dst_out_of_order_packets.unwrap(),
    )
}

#[test]
fn the_handshake_tells_both_round_trips() {
    let columns = after_handshake(&[]);
    assert_eq!(columns.dst_handshake_rtt_us, Some(40_000));
    assert_eq!(columns.src_handshake_rtt_us, Some(10_000));
    assert_eq!(
        (columns.dst_rtt_samples, columns.dst_min_rtt_us),
        (Some(0), None)
    );
}

#[test]
fn a_flow_that_is_not_tcp_or_was_cut_or_is_malformed_has_nulls() {
    let nothing = TcpPerformanceColumns::default();
    let config = FlowTableConfig::default();
    let other = packet(0, Src2Dst, 300);
    assert_eq!(meter(&config, TcpPerformance, &[other])[0].output, nothing);
    let syn = line(0, Src2Dst, SYN, [100, 0, 0]);
    let cut = PacketFields {
        transport: &syn.transport[..19],
        ..syn.fields()
    };
    assert_eq!(meter(&config, TcpPerformance, &[cut])[0].output, nothing);
    let mut malformed = syn.clone();
    malformed.transport[12] = 0x40;
    assert_eq!(tell(&[malformed]), nothing);
}

#[test]
fn a_syn_that_came_twice_measures_nothing() {
    let script = [
        line(0, Src2Dst, SYN, [100, 0, 0]),
        line(1_000_000, Src2Dst, SYN, [100, 0, 0]),
        line(1_040_000, Dst2Src, SYN | ACK, [100, 101, 0]),
        src(1_050_000, [101, 101, 0]),
    ];
    let columns = tell(&script);
    assert_eq!(columns.dst_handshake_rtt_us, None);
    assert_eq!(columns.src_handshake_rtt_us, Some(10_000));
    assert_eq!(repeated(&columns), (1, 0));
    assert_eq!(columns.src2dst_retransmitted_bytes, Some(0));
}

#[test]
fn a_closed_port_tells_the_round_trip_to_it() {
    let script = [
        line(0, Src2Dst, SYN, [100, 0, 0]),
        line(7_000, Dst2Src, RST | ACK, [0, 101, 0]).window(0),
    ];
    let columns = tell(&script);
    assert_eq!(columns.dst_handshake_rtt_us, Some(7_000));
    assert_eq!(columns.src_handshake_rtt_us, None);
    assert_eq!(columns.dst2src_zero_window_packets, Some(0));
}

#[test]
fn data_tells_round_trips_to_both_ends() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 500]),
        dst(95_000, [101, 601, 0]),
        src(100_000, [601, 101, 500]),
        dst(145_000, [101, 1_101, 300]),
        src(150_000, [1_101, 401, 0]),
    ]);
    let to_dst = (
        columns.dst_min_rtt_us,
        columns.dst_mean_rtt_us,
        columns.dst_max_rtt_us,
    );
    assert_eq!(to_dst, (Some(35_000), Some(40_000.0), Some(45_000)));
    assert_eq!(columns.dst_rtt_samples, Some(2));
    let to_src = (
        columns.src_min_rtt_us,
        columns.src_mean_rtt_us,
        columns.src_max_rtt_us,
    );
    assert_eq!(to_src, (Some(5_000), Some(5_000.0), Some(5_000)));
}

/// Karn's algorithm: nobody can say which of both is acknowledged, and what was sent between them waits for the first.
#[test]
fn retransmitted_data_and_what_waits_with_it_is_not_measured() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 500]),
        src(60_100, [601, 101, 500]),
        src(300_000, [101, 101, 500]),
        dst(340_000, [101, 1_101, 0]),
    ]);
    assert_eq!(columns.dst_rtt_samples, Some(0));
    assert_eq!(repeated(&columns), (1, 0));
    assert_eq!(columns.src2dst_retransmitted_bytes, Some(500));
}

#[test]
fn a_gap_that_is_filled_within_the_round_trip_was_reordering() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 500]),
        src(60_100, [1_101, 101, 500]),
        src(109_000, [601, 101, 500]),
    ]);
    assert_eq!(repeated(&columns), (0, 1));
    assert_eq!(columns.src2dst_retransmitted_bytes, Some(0));
}

#[test]
fn a_gap_that_is_filled_later_was_a_loss_before_this_point() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 500]),
        src(60_100, [1_101, 101, 500]),
        src(110_200, [601, 101, 500]),
    ]);
    assert_eq!(repeated(&columns), (1, 0));
    assert_eq!(columns.src2dst_retransmitted_bytes, Some(500));
}

#[test]
fn what_fills_a_gap_twice_is_a_retransmission() {
    let columns = after_handshake(&[
        src(60_000, [1_101, 101, 500]),
        src(60_100, [601, 101, 100]),
        src(60_200, [601, 101, 100]),
        src(60_300, [101, 101, 500]),
        src(60_400, [701, 101, 400]),
        src(60_500, [1_000, 101, 101]),
    ]);
    assert_eq!(
        repeated(&columns),
        (2, 3),
        "one gap in three parts, two packets too many"
    );
}

#[test]
fn what_overlaps_with_new_data_counts_its_old_bytes() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 500]),
        src(300_000, [501, 101, 1_000]),
    ]);
    assert_eq!(repeated(&columns), (1, 0));
    assert_eq!(columns.src2dst_retransmitted_bytes, Some(100));
}

#[test]
fn a_fin_that_comes_twice_is_a_retransmission_without_bytes() {
    let fin = |micros| line(micros, Dst2Src, FIN | ACK, [101, 101, 0]);
    let columns = after_handshake(&[fin(60_000), fin(500_000)]);
    assert_eq!(columns.dst2src_retransmitted_packets, Some(1));
    assert_eq!(columns.dst2src_retransmitted_bytes, Some(0));
}

#[test]
fn keep_alives_are_no_retransmissions() {
    let data = [src(60_000, [101, 101, 500]), dst(100_000, [101, 601, 0])];
    let keep_alive = |micros, size| src(micros, [600, 101, size]);
    for size in [0, 1] {
        let asked = [
            keep_alive(1_000_000, size),
            dst(1_040_000, [101, 601, 0]),
            keep_alive(2_000_000, size),
        ];
        let columns = after_handshake(&[&data[..], &asked].concat());
        assert_eq!(
            (repeated(&columns), columns.dst2src_duplicate_acks),
            ((0, 0), Some(0))
        );
    }
    // The same byte, while it is not acknowledged, is data.
    let columns = after_handshake(&[data[0].clone(), keep_alive(1_000_000, 1)]);
    assert_eq!(repeated(&columns), (1, 0));
}

#[test]
fn keep_alives_alone_are_no_retransmissions() {
    let keep_alive = |micros| src(micros, [600, 101, 1]);
    let columns = tell(&[
        keep_alive(0),
        keep_alive(1_000_000),
        dst(1_010_000, [101, 601, 0]),
    ]);
    assert_eq!(
        (repeated(&columns), columns.dst_rtt_samples),
        ((0, 0), Some(0))
    );
}

#[test]
fn probes_of_a_closed_window_are_no_retransmissions() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 500]),
        dst(100_000, [101, 601, 0]).window(0),
        src(400_000, [601, 101, 1]),
        dst(440_000, [101, 601, 0]).window(0),
        src(900_000, [601, 101, 1]),
        dst(940_000, [101, 602, 0]),
        src(941_000, [602, 101, 500]),
    ]);
    assert_eq!(repeated(&columns), (0, 0));
    assert_eq!(columns.dst2src_zero_window_packets, Some(2));
    assert_eq!(columns.src2dst_zero_window_packets, Some(0));
}

#[test]
fn duplicate_acknowledgments_need_data_on_its_way() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 500]),
        dst(100_000, [101, 101, 0]),
        dst(100_100, [101, 101, 0]),
        dst(100_200, [101, 101, 0]).window(900),
        dst(100_300, [101, 601, 0]),
        dst(100_400, [101, 601, 0]),
    ]);
    assert_eq!(columns.dst2src_duplicate_acks, Some(2), "of the SYN's");
}

#[test]
fn numbers_wrap_around() {
    let start = u32::MAX - 700;
    let columns = tell(&[
        src(0, [start, 1, 500]),
        dst(1_000, [1, start + 500, 0]),
        src(2_000, [start + 500, 1, 500]),
        src(2_100, [299, 1, 500]),
        dst(4_100, [1, 799, 0]),
        src(900_000, [start + 500, 1, 500]),
    ]);
    assert_eq!(repeated(&columns), (1, 0));
    assert_eq!(columns.src2dst_retransmitted_bytes, Some(500));
    assert_eq!(
        (columns.dst_rtt_samples, columns.dst_max_rtt_us),
        (Some(2), Some(2_000))
    );
}

#[test]
fn a_connection_whose_start_was_not_captured_is_told_from_there_on() {
    let columns = tell(&[
        src(0, [5_000, 9_000, 100]),
        src(1_000, [4_900, 9_000, 100]),
        src(4_000, [4_800, 9_000, 100]),
        dst(10_000, [9_000, 5_100, 0]),
    ]);
    assert_eq!(
        repeated(&columns),
        (1, 1),
        "3 ms are taken for the round trip"
    );
    assert_eq!(columns.dst_handshake_rtt_us, None);
    assert_eq!(columns.src2dst_initial_window_bytes, None);
}

#[test]
fn an_acknowledgment_tells_what_was_sent_before_it() {
    let columns = after_handshake(&[src(60_000, [601, 101, 0]), src(200_000, [101, 101, 500])]);
    assert_eq!(repeated(&columns), (1, 0));
}

#[test]
fn segments_that_offload_put_together_count_once() {
    let columns = after_handshake(&[
        src(60_000, [101, 101, 65_000]),
        src(60_100, [65_101, 101, 65_000]),
        dst(100_100, [101, 130_101, 0]),
        src(300_000, [65_101, 101, 65_000]),
    ]);
    assert_eq!(repeated(&columns), (1, 0));
    assert_eq!(columns.src2dst_retransmitted_bytes, Some(65_000));
    assert_eq!(columns.dst_max_rtt_us, Some(40_000));
}

#[test]
fn a_number_far_away_changes_nothing() {
    let data = [src(60_000, [101, 101, 500]), dst(95_000, [101, 601, 0])];
    let forged = [
        src(96_000, [0x8000_0000, 101, 500]),
        line(96_000, Src2Dst, RST, [0x2000_0000, 0, 0]),
        dst(96_100, [101, 0x2000_0000, 0]),
    ];
    let rest = [src(100_000, [601, 101, 500]), dst(145_000, [101, 1_101, 0])];
    let columns = after_handshake(&[&data[..], &forged, &rest].concat());
    assert_eq!(columns, after_handshake(&[&data[..], &rest].concat()));
    assert_eq!(columns.dst_rtt_samples, Some(2));
}

#[test]
fn another_connection_with_the_same_ports_starts_anew() {
    let again = |line: Line, micros| Line {
        micros: line.micros + micros,
        ..line
    };
    let mut script = handshake();
    script.push(src(60_000, [101, 101, 500]));
    script.push(line(1_000_000, Src2Dst, SYN, [90, 0, 0]).window(2));
    script.push(line(1_030_000, Dst2Src, SYN | ACK, [90, 91, 0]));
    script.push(again(src(0, [91, 91, 500]), 1_040_000));
    let columns = tell(&script);
    assert_eq!(repeated(&columns), (0, 0));
    assert_eq!(
        columns.dst_handshake_rtt_us,
        Some(40_000),
        "that of the first"
    );
    assert_eq!(columns.src2dst_initial_window_bytes, Some(1_000));
}

#[test]
fn syns_tell_windows_and_options() {
    let columns = tell(&[
        line(0, Src2Dst, SYN, [100, 0, 0])
            .window(64_240)
            .options(&[2, 4, 5, 0xb4, 1, 3, 3, 7]),
        line(0, Dst2Src, SYN | ACK, [100, 101, 0])
            .window(65_160)
            .options(&[2, 4, 5, 0x8c]),
        src(0, [101, 101, 0]).window(502),
    ]);
    assert_eq!(columns.src2dst_initial_window_bytes, Some(64_240));
    assert_eq!(
        (columns.src2dst_mss_bytes, columns.src2dst_window_scale),
        (Some(1_460), Some(7))
    );
    assert_eq!(columns.dst2src_initial_window_bytes, Some(65_160));
    assert_eq!(
        (columns.dst2src_mss_bytes, columns.dst2src_window_scale),
        (Some(1_420), None)
    );
}

#[test]
fn swapping_both_ends_swaps_the_columns() {
    let script = [
        src(60_000, [101, 101, 500]),
        dst(100_000, [101, 601, 300]),
        dst(400_000, [101, 601, 300]).window(0),
    ];
    // A first packet without sequence numbers decides who is the source.
    let swap = |line: &Line| {
        let direction = match line.direction {
            Src2Dst => Dst2Src,
            Dst2Src => Src2Dst,
        };
        Line {
            direction,
            ..line.clone()
        }
    };
    let first = |direction| line(0, direction, RST, [0, 0, 0]);
    let script = [&handshake()[..], &script].concat();
    let swapped: Vec<_> = script.iter().map(swap).collect();
    let there = tell(&[&[first(Src2Dst)], &script[..]].concat());
    // The table calls the sender of the first packet source, whichever address it has.
    let back = tell(&[&[first(Src2Dst)], &swapped[..]].concat());
    assert_eq!(there.dst2src_retransmitted_packets, Some(1));
    assert_eq!(back.src2dst_retransmitted_packets, Some(1));
    assert_eq!(
        back.src2dst_zero_window_packets,
        there.dst2src_zero_window_packets
    );
    assert_eq!(back.src_handshake_rtt_us, there.dst_handshake_rtt_us);
    assert_eq!(back.src_max_rtt_us, there.dst_max_rtt_us);
    assert_eq!(
        back.dst2src_initial_window_bytes,
        there.src2dst_initial_window_bytes
    );
}

#[test]
fn nothing_allocates() {
    let mut script = handshake();
    for number in 0..50 {
        // Gaps, reordering and retransmissions.
        let sequence = 101 + number * 7_919 % 10_000;
        script.push(src(60_000 + u64::from(number), [sequence, 101, 500]));
        script.push(dst(60_000 + u64::from(number), [101, sequence, 0]));
    }
    let mut table = FlowTable::new(&FlowTableConfig::default(), TcpPerformance);
    let mut flows = 0;
    let mut round = 0;
    let mut run = || {
        round += 1;
        let mut sink = sink_fn(|_: FlowRecord<'_, TcpPerformanceColumns>| {
            flows += 1;
            Ok::<_, core::convert::Infallible>(())
        });
        for line in &script {
            // Longer than the idle timeout: the flow of the round before ends.
            let micros = line.micros + round * 1_000_000_000;
            let fields = PacketFields {
                timestamp: nfstream_decode::Timestamp::from_nanos(micros * 1_000),
                ..line.fields()
            };
            let Ok(()) = table.push(&fields.into(), &mut sink);
        }
    };
    run();
    run();
    assert_eq!(measure(run).count_total, 0);
    assert_eq!(flows, 2);
}

/// Segments of all kinds, near each other, near the end of the numbers, and anywhere.
fn segments() -> impl Strategy<Value = Vec<Line>> {
    let number =
        || prop_oneof![2 => 0..3_000_u32, 1 => u32::MAX - 3_000..=u32::MAX, 1 => any::<u32>()];
    let size = prop_oneof![3 => 0..1_500_u32, 1 => any::<u32>().prop_map(|size| size >> 1)];
    let one = (
        0..50_000_u64,
        any::<bool>(),
        any::<u8>(),
        number(),
        number(),
        size,
        any::<u16>(),
    );
    vec(one, 1..80).prop_map(|lines| {
        let mut micros = 0;
        let lines = lines.into_iter().map(
            |(gap, is_back, flags, sequence, acknowledgment, size, window)| {
                micros += gap;
                let direction = if is_back { Dst2Src } else { Src2Dst };
                line(
                    micros,
                    direction,
                    TcpFlags::from_bits(flags),
                    [sequence, acknowledgment, size],
                )
                .window(window)
            },
        );
        lines.collect()
    })
}

proptest! {
    #[test]
    fn no_packet_counts_twice_and_no_byte_more_than_once(script in segments()) {
        let columns = tell(&script);
        let sum = |direction, of: fn(&Line) -> u64| -> u64 {
            script.iter().filter(|line| line.direction == direction).map(of).sum()
        };
        let first = script[0].direction;
        let back = if first == Src2Dst { Dst2Src } else { Src2Dst };
        let retransmitted = [columns.src2dst_retransmitted_packets, columns.dst2src_retransmitted_packets];
        let out_of_order = [columns.src2dst_out_of_order_packets, columns.dst2src_out_of_order_packets];
        let bytes = [columns.src2dst_retransmitted_bytes, columns.dst2src_retransmitted_bytes];
        for (index, direction) in [first, back].into_iter().enumerate() {
            let late = retransmitted[index].unwrap() + out_of_order[index].unwrap();
            // The first that is seen of a connection is never late.
            let packets = sum(direction, |_| 1);
            prop_assert!(late < packets.max(1), "{late} of {packets}");
            prop_assert!(bytes[index].unwrap() <= sum(direction, |line| line.payload_size.into()));
        }
        for (min, mean, max) in [
            (columns.dst_min_rtt_us, columns.dst_mean_rtt_us, columns.dst_max_rtt_us),
            (columns.src_min_rtt_us, columns.src_mean_rtt_us, columns.src_max_rtt_us),
        ] {
            prop_assert!(min <= max);
            prop_assert_eq!(mean.is_some(), max.is_some());
        }
    }
}
