//! DHCP against NFStream 6.6.0's plugin `DHCP`, run over the same captures, and against Wireshark 4.0.17.

use nfstream::Streamer;
use nfstream::export::{Csv, WriterSink};
use nfstream::flow::OwnedFlowRecord;
use nfstream::plugins::{Dhcp, DhcpColumns};

use crate::corpus::Corpus;
use crate::golden::Table;
use crate::{capture, records};

/// By capture: the flows to and from the ports of DHCP, and how many of them have a value in each column, in their order.
/// They are NFStream's but where a comment says something else.
const FIGURES: [(&str, usize, [usize; 10]); 21] = [
    (
        "derived__ng__sv__sip-method_sip.pcapng",
        1,
        [1, 0, 1, 0, 1, 0, 1, 1, 1, 1],
    ),
    ("gopacket__pcapgo_tests_be_test102.pcapng", 2, [0; 10]),
    ("gopacket__pcapgo_tests_be_test202.pcapng", 2, [0; 10]),
    ("gopacket__pcapgo_tests_le_test202.pcapng", 2, [0; 10]),
    (
        "mercury__unit_tests_pcaps_capture2.pcap",
        34,
        [33, 0, 0, 0, 33, 0, 0, 0, 33, 0],
    ),
    (
        "mercury__unit_tests_pcaps_dns_packet.capture2.pcap",
        34,
        [33, 0, 0, 0, 33, 0, 0, 0, 33, 0],
    ),
    (
        "mercury__unit_tests_pcaps_emix.pcap",
        8,
        [2, 2, 2, 3, 5, 3, 2, 0, 6, 2],
    ),
    ("nfs__1kxun.pcap", 9, [7, 1, 3, 4, 3, 0, 3, 2, 8, 3]),
    ("nfs__android.pcap", 13, [10, 1, 1, 12, 2, 0, 1, 0, 12, 1]),
    ("nfs__iphone.pcap", 8, [7, 1, 1, 7, 0, 0, 1, 0, 7, 1]),
    ("nfs__signal.pcap", 4, [4, 0, 0, 4, 0, 0, 0, 0, 4, 0]),
    ("nfs__telegram.pcap", 2, [2, 0, 0, 1, 2, 0, 0, 0, 2, 0]),
    ("nfs__wa_voice.pcap", 5, [5, 0, 0, 5, 0, 0, 0, 0, 5, 0]),
    ("nfs__wechat.pcap", 1, [1, 1, 1, 1, 0, 0, 1, 0, 1, 1]),
    (
        "nfs__whatsapp_login_call.pcap",
        10,
        [10, 0, 0, 10, 0, 0, 0, 0, 10, 0],
    ),
    (
        "nfs__whatsapp_login_chat.pcap",
        6,
        [6, 0, 0, 6, 0, 0, 0, 0, 6, 0],
    ),
    ("nfs__zoom.pcap", 1, [1, 0, 0, 0, 1, 0, 0, 0, 1, 0]),
    ("sv__sip-method_sip.pcap", 1, [1, 0, 1, 0, 1, 0, 1, 1, 1, 1]),
    // Payloads at random, without the magic cookie: NFStream has 8 flows of them, 4 with a type of 0.
    ("synth__ip4_bcast.pcap", 5, [0; 10]),
    (
        "tcpdump__dhcp-option-108.pcapng",
        2,
        [1, 0, 0, 1, 0, 0, 0, 0, 1, 0],
    ),
    // No DHCP.
    ("nfs__mdns.pcap", 0, [0; 10]),
];

/// Whether a flow is one to or from the ports of DHCP.
fn is_dhcp(record: &OwnedFlowRecord<DhcpColumns>) -> bool {
    let flow = record.flow();
    let ports = [flow.src_port(), flow.dst_port()];
    flow.protocol() == 17 && ports.iter().any(|port| matches!(port, 67 | 68))
}

/// Which columns have a value.
fn has_value(columns: &DhcpColumns) -> [bool; 10] {
    [
        columns.dhcp_12.is_some(),
        columns.dhcp_50.is_some(),
        columns.dhcp_55.is_some(),
        columns.dhcp_57.is_some(),
        columns.dhcp_60.is_some(),
        columns.dhcp_77.is_some(),
        !columns.dhcp_options.is_empty(),
        columns.dhcp_addr.is_some(),
        columns.dhcp_msg_type.is_some(),
        columns.dhcp_oui.is_some(),
    ]
}

