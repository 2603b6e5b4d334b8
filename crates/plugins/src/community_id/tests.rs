use core::net::Ipv4Addr;

use nfstream_decode::Direction::{Dst2Src, Src2Dst};
use nfstream_decode::PacketFields;
use nfstream_decode::protocol::{ICMP, ICMPV6, RSVP, SCTP, TCP, UDP};
use nfstream_flow::FlowTableConfig;
use proptest::prelude::*;

use super::*;
use crate::testing::{assert_allocates, meter, packet};

const SEEDS: [u16; 2] = [0, 1];

/// The ids of a flow between two ends, with each seed.
fn ids(ends: [&str; 2], protocol: u8, transport: &[u8]) -> [Option<String>; 2] {
    let [src_ip, dst_ip] = ends.map(|end| end.parse().unwrap());
    let fields = PacketFields {
        src_ip,
        dst_ip,
        protocol,
        transport,
        ..PacketFields::default()
    };
    SEEDS.map(|seed| {
        let records = meter(
            &FlowTableConfig::default(),
            CommunityId::new(seed),
            &[fields],
        );
        let id = records[0].output.community_id;
        id.map(|id| id.to_string())
    })
}

fn assert_ids(ends: [&str; 2], protocol: u8, transport: &[u8], right: [&str; 2]) {
    assert_eq!(
        ids(ends, protocol, transport),
        right.map(|id| Some(id.to_owned()))
    );
}

fn reversed<T: Copy>([a, b]: [T; 2]) -> [T; 2] {
    [b, a]
}

// The texts are those of the specification's tables of baselines.
const V4: [&str; 2] = ["1.2.3.4", "5.6.7.8"];
const V6: [&str; 2] = [
    "fe80:0001:0203:0405:0607:0809:0A0B:0C0D",
    "fe80:1011:1213:1415:1617:1819:1A1B:1C1D",
];

/// From port 1122 to port 3344, and back.
const THERE: [u8; 4] = [0x04, 0x62, 0x0d, 0x10];
const BACK: [u8; 4] = [0x0d, 0x10, 0x04, 0x62];

#[test]
fn tcp_and_udp() {
    let tcp = [
        "1:wCb3OG7yAFWelaUydu0D+125CLM=",
        "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=",
    ];
    assert_ids(V4, TCP, &THERE, tcp);
    assert_ids(reversed(V4), TCP, &BACK, tcp);
    let udp = [
        "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg=",
        "1:OShq+iKDAMVouh/4bMxB9Sz4amw=",
    ];
    assert_ids(V4, UDP, &THERE, udp);
    assert_ids(reversed(V4), UDP, &BACK, udp);
}

#[test]
fn sctp() {
    let sctp = [
        "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8=",
        "1:uitchpn5MMGAQKBJh7bIr/bAr7s=",
    ];
    assert_ids(V4, SCTP, &THERE, sctp);
    assert_ids(reversed(V4), SCTP, &BACK, sctp);
}

#[test]
fn icmp() {
    let echo = [
        "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=",
        "1:9pr4ZGTICiuZoIh90RRYE2RyXpU=",
    ];
    assert_ids(V4, ICMP, &[8, 0], echo);
    assert_ids(reversed(V4), ICMP, &[0, 0], echo);
    let time_exceeded = [
        "1:f/YiSyWqczrTgfUCZlBUnvHRcPk=",
        "1:1DD7cWGC/Yg91YGsQeni8du3pIA=",
    ];
    assert_ids(V4, ICMP, &[11, 0], time_exceeded);
    let other_way = ids(reversed(V4), ICMP, &[11, 0]);
    assert_ne!(other_way[0].as_deref(), Some(time_exceeded[0]));
}

#[test]
fn icmpv6() {
    let echo = [
        "1:0bf7hyMJUwt3fMED7z8LIfRpBeo=",
        "1:IO27GQzPuCtNnwFvjWALMHu5tJE=",
    ];
    assert_ids(V6, ICMPV6, &[128, 0], echo);
    assert_ids(reversed(V6), ICMPV6, &[129, 0], echo);
    let one_way = [
        "1:fYC8+pz24E+EhANP1EZhpX0Dw10=",
        "1:Cv4IKJe56BNkF0MBW2YxQ3Nwc3s=",
    ];
    assert_ids(V6, ICMPV6, &[146, 0], one_way);
}

#[test]
fn protocols_without_ports() {
    let v4 = [
        "1:ikv3kmf89luf73WPz1jOs49S768=",
        "1:/buhqeOmaRCopOZFy9HnoJd5XW8=",
    ];
    assert_ids(V4, RSVP, b"", v4);
    assert_ids(reversed(V4), RSVP, b"", v4);
    let v6 = [
        "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0=",
        "1:j6EyyfBzL4vWKHFXgUqb5Az3OxM=",
    ];
    assert_ids(V6, RSVP, b"", v6);
    assert_ids(reversed(V6), RSVP, b"", v6);
}

#[test]
fn a_packet_that_ends_before_its_type_or_ports_has_no_id() {
    assert_eq!(ids(V4, TCP, &THERE[..3]), [None, None]);
    assert_eq!(ids(V4, UDP, b""), [None, None]);
    assert_eq!(ids(V4, ICMP, &[8]), [None, None]);
    assert_eq!(ids(V6, ICMPV6, &[]), [None, None]);
    assert_eq!(ids(V4, SCTP, &THERE[..3]), [None, None]);
}

#[test]
fn the_first_packet_decides() {
    let message = |direction, transport: &'static [u8]| PacketFields {
        protocol: ICMP,
        transport,
        ..packet(0, direction, 100)
    };
    let id = |packets: &[PacketFields<'_>]| {
        let records = meter(&FlowTableConfig::default(), CommunityId::default(), packets);
        assert_eq!(records.len(), 1);
        records[0].output.community_id
    };
    let [echo, unreachable] = [message(Src2Dst, &[8, 0]), message(Dst2Src, &[3, 1])];
    assert_eq!(id(&[echo, unreachable]), id(&[echo]));
    assert_ne!(id(&[unreachable, echo]), id(&[echo]));
}

#[test]
fn nothing_is_allocated() {
    assert_allocates(0, CommunityId::default());
}

proptest! {
    #[test]
    fn both_directions_have_the_same_id(
        ips in any::<[u32; 2]>(),
        ports in any::<[u16; 2]>(),
        seed in any::<u16>(),
    ) {
        let plugin = CommunityId::new(seed);
        let [here, there] = ips.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
        let id = plugin.of(here, there, TCP, Ends::Ports(ports));
        prop_assert_eq!(id, plugin.of(there, here, TCP, Ends::Ports(reversed(ports))));
        prop_assert_eq!(id.as_str().len(), CommunityIdText::LEN);
        prop_assert_eq!(plugin.of(here, there, RSVP, Ends::None), plugin.of(there, here, RSVP, Ends::None));
    }
}
