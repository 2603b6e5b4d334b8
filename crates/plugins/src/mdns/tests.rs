use core::convert::Infallible;

use allocation_counter::measure;
use nfstream_decode::PacketFields;
use nfstream_flow::{FlowRecord, FlowTable, FlowTableConfig, schema, sink_fn};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::testing::{datagram, meter};

const HOST: &str = "192.0.2.1:5353";
const GROUP: &str = "224.0.0.251:5353";

/// A header: identifier, flags, how many questions, answers, authorities and additional records (RFC 1035 §4.1.1).
fn header(flags: u16, questions: u16, answers: u16) -> Vec<u8> {
    [0, flags, questions, answers, 0, 0]
        .map(u16::to_be_bytes)
        .concat()
}

/// A name, not compressed: each label with its length before it, and the root.
fn name(labels: &[&str]) -> Vec<u8> {
    let mut name: Vec<u8> = labels
        .iter()
        .flat_map(|label| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat())
        .collect();
    name.push(0);
    name
}

/// A record of class IN whose owner is the root, to live for two minutes (RFC 1035 §4.1.3).
fn record(record_type: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let [high, low] = record_type.to_be_bytes();
    [&[0, high, low, 0, 1, 0, 0, 0, 120][..], &length, data].concat()
}

/// A response whose answers are PTR records with these data.
fn response(answers: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(answers.len()).unwrap();
    let mut message = header(0x8400, 0, count);
    for data in answers {
        message.extend(record(12, data));
    }
    message
}

/// The names of each flow of these packets.
fn flows(packets: &[PacketFields<'_>]) -> Vec<Vec<Box<str>>> {
    let records = meter(&FlowTableConfig::default(), Mdns, packets);
    records
        .into_iter()
        .map(|record| record.output.mdns_ptr)
        .collect()
}

fn packet<'a>(src: &str, dst: &str, payload: &'a [u8]) -> PacketFields<'a> {
    datagram(src.parse().unwrap(), dst.parse().unwrap(), payload)
}

/// The names of a flow of these messages.
fn names(messages: &[&[u8]]) -> Vec<Box<str>> {
    let packets: Vec<_> = messages
        .iter()
        .map(|message| packet(HOST, GROUP, message))
        .collect();
    let mut flows = flows(&packets);
    assert_eq!(flows.len(), 1);
    flows.remove(0)
}

const NONE: [&str; 0] = [];

fn boxed(names: &[&str]) -> Vec<Box<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

/// The answer that a printer gives to who looks for printers.
const PRINTER: &[u8] = &[
    0, 0, 0x84, 0, // identifier, flags: response, authoritative
    0, 1, 0, 1, 0, 0, 0, 0, // one question, one answer
    4, b'_', b'i', b'p', b'p', 4, b'_', b't', b'c', b'p', 5, b'l', b'o', b'c', b'a', b'l',
    0, // at 12: _ipp._tcp.local
    0, 12, 0, 1, // type PTR, class IN
    0xc0, 12, // name: that at 12
    0, 12, 0, 1, 0, 0, 17, 148, // type PTR, class IN, to live for 4,500 seconds
    0, 8, // length of the data
    5, b'E', b'a', b's', b't', b',', // an instance
    0xc0, 12, // of _ipp._tcp.local
];

#[test]
fn an_answer_with_compressed_names() {
    assert_eq!(names(&[PRINTER]), boxed(&["East,._ipp._tcp.local"]));
}

#[test]
fn names_come_once_in_the_order_in_which_they_were_seen() {
    let [a, b, c] = ["a", "b", "c"].map(|label| name(&[label, "local"]));
    let first = response(&[b.clone(), a.clone(), b.clone()]);
    let second = response(&[c, a, b]);
    let right = boxed(&["b.local", "a.local", "c.local"]);
    assert_eq!(names(&[&first, &second]), right);
}

#[test]
fn known_answers_of_a_query_count() {
    let mut query = response(&[name(&["a", "local"])]);
    query[2..4].fill(0); // flags: a query
    assert_eq!(names(&[&query]), boxed(&["a.local"]));
}

#[test]
fn only_ptr_records_among_the_answers_count() {
    let data = name(&["a", "local"]);
    let mut message = header(0x8400, 0, 2);
    message.extend(record(5, &data)); // CNAME
    message.extend(record(1, &[192, 0, 2, 1])); // A
    message.extend(record(12, &data)); // behind the answers: an authority
    message[9] = 1;
    assert_eq!(names(&[&message]), boxed(&NONE));
}

