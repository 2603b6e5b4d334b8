use nfstream_decode::LinkType;

use super::*;
use crate::testing::{Owned, Pieces, Writer, drain, frames, read, rich_pcapng};
use crate::{CaptureError, CaptureReader, PacketSource, UnknownBlock};

fn owned(nanos: u64, link_type: LinkType, wire_len: u32, data: &[u8]) -> Owned {
    Owned {
        nanos,
        link_type,
        wire_len,
        data: data.to_vec(),
    }
}

fn start() -> Writer {
    Writer::new(ByteOrder::Little)
        .section()
        .interface(1, 0, &[])
}

/// The damage that `middle` does between two sound packets, and how many packets were read.
fn damage(middle: impl FnOnce(Writer) -> Writer) -> (usize, u64, Damage) {
    let capture = middle(start().enhanced(0, 1, 1, &[1])).enhanced(0, 2, 1, &[2]);
    let (frames, errors) = read(&capture.bytes);
    match errors.as_slice() {
        [CaptureError::Damaged { offset, damage, .. }] => (frames.len(), *offset, damage.clone()),
        other => panic!("{other:?}"),
    }
}

/// Where [`damage`] puts its middle: section header, interface, packet.
const MIDDLE: u64 = 28 + 20 + 36;

#[test]
fn sections_interfaces_and_all_packet_blocks() {
    let capture = rich_pcapng();
    let mut source = CaptureReader::new(capture.as_slice(), "test");
    let (frames, errors) = drain(&mut source);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(
        frames,
        [
            owned(7, LinkType::ETHERNET, 60, &[1, 2, 3]),
            owned(8_000, LinkType::RAW, 4, &[4; 4]),
            owned(0, LinkType::ETHERNET, 9, &[5; 4]),
            owned(1_000_000_000, LinkType::LINUX_SLL, 2, &[6, 7]),
            owned(2_000_000_000, LinkType::LINUX_SLL, 0, &[]),
        ]
    );
    assert_eq!(source.stats().unknown_blocks, 1);
}

#[test]
fn the_first_unknown_block_is_told_by_offset() {
    let capture = start()
        .enhanced(0, 1, 1, &[1])
        .block(4, |body| body.u32(0))
        .block(0x8000_0001, |body| body)
        .enhanced(0, 2, 1, &[2])
        .block(0x8000_0002, |body| body);
    // At once, and in many steps.
    for lengths in [[usize::MAX].as_slice(), &[1, 7, 3]] {
        let pieces = Pieces::new(&capture.bytes, lengths);
        let mut source = CaptureReader::new(pieces, "test");
        assert_eq!(drain(&mut source).0.len(), 2);
        assert_eq!(source.stats().unknown_blocks, 2);
        let expected = UnknownBlock {
            file: "test".to_owned(),
            offset: MIDDLE + 16,
            compression: None,
            block_type: 0x8000_0001,
        };
        assert_eq!(source.unknown_blocks(), [expected]);
    }
}

#[test]
fn simple_packets_are_cut_by_length_snaplen_and_block() {
    let captured = |snaplen, wire_len| {
        let capture = Writer::new(ByteOrder::Big)
            .section()
            .interface(1, snaplen, &[])
            .block(3, |body| body.u32(wire_len).raw(&[7; 8]));
        frames(&capture.bytes)[0].data.len()
    };
    assert_eq!(captured(0, 5), 5);
    assert_eq!(captured(3, 5), 3);
    assert_eq!(captured(0, 100), 8);
    assert_eq!(captured(100, 8), 8);
}

#[test]
fn a_section_forgets_the_interfaces_of_the_one_before() {
    let capture = start().section().enhanced(0, 1, 1, &[1]);
    let (frames, errors) = read(&capture.bytes);
    assert!(frames.is_empty());
    assert!(matches!(
        errors.as_slice(),
        [CaptureError::Damaged {
            damage: Damage::UnknownInterface {
                interface: 0,
                described: 0
            },
            ..
        }]
    ));
}

