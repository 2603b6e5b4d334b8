use std::io::{self, Cursor};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Part;
use crate::buffer::WINDOW_SIZE;
use crate::testing::{
    Owned, Pieces, drain, frames, gzip, lz4, read, rich_pcapng, small_pcap, zstd,
};
use crate::{Damage, Frames};

/// A pcap and a pcapng, bare and compressed.
fn captures() -> Vec<Vec<u8>> {
    let (pcap, pcapng) = (small_pcap(40), rich_pcapng());
    vec![gzip(&pcap), zstd(&pcapng), lz4(&pcap), pcap, pcapng]
}

/// A stream that no read may go on to.
struct NotYet;

impl Read for NotYet {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("frames at hand were not lent")
    }
}

#[test]
fn an_empty_stream_and_other_files_are_named() {
    let message = |content: &[u8]| {
        let (frames, errors) = read(content);
        assert!(frames.is_empty());
        assert_eq!(errors.len(), 1);
        errors[0].to_string()
    };
    assert_eq!(
        message(b""),
        "test: is empty, where a capture has at least a file header"
    );
    assert_eq!(message(&gzip(b"")), message(b""));
    assert_eq!(
        message(b"hello, world"),
        "test: is not a capture but text that starts with \"hello, w\"; \
         pcap and pcapng are read, also in gzip, zstd or lz4"
    );
    assert!(message(b"\xfd7zXZ\0\0\x04").contains("xz data"));
    assert!(message(b"\xd4").contains("unknown data that starts with [d4]"));
    assert!(message(&gzip(&gzip(b"twice"))).contains("is not a capture"));
}

#[test]
fn a_short_read_lends_the_frames_at_hand() {
    let capture = small_pcap(10);
    let mut source = CaptureReader::new(Cursor::new(capture).chain(NotYet), "test");
    let mut frames = 0;
    while frames < 10 {
        match source.receive().unwrap() {
            Received::Frames(window) => frames += window.len(),
            Received::Idle(_) | Received::End => panic!(),
        }
    }
}

#[test]
fn windows_have_a_largest_size_and_are_never_empty() {
    let capture = small_pcap(10_000);
    let mut source = CaptureReader::new(capture.as_slice(), "test");
    let mut lengths = Vec::new();
    while let Received::Frames(window) = source.receive().unwrap() {
        lengths.push(window.len());
    }
    assert_eq!(lengths.iter().sum::<usize>(), 10_000);
    let most = WINDOW_SIZE / 64;
    assert!(lengths.iter().all(|length| (1..=most).contains(length)));
    assert!(lengths.contains(&most));
}

#[test]
fn windows_after_the_first_allocate_nothing() {
    let capture = small_pcap(100_000);
    let mut source = CaptureReader::new(capture.as_slice(), "test");
    let mut packets = 0;
    for _ in 0..3 {
        if let Received::Frames(window) = source.receive().unwrap() {
            packets += window.len();
        }
    }
    let allocated = allocation_counter::measure(|| {
        while let Ok(Received::Frames(window)) = source.receive() {
            packets += window.len();
        }
    });
    assert_eq!((packets, allocated.count_total), (100_000, 0));
}

#[test]
fn nothing_is_told_twice() {
    let capture = small_pcap(10);
    let mut source = CaptureReader::new(&capture[..capture.len() - 1], "test");
    assert!(matches!(source.receive(), Ok(Received::Frames(_)))); // the file header comes with the first read
    let (_, errors) = drain(&mut source);
    assert_eq!(errors.len(), 1);
    for _ in 0..3 {
        assert!(matches!(source.receive(), Ok(Received::End)));
    }
    assert_eq!(source.stats().bytes_read, capture.len() as u64 - 1);
}

#[test]
fn an_input_that_fails_is_told_behind_its_frames() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("cable pulled"))
        }
    }
    let capture = small_pcap(3);
    let (frames, errors) = drain(&mut CaptureReader::new(
        capture.as_slice().chain(Failing),
        "test",
    ));
    assert_eq!(frames.len(), 3);
    assert_eq!(
        errors[0].to_string(),
        format!(
            "test: at byte {}: cannot be read: cable pulled",
            capture.len()
        )
    );
}

