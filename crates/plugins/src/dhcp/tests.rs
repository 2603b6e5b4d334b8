use core::net::SocketAddr;

use allocation_counter::measure;
use nfstream_decode::PacketFields;
use nfstream_flow::{FlowTable, FlowTableConfig, schema, sink_fn};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::{datagram, meter};

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const REQUEST: u8 = 3;
const ACK: u8 = 5;

/// A client without address, one with, their server, and everyone.
const NOBODY: &str = "0.0.0.0:68";
const CLIENT: &str = "192.0.2.10:68";
const SERVER: &str = "192.0.2.1:67";
const ALL_SERVERS: &str = "255.255.255.255:67";

/// A message of a client with these options (RFC 2131 §2).
fn message(options: &[u8]) -> Vec<u8> {
    [
        &[1, 1, 6, 0][..],               // op: BOOTREQUEST, htype: Ethernet, hlen, hops
        &[0, 0, 0x3d, 0x1d],             // xid
        &[0, 0, 0x80, 0],                // secs, flags: broadcast
        &[0; 4],                         // ciaddr
        &[0; 4],                         // yiaddr
        &[0; 4],                         // siaddr
        &[0; 4],                         // giaddr
        &[0, 0x0b, 0x82, 1, 0xfc, 0x42], // chaddr
        &[0; 10],                        // its padding
        &[0; 64],                        // sname
        &[0; 128],                       // file
        &[99, 130, 83, 99],              // magic cookie
        options,
    ]
    .concat()
}

/// An option: code, length, value.
fn option(code: u8, value: &[u8]) -> Vec<u8> {
    [&[code, u8::try_from(value.len()).unwrap()], value].concat()
}

/// A message of one type with one more option, and the end.
fn of_type(message_type: u8, code: u8, value: &[u8]) -> Vec<u8> {
    let options = [
        &option(53, &[message_type])[..],
        &option(code, value),
        &[255],
    ];
    message(&options.concat())
}

/// The request of a client that has just been offered 192.168.0.10.
fn request() -> Vec<u8> {
    message(&[
        53, 1, REQUEST, // message type
        61, 7, 1, 0, 0x0b, 0x82, 1, 0xfc, 0x42, // client identifier
        50, 4, 192, 168, 0, 10, // requested address
        54, 4, 192, 168, 0, 1, // server identifier
        55, 4, 1, 3, 6, 42, // parameter request list
        255, 0, 0, // end, padding
    ])
}

fn packet<'a>(src: &str, dst: &str, payload: &'a [u8]) -> PacketFields<'a> {
    datagram(src.parse().unwrap(), dst.parse().unwrap(), payload)
}

