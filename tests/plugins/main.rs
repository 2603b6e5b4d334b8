//! The shipped plugins over real captures, held against what other tools say of them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

mod cic_flow_meter;
#[cfg(feature = "community-id")]
mod community_id;
#[allow(dead_code, reason = "the conformance suite uses the rest")]
#[path = "../conformance/corpus.rs"]
mod corpus;
mod dhcp;
#[allow(dead_code, reason = "the conformance suite uses the rest")]
#[path = "../conformance/golden.rs"]
mod golden;
#[cfg(feature = "ja4")]
mod ja4;
mod mdns;
mod tcp_performance;

use std::path::{Path, PathBuf};

use nfstream::flow::OwnedFlowRecord;
use nfstream::{Error, NFPlugin, Streamer};

use corpus::Corpus;

/// A capture by its name.
pub(crate) fn capture(corpus: &Corpus, name: &str) -> PathBuf {
    let captures = corpus.captures().unwrap();
    let capture = captures.into_iter().find(|capture| capture.name == name);
    capture.unwrap_or_else(|| panic!("{name} is missing")).path
}

/// The records of a capture with a plugin, and NFStream's defaults for the rest. What of a damaged capture could be read counts.
#[allow(dead_code, reason = "one test a plugin uses it")]
pub(crate) fn records<P: NFPlugin>(capture: &Path, plugin: P) -> Vec<OwnedFlowRecord<P::Output>> {
    let streamer = Streamer::builder()
        .source(capture)
        .udps(plugin)
        .n_meters(1)
        .build()
        .unwrap();
    let mut records = Vec::new();
    for record in streamer {
        match record {
            Ok(record) => records.push(record),
            Err(Error::Input { .. }) => {}
            Err(error) => panic!("{}: {error}", capture.display()),
        }
    }
    records
}