#[test]
fn offsets_count_in_the_decompressed_stream() {
    let capture = small_pcap(3);
    let (_, errors) = read(&gzip(&capture[..capture.len() - 1]));
    assert_eq!(
        errors[0].to_string(),
        "test: at byte 57 of the decompressed stream: the file ends inside a record: 17 of 18 bytes are there"
    );
}

#[test]
fn a_claimed_length_allocates_nothing() {
    let mut capture = rich_pcapng();
    capture.extend(
        crate::testing::Writer::new(crate::bytes::ByteOrder::Big)
            .u32(5)
            .u32(16 << 20)
            .bytes,
    );
    let mut source = CaptureReader::new(capture.as_slice(), "test");
    let (_, errors) = drain(&mut source);
    assert!(matches!(
        errors.as_slice(),
        [CaptureError::Damaged {
            damage: Damage::CutShort {
                part: Part::Block,
                ..
            },
            ..
        }]
    ));
    assert_eq!(source.window.capacity(), WINDOW_SIZE);
}

#[test]
fn an_endless_block_is_bounded() {
    let start = crate::testing::Writer::new(crate::bytes::ByteOrder::Big)
        .section()
        .u32(5)
        .u32(16 << 20);
    let mut source = CaptureReader::new(Cursor::new(start.bytes).chain(io::repeat(0)), "test");
    let (_, errors) = drain(&mut source);
    assert!(matches!(
        errors.as_slice(),
        [
            CaptureError::Damaged {
                damage: Damage::BlockTrailer { .. },
                ..
            },
            CaptureError::Damaged {
                damage: Damage::BlockLength { length: 0, .. },
                ..
            }
        ]
    ));
    assert!(source.window.capacity() <= 32 << 20);
}

#[test]
fn cut_anywhere_it_yields_a_prefix_and_at_most_one_error() {
    for capture in captures() {
        let whole = frames(&capture);
        for cut in 0..capture.len() {
            let (read, errors) = read(&capture[..cut]);
            assert!(whole.starts_with(&read), "cut at {cut}");
            assert!(errors.len() <= 1, "cut at {cut}: {errors:?}");
            assert!(
                cut > 3 || read.is_empty() && errors.len() == 1,
                "cut at {cut}"
            );
        }
    }
}

#[test]
fn a_window_over_nothing_is_empty() {
    assert!(Frames::new(&[], &[]).is_empty());
}

fn drain_pieces(capture: &[u8], lengths: &[usize]) -> Vec<Owned> {
    let (frames, errors) = drain(&mut CaptureReader::new(
        Pieces::new(capture, lengths),
        "test",
    ));
    assert!(errors.is_empty(), "{errors:?}");
    frames
}

#[test]
fn read_byte_by_byte_it_is_the_same() {
    for capture in captures() {
        assert_eq!(drain_pieces(&capture, &[1]), frames(&capture));
    }
}

proptest! {
    #[test]
    fn read_in_any_pieces_it_is_the_same(lengths in vec(1_usize..200, 1..20)) {
        for capture in captures() {
            prop_assert_eq!(drain_pieces(&capture, &lengths), frames(&capture));
        }
    }

    #[test]
    fn damaged_anyhow_it_neither_panics_nor_grows(
        which in 0_usize..5,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut capture = captures().swap_remove(which);
        for (at, byte) in changes {
            *at.get_mut(&mut capture) = byte;
        }
        let mut source = CaptureReader::new(capture.as_slice(), "test");
        drain(&mut source);
        prop_assert!(source.window.capacity() <= 32 << 20);
    }

    #[test]
    fn anything_behind_a_magic_number_neither_panics_nor_grows(
        magic in prop::sample::select(vec![
            0xa1b2_c3d4_u32, 0xd4c3_b2a1, 0xa1b2_3c4d, 0xa1b2_cd34, 0x1c00_01ac, 0x0a0d_0d0a,
            0x0008_8b1f, 0xfd2f_b528, 0x184d_2204, 0x184d_2a50,
        ]),
        rest in vec(any::<u8>(), 0..2_000),
    ) {
        let capture = [magic.to_le_bytes().to_vec(), rest].concat();
        let mut source = CaptureReader::new(capture.as_slice(), "test");
        let (_, errors) = drain(&mut source);
        prop_assert!(errors.len() <= 2);
        prop_assert!(source.window.capacity() <= WINDOW_SIZE);
    }
}
