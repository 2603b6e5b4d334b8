use std::io::{self, Write};

use tempfile::NamedTempFile;

use super::*;
use crate::bytes::ByteOrder;
use crate::testing::{Writer, drain, gzip, lz4, rich_pcapng, small_pcap, zstd};

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn starting_at(second: u32) -> Vec<u8> {
    Writer::pcap(ByteOrder::Little, 0xa1b2_c3d4, (2, 4), 1)
        .record(second, 0, 1, &[1])
        .bytes
}

fn seconds(source: &mut CaptureFiles) -> Vec<u64> {
    let (frames, _) = drain(source);
    frames
        .iter()
        .map(|frame| frame.nanos / 1_000_000_000)
        .collect()
}

#[test]
fn an_empty_list_is_refused() {
    assert!(matches!(
        CaptureFiles::open(Vec::<PathBuf>::new()),
        Err(CaptureError::NothingToRead)
    ));
}

#[test]
fn all_paths_that_cannot_be_read_are_named_at_once() {
    let good = file(&small_pcap(1));
    let directory = tempfile::tempdir().unwrap();
    let error = CaptureFiles::open([
        good.path(),
        directory.path(),
        Path::new("/nonexistent.pcap"),
    ])
    .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("/nonexistent.pcap (No such file"), "{text}");
    assert!(text.contains(directory.path().to_str().unwrap()), "{text}");
    assert!(!text.contains(good.path().to_str().unwrap()), "{text}");
}

#[test]
fn files_of_different_kinds_are_one_capture() {
    let files = [
        file(&small_pcap(10)),
        file(&rich_pcapng()),
        file(&gzip(&small_pcap(3))),
    ];
    let mut source = CaptureFiles::open(files.iter().map(NamedTempFile::path)).unwrap();
    let total = source.stats().bytes_total.unwrap();
    let (frames, errors) = drain(&mut source);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(frames.len(), 10 + 5 + 3);
    let stats = source.stats();
    assert_eq!((stats.bytes_read, stats.unknown_blocks), (total, 1));
}

#[test]
fn the_first_unknown_block_of_each_file_is_told() {
    let (plain, compressed) = (file(&rich_pcapng()), file(&gzip(&rich_pcapng())));
    let first = [file(&small_pcap(1)), plain, compressed];
    let many: Vec<_> = (0..20).map(|_| file(&rich_pcapng())).collect();
    let paths = first.iter().chain(&many).map(NamedTempFile::path);
    let mut source = CaptureFiles::open(paths).unwrap();
    assert!(source.unknown_blocks().is_empty());
    assert!(drain(&mut source).1.is_empty());
    assert_eq!(source.stats().unknown_blocks, 22);
    let told = source.unknown_blocks();
    assert_eq!(told.len(), 16, "and no more, however many files there are");
    let text = |file: &NamedTempFile, of| {
        let file = file.path().display();
        format!("{file}: at byte 188{of}: a block of type 0x80000001 is unknown; it is passed over")
    };
    assert_eq!(told[0].to_string(), text(&first[1], ""));
    assert_eq!(
        told[1].to_string(),
        text(&first[2], " of the decompressed stream")
    );
}

#[test]
fn an_error_ends_one_file_and_not_the_source() {
    let cut = small_pcap(10);
    let files = [
        file(&cut[..cut.len() - 1]),
        file(b""),
        file(b"nothing here"),
        file(&small_pcap(2)),
    ];
    let mut source = CaptureFiles::open(files.iter().map(NamedTempFile::path)).unwrap();
    let (frames, errors) = drain(&mut source);
    assert_eq!(frames.len(), 9 + 2);
    assert!(matches!(
        errors.as_slice(),
        [
            CaptureError::Damaged { .. },
            CaptureError::Empty { .. },
            CaptureError::NotACapture { .. }
        ]
    ));
    for (error, file) in errors.iter().zip(&files) {
        assert!(
            error.to_string().starts_with(file.path().to_str().unwrap()),
            "{error}"
        );
    }
    assert!(matches!(source.receive(), Ok(Received::End)));
}

#[test]
fn a_file_that_vanished_is_told_and_passed_over() {
    let (gone, stays) = (file(&small_pcap(1)), file(&small_pcap(2)));
    let mut source = CaptureFiles::open([gone.path(), stays.path()]).unwrap();
    drop(gone);
    let (frames, errors) = drain(&mut source);
    assert_eq!(frames.len(), 2);
    assert!(matches!(errors.as_slice(), [CaptureError::Open { .. }]));
}

#[test]
fn files_can_be_ordered_by_their_first_packet() {
    let files = [30, 10, 20].map(|second| file(&starting_at(second)));
    let paths = || files.iter().map(NamedTempFile::path);
    assert_eq!(
        seconds(&mut CaptureFiles::open(paths()).unwrap()),
        [30, 10, 20]
    );
    let ordered = CaptureFiles::open(paths())
        .unwrap()
        .order_by_first_timestamp(true);
    assert_eq!(seconds(&mut { ordered }), [10, 20, 30]);
}

