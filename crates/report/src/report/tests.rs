#![allow(
    clippy::cast_possible_truncation,
    reason = "numbers of flows, as whatever a header holds"
)]

use nfstream_decode::protocol::ICMP;

use super::*;
use crate::Ignored;

/// A flow of some traffic: sizes, times and names depend on its number.
fn some(number: u64) -> FlowFacts<'static> {
    let first = 1_700_000_000_000 + number % 977 * 13;
    FlowFacts {
        src: "192.0.2.1",
        dst: "2001:db8::2",
        src_port: 40_000,
        dst_port: [53, 443, 22, 50_000][number as usize % 4],
        protocol: [UDP, TCP, TCP, ICMP][number as usize % 4],
        ip_version: 6,
        expiration_id: Some(0),
        seen: Some((
            Timestamp::from_millis(first),
            Timestamp::from_millis(first + number % 7_000),
        )),
        packets: 1 + number % 50,
        bytes: 60 + number * number % 100_000,
        src2dst_bytes: Some(60),
        ..FlowFacts::default()
    }
}

/// A page about these flows.
fn page<'a>(flows: impl IntoIterator<Item = FlowFacts<'a>>) -> String {
    let mut report = Report::default();
    flows.into_iter().for_each(|flow| report.add(&flow));
    report.render(&Context::new("A page"))
}

/// The headings of a page.
fn headings(page: &str) -> Vec<&str> {
    let parts = page.split("<h2>").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("</h2>")?.0))
        .collect()
}

/// The exact value of one of the totals.
fn figure(page: &str, name: &str) -> u64 {
    let start = format!("data-figure=\"{name}\" data-value=\"");
    let (_, rest) = page.split_once(&start).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

/// Everything that flows can tell.
fn everything() -> FlowFacts<'static> {
    FlowFacts {
        vlan_id: 7,
        tunnel_id: 1,
        application: Some("TLS.Google"),
        category: Some("Web"),
        server_name: "www.example.test",
        ..some(100)
    }
}

#[test]
fn the_page_shows_what_flows_tell() {
    assert_eq!(
        headings(&page([everything()])),
        [
            "Bytes",
            "Packets",
            "Flows",
            "Duration",
            "Mean rate",
            "Unclassified",
            "Traffic over time",
            "Applications",
            "Categories",
            "Top sources",
            "Top destinations",
            "Top pairs",
            "Top server names",
            "Distributions",
            "Protocols",
            "How flows ended",
            "Tunnels",
            "VLANs",
            "Destination ports",
            "Ignored packets"
        ]
    );
}

#[test]
fn what_flows_do_not_tell_is_left_out() {
    let facts = FlowFacts {
        src: "a",
        dst: "b",
        protocol: ICMP,
        ..FlowFacts::default()
    };
    let page = page([facts]);
    assert_eq!(
        headings(&page),
        [
            "Bytes",
            "Packets",
            "Flows",
            "Unclassified",
            "Services",
            "Top sources",
            "Top destinations",
            "Top pairs",
            "Distributions",
            "Protocols",
            "Ignored packets"
        ]
    );
    assert!(page.contains("--n-dissections"), "how to get applications");
}