#[test]
fn as_many_values_as_nfstream_has() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    for (name, flows, values) in FIGURES {
        let records = records(&capture(&corpus, name), Dhcp);
        let mut found = (0, [0; 10]);
        for record in records.iter().filter(|record| is_dhcp(record)) {
            found.0 += 1;
            for (count, has_value) in found.1.iter_mut().zip(has_value(&record.output)) {
                *count += usize::from(has_value);
            }
        }
        assert_eq!(found, (flows, values), "{name}");
    }
}

/// Port of the source, packets, `expiration_id` and the plugin's columns of each flow to port 67, in the order in which
/// they began, as CSV has them.
fn rows(corpus: &Corpus, name: &str) -> Vec<String> {
    let mut csv = Vec::new();
    Streamer::builder()
        .source(capture(corpus, name))
        .udps(Dhcp)
        .build()
        .unwrap()
        .run(WriterSink::new(&mut csv, Csv::default()))
        .unwrap();
    let table = Table::parse(&String::from_utf8(csv).unwrap());
    let columns = table.columns.iter().map(String::as_str);
    let columns: Vec<_> = ["src_ip", "bidirectional_packets", "expiration_id"]
        .into_iter()
        .chain(columns.filter(|column| column.starts_with("udps.")))
        .collect();
    let mut rows: Vec<_> = (0..table.rows.len())
        .filter(|row| table.cell(*row, "dst_port") == "67")
        .collect();
    rows.sort_by_key(|row| table.cell(*row, "bidirectional_first_seen_ms"));
    rows.into_iter()
        .map(|row| {
            let cells = columns.iter().map(|column| table.cell(row, column));
            cells.collect::<Vec<_>>().join("|")
        })
        .collect()
}

#[test]
fn rows_with_requests_renewals_and_information() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let right = [
        "0.0.0.0|1|-1|Shen|192.168.3.237|1,121,3,6,15,119,252|1500|||[53, 55, 57, 61, 50, 51, 12]||REQUEST|70:3e:ac",
        "192.168.5.16|2|-1|MacBook-Air||1,3,6,15,119,95,252,44,46|1500|||[53, 55, 57, 61, 51, 12]|192.168.5.16|REQUEST|60:c5:47",
        "0.0.0.0|1|-1|||||||[]||DISCOVER|",
        "192.168.5.9|1|-1|Joanna-PC||||MSFT 5.0||[]||INFORM|",
        "0.0.0.0|1|-1|android-f7ca0f571270c52d|||1500|dhcpcd-5.5.6||[]||DISCOVER|",
        "192.168.5.41|1|-1|kevin-PC||||MSFT 5.0||[]||INFORM|",
        "192.168.5.16|2|-1|MacBook-Air||1,3,6,15,119,95,252,44,46|1500|||[53, 55, 57, 61, 51, 12]|192.168.5.16|REQUEST|60:c5:47",
        "0.0.0.0|1|-1|sanji-LIFEBOOK-LH531||||||[]||DISCOVER|",
    ];
    assert_eq!(rows(&corpus, "nfs__1kxun.pcap"), right);
}

#[test]
fn rows_of_clients_that_boot_from_the_network() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let discover = "0.0.0.0|1|-1||||1472|PXEClient:Arch:00000:UNDI:002001|iPXE|[]||DISCOVER|";
    let right = [
        "192.168.122.145|1|0|||||||[]||RELEASE|",
        discover,
        discover,
        "0.0.0.0|1|-1||192.168.2.100|1,3,6,7,12,15,17,43,60,66,67,128,129,130,131,132,133,134,135,175,203|1472\
         |PXEClient:Arch:00000:UNDI:002001|iPXE|[53, 57, 93, 94, 60, 77, 55, 175, 61, 97, 54, 50]||REQUEST|de:ad:be",
        "0.0.0.0|1|-1|PC||||MSFT 5.0||[]||DISCOVER|",
        "0.0.0.0|1|-1|PC|192.168.1.124|1,15,3,6,44,46,47,31,33,121,249,43||MSFT 5.0||[53, 61, 50, 54, 12, 81, 60, 55]||REQUEST|00:15:17",
    ];
    assert_eq!(rows(&corpus, "mercury__unit_tests_pcaps_emix.pcap"), right);
}

/// NFStream keeps the zero that these telephones send behind their vendor class.
#[test]
fn a_vendor_class_ends_before_its_zero() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let records = records(
        &capture(&corpus, "mercury__unit_tests_pcaps_capture2.pcap"),
        Dhcp,
    );
    let classes = records
        .iter()
        .filter_map(|record| record.output.dhcp_60.as_deref())
        .filter(|class| class.starts_with("Cisco Systems, Inc. IP Phone CP-79"));
    assert_eq!(classes.clone().count(), 33);
    assert!(classes.into_iter().all(|class| !class.ends_with('\0')));
}
