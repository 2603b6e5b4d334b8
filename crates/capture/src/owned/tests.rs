use std::io::{self, Cursor, Write};

use nfstream_decode::{LinkType, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::*;
use crate::bytes::ByteOrder;
use crate::testing::{Owned, Pieces, Said, Writer, gzip, hear, lz4, rich_pcapng, small_pcap, zstd};
use crate::{CaptureError, CaptureFiles, CaptureReader, Input, PacketSource, Received};

fn frame(data: &[u8]) -> Frame<'_> {
    Frame {
        timestamp: Timestamp::from_nanos(7),
        link_type: LinkType::RAW,
        wire_len: 60,
        data,
    }
}

fn contents(window: &OwnedFrames) -> Vec<&[u8]> {
    window.frames().iter().map(|frame| frame.data).collect()
}

#[test]
fn frames_are_pushed_kept_and_cleared() {
    let mut window = OwnedFrames::default();
    assert!(window.frames().is_empty());
    for data in [[1, 2].as_slice(), &[], &[3]] {
        window.push(&frame(data));
    }
    assert_eq!(contents(&window), [[1, 2].as_slice(), &[], &[3]]);
    assert_eq!(window.frames().buffer(), [1, 2, 3]);
    let first = window.frames().iter().next().unwrap();
    assert_eq!(
        (first.timestamp, first.link_type, first.wire_len),
        (Timestamp::from_nanos(7), LinkType::RAW, 60)
    );
    window.retain(|frame| frame.data != [1, 2]);
    window.push(&frame(&[4]));
    assert_eq!(contents(&window), [[].as_slice(), &[3], &[4]]);
    window.clear();
    assert!(window.frames().is_empty());
    window.push(&frame(&[5]));
    assert_eq!(contents(&window), [[5]]);
}

#[test]
fn windows_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<OwnedFrames>();
}

/// A source that has nothing but `receive`.
struct Plain<S>(S);

impl<S: PacketSource> PacketSource for Plain<S> {
    type Error = S::Error;

    fn receive(&mut self) -> Result<Received<'_>, S::Error> {
        self.0.receive()
    }

    fn stats(&self) -> crate::CaptureStats {
        self.0.stats()
    }

    fn unknown_blocks(&self) -> &[crate::UnknownBlock] {
        self.0.unknown_blocks()
    }
}

/// Packets of several windows, some longer than a small one, the last one cut.
fn large() -> Vec<u8> {
    let mut writer = Writer::pcap(ByteOrder::Big, 0xa1b2_3c4d, (2, 4), 101);
    for number in 0..4_000_u32 {
        let length = match number % 500 {
            499 => 200_000,
            other => other as usize % 7 * 20,
        };
        let byte = u8::try_from(number % 251).unwrap();
        writer = writer.record(number, 5, number, &vec![byte; length]);
    }
    writer.bytes.pop();
    writer.bytes
}

/// Well-formed, cut and damaged captures, bare and compressed, and what is none.
fn contents_of_files() -> Vec<Vec<u8>> {
    let (pcap, pcapng) = (small_pcap(10_000), rich_pcapng());
    let mut damaged = [pcapng.clone(), pcapng.clone()].concat();
    let trailer = pcapng.len() - 1;
    damaged[trailer] ^= 1;
    let mut corrupt = gzip(&pcap);
    let middle = corrupt.len() / 2;
    corrupt[middle] ^= 0xff;
    let compressed = zstd(&large());
    vec![
        pcap[..pcap.len() - 1].to_vec(),
        gzip(&large()),
        lz4(&pcap),
        compressed[..compressed.len() * 2 / 3].to_vec(),
        compressed,
        corrupt,
        damaged,
        b"no capture".to_vec(),
        large(),
        Vec::new(),
        pcapng,
        pcap,
    ]
}

/// That all ways to ask say the same, whatever the calls; returns it.
fn same<S: PacketSource>(source: impl Fn() -> S, calls: &[bool]) -> Vec<Said> {
    let said = hear(source(), [false]);
    for calls in [calls, &[true], &[true, false], &[false, false, true]] {
        assert!(hear(source(), calls.iter().copied()) == said, "{calls:?}");
    }
    assert!(hear(Plain(source()), [true]) == said, "copied");
    said
}

/// All frames and errors, wherever the windows end.
fn joined(said: Vec<Said>) -> (Vec<Owned>, Vec<String>) {
    let (frames, errors): (Vec<_>, Vec<_>) = said
        .into_iter()
        .map(|said| (said.frames, said.error))
        .unzip();
    (frames.concat(), errors.into_iter().flatten().collect())
}

