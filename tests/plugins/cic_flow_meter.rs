//! The features of `CICFlowMeter` over all captures, held against the same features computed from lists of packets.

use nfstream::plugins::CicFlowMeter;

use crate::corpus::Corpus;
use crate::records;

#[path = "../../crates/plugins/src/cic_flow_meter/tests/naive.rs"]
mod naive;

#[test]
fn sums_tell_what_lists_of_packets_tell() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let (mut flows, mut packets) = (0, 0);
    for capture in corpus.captures().unwrap() {
        for record in records(&capture.path, (CicFlowMeter, naive::AllPackets)) {
            let flow = *record.flow().src2dst();
            let (columns, naive::PacketList(seen)) = &record.output;
            naive::assert_equal(columns, seen);
            assert_eq!(columns.tot_fwd_pkts, flow.packets, "{}", capture.name);
            flows += 1;
            packets += seen.len();
        }
    }
    println!("CICFlowMeter's features: {flows} flows with {packets} packets equal");
    assert!(flows > 20_000);
}
