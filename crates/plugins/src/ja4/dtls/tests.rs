use nfstream_decode::Direction;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::ja4::building::{
    EXAMPLE, Hello, example, fingerprint, length24, of_client, sized16, versions,
};
use crate::ja4::fingerprint::Ja4Fingerprint;
use crate::ja4::udp::MAX_DATAGRAMS;

fn hello(cookie: &[u8]) -> Hello {
    let mut hello = example();
    hello.version = 0xfefd;
    hello.cookie = Some(cookie.to_vec());
    for extension in hello.extensions.iter_mut().flatten() {
        if extension.0 == 43 {
            *extension = versions(&[0xfefd]);
        }
    }
    hello
}

fn expected() -> String {
    EXAMPLE.replacen("t13", "dd2", 1)
}

/// A fragment of a message, its header in front.
fn fragment(number: u16, body: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut fragment = vec![1];
    fragment.extend(length24(body.len()));
    fragment.extend(number.to_be_bytes());
    fragment.extend(length24(from));
    fragment.extend(length24(to - from));
    fragment.extend(&body[from..to]);
    fragment
}

fn record(epoch: u8, content: &[u8]) -> Vec<u8> {
    [
        &[22, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0][..],
        &sized16(content),
    ]
    .concat()
}

/// A packet with all of a hello.
pub(in crate::ja4) fn packet(hello: &Hello) -> Vec<u8> {
    let body = hello.body();
    record(0, &fragment(0, &body, 0, body.len()))
}

#[test]
fn a_hello_in_one_datagram_has_a_fingerprint() {
    assert_eq!(of_client(&[packet(&hello(&[]))]), Some(expected()));
}

#[test]
fn fragments_come_in_any_order_in_one_record_or_several() {
    let body = hello(b"cookie").body();
    let parts = [
        fragment(0, &body, 100, 200),
        fragment(0, &body, 150, body.len()),
        fragment(0, &body, 0, 100),
    ];
    assert_eq!(of_client(&[record(0, &parts.concat())]), Some(expected()));
    let records: Vec<_> = parts.iter().map(|part| record(0, part)).collect();
    assert_eq!(of_client(&records), Some(expected()));
    assert_eq!(of_client(&[records.concat()]), Some(expected()));
    assert_eq!(of_client(&records[..2]), None);
}

/// As when the first hello was lost in part, and the server asked for a cookie anyway.
#[test]
fn fragments_of_two_hellos_are_kept_apart() {
    let [first, second] = [hello(&[]).body(), hello(b"cookie").body()];
    let datagrams = [
        record(0, &fragment(0, &first, 0, 50)),
        record(0, &fragment(1, &second, 50, second.len())),
        record(0, &fragment(1, &second, 0, 50)),
    ];
    assert_eq!(of_client(&datagrams), Some(expected()));
}

#[test]
fn stun_may_come_before() {
    let body = hello(&[]).body();
    let stun = b"\x00\x01\x00\x00\x21\x12\xa4\x42rest";
    let datagrams = [
        (Direction::Src2Dst, stun.to_vec()),
        (Direction::Dst2Src, stun.to_vec()),
        (
            Direction::Dst2Src,
            record(0, &fragment(0, &body, 0, body.len())),
        ),
    ];
    assert_eq!(fingerprint(&datagrams), Some(expected()));
}

#[test]
fn what_is_no_hello_is_passed_over() {
    let body = hello(&[]).body();
    let whole = fragment(0, &body, 0, body.len());
    assert_eq!(of_client(&[record(1, &whole)]), None, "encrypted");
    let mut verify_request = whole.clone();
    verify_request[0] = 3;
    let datagrams = [
        (Direction::Dst2Src, record(0, &verify_request)),
        (Direction::Src2Dst, record(0, &whole)),
    ];
    assert_eq!(fingerprint(&datagrams), Some(expected()));
    let beyond = fragment(0, &vec![0; 20_000], 19_999, 20_000);
    assert_eq!(of_client(&[record(0, &beyond)]), Some(String::new()));
    assert_eq!(of_client(&[b"\x17\xfe\xfd".to_vec()]), Some(String::new()));
}

/// A sender who begins a message with each fragment makes no more work than one who does not.
#[test]
fn the_search_ends_after_so_many_messages() {
    let body = hello(&[]).body();
    let begun = |number| fragment(number, &body, 1, 2);
    let ends = [
        fragment(0, &body, 0, 50),
        fragment(0, &body, 50, body.len()),
    ]
    .concat();
    let datagram = |messages: u8| {
        let mut content: Vec<u8> = (1..=messages.into()).flat_map(begun).collect();
        content.extend(&ends);
        record(0, &content)
    };
    // The datagram and the message of its end are two more.
    assert_eq!(of_client(&[datagram(MAX_DATAGRAMS - 2)]), Some(expected()));
    assert_eq!(of_client(&[datagram(MAX_DATAGRAMS - 1)]), None);
}

proptest! {
    #[test]
    fn no_records_break_it(datagrams in vec(vec(any::<u8>(), 0..80), 1..6)) {
        let datagrams: Vec<_> = datagrams
            .iter()
            .map(|content| record(0, &[&[1][..], content].concat()))
            .collect();
        let found = of_client(&datagrams).unwrap_or_default();
        prop_assert!(found.is_empty() || found.len() == Ja4Fingerprint::LEN);
    }
}
