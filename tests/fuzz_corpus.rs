//! The fuzz targets over their corpora: seeds, and what once broke something.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panics"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[allow(dead_code, reason = "others build more")]
#[path = "world/frames.rs"]
mod frames;
#[allow(
    dead_code,
    unreachable_pub,
    clippy::cast_precision_loss,
    reason = "a library of its own elsewhere"
)]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;
#[allow(clippy::too_many_lines, reason = "lists")]
#[path = "fuzz_corpus/seeds.rs"]
mod seeds;

/// Files that a corpus may have, and how many bytes together.
const MOST_FILES: usize = 40;
const MOST_BYTES: usize = 200_000;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target)
}

/// A corpus: the content of each file by its name.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder(target))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn nothing_in_the_corpora_breaks_a_promise() {
    for &(target, run) in fuzz::TARGETS {
        let files = corpus(target);
        let bytes: usize = files.values().map(Vec::len).sum();
        assert!(
            (1..=MOST_FILES).contains(&files.len()),
            "{target}: {} files",
            files.len()
        );
        assert!(bytes <= MOST_BYTES, "{target}: {bytes} bytes");
        for (name, content) in files {
            println!("{target}/{name}");
            run(&content);
        }
    }
}

#[test]
fn the_seeds_are_those_of_the_generator() {
    for &(target, _) in fuzz::TARGETS {
        let files = corpus(target);
        for (name, content) in seeds::of(target) {
            let found = files
                .get(name)
                .unwrap_or_else(|| panic!("{target}/{name} is missing"));
            assert!(
                *found == content,
                "{target}/{name} is not what the generator makes"
            );
        }
    }
}

/// Writes the seeds, beside what fuzzing has found: `cargo test --test fuzz_corpus -- --ignored`.
#[test]
#[ignore = "writes files"]
fn write_the_seeds() {
    for &(target, _) in fuzz::TARGETS {
        fs::create_dir_all(folder(target)).unwrap();
        for (name, content) in seeds::of(target) {
            fs::write(folder(target).join(name), content).unwrap();
        }
    }
}

/// A target, and a seed of it with some bytes changed, some removed and some added.
fn near_a_seed() -> impl Strategy<Value = (fuzz::Target, Vec<u8>)> {
    let changes = vec((any::<Index>(), any::<u8>()), 0..6);
    let cut = prop_oneof![Just(None), any::<Index>().prop_map(Some)];
    (
        select(fuzz::TARGETS.to_vec()),
        any::<Index>(),
        changes,
        cut,
        vec(any::<u8>(), 0..40),
    )
        .prop_map(|(target, seed, changes, cut, tail)| {
            let mut seeds = seeds::of(target.0);
            let (_, mut input) = seeds.swap_remove(seed.index(seeds.len()));
            for (place, byte) in changes {
                let place = place.index(input.len());
                input[place] = byte;
            }
            if let Some(cut) = cut {
                input.truncate(cut.index(input.len()));
            }
            input.extend(tail);
            (target, input)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn nothing_near_a_seed_breaks_a_promise(((_, run), input) in near_a_seed()) {
        run(&input);
    }
}