#[test]
fn a_section_without_packets_is_a_capture() {
    assert_eq!(frames(&Writer::new(ByteOrder::Big).section().bytes), []);
}

#[test]
fn options_behind_a_packet_do_not_matter() {
    let capture = start().block(6, |body| {
        body.u32(0)
            .u32(0)
            .u32(1)
            .u32(1)
            .u32(1)
            .raw(&[9, 0, 0, 0])
            .raw(&[1, 0, 99, 0])
    });
    assert_eq!(frames(&capture.bytes)[0].data, [9]);
}

#[test]
fn damage_inside_a_block_costs_that_block() {
    let unknown = damage(|capture| capture.enhanced(3, 1, 1, &[1]));
    let expected = Damage::UnknownInterface {
        interface: 3,
        described: 1,
    };
    assert_eq!(unknown, (2, MIDDLE, expected));

    let beyond = damage(|capture| {
        capture.block(6, |body| {
            body.u32(0).u32(0).u32(1).u32(5).u32(5).raw(&[0; 4])
        })
    });
    assert_eq!(
        beyond,
        (
            2,
            MIDDLE,
            Damage::CapturedBeyondBlock { length: 5, room: 4 }
        )
    );

    for (block_type, length, least) in [(6, 16, 20), (2, 16, 20), (3, 0, 4), (1, 4, 8)] {
        let (frames, offset, damage) =
            damage(|capture| capture.block(block_type, |body| body.raw(&vec![0; length])));
        assert_eq!((frames, offset), (2, MIDDLE));
        assert!(
            matches!(damage, Damage::BlockTooShort { length: l, least: t, .. } if (l, t) == (length, least))
        );
    }
}

#[test]
fn a_damaged_description_takes_its_number() {
    let capture = start()
        .interface(1, 0, &[9, 0, 2, 0, 9, 9, 0, 0])
        .interface(101, 0, &[])
        .enhanced(1, 0, 1, &[1])
        .enhanced(2, 0, 1, &[2]);
    let (frames, errors) = read(&capture.bytes);
    assert_eq!(frames, [owned(0, LinkType::RAW, 1, &[2])]);
    assert!(matches!(
        errors.as_slice(),
        [
            CaptureError::Damaged {
                damage: Damage::InterfaceOption {
                    code: 9,
                    length: 2,
                    ..
                },
                ..
            },
            CaptureError::FurtherDamage { blocks: 1, .. }
        ]
    ));
}

#[test]
fn many_damaged_blocks_are_two_errors() {
    let mut capture = start();
    for number in 0..10_000_u32 {
        capture = capture.enhanced(number % 2, 1, 1, &[1]);
    }
    let (frames, errors) = read(&capture.bytes);
    assert_eq!(frames.len(), 5_000);
    assert!(matches!(
        errors.as_slice(),
        [
            CaptureError::Damaged { .. },
            CaptureError::FurtherDamage { blocks: 4_999, .. }
        ]
    ));
}

#[test]
fn too_many_interfaces_are_told() {
    let mut capture = start();
    for _ in 0..MAX_INTERFACES {
        capture = capture.interface(1, 0, &[]);
    }
    let (frames, errors) = read(&capture.enhanced(65_535, 1, 1, &[1]).bytes);
    assert_eq!(frames.len(), 1);
    assert!(matches!(
        errors.as_slice(),
        [CaptureError::Damaged {
            damage: Damage::TooManyInterfaces { .. },
            ..
        }]
    ));
}

#[test]
fn lost_lengths_end_the_file() {
    for length in [0, 8, 13, MAX_BLOCK + 4] {
        let (frames, offset, damage) = damage(|capture| capture.u32(5).u32(length).raw(&[0; 20]));
        assert_eq!((frames, offset), (1, MIDDLE));
        assert!(
            matches!(damage, Damage::BlockLength { block_type: 5, length: l, .. } if l == length)
        );
    }
}

