use super::*;
use crate::CaptureError;
use crate::testing::{frames, gzip, lz4, read, skippable, small_pcap, zstd};

type Compress = fn(&[u8]) -> Vec<u8>;

const ALL: [(Compression, Compress); 3] = [
    (Compression::Gzip, gzip),
    (Compression::Zstd, zstd),
    (Compression::Lz4, lz4),
];

fn failure(capture: &[u8]) -> (usize, Compression, String) {
    let (frames, errors) = read(capture);
    match errors.as_slice() {
        [error @ CaptureError::Decompress { compression, .. }] => {
            (frames.len(), *compression, error.to_string())
        }
        other => panic!("{other:?}"),
    }
}

/// Compressible, and longer than a buffer.
fn large() -> Vec<u8> {
    small_pcap(20_000)
}

#[test]
fn each_compression_is_recognised_and_read() {
    let plain = large();
    for (compression, compress) in ALL {
        let stored = compress(&plain);
        assert!(stored.len() < plain.len());
        assert_eq!(frames(&stored), frames(&plain), "{compression}");
    }
}

#[test]
fn parts_compressed_one_by_one_are_one_stream() {
    let plain = large();
    let (first, second) = plain.split_at(300_001);
    for (compression, compress) in ALL {
        let stored = [compress(first), compress(&[]), compress(second)].concat();
        assert_eq!(frames(&stored), frames(&plain), "{compression}");
    }
}

#[test]
fn frames_to_be_skipped_are_skipped() {
    let plain = small_pcap(30);
    let (first, second) = plain.split_at(100);
    for (compression, compress) in &ALL[1..] {
        let skip = skippable;
        let stored = [
            skip(),
            skip(),
            compress(first),
            skip(),
            compress(second),
            skip(),
        ]
        .concat();
        assert_eq!(frames(&stored), frames(&plain), "{compression}");
    }
}

#[test]
fn stored_bytes_are_counted_below_the_decompressor() {
    for (_, compress) in ALL {
        let stored = compress(&small_pcap(30));
        let mut stream = Stream::new(stored.as_slice());
        io::copy(&mut stream, &mut io::sink()).unwrap();
        assert_eq!(stream.stored_bytes(), stored.len() as u64);
    }
}

#[test]
fn what_was_decompressed_before_the_cut_is_read() {
    let plain = large();
    for (compression, compress) in ALL {
        let stored = compress(&plain);
        let (whole, _) = read(&plain);
        for keep in [2, 10, 50, 90, 99] {
            let cut = &stored[..stored.len() * keep / 100];
            let (read, errors) = read(cut);
            assert!(whole.starts_with(&read));
            assert!(
                matches!(errors.as_slice(), [CaptureError::Decompress { compression: c, .. }] if *c == compression),
                "{compression} {keep}: {errors:?}"
            );
            // All but the block that was cut, of at most 128 KiB here.
            if keep > 50 {
                assert!(
                    read.len() > whole.len() * (keep - 25) / 100,
                    "{compression} {keep} {}",
                    read.len()
                );
            }
        }
    }
}

#[test]
fn cuts_between_the_parts_of_a_frame_are_noticed() {
    let plain = small_pcap(30);
    for (compression, compress) in ALL {
        let stored = compress(&plain);
        for cut in 5..stored.len() {
            let (_, errors) = read(&stored[..cut]);
            assert!(
                matches!(errors.as_slice(), [CaptureError::Decompress { .. }]),
                "{compression} {cut}: {errors:?}"
            );
        }
    }
}

#[test]
fn wrong_checksums_are_told() {
    let plain = small_pcap(30);
    let mut gzip = gzip(&plain);
    let crc = gzip.len() - 8;
    gzip[crc] ^= 1;
    assert_eq!(failure(&gzip).0, 30);

    let mut zstd = zstd(&plain);
    assert_ne!(zstd[4] & 4, 0, "the frame has a checksum");
    *zstd.last_mut().unwrap() ^= 1;
    let (frames, _, message) = failure(&zstd);
    assert_eq!(frames, 30);
    assert!(message.contains("checksum"), "{message}");
}

#[test]
fn a_window_of_two_gigabytes_is_refused() {
    // Magic number, no flags, window descriptor for 2^31 bytes, an empty last block.
    let bomb = [ZSTD_MAGIC.as_slice(), &[0, 21 << 3, 1, 0, 0]].concat();
    let (_, _, message) = failure(&bomb);
    assert!(message.contains("window"), "{message}");
    assert!(message.contains(&(1_u64 << 27).to_string()), "{message}");
}

#[test]
fn a_single_segment_of_a_terabyte_is_refused() {
    let bomb = [
        ZSTD_MAGIC.as_slice(),
        &[0b1110_0000],
        &(1_u64 << 40).to_le_bytes(),
    ]
    .concat();
    assert!(failure(&bomb).2.contains("window"));
}

#[test]
fn garbage_behind_a_frame_is_told_behind_its_content() {
    for (compression, compress) in ALL {
        let stored = [compress(&small_pcap(30)), b"garbage".to_vec()].concat();
        assert_eq!(failure(&stored).0, 30, "{compression}");
    }
}

#[test]
fn an_input_that_fails_is_no_damage() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    for (_, compress) in ALL {
        let stored = compress(&large());
        let half = stored[..stored.len() / 2].chain(Failing);
        let (frames, errors) = crate::testing::drain(&mut crate::CaptureReader::new(half, "test"));
        assert!(!frames.is_empty());
        assert!(
            matches!(errors.as_slice(), [CaptureError::Read { .. }]),
            "{errors:?}"
        );
    }
}