#[test]
fn what_has_no_first_packet_comes_last_in_the_given_order() {
    let (late, early, empty) = (file(&starting_at(30)), file(&starting_at(10)), file(b""));
    let inputs = || {
        [
            Input::reader(io::Cursor::new(starting_at(5)), "first reader"),
            Input::path(late.path()),
            Input::path(empty.path()),
            Input::reader(io::Cursor::new(starting_at(3)), "second reader"),
            Input::path(early.path()),
        ]
    };
    let mut source = CaptureFiles::open(inputs())
        .unwrap()
        .order_by_first_timestamp(true);
    assert_eq!(seconds(&mut source), [10, 30, 5, 3]);
    assert_eq!(source.stats().bytes_total, None);
    let mut source = CaptureFiles::open(inputs())
        .unwrap()
        .order_by_first_timestamp(true);
    assert!(matches!(
        drain(&mut source).1.as_slice(),
        [CaptureError::Empty { .. }]
    ));
}

#[cfg(unix)]
#[test]
fn pipes_are_not_read_to_be_ordered() {
    let (late, early) = (file(&starting_at(30)), file(&starting_at(10)));
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, starting_at(5)).unwrap()
    });
    let mut source = CaptureFiles::open([late.path(), pipe.as_path(), early.path()])
        .unwrap()
        .order_by_first_timestamp(true);
    assert_eq!(seconds(&mut source), [10, 30, 5]);
    writer.join().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn descriptors_of_pipes_are_not_read_to_be_ordered() {
    use std::os::fd::AsRawFd;

    let (read, mut write) = io::pipe().unwrap();
    write.write_all(&starting_at(5)).unwrap();
    drop(write);
    let file = file(&starting_at(10));
    let descriptor = PathBuf::from(format!("/dev/fd/{}", read.as_raw_fd()));
    let mut source = CaptureFiles::open([descriptor.as_path(), file.path()])
        .unwrap()
        .order_by_first_timestamp(true);
    assert_eq!(seconds(&mut source), [10, 5]);
}

/// Ethernet's shortest frames.
fn short_frames(packets: u32) -> Vec<u8> {
    let mut writer = Writer::pcap(ByteOrder::Little, 0xa1b2_c3d4, (2, 4), 1);
    for second in 0..packets {
        let data: Vec<u8> = second.to_le_bytes().repeat(15);
        writer = writer.record(second, 0, 60, &data);
    }
    writer.bytes
}

#[test]
fn windows_of_files_are_as_large_as_asked_for() {
    let capture = short_frames(200_000);
    for content in [
        capture.clone(),
        gzip(&capture),
        zstd(&capture),
        lz4(&capture),
    ] {
        let file = file(&content);
        for size in [256 << 10, 4 << 20] {
            let mut source = CaptureFiles::open([file.path()]).unwrap().window_size(size);
            let mut lengths = Vec::new();
            while let Received::Frames(frames) = source.receive().unwrap() {
                lengths.push(frames.len());
            }
            assert_eq!(lengths.iter().sum::<usize>(), 200_000);
            let (_, all_but_last) = lengths.split_last().unwrap();
            let whole = size / 76;
            assert!(
                all_but_last
                    .iter()
                    .all(|length| (whole - 1..=whole).contains(length)),
                "{all_but_last:?}"
            );
        }
    }
}

#[test]
fn a_record_longer_than_the_window_has_one() {
    let capture = Writer::pcap(ByteOrder::Little, 0xa1b2_c3d4, (2, 4), 1)
        .record(1, 0, 60, &[1; 60])
        .record(2, 0, 200_000, &vec![2; 200_000])
        .record(3, 0, 60, &[3; 60]);
    let file = file(&capture.bytes);
    let mut source = CaptureFiles::open([file.path()]).unwrap().window_size(1);
    let (frames, errors) = drain(&mut source);
    assert!(errors.is_empty(), "{errors:?}");
    let lengths: Vec<_> = frames.iter().map(|frame| frame.data.len()).collect();
    assert_eq!(lengths, [60, 200_000, 60]);
}

#[cfg(unix)]
#[test]
fn nobody_waits_for_a_window_of_a_pipe_to_be_full() {
    for compress in [<[u8]>::to_vec, gzip, zstd, lz4] {
        let (read, mut write) = io::pipe().unwrap();
        let inputs = [Input::reader(read, "pipe")];
        let mut source = CaptureFiles::open(inputs).unwrap().window_size(4 << 20);
        write.write_all(&compress(&short_frames(10))).unwrap();
        // The writing end is still open.
        assert!(matches!(source.receive(), Ok(Received::Frames(_))));
        drop(write);
    }
}

#[test]
fn only_regular_files_never_keep_anyone_waiting() {
    let plain = file(&small_pcap(1));
    let compressed = file(&gzip(&small_pcap(1)));
    let never_waits = |inputs: Vec<Input>| CaptureFiles::open(inputs).unwrap().never_waits();
    let files = || vec![Input::path(plain.path()), Input::path(compressed.path())];
    assert!(never_waits(files()));
    for other in [
        Input::standard_input(),
        Input::reader(io::Cursor::new(small_pcap(1)), "any reader"),
    ] {
        let mut inputs = files();
        inputs.insert(1, other);
        assert!(!never_waits(inputs));
    }
}

#[test]
fn sources_cross_threads() {
    fn crosses<T: Send>() {}
    crosses::<CaptureFiles>();
    crosses::<CaptureReader<std::fs::File>>();
}