#[test]
fn files_say_the_same_to_both_calls_with_windows_of_any_size() {
    let files: Vec<NamedTempFile> = contents_of_files()
        .iter()
        .map(|content| {
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(content).unwrap();
            file
        })
        .collect();
    let source = || CaptureFiles::open(files.iter().map(NamedTempFile::path)).unwrap();
    let expected = joined(same(source, &[true, true, false]));
    assert!(expected.0.len() > 40_000 && expected.1.len() == 9);
    for size in [0, 5_000, 1 << 20, 1 << 22] {
        let said = same(|| source().window_size(size), &[false, true]);
        assert!(joined(said) == expected, "{size}");
    }
}

#[test]
fn readers_say_the_same_to_both_calls_whatever_pieces_they_bring() {
    let readers = || {
        contents_of_files().into_iter().map(|content| {
            let content: &[u8] = content.leak();
            Input::reader(Pieces::new(content, &[1, 70_000, 3]), "reader")
        })
    };
    let said = same(
        || CaptureFiles::open(readers()).unwrap(),
        &[true, false, true],
    );
    assert!(said.iter().map(|said| said.stats.bytes_read).is_sorted());
    let whole = || {
        contents_of_files()
            .into_iter()
            .map(|content| Input::reader(Cursor::new(content), "reader"))
    };
    let whole = hear(CaptureFiles::open(whole()).unwrap(), [true]);
    assert!(joined(said) == joined(whole));
}

#[test]
fn read_byte_by_byte_both_calls_say_the_same() {
    for capture in [
        small_pcap(40),
        rich_pcapng(),
        gzip(&small_pcap(40)),
        b"none".to_vec(),
    ] {
        same(
            || CaptureReader::new(Pieces::new(&capture, &[1]), "test"),
            &[true],
        );
    }
}

#[test]
fn an_input_that_fails_is_told_behind_its_frames() {
    struct Failing;
    impl io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("cable pulled"))
        }
    }
    let capture = small_pcap(20_000);
    let said = same(
        || CaptureReader::new(io::Read::chain(Cursor::new(&capture), Failing), "test"),
        &[true],
    );
    let (frames, errors) = joined(said);
    assert_eq!(frames.len(), 20_000);
    assert_eq!(
        errors,
        [format!(
            "test: at byte {}: cannot be read: cable pulled",
            capture.len()
        )]
    );
}

/// All windows of a source, in two owned ones in turn; what they have allocated after the first ten, and at the end.
fn rotate(mut source: impl PacketSource<Error = CaptureError>) -> (usize, [[usize; 2]; 2], u64) {
    let mut windows = [OwnedFrames::default(), OwnedFrames::default()];
    let mut packets = 0;
    let mut receive = |windows: &mut [OwnedFrames; 2]| {
        windows.swap(0, 1);
        match source.receive_into(&mut windows[0]).unwrap() {
            Received::Frames(frames) => {
                packets += frames.len();
                true
            }
            Received::Idle(_) | Received::End => false,
        }
    };
    for _ in 0..10 {
        assert!(receive(&mut windows));
    }
    let before = windows.each_ref().map(OwnedFrames::capacities);
    let allocated = allocation_counter::measure(|| while receive(&mut windows) {});
    let after = windows.each_ref().map(OwnedFrames::capacities);
    // The source's own buffer and index are in the rotation too.
    for capacities in after {
        assert!(before.contains(&capacities), "{before:?} {after:?}");
    }
    (packets, after, allocated.count_total)
}

#[test]
fn windows_in_turn_allocate_nothing() {
    let capture = small_pcap(200_000);
    let source = || CaptureReader::new(capture.as_slice(), "test");
    let (packets, capacities, allocated) = rotate(source());
    assert_eq!((packets, allocated), (200_000, 0));
    assert_eq!(capacities, [[256 << 10, 4_096]; 2]);
    let (packets, _, allocated) = rotate(Plain(source()));
    assert_eq!((packets, allocated), (200_000, 0));
}

proptest! {
    #[test]
    fn damaged_anyhow_both_calls_say_the_same(
        which in 0_usize..4,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        lengths in vec(1_usize..5_000, 1..10),
        calls in vec(any::<bool>(), 1..10),
    ) {
        let (pcap, pcapng) = (small_pcap(300), rich_pcapng().repeat(20));
        let mut capture = vec![gzip(&pcap), lz4(&pcapng), pcap, pcapng].swap_remove(which);
        for (at, byte) in changes {
            *at.get_mut(&mut capture) = byte;
        }
        same(|| CaptureReader::new(Pieces::new(&capture, &lengths), "test"), &calls);
    }
}