#[test]
fn other_operations_and_errors_are_no_answers() {
    let message = |flags: u16| {
        let record = record(12, &name(&["a", "local"]));
        names(&[&[header(flags, 0, 1), record].concat()]).len()
    };
    assert_eq!(message(0x8400), 1);
    assert_eq!([0xac00, 0x8403].map(message), [0, 0]); // dynamic update, no such name
}

#[test]
fn a_message_that_is_cut_tells_the_answers_before() {
    let message = response(&[name(&["a", "local"]), name(&["b", "local"])]);
    // Header 12; each answer: name 1, fixed 10, data 9.
    for length in 0..message.len() {
        let right = usize::from(length >= 12 + 20);
        assert_eq!(names(&[&message[..length]]).len(), right, "{length} bytes");
    }
    assert_eq!(names(&[&message]).len(), 2);
    assert_eq!(names(&[&PRINTER[..PRINTER.len() - 1]]), boxed(&NONE));
}

#[test]
fn an_answer_without_a_good_name_does_not_hide_the_next_one() {
    let bad: [&[u8]; 6] = [
        &[],              // no data: the name would be that of what follows
        &[0],             // the root
        &[0xc0, 0xff],    // beyond the message
        &[0xc0, 23],      // itself: the data begin at 23
        &[0xc0, 24],      // ahead
        &[0x40, b'a', 0], // a length that RFC 1035 reserves
    ];
    for data in bad {
        let message = response(&[data.to_vec(), name(&["b", "local"])]);
        assert_eq!(names(&[&message]), boxed(&["b.local"]), "{data:?}");
    }
}

#[test]
fn a_name_that_runs_in_circles_is_none() {
    // At 23: a label, then a pointer back to it.
    let circle = response(&[vec![1, b'a', 0xc0, 23]]);
    assert_eq!(names(&[&circle]), boxed(&NONE));
    // The second data, at 23 + 15, go to the first, whose own pointer goes to the second.
    let pair = response(&[vec![1, b'a', 0xc0, 38], vec![1, b'b', 0xc0, 23]]);
    assert_eq!(names(&[&pair]), boxed(&NONE));
}

#[test]
fn a_name_may_have_255_bytes() {
    let label = "x".repeat(63);
    let longest = |last: usize| {
        let last = "y".repeat(last);
        names(&[&response(&[name(&[&label, &label, &label, &last])])])
    };
    // Four lengths, the labels, and the root: 4 + 3 · 63 + 61 + 1 bytes.
    assert_eq!(longest(61)[0].len(), 253);
    assert_eq!(longest(62), boxed(&NONE));
}

#[test]
fn what_is_not_utf_8_is_replaced() {
    let message = response(&[vec![3, b'a', 0xff, b'b', 0]]);
    assert_eq!(names(&[&message]), boxed(&["a\u{fffd}b"]));
    let message = response(&[name(&["Drucker im Büro", "local"])]);
    assert_eq!(names(&[&message]), boxed(&["Drucker im Büro.local"]));
}

#[test]
fn a_flow_keeps_64_names() {
    let numbers: Vec<_> = (0..100).map(|number: u8| number.to_string()).collect();
    let answers: Vec<_> = numbers.iter().map(|number| name(&[number])).collect();
    let found = names(&[&response(&answers[..50]), &response(&answers[40..])]);
    let right: Vec<_> = numbers[..64].iter().map(String::as_str).collect();
    assert_eq!(found, boxed(&right));
}

#[test]
fn the_work_for_a_message_is_bounded() {
    // A chain of pointers, each to the one before it, down to a name, as data of an unknown type.
    let mut chain = name(&["a"]);
    let start = 12 + 11;
    chain.extend([0xc0, start]);
    let hops = 250;
    let first = u16::from(start) + 3;
    for hop in 0..hops {
        chain.extend((0xc000 | (first + 2 * hop)).to_be_bytes());
    }
    let mut message = header(0x8400, 0, 6);
    message.extend(record(99, &chain));
    for _ in 0..5 {
        message.extend(record(12, &(0xc000 | (first + 2 * hops)).to_be_bytes()));
    }
    let mut answers = PtrAnswers::of(&message).unwrap();
    // 250 hops in the chain, one to it, one out of it, the label and the root; four times in 1,024 steps.
    assert_eq!(answers.by_ref().count(), 4);
}