/// What each flow of these packets tells, how many packets it has, and its `expiration_id`.
fn flows(packets: &[PacketFields<'_>]) -> Vec<(DhcpColumns, u64, i8)> {
    let records = meter(&FlowTableConfig::default(), Dhcp, packets);
    let flow = |record: nfstream_flow::OwnedFlowRecord<DhcpColumns>| {
        let packets = record.flow().bidirectional().packets;
        (record.output, packets, record.end.expiration_id())
    };
    records.into_iter().map(flow).collect()
}

/// What a flow of these messages tells, which a client with an address sends.
fn told(payloads: &[&[u8]]) -> DhcpColumns {
    let packets: Vec<_> = payloads
        .iter()
        .map(|payload| packet(CLIENT, SERVER, payload))
        .collect();
    let mut flows = flows(&packets);
    assert_eq!(flows.len(), 1);
    flows.remove(0).0
}

/// What a column of texts has.
#[allow(clippy::unnecessary_wraps, reason = "as columns are")]
fn text(text: &str) -> Option<Box<str>> {
    Some(text.into())
}

#[test]
fn a_request_tells_everything() {
    let right = DhcpColumns {
        dhcp_50: Some(Ipv4Addr::new(192, 168, 0, 10)),
        dhcp_55: text("1,3,6,42"),
        dhcp_options: vec![53, 61, 50, 54, 55],
        dhcp_msg_type: Some(DhcpMessageType::REQUEST),
        dhcp_oui: Some(Oui([0, 0x0b, 0x82])),
        ..DhcpColumns::default()
    };
    assert_eq!(told(&[&request()]), right);
}

#[test]
fn a_message_of_another_type_tells_four_options() {
    let options = [
        option(53, &[DISCOVER]),
        option(12, b"host"),
        option(50, &[192, 0, 2, 77]),
        option(55, &[1, 3]),
        option(57, &[0x05, 0xdc]),
        option(60, b"MSFT 5.0"),
        option(77, b"iPXE"),
    ];
    let right = DhcpColumns {
        dhcp_12: text("host"),
        dhcp_57: Some(1_500),
        dhcp_60: text("MSFT 5.0"),
        dhcp_77: text("iPXE"),
        dhcp_msg_type: Some(DhcpMessageType::DISCOVER),
        ..DhcpColumns::default()
    };
    assert_eq!(told(&[&message(&options.concat())]), right);
}

#[test]
fn a_client_that_renews_tells_its_address_and_an_ack_ends_the_flow() {
    let mut renewal = request();
    renewal[12..16].copy_from_slice(&[192, 0, 2, 10]);
    let ack = of_type(ACK, 51, &[0, 0, 14, 16]);
    let exchange = [
        packet(CLIENT, SERVER, &renewal),
        packet(SERVER, CLIENT, &ack),
    ];
    let flows = flows(&[exchange, exchange].concat());
    assert_eq!(flows.len(), 2);
    for (columns, packets, expiration_id) in flows {
        assert_eq!((packets, expiration_id), (2, -1));
        assert_eq!(columns.dhcp_addr, Some(Ipv4Addr::new(192, 0, 2, 10)));
        assert_eq!(columns.dhcp_msg_type, Some(DhcpMessageType::REQUEST));
    }
}

#[test]
fn an_address_stays_that_a_later_request_does_not_tell() {
    let mut renewal = request();
    renewal[12..16].copy_from_slice(&[192, 0, 2, 10]);
    let columns = told(&[&renewal, &of_type(REQUEST, 12, b"host")]);
    assert_eq!(columns.dhcp_addr, Some(Ipv4Addr::new(192, 0, 2, 10)));
    assert_eq!((columns.dhcp_50, columns.dhcp_55), (None, None));
    assert_eq!(columns.dhcp_options, [53, 12]);
}

#[test]
fn each_message_of_a_client_without_address_is_a_flow() {
    let (discover, request) = (of_type(DISCOVER, 12, b"a"), request());
    let packets =
        [&discover, &discover, &request].map(|payload| packet(NOBODY, ALL_SERVERS, payload));
    let types: Vec<_> = flows(&packets)
        .into_iter()
        .map(|(columns, packets, expiration_id)| {
            assert_eq!((packets, expiration_id), (1, -1));
            columns.dhcp_msg_type.unwrap().name()
        })
        .collect();
    assert_eq!(types, [Some("DISCOVER"), Some("DISCOVER"), Some("REQUEST")]);
}

#[test]
fn what_ends_a_transaction_ends_the_flow() {
    let ends = |message_type: &u8| {
        let payload = of_type(*message_type, 12, b"host");
        flows(&[packet(CLIENT, SERVER, &payload)])[0].2 == -1
    };
    let ending: Vec<u8> = (0..=u8::MAX).filter(ends).collect();
    assert_eq!(ending, [4, 5, 6, 8]);
}

#[test]
fn the_first_type_and_the_last_texts_count() {
    let discover = of_type(DISCOVER, 12, b"host");
    let offer = of_type(OFFER, 12, b"other");
    let request = of_type(REQUEST, 60, b"class");
    let packets = [
        packet(CLIENT, SERVER, &discover),
        packet(SERVER, CLIENT, &offer),
        packet(CLIENT, SERVER, &request),
    ];
    let [(columns, 3, 0)] = &flows(&packets)[..] else {
        panic!("one flow")
    };
    assert_eq!(columns.dhcp_msg_type, Some(DhcpMessageType::DISCOVER));
    assert_eq!(columns.dhcp_12, text("other"));
    assert_eq!(columns.dhcp_60, text("class"));
}

#[test]
fn a_flow_that_a_server_began_counts_from_the_client_on() {
    let (offer, request, ack) = (of_type(OFFER, 12, b"a"), request(), of_type(ACK, 12, b"b"));
    let answers = [packet(SERVER, CLIENT, &offer), packet(SERVER, CLIENT, &ack)];
    assert_eq!(flows(&answers), [(DhcpColumns::default(), 2, 0)]);
    let packets = [answers[0], packet(CLIENT, SERVER, &request), answers[1]];
    let [(columns, 3, -1)] = &flows(&packets)[..] else {
        panic!("one flow that ended")
    };
    assert_eq!(columns.dhcp_msg_type, Some(DhcpMessageType::REQUEST));
    assert_eq!(columns.dhcp_12, text("b"));
}

#[test]
fn relay_agents_talk_from_port_to_port() {
    let [(columns, 1, 0)] = &flows(&[packet(SERVER, "198.51.100.1:67", &request())])[..] else {
        panic!("one flow")
    };
    assert_eq!(columns.dhcp_options.len(), 5);
}

#[test]
fn what_is_no_dhcp_tells_nothing() {
    let request = request();
    let mut without_cookie = request.clone();
    without_cookie[236..240].fill(0);
    let tcp = PacketFields {
        protocol: protocol::TCP,
        ..packet(CLIENT, SERVER, &request)
    };
    let nobody = packet(NOBODY, ALL_SERVERS, &without_cookie);
    let others = [
        packet(CLIENT, SERVER, &[]),
        packet(CLIENT, SERVER, &without_cookie),
        packet(CLIENT, "192.0.2.1:69", &request),
        packet("[2001:db8::1]:68", "[2001:db8::2]:67", &request),
        tcp,
    ];
    for packet in others {
        assert_eq!(flows(&[packet]), [(DhcpColumns::default(), 1, 0)]);
    }
    // Nor does it end a flow.
    assert_eq!(flows(&[nobody, nobody]), [(DhcpColumns::default(), 2, 0)]);
}

#[test]
fn a_message_that_is_cut_tells_the_options_before() {
    let request = request();
    let codes = |length: usize| told(&[&request[..length]]).dhcp_options;
    assert_eq!(told(&[&request[..239]]), DhcpColumns::default());
    assert_eq!(codes(242), []); // no message type yet
    assert_eq!(codes(243), [53]);
    assert_eq!(codes(251), [53]); // the client identifier is cut
    assert_eq!(codes(252), [53, 61]);
    let columns = told(&[&request[..269]]);
    assert_eq!(columns.dhcp_options, [53, 61, 50, 54]);
    assert_eq!(columns.dhcp_55, None);
}

#[test]
fn a_message_without_type_is_bootp() {
    let right = DhcpColumns {
        dhcp_12: text("host"),
        ..DhcpColumns::default()
    };
    let bootp = message(&[0, 0, 12, 4, b'h', b'o', b's', b't', 255]);
    assert_eq!(told(&[&bootp]), right);
    // The type of the flow is that of the first message that has one.
    let columns = told(&[&bootp, &request()]);
    assert_eq!(columns.dhcp_msg_type, Some(DhcpMessageType::REQUEST));
}

#[test]
fn file_and_server_name_hold_options_where_an_option_says_so() {
    // Both fields: a part of the vendor class and the end.
    let overloaded = |overload: u8| {
        let mut message = message(&[53, 1, REQUEST, 52, 1, overload, 60, 1, b'a', 255]);
        message[108..112].copy_from_slice(&[60, 1, b'b', 255]);
        message[44..48].copy_from_slice(&[60, 1, b'c', 255]);
        told(&[&message])
    };
    for (overload, class, options) in [
        (0, "a", &[53, 52, 60][..]),
        (1, "ab", &[53, 52, 60, 60]),
        (2, "ac", &[53, 52, 60, 60]),
        (3, "abc", &[53, 52, 60, 60, 60]),
        (4, "a", &[53, 52, 60]),
    ] {
        let columns = overloaded(overload);
        assert_eq!(columns.dhcp_60, text(class));
        assert_eq!(columns.dhcp_options, options);
    }
}

#[test]
fn a_file_cannot_lend_another_field() {
    let mut message = message(&[52, 1, 1, 255]);
    message[108..112].copy_from_slice(&[52, 1, 3, 255]);
    message[44..48].copy_from_slice(&[12, 1, b'a', 255]);
    assert_eq!(told(&[&message]).dhcp_12, None);
}

#[test]
fn an_option_in_several_parts_is_one_up_to_512_bytes() {
    let parts = [
        option(53, &[REQUEST]),
        option(12, &[b'a'; 255]),
        option(12, &[b'b'; 7]),
    ];
    let columns = told(&[&message(&parts.concat())]);
    assert_eq!(columns.dhcp_12, text(&("a".repeat(255) + &"b".repeat(7))));
    assert_eq!(columns.dhcp_options, [53, 12, 12]);

    let parts = vec![option(60, &[b'c'; 200]); 40].concat();
    assert_eq!(told(&[&message(&parts)]).dhcp_60, text(&"c".repeat(512)));
}

#[test]
fn the_first_255_codes_of_a_message_count() {
    let many = [option(53, &[REQUEST]), [80, 0].repeat(1_000)].concat();
    let columns = told(&[&message(&many)]);
    assert_eq!(columns.dhcp_options.len(), 255);
    assert_eq!(columns.dhcp_options[..2], [53, 80]);
}

#[test]
fn texts_lose_zeros_and_keep_what_is_not_utf_8() {
    let host_name = |value: &[u8]| told(&[&of_type(DISCOVER, 12, value)]).dhcp_12;
    assert_eq!(host_name(b"phone\0\0"), text("phone"));
    assert_eq!(host_name("Büro".as_bytes()), text("Büro"));
    assert_eq!(host_name(b"B\xfcro"), text("B\u{fffd}ro"));
    assert_eq!(host_name(b"\0"), None);
    assert_eq!(host_name(b""), None);
}

#[test]
fn an_empty_text_takes_nothing_back() {
    let (host, empty) = (of_type(DISCOVER, 12, b"host"), of_type(DISCOVER, 12, b""));
    assert_eq!(told(&[&host, &empty]).dhcp_12, text("host"));
}

#[test]
fn user_classes_have_lengths_or_not() {
    let user_class = |value: &[u8]| told(&[&of_type(DISCOVER, 77, value)]).dhcp_77;
    assert_eq!(user_class(b"\x04iPXE"), text("iPXE"));
    assert_eq!(user_class(b"\x03lab\x05third"), text("lab,third"));
    assert_eq!(user_class(b"iPXE"), text("iPXE"));
    // Lengths that do not fit are text.
    assert_eq!(user_class(b"\x03la"), text("\x03la"));
    assert_eq!(user_class(b"\x01a\0"), text("\x01a"));
    assert_eq!(user_class(b""), None);
}

#[test]
fn numbers_and_addresses_of_another_length() {
    let size = |value: &[u8]| told(&[&of_type(DISCOVER, 57, value)]).dhcp_57;
    assert_eq!(
        [size(&[]), size(&[2]), size(&[2, 64])],
        [None, None, Some(576)]
    );
    let address = |value: &[u8]| told(&[&of_type(REQUEST, 50, value)]).dhcp_50;
    assert_eq!([address(&[]), address(&[192, 0, 2])], [None, None]);
    assert_eq!(
        address(&[192, 0, 2, 9, 7]),
        Some(Ipv4Addr::new(192, 0, 2, 9))
    );
}

#[test]
fn other_hardware_than_ethernet_has_no_oui() {
    let mut infiniband = request();
    infiniband[1..3].copy_from_slice(&[32, 0]);
    let columns = told(&[&infiniband]);
    assert_eq!((columns.dhcp_oui, columns.dhcp_options.len()), (None, 5));
}

#[test]
fn types_have_names_or_digits() {
    let names = [1, 4, 6, 18].map(|number| DhcpMessageType(number).to_string());
    assert_eq!(names, ["DISCOVER", "DECLINE", "NACK", "TLS"]);
    for number in [0, 19, 200] {
        assert_eq!(DhcpMessageType(number).to_string(), number.to_string());
        let columns = told(&[&of_type(number, 12, b"host")]);
        assert_eq!(columns.dhcp_msg_type, Some(DhcpMessageType(number)));
        assert_eq!(columns.dhcp_12, text("host"));
    }
}

#[test]
fn its_columns_are_those_of_nfstream() {
    let schema = schema(&FlowTableConfig::default(), &Dhcp);
    let names: Vec<_> = schema
        .columns()
        .iter()
        .map(|column| &*column.name)
        .collect();
    let right = [
        "udps.dhcp_12",
        "udps.dhcp_50",
        "udps.dhcp_55",
        "udps.dhcp_57",
        "udps.dhcp_60",
        "udps.dhcp_77",
        "udps.dhcp_options",
        "udps.dhcp_addr",
        "udps.dhcp_msg_type",
        "udps.dhcp_oui",
    ];
    assert!(names.ends_with(&right));
}

#[test]
fn other_flows_allocate_nothing_and_carry_one_pointer() {
    assert_eq!(size_of::<DhcpState>(), size_of::<usize>());
    let payload = request();
    let mut table = FlowTable::new(&FlowTableConfig::default(), Dhcp);
    let mut sink =
        sink_fn(|_: nfstream_flow::FlowRecord<'_, _>| Ok::<_, core::convert::Infallible>(()));
    let mut push = |port: u16| {
        let server = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let packet = datagram(CLIENT.parse().unwrap(), server, &payload);
        let Ok(()) = table.push(&packet.into(), &mut sink);
    };
    // The table makes room for its first flows.
    push(53);
    let flows = measure(|| (100..200).chain(100..200).for_each(&mut push));
    assert_eq!(flows.count_total, 0);
    // The columns, the list of codes, the list of parameters.
    assert_eq!(measure(|| push(67)).count_current, 3);
}

#[test]
fn six_blocks_of_memory_stay() {
    let options = [
        option(53, &[REQUEST]),
        option(12, &[0xff; 255]),
        option(12, &[0xff; 255]),
        option(55, &[255; 255]),
        option(55, &[255; 255]),
        option(60, &[0xff; 255]),
        option(60, &[0xff; 255]),
        option(77, &[0xff; 255]),
        option(77, &[0xff; 255]),
        [80, 0].repeat(255),
    ];
    let message = message(&options.concat());
    let mut state = DhcpState::default();
    let allocated = measure(|| {
        let message = Message::parse(&message).unwrap();
        state.0.get_or_insert_default().take(&message);
    });
    assert_eq!(allocated.count_current, 6);
    assert!(allocated.bytes_current < 8 << 10, "{allocated:?}");
}

/// Options with codes that columns are made of, and others.
fn options() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![
        prop::sample::select(vec![0, 12, 50, 52, 53, 55, 57, 60, 77, 255]),
        any::<u8>()
    ];
    let option = (code, vec(any::<u8>(), 0..=255)).prop_map(|(code, value)| option(code, &value));
    vec(option, 0..40).prop_map(|options| options.concat())
}

proptest! {
    #[test]
    fn any_payload_is_bounded(payload in vec(any::<u8>(), 0..600)) {
        prop_assert!(memory(&told(&[&payload])) < 8 << 10);
    }

    #[test]
    fn any_options_are_bounded(
        options in options(),
        fields in vec(any::<u8>(), 192),
        is_request: bool,
        cut in 0..400_usize,
    ) {
        let start = if is_request { option(53, &[REQUEST]) } else { vec![] };
        let mut message = message(&[start, options].concat());
        message[44..236].copy_from_slice(&fields);
        message.truncate(message.len().saturating_sub(cut));
        let packets = [packet(CLIENT, SERVER, &message)];
        for (columns, _, _) in flows(&packets) {
            prop_assert!(memory(&columns) < 8 << 10);
            prop_assert!(columns.dhcp_options.len() <= 255);
        }
    }
}

/// What columns take on the heap, themselves included.
fn memory(columns: &DhcpColumns) -> usize {
    let texts = [
        &columns.dhcp_12,
        &columns.dhcp_55,
        &columns.dhcp_60,
        &columns.dhcp_77,
    ];
    let texts: usize = texts.into_iter().flatten().map(|text| text.len()).sum();
    size_of::<DhcpColumns>() + texts + columns.dhcp_options.capacity()
}