#[test]
fn without_flows_there_are_totals() {
    let page = page([]);
    assert_eq!(figure(&page, "flows"), 0);
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn totals_are_exact() {
    let flows: Vec<_> = (0..1_000).map(some).collect();
    let page = page(flows.iter().copied());
    assert_eq!(figure(&page, "flows"), 1_000);
    assert_eq!(
        figure(&page, "packets"),
        flows.iter().map(|flow| flow.packets).sum()
    );
    assert_eq!(
        figure(&page, "bytes"),
        flows.iter().map(|flow| flow.bytes).sum()
    );
}

#[test]
fn flows_without_a_name_are_unclassified() {
    let of = |application| FlowFacts {
        application,
        ..some(3)
    };
    let page = page([of(Some("Unknown")), of(None), of(Some("DNS"))]);
    assert_eq!(figure(&page, "unclassified_flows"), 2);
    assert!(page.contains("(not looked into)"));
}

#[test]
fn the_same_flows_give_the_same_page() {
    let names: Vec<String> = (0..3_000)
        .map(|number| format!("host{}", number * 7 % 2_500))
        .collect();
    let flows = || {
        names.iter().zip(0..).map(|(name, number)| FlowFacts {
            src: name,
            dst_port: number as u16,
            ..some(number)
        })
    };
    let first = page(flows());
    assert_eq!(first, page(flows()));
    assert!(first.contains("≥ "), "there are more hosts than counters");
}

#[test]
fn hostile_texts_are_harmless() {
    const HOSTILE: &str = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\" ' & \u{202e}moc\u{2066}\u{0}";
    let flow = FlowFacts {
        src: HOSTILE,
        dst: HOSTILE,
        application: Some(HOSTILE),
        category: Some(HOSTILE),
        server_name: HOSTILE,
        ..some(1)
    };
    let mut report = Report::default();
    report.add(&flow);
    report.describe("nfstream.<script>", HOSTILE);
    let page = report.render(&Context {
        title: HOSTILE.to_owned(),
        inputs: vec![HOSTILE.to_owned()],
        ignored: Some(vec![Ignored {
            layer: HOSTILE.to_owned(),
            reason: HOSTILE.to_owned(),
            packets: 1,
        }]),
        notes: vec![HOSTILE.to_owned()],
        created: Some(HOSTILE.to_owned()),
    });
    for tag in ["<script", "<img"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let is_hidden = |c: char| {
        c != '\n'
            && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    assert!(!page.contains(is_hidden));
}

#[test]
fn the_page_loads_nothing() {
    let page = page([everything()]);
    for reference in [
        "http://", "https://", "//", "url(", "@import", "src=", "href", "<link", "<script",
    ] {
        assert!(!page.contains(reference), "{reference}");
    }
}

#[test]
fn the_page_is_small_whatever_the_flows_are() {
    let long = "<&\"'>\u{202e}".repeat(50);
    let name = |prefix: &str, number: u64| format!("{prefix}{number}{long}");
    let mut report = Report::default();
    for number in 0..20_000 {
        report.add(&FlowFacts {
            src: &name("a", number),
            dst: &name("b", number),
            dst_port: number as u16,
            protocol: if number % 2 == 0 { TCP } else { number as u8 },
            ip_version: number as u8,
            vlan_id: number as u16,
            tunnel_id: number as u8,
            expiration_id: Some(number as i8),
            seen: Some((
                Timestamp::from_millis(number),
                Timestamp::from_millis(1 << (number % 44)),
            )),
            packets: 1 << (number % 40),
            bytes: 1 << (number % 50),
            src2dst_bytes: Some(1),
            application: Some(&name("c", number)),
            category: Some(&name("d", number)),
            server_name: &name("e", number),
            src_port: 0,
        });
    }
    for number in 0..1_000 {
        report.describe(&name("nfstream.", number), &name("f", number));
        report.describe("nfstream.source", &name("f", number));
    }
    let ignored = (0..1_000).map(|number| Ignored {
        layer: name("h", number),
        reason: name("i", number),
        packets: u64::MAX,
    });
    let many: Vec<String> = (0..1_000).map(|number| name("g", number)).collect();
    let page = report.render(&Context {
        title: long.clone(),
        inputs: many.clone(),
        notes: many,
        ignored: Some(ignored.collect()),
        created: Some(long),
    });
    assert!(page.len() < 200_000, "{} bytes", page.len());
}

#[test]
fn values_beyond_all_sums_are_shown() {
    let page = page([1, 2].map(|number| FlowFacts {
        packets: u64::MAX,
        bytes: u64::MAX,
        src2dst_bytes: Some(u64::MAX),
        seen: Some((Timestamp::EPOCH, Timestamp::MAX)),
        ..some(number)
    }));
    assert_eq!(figure(&page, "bytes"), u64::MAX);
    assert!(page.contains("18.4 EB"));
}