#[test]
fn all_to_the_port_and_all_from_it() {
    let query = header(0, 0, 0);
    let message = response(&[name(&["a", "local"])]);
    let tcp = PacketFields {
        protocol: protocol::TCP,
        ..packet(HOST, GROUP, &message)
    };
    let found = |packet| flows(&[packet])[0].len();
    assert_eq!(found(packet(HOST, GROUP, &message)), 1);
    assert_eq!(
        found(packet("[fe80::1]:5353", "[ff02::fb]:5353", &message)),
        1
    );
    assert_eq!(found(packet("192.0.2.9:40000", GROUP, &message)), 1);
    assert_eq!(found(packet(HOST, "192.0.2.9:40000", &message)), 1);
    assert_eq!(
        found(packet("192.0.2.9:40000", "192.0.2.1:53", &message)),
        0
    );
    assert_eq!(found(tcp), 0);
    // The answer of an ordinary server to one that asked from port 5353.
    let dns = [
        packet(HOST, "192.0.2.53:53", &query),
        packet("192.0.2.53:53", HOST, &message),
    ];
    assert_eq!(flows(&dns), [boxed(&NONE)]);
    // Answers to a query in its own flow.
    let unicast = [
        packet("192.0.2.9:40000", HOST, &query),
        packet(HOST, "192.0.2.9:40000", &message),
    ];
    assert_eq!(flows(&unicast), [boxed(&["a.local"])]);
}

#[test]
fn its_column_is_that_of_nfstream() {
    let schema = schema(&FlowTableConfig::default(), &Mdns);
    let column = schema.columns().last().unwrap();
    assert_eq!((&*column.name, column.nullable), ("udps.mdns_ptr", false));
}

#[test]
fn only_new_names_allocate_and_a_flow_carries_one_pointer() {
    assert_eq!(size_of::<MdnsState>(), size_of::<usize>());
    let mut table = FlowTable::new(&FlowTableConfig::default(), Mdns);
    let mut sink = sink_fn(|_: FlowRecord<'_, _>| Ok::<_, Infallible>(()));
    let mut push = |port: u16, payload: &[u8]| {
        let mut packet = packet(HOST, GROUP, payload);
        (packet.src_port, packet.dst_port) = (port, port);
        let Ok(()) = table.push(&packet.into(), &mut sink);
    };
    // The table makes room for its first flows.
    push(53, PRINTER);
    let others = measure(|| {
        (100..200)
            .chain(100..200)
            .for_each(|port| push(port, PRINTER));
    });
    assert_eq!(others.count_total, 0);
    let query = header(0, 0, 0);
    assert_eq!(measure(|| push(5353, &query)).count_total, 0);
    // The state, the list and the name.
    assert_eq!(measure(|| push(5353, PRINTER)).count_total, 3);
    assert_eq!(measure(|| push(5353, PRINTER)).count_total, 0);
}

#[test]
fn a_flow_keeps_less_than_50_kibibytes() {
    let label = [0xff; 63];
    let answers: Vec<_> = (0..=u8::MAX)
        .map(|number| {
            let last = [&[60][..], &[0xff; 58], &[number, number]].concat();
            [&[63][..], &label, &[63], &label, &[63], &label, &last, &[0]].concat()
        })
        .collect();
    let message = response(&answers);
    let mut state = MdnsState::default();
    let allocated = measure(|| state.take(&message));
    assert_eq!(state.0.unwrap().mdns_ptr.len(), 64);
    assert!(allocated.bytes_current < 50 << 10, "{allocated:?}");
}

/// Bytes that names are made of, and others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![select(vec![0, 1, 2, 12, 23, 63, 0xc0]), any::<u8>()];
    vec(byte, 0..40)
}

proptest! {
    #[test]
    fn any_payload_is_bounded(payload in vec(any::<u8>(), 0..600)) {
        check(&names(&[&payload]));
    }

    #[test]
    fn any_answers_are_bounded(answers in vec(bytes(), 0..100), cut in 0..40_usize) {
        let mut message = response(&answers);
        message.truncate(message.len().saturating_sub(cut));
        check(&names(&[&message]));
    }

    #[test]
    fn any_name_is_found_as_it_is(labels in vec("[a-zäß0-9,_ -]{1,20}", 1..6)) {
        let labels: Vec<_> = labels.iter().map(String::as_str).collect();
        let message = response(&[name(&labels)]);
        prop_assert_eq!(names(&[&message]), boxed(&[&labels.join(".")]));
    }
}

/// What holds for the names of every flow.
fn check(names: &[Box<str>]) {
    assert!(names.len() <= 64);
    for (index, name) in names.iter().enumerate() {
        assert!((1..=759).contains(&name.len()));
        assert!(!names[..index].contains(name));
    }
}
