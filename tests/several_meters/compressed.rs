//! Compressed files, byte by byte: what is in them is not made smaller.

use crate::world::frames;

/// Bytes in a block, which neither format bounds tighter.
const BLOCK: usize = 60_000;

/// gzip (RFC 1952 §2.3) of stored blocks (RFC 1951 §3.2.4).
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = bytes.len().div_ceil(BLOCK);
    for (number, block) in (1..).zip(bytes.chunks(BLOCK)) {
        let length = u16::try_from(block.len()).unwrap();
        file.push(u8::from(number == blocks));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    let length = u32::try_from(bytes.len()).unwrap();
    file.extend(crc32(bytes).to_le_bytes());
    file.extend(length.to_le_bytes());
    file
}

/// A zstd frame (RFC 8878 §3.1.1) of raw blocks, without a checksum, whose window is 64 KiB.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut file = frames::join(&[&0xfd2f_b528_u32.to_le_bytes(), &[0, 6 << 3]]);
    let blocks = bytes.len().div_ceil(BLOCK);
    for (number, block) in (1..).zip(bytes.chunks(BLOCK)) {
        let length = u32::try_from(block.len()).unwrap();
        let header = length << 3 | u32::from(number == blocks);
        file.extend(&header.to_le_bytes()[..3]);
        file.extend(block);
    }
    file
}

/// CRC-32 (RFC 1952 §8).
fn crc32(bytes: &[u8]) -> u32 {
    let table = [(); 256].map({
        let mut number = 0_u32;
        move |()| {
            let entry = (0..8).fold(number, |crc, _| {
                if crc & 1 == 1 {
                    crc >> 1 ^ 0xedb8_8320
                } else {
                    crc >> 1
                }
            });
            number += 1;
            entry
        }
    });
    let crc = bytes.iter().fold(u32::MAX, |crc, &byte| {
        table[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ crc >> 8
    });
    !crc
}

#[test]
fn the_checksum_is_that_of_gzip() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
}
