//! Multicast DNS against NFStream 6.6.0's plugin `MDNS`, run over the same captures, and against Wireshark 4.0.17.

use std::collections::BTreeMap;
use std::net::IpAddr;

use nfstream::plugins::Mdns;

use crate::corpus::Corpus;
use crate::{capture, records};

/// By capture: flows to and from port 5353 over IPv4 and IPv6, the names of them all, and the names that NFStream has.
/// Wireshark has all of ours, in the same order.
///
/// NFStream has none of IPv6, and none of messages with a record of type NSEC (`nfs__iphone`, `nfs__mdns`, `nfs__telegram`).
const FIGURES: [(&str, [usize; 2], [usize; 2], usize); 25] = [
    (
        "derived__ns__iti__pcaps_beckoff_addroute1.pcap",
        [1, 0],
        [0, 0],
        0,
    ),
    ("derived__shift__zeek__dns_mdns.pcap", [1, 1], [1, 1], 1),
    ("iti__pcaps_beckoff_addroute1.pcapng", [1, 0], [0, 0], 0),
    ("mercury__unit_tests_pcaps_emix.pcap", [1, 0], [0, 0], 0),
    ("ndpi__zoom_p2p.pcapng", [3, 0], [0, 0], 0),
    ("nfs__1kxun.pcap", [1, 0], [0, 0], 0),
    ("nfs__android.pcap", [2, 0], [0, 0], 0),
    ("nfs__iphone.pcap", [3, 2], [29, 14], 2),
    ("nfs__mdns.pcap", [8, 25], [41, 97], 38),
    ("nfs__skype.pcap", [1, 1], [3, 3], 3),
    ("nfs__skype_no_unknown.pcap", [1, 1], [0, 0], 0),
    ("nfs__telegram.pcap", [6, 3], [11, 8], 9),
    ("nfs__tls_certificate_too_long.pcap", [2, 1], [2, 1], 2),
    ("nfs__viber.pcap", [1, 0], [0, 0], 0),
    ("nfs__wa_voice.pcap", [1, 1], [1, 1], 1),
    ("nfs__wechat.pcap", [4, 4], [0, 0], 0),
    ("nfs__whatsapp_login_call.pcap", [2, 2], [0, 0], 0),
    ("nfs__whatsapp_login_chat.pcap", [1, 1], [0, 0], 0),
    ("nfs__zoom.pcap", [1, 0], [0, 0], 0),
    (
        "pcapparser__assets_wireshark_samples-test.pcapng",
        [11, 10],
        [0, 0],
        0,
    ),
    ("pcpp__Dns.pcap", [1, 1], [0, 0], 0),
    ("pcpp__packet_trailer.pcap", [0, 1], [0, 6], 0),
    ("synth__big_6000_flows.pcap", [1, 0], [0, 0], 0),
    ("synth__ip4_bcast.pcap", [4, 0], [0, 0], 0),
    ("zeek__dns_mdns.pcap", [1, 1], [1, 1], 1),
];

/// The names of each flow to or from port 5353, and its source, in the order in which the flows leave.
fn names(corpus: &Corpus, name: &str) -> Vec<(IpAddr, Vec<Box<str>>)> {
    records(&capture(corpus, name), Mdns)
        .into_iter()
        .filter_map(|record| {
            let flow = record.flow();
            let is_mdns = [flow.src_port(), flow.dst_port()].contains(&5353);
            (is_mdns && flow.protocol() == 17)
                .then(|| (flow.src_ip(), record.output.mdns_ptr.clone()))
        })
        .collect()
}

#[test]
fn at_least_the_names_that_nfstream_has() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    for (name, flows, found, nfstream) in FIGURES {
        let of_version = |is_ipv6: bool| {
            let names = names(&corpus, name);
            let names = names
                .into_iter()
                .filter(|(source, _)| source.is_ipv6() == is_ipv6);
            names.fold((0, 0), |(flows, count), (_, names)| {
                (flows + 1, count + names.len())
            })
        };
        let [v4, v6] = [false, true].map(of_version);
        assert_eq!(([v4.0, v6.0], [v4.1, v6.1]), (flows, found), "{name}");
        assert!(v4.1 >= nfstream, "{name}");
    }
}

#[test]
fn seven_names_of_one_host() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let names = names(&corpus, "nfs__mdns.pcap");
    assert_eq!(names.len(), 33);
    let by_source: BTreeMap<_, _> = names.into_iter().collect();
    let of = |source: &str| {
        by_source[&source.parse().unwrap()]
            .iter()
            .map(|name| &**name)
    };
    let right = [
        "skynet.local",
        "skynet [1a:83:ed:e7:7a:d5]._workstation._tcp.local",
        "_workstation._tcp.local",
        "recombinator_mpd._mpd._tcp.local",
        "_mpd._tcp.local",
        "skynet._udisks-ssh._tcp.local",
        "_udisks-ssh._tcp.local",
    ];
    assert!(of("172.16.80.1").eq(right));
    // The same host says the same over IPv6.
    assert!(of("fe80::1883:edff:fee7:7ad5").eq(right));
    // With NSEC records in the same messages.
    let right = [
        "Apple TV (2)._airplay._tcp.local",
        "5855CA049B7A@Apple TV._raop._tcp.local",
        "70-35-60-63 Apple TV (2)._sleep-proxy._udp.local",
    ];
    assert!(of("65.50.125.227").eq(right));
}

#[test]
fn names_beyond_ascii() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let right = [
        "Luca’s MacBookPro._afpovertcp._tcp.local",
        "Luca’s iMac._afpovertcp._tcp.local",
        "Luca’s iMac._smb._tcp.local",
    ];
    for (_, names) in names(&corpus, "nfs__skype.pcap") {
        assert!(names.iter().map(|name| &**name).eq(right));
    }
}