#[test]
fn a_wrong_length_at_its_end_costs_a_block() {
    let (frames, offset, damage) = damage(|capture| capture.u32(5).u32(12).u32(16));
    assert_eq!((frames, offset), (2, MIDDLE));
    let expected = Damage::BlockTrailer {
        block_type: 5,
        leading: 12,
        trailing: 16,
    };
    assert_eq!(damage, expected);
}

#[test]
fn a_description_with_a_wrong_length_at_its_end_takes_its_number() {
    let capture = start()
        .u32(1)
        .u32(20)
        .raw(&[1, 0, 0, 0, 0, 0, 0, 0])
        .u32(24)
        .interface(101, 0, &[])
        .enhanced(2, 0, 1, &[2]);
    let (frames, errors) = read(&capture.bytes);
    assert_eq!(frames, [owned(0, LinkType::RAW, 1, &[2])]);
    assert_eq!(errors.len(), 1);
}

#[test]
fn bad_section_headers_end_the_file() {
    let magic =
        damage(|capture| capture.block(SECTION_HEADER, |body| body.u32(0x1a2b_3c4e).raw(&[0; 12])));
    assert!(matches!(
        magic,
        (
            1,
            MIDDLE,
            Damage::ByteOrderMagic {
                found: [0x4e, 0x3c, 0x2b, 0x1a]
            }
        )
    ));

    for (major, minor) in [(0, 0), (1, 1), (2, 0)] {
        let version = damage(|capture| {
            capture.block(SECTION_HEADER, |body| {
                body.u32(BYTE_ORDER_MAGIC)
                    .u16(major)
                    .u16(minor)
                    .raw(&[0; 8])
            })
        });
        assert!(
            matches!(version, (1, MIDDLE, Damage::Version { major: a, minor: b, .. }) if (a, b) == (major, minor))
        );
    }
    let trailer = damage(|capture| {
        let header = [0, 0, 1, 0, 0, 0];
        capture
            .u32(SECTION_HEADER)
            .u32(28)
            .u32(BYTE_ORDER_MAGIC)
            .raw(&header)
            .raw(&header)
            .u32(32)
    });
    assert!(matches!(
        trailer,
        (1, MIDDLE, Damage::BlockTrailer { trailing: 32, .. })
    ));
    let short = damage(|capture| capture.block(SECTION_HEADER, |body| body.u32(BYTE_ORDER_MAGIC)));
    assert!(matches!(
        short,
        (
            1,
            MIDDLE,
            Damage::BlockLength {
                length: 16,
                least: 28,
                ..
            }
        )
    ));
}

#[test]
fn cuts_are_told_with_what_is_missing() {
    let capture = start()
        .enhanced(0, 1, 1, &[1])
        .enhanced(0, 2, 1, &[2])
        .bytes;
    let cut = |at: usize| {
        let (frames, errors) = read(&capture[..at]);
        match errors.as_slice() {
            [CaptureError::Damaged { offset, damage, .. }] => {
                (frames.len(), *offset, damage.clone())
            }
            other => panic!("{other:?}"),
        }
    };
    let short = |part, present, needed| Damage::CutShort {
        part,
        present,
        needed,
    };
    assert_eq!(cut(4), (0, 0, short(Part::BlockHeader, 4, 8)));
    assert_eq!(cut(10), (0, 0, short(Part::BlockHeader, 10, 12)));
    assert_eq!(cut(27), (0, 0, short(Part::Block, 27, 28)));
    assert_eq!(
        cut(28 + 20 + 36 + 3),
        (1, MIDDLE, short(Part::BlockHeader, 3, 8))
    );
    assert_eq!(
        cut(capture.len() - 1),
        (1, MIDDLE, short(Part::Block, 35, 36))
    );
}
