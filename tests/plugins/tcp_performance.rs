//! Retransmissions, reordering, closed windows and the round trip of the handshake, held against Wireshark's analysis.

use nfstream::flow::OwnedFlowRecord;
use nfstream::plugins::{TcpPerformance, TcpPerformanceColumns};

use crate::corpus::{Corpus, say_skipped};
use crate::records;

/// What tshark 4.0.17 tells of the TCP packets of a capture.
struct Figures {
    capture: &'static str,
    /// Packets with `tcp.analysis.retransmission`, `…fast_retransmission` or `…spurious_retransmission`.
    retransmitted: u64,
    /// Packets with `tcp.analysis.out_of_order`.
    out_of_order: u64,
    /// Packets with `tcp.analysis.zero_window`.
    zero_window: u64,
    /// `tcp.analysis.initial_rtt` of each stream that has it, in order of size.
    initial_rtts_us: &'static [u64],
}

const WIRESHARK: [Figures; 15] = [
    Figures {
        capture: "nfs__viber.pcap",
        retransmitted: 0,
        out_of_order: 2,
        zero_window: 0,
        initial_rtts_us: &[
            4_622, 13_384, 18_145, 21_663, 34_344, 41_707, 173_679, 176_419, 178_411,
        ],
    },
    Figures {
        capture: "nfs__zoom.pcap",
        retransmitted: 5,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[
            21_033, 24_471, 31_782, 32_009, 32_230, 38_185, 107_921, 110_337, 112_530,
        ],
    },
    Figures {
        capture: "nfs__googledns_android10.pcap",
        retransmitted: 5,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[14_119, 14_641, 14_728, 15_388, 41_870],
    },
    Figures {
        capture: "nfs__rdp.pcap",
        retransmitted: 2,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[42_485],
    },
    Figures {
        capture: "nfs__coap_mqtt.pcap",
        retransmitted: 1,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[248],
    },
    Figures {
        capture: "nfs__quickplay.pcap",
        retransmitted: 5,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[],
    },
    Figures {
        capture: "nfs__whatsapp_login_call.pcap",
        retransmitted: 0,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[206_534, 225_073, 242_175, 283_163],
    },
    Figures {
        capture: "ndpi__ipp.pcap",
        retransmitted: 1,
        out_of_order: 0,
        zero_window: 1,
        initial_rtts_us: &[603, 735, 765],
    },
    Figures {
        capture: "sv__sip-method_sip.pcap",
        retransmitted: 4,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[18_327, 23_499],
    },
    Figures {
        capture: "sv__smb-eicar-overlap_input.pcap",
        retransmitted: 1,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[2_250],
    },
    Figures {
        capture: "derived__snap96__scapy__test_pcaps_dcerpc_privacy_ntlm.pcap",
        retransmitted: 1,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[258, 349],
    },
    Figures {
        capture: "scapy__test_pcaps_dcerpc_privacy_ntlm.pcapng",
        retransmitted: 1,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[258, 349],
    },
    Figures {
        capture: "zeek__dce-rpc_mapi.pcap",
        retransmitted: 0,
        out_of_order: 1,
        zero_window: 0,
        initial_rtts_us: &[126, 126, 126, 126, 127, 250, 78_328],
    },
    Figures {
        capture: "iti__pcaps_s7_s7comm_program_blocklist_onlineview.pcap",
        retransmitted: 1,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[362, 368, 399, 402, 1_260],
    },
    Figures {
        capture: "iti__pcaps_beckoff_beckoffaddroute.pcapng",
        retransmitted: 2,
        out_of_order: 0,
        zero_window: 0,
        initial_rtts_us: &[435, 438],
    },
];

#[test]
fn figures_are_those_of_wireshark() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let captures = corpus.captures().unwrap();
    for figures in WIRESHARK {
        let name = figures.capture;
        let Some(capture) = captures.iter().find(|capture| capture.name == name) else {
            say_skipped(&format!("there is no {name}")).unwrap();
            continue;
        };
        let records = records(&capture.path, TcpPerformance);
        let sum = |of: fn(&TcpPerformanceColumns) -> [Option<u64>; 2]| -> u64 {
            records
                .iter()
                .flat_map(|record| of(&record.output))
                .flatten()
                .sum()
        };
        let retransmitted = sum(|columns| {
            [
                columns.src2dst_retransmitted_packets,
                columns.dst2src_retransmitted_packets,
            ]
        });
        assert_eq!(
            retransmitted, figures.retransmitted,
            "retransmitted in {name}"
        );
        let out_of_order = sum(|columns| {
            [
                columns.src2dst_out_of_order_packets,
                columns.dst2src_out_of_order_packets,
            ]
        });
        assert_eq!(out_of_order, figures.out_of_order, "out of order in {name}");
        let zero_window = sum(|columns| {
            [
                columns.src2dst_zero_window_packets,
                columns.dst2src_zero_window_packets,
            ]
        });
        assert_eq!(zero_window, figures.zero_window, "closed windows in {name}");

        let mut rtts: Vec<u64> = records.iter().filter_map(handshake_rtt_us).collect();
        rtts.sort_unstable();
        assert_eq!(
            rtts.len(),
            figures.initial_rtts_us.len(),
            "handshakes in {name}: {rtts:?}"
        );
        for (rtt, right) in rtts.iter().zip(figures.initial_rtts_us) {
            // Both halves are cut off to microseconds.
            assert!(rtt.abs_diff(*right) <= 2, "{rtt}, not {right}, in {name}");
        }
    }
}

/// The whole round trip, as Wireshark reckons it: from the SYN to the last ACK of the handshake.
fn handshake_rtt_us(record: &OwnedFlowRecord<TcpPerformanceColumns>) -> Option<u64> {
    let columns = &record.output;
    Some(columns.dst_handshake_rtt_us? + columns.src_handshake_rtt_us?)
}

#[test]
fn flows_of_other_protocols_have_nulls() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let captures = corpus.captures().unwrap();
    let Some(capture) = captures
        .iter()
        .find(|capture| capture.name == "nfs__viber.pcap")
    else {
        return say_skipped("there is no nfs__viber.pcap").unwrap();
    };
    let records = records(&capture.path, TcpPerformance);
    for record in &records {
        let is_tcp = record.flow().protocol() == 6;
        assert_eq!(
            record.output.src2dst_retransmitted_packets.is_some(),
            is_tcp
        );
        assert_eq!(record.output != TcpPerformanceColumns::default(), is_tcp);
    }
    assert!(records.iter().any(|record| record.flow().protocol() != 6));
}
