use nfstream_decode::Direction;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::initial::tests::{protected, standard_frames};
use crate::ja4::building::{EXAMPLE, Hello, example, fingerprint, of_client};
use crate::ja4::fingerprint::Ja4Fingerprint;
use crate::ja4::udp::MAX_DATAGRAMS;

const ID: &[u8] = b"original";

/// A variable-length integer of four bytes.
fn varint(value: usize) -> [u8; 4] {
    (u32::try_from(value).unwrap() | 0x8000_0000).to_be_bytes()
}

/// A CRYPTO frame.
fn crypto(offset: usize, data: &[u8]) -> Vec<u8> {
    [&[6][..], &varint(offset), &varint(data.len()), data].concat()
}

fn initial(number: u32, frames: &[u8]) -> Vec<u8> {
    // So many that there is a sample.
    protected(0xc0, 1, ID, number, &[frames, &[0; 4]].concat())
}

/// A packet with all of a hello.
pub(in crate::ja4) fn packet(hello: &Hello) -> Vec<u8> {
    initial(0, &crypto(0, &hello.message()))
}

fn expected() -> String {
    EXAMPLE.replacen('t', "q", 1)
}

/// The client of RFC 9001 §A.2.
#[test]
fn the_hello_of_the_standard_has_a_fingerprint() {
    let packet = protected(
        0xc0,
        1,
        b"\x83\x94\xc8\xf0\x3e\x51\x57\x08",
        2,
        &standard_frames(),
    );
    let found = of_client(&[packet]).unwrap();
    assert_eq!(found, "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
}

#[test]
fn a_hello_may_be_spread_over_frames_and_packets() {
    let message = example().message();
    let (front, back) = message.split_at(200);
    let (middle, end) = back.split_at(50);
    let frames = |pieces: &[Vec<u8>]| pieces.concat();
    let first = frames(&[crypto(250, end), vec![0, 0, 1], crypto(0, front)]);
    let second = frames(&[
        vec![2, 5, 0, 1, 0, 9, 9],
        vec![3, 5, 0, 0, 0, 1, 1, 1],
        crypto(200, middle),
    ]);
    let [first, second] = [initial(0, &first), initial(1, &second)];
    assert_eq!(of_client(std::slice::from_ref(&first)), None);
    let one_by_one = of_client(&[first.clone(), second.clone()]);
    assert_eq!(one_by_one, Some(expected()));
    assert_eq!(
        of_client(&[second.clone(), first.clone()]),
        Some(expected())
    );
    assert_eq!(of_client(&[[first, second].concat()]), Some(expected()));
}

#[test]
fn what_the_server_says_in_between_changes_nothing() {
    let message = example().message();
    let (front, back) = message.split_at(200);
    let datagrams = [
        (Direction::Src2Dst, initial(0, &crypto(0, front))),
        (Direction::Dst2Src, initial(0, &crypto(200, &[0; 300]))),
        (Direction::Dst2Src, b"\xc0\0\0\0\0\0\0".to_vec()),
        (Direction::Src2Dst, b"\x40short".to_vec()),
        (Direction::Src2Dst, initial(1, &crypto(200, back))),
    ];
    assert_eq!(fingerprint(&datagrams), Some(expected()));
}

#[test]
fn the_first_datagram_may_be_the_servers() {
    let message = example().message();
    let datagrams = [
        (
            Direction::Src2Dst,
            protected(0xc0, 1, b"another", 0, &[0; 40])[..60].to_vec(),
        ),
        (Direction::Dst2Src, initial(0, &crypto(0, &message))),
    ];
    assert_eq!(fingerprint(&datagrams), Some(expected()));
}

/// RFC 9001 §5.2: behind a Retry the connection id is the server's, and the keys follow from it.
#[test]
fn a_retry_changes_the_keys() {
    let message = example().message();
    let (front, back) = message.split_at(200);
    let retried =
        |number, frames: &[u8]| protected(0xc0, 1, b"servers", number, &[frames, &[0; 4]].concat());
    let datagrams = [
        (Direction::Src2Dst, initial(0, &crypto(0, front))),
        (
            Direction::Dst2Src,
            b"\xf0\0\0\0\x01\0\x07serverstoken".to_vec(),
        ),
        (Direction::Src2Dst, retried(1, &crypto(0, front))),
        (Direction::Src2Dst, retried(2, &crypto(200, back))),
    ];
    assert_eq!(fingerprint(&datagrams), Some(expected()));
}

#[test]
fn an_unknown_version_may_be_followed_by_a_known_one() {
    let message = example().message();
    let datagrams = [
        (
            Direction::Src2Dst,
            b"\xc0\x1a\x2a\x3a\x4a\0\0whatever".to_vec(),
        ),
        (Direction::Dst2Src, b"\xc0\0\0\0\0\0\0\0\0\0\x01".to_vec()),
        (Direction::Src2Dst, initial(0, &crypto(0, &message))),
    ];
    assert_eq!(fingerprint(&datagrams), Some(expected()));
}

#[test]
fn another_message_in_the_place_of_a_hello_ends_the_search() {
    let none = Some(String::new());
    assert_eq!(of_client(&[initial(0, &crypto(0, &[2, 0, 0, 1, 7]))]), none);
    assert_eq!(of_client(&[initial(0, &crypto(0, &[1, 0, 0, 1, 7]))]), none);
    let far = initial(0, &crypto(0x3fff_ffff, &[7]));
    assert_eq!(of_client(&[far]), none);
}

/// What lies behind a frame that must not be there is not read.
#[test]
fn a_frame_that_must_not_be_there_ends_its_packet() {
    let message = example().message();
    let mut frames = vec![0x08, 0, 0];
    frames.extend(crypto(0, &message));
    assert_eq!(of_client(&[initial(0, &frames)]), None);
    let endless_ack = [&[2, 0, 0][..], &[0xff; 8], &[0]].concat();
    assert_eq!(of_client(&[initial(0, &endless_ack)]), None);
    assert_eq!(of_client(&[initial(0, b"\x06\0\x7f\xff")]), None, "cut");
}

/// Each Initial packet costs, and datagrams do.
#[test]
fn the_search_ends_after_so_much() {
    let empty = initial(0, &[1; 20]);
    let most = usize::from(MAX_DATAGRAMS) / 2;
    let hello = initial(1, &crypto(0, &example().message()));
    let datagrams = |count| [vec![empty.clone(); count], vec![hello.clone()]].concat();
    assert_eq!(of_client(&datagrams(most - 1)), Some(expected()));
    assert_eq!(of_client(&datagrams(most)), Some(String::new()));
    let in_one = |count| datagrams(count).concat();
    assert_eq!(of_client(&[in_one(2 * most - 2)]), Some(expected()));
    assert_eq!(of_client(&[in_one(2 * most - 1)]), None);
}

proptest! {
    #[test]
    fn no_frames_break_it(
        frames in vec(vec(any::<u8>(), 0..60), 1..4),
        is_version_2: bool,
    ) {
        let packets: Vec<_> = frames
            .iter()
            .map(|frames| {
                let frames = [&frames[..], &[0; 4]].concat();
                if is_version_2 {
                    protected(0xd0, 0x6b33_43cf, ID, 0, &frames)
                } else {
                    protected(0xc0, 1, ID, 0, &frames)
                }
            })
            .collect();
        let found = of_client(&packets).unwrap_or_default();
        prop_assert!(found.is_empty() || found.len() == Ja4Fingerprint::LEN);
    }

    #[test]
    fn no_crypto_frames_break_it(
        frames in vec((0_usize..20_000, vec(any::<u8>(), 0..60)), 0..8),
    ) {
        let frames: Vec<u8> = frames
            .iter()
            .flat_map(|(offset, data)| crypto(*offset, data))
            .collect();
        let found = of_client(&[initial(0, &frames)]).unwrap_or_default();
        prop_assert!(found.is_empty() || found.len() == Ja4Fingerprint::LEN);
    }

    /// However it is cut into frames and packets, in whichever order they come.
    #[test]
    fn a_hello_in_pieces_has_the_same_fingerprint(
        places in vec(any::<Index>(), 0..20),
        order in vec(any::<Index>(), 22),
        in_a_packet in 1_usize..8,
    ) {
        let message = example().message();
        let mut places: Vec<usize> = places.iter().map(|place| place.index(message.len())).collect();
        places.extend([0, message.len()]);
        places.sort_unstable();
        let mut frames: Vec<Vec<u8>> = places
            .windows(2)
            .map(|ends| crypto(ends[0], &message[ends[0]..ends[1]]))
            .collect();
        for (number, place) in order.iter().enumerate().take(frames.len()) {
            let other = place.index(frames.len());
            frames.swap(number, other);
        }
        let packets: Vec<_> = frames
            .chunks(in_a_packet)
            .map(|frames| initial(0, &frames.concat()))
            .collect();
        prop_assert_eq!(of_client(&packets), Some(expected()));
    }
}
