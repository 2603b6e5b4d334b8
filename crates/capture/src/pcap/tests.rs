use super::*;
use crate::CaptureError;
use crate::testing::{Owned, Writer, frames, read, small_pcap};

const MICROSECONDS: u32 = 0xa1b2_c3d4;

fn only(capture: &[u8]) -> Owned {
    let frames = frames(capture);
    assert_eq!(frames.len(), 1);
    frames.into_iter().next().unwrap()
}

fn damage(capture: &[u8]) -> (usize, u64, Damage) {
    let (frames, mut errors) = read(capture);
    assert_eq!(errors.len(), 1, "{errors:?}");
    match errors.remove(0) {
        CaptureError::Damaged { offset, damage, .. } => (frames.len(), offset, damage),
        other => panic!("{other}"),
    }
}

#[test]
fn both_byte_orders_and_both_resolutions() {
    for order in ByteOrder::BOTH {
        for (magic, nanos) in [(MICROSECONDS, 7_000_005_000), (0xa1b2_3c4d, 7_000_000_005)] {
            let capture = Writer::pcap(order, magic, (2, 4), 1).record(7, 5, 60, &[1, 2, 3]);
            let expected = Owned {
                nanos,
                link_type: LinkType::ETHERNET,
                wire_len: 60,
                data: vec![1, 2, 3],
            };
            assert_eq!(only(&capture.bytes), expected);
        }
    }
}

#[test]
fn modified_record_headers_are_longer() {
    for order in ByteOrder::BOTH {
        let capture = Writer::pcap(order, 0xa1b2_cd34, (2, 4), 1)
            .u32(7)
            .u32(5)
            .u32(3)
            .u32(60)
            .u32(2)
            .u16(0x0800)
            .raw(&[1, 0])
            .raw(&[1, 2, 3]);
        let frame = only(&capture.bytes);
        assert_eq!((frame.nanos, frame.data), (7_000_005_000, vec![1, 2, 3]));
    }
}

#[test]
fn ixia_file_headers_are_longer() {
    for order in ByteOrder::BOTH {
        for (magic, nanos) in [(0x1c00_01ac, 7_000_000_005), (0x1c00_01ab, 7_000_005_000)] {
            let capture = Writer::pcap(order, magic, (2, 4), 1)
                .u32(19)
                .record(7, 5, 3, &[1, 2, 3]);
            assert_eq!(only(&capture.bytes).nanos, nanos);
        }
    }
}

#[test]
fn lengths_changed_places_with_version_2_3() {
    let swapped = |version| {
        Writer::pcap(ByteOrder::Big, MICROSECONDS, version, 1)
            .u32(0)
            .u32(0)
            .u32(60)
            .u32(2)
            .raw(&[1, 2])
            .bytes
    };
    for version in [(2, 0), (2, 2), (2, 3), (543, 0)] {
        let frame = only(&swapped(version));
        assert_eq!((frame.wire_len, frame.data.len()), (60, 2), "{version:?}");
    }
    let straight = Writer::pcap(ByteOrder::Big, MICROSECONDS, (2, 3), 1).record(0, 0, 60, &[1, 2]);
    assert_eq!(only(&straight.bytes).wire_len, 60);
}

#[test]
fn other_versions_are_refused() {
    for version in [(1, 4), (2, 5), (3, 0), (543, 1)] {
        let capture =
            Writer::pcap(ByteOrder::Little, MICROSECONDS, version, 1).record(0, 0, 1, &[1]);
        let (frames, offset, damage) = damage(&capture.bytes);
        assert_eq!((frames, offset), (0, 0));
        assert!(
            matches!(damage, Damage::Version { major, minor, .. } if (major, minor) == version)
        );
    }
}

#[test]
fn the_frame_check_sequence_is_no_part_of_the_link_type() {
    let capture =
        Writer::pcap(ByteOrder::Little, MICROSECONDS, (2, 4), 0x2400_000e).record(0, 0, 1, &[1]);
    assert_eq!(only(&capture.bytes).link_type, LinkType::RAW);
}

#[test]
fn seconds_are_unsigned() {
    let capture = Writer::pcap(ByteOrder::Little, MICROSECONDS, (2, 4), 1).record(
        u32::MAX,
        u32::MAX,
        1,
        &[1],
    );
    assert_eq!(
        only(&capture.bytes).nanos,
        4_294_967_295_000_000_000 + 4_294_967_295_000
    );
}

#[test]
fn more_captured_than_on_the_wire_is_passed_on() {
    let capture = Writer::pcap(ByteOrder::Little, MICROSECONDS, (2, 4), 1).record(0, 0, 1, &[1, 2]);
    let frame = only(&capture.bytes);
    assert_eq!((frame.wire_len, frame.data.len()), (1, 2));
}

#[test]
fn a_header_alone_is_a_capture() {
    assert_eq!(frames(&small_pcap(0)), []);
}

#[test]
fn an_empty_record_is_a_frame() {
    assert_eq!(only(&small_pcap(1)).data, []);
}

#[test]
fn the_longest_record_is_read_and_a_longer_one_is_damage() {
    let longest = vec![7; MAX_CAPTURED_LEN as usize];
    let capture = Writer::pcap(ByteOrder::Little, MICROSECONDS, (2, 4), 1)
        .record(0, 0, 1, &longest)
        .record(1, 0, 1, &[1]);
    let read = frames(&capture.bytes);
    assert_eq!(
        read.iter()
            .map(|frame| frame.data.len())
            .collect::<Vec<_>>(),
        [longest.len(), 1]
    );
    assert_eq!(read[0].data, longest);

    let too_long = capture
        .u32(2)
        .u32(0)
        .u32(MAX_CAPTURED_LEN + 1)
        .u32(1)
        .raw(&longest)
        .raw(&[7]);
    let (frames, offset, damage) = damage(&too_long.bytes);
    assert_eq!((frames, offset), (2, 24 + 16 + 262_144 + 16 + 1));
    assert!(matches!(
        damage,
        Damage::RecordTooLong {
            length: 262_145,
            ..
        }
    ));
}

#[test]
fn cuts_are_told_with_what_is_missing() {
    let capture = small_pcap(3);
    let cut = |at| damage(&capture[..at]);
    let short = |part, present, needed| Damage::CutShort {
        part,
        present,
        needed,
    };
    assert_eq!(cut(23), (0, 0, short(Part::FileHeader, 23, 24)));
    assert_eq!(cut(24 + 16 + 5), (1, 40, short(Part::RecordHeader, 5, 16)));
    assert_eq!(cut(capture.len() - 1), (2, 57, short(Part::Record, 17, 18)));
}
