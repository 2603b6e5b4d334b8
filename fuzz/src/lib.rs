//! What the fuzz targets do with their input: plain functions, without libFuzzer.
//!
//! | target | input |
//! |---|---|
//! | [`decode`] | a frame, as of any link type |
//! | [`tunnel`] | the payload of a UDP datagram on the port of a tunnel |
//! | [`file`] | the bytes of a capture file, and how they come |
//! | [`table`] | settings of a flow table, packets and steps of its clock |
//! | [`plugins`] | what a datagram carries on the port of a plugin |
//! | `ja4` | packets of a flow that may begin with a hello of TLS; only with the feature `ja4` |
//! | `onnx` | the bytes of an ONNX model; only with the feature `models` |
//! | `dissect` | packets of a few flows for nDPI; only with the feature `ndpi` |
//!
//! Each panics where the library breaks a promise. `cargo test --test fuzz_corpus` of the main workspace runs them over
//! the corpora; `RUSTC_BOOTSTRAP=1 cargo fuzz run TARGET` looks for more.

pub mod decode;
#[cfg(feature = "ndpi")]
pub mod dissect;
pub mod file;
#[cfg(feature = "ja4")]
pub mod ja4;
#[cfg(feature = "models")]
pub mod onnx;
pub mod plugins;
pub mod table;
pub mod tunnel;

#[path = "../../tests/world/model.rs"]
mod model;
#[path = "../../tests/world/rows.rs"]
mod rows;

/// A target, and its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("decode", decode::run),
    ("tunnel", tunnel::run),
    ("file", file::run),
    ("table", table::run),
    ("plugins", plugins::run),
    #[cfg(feature = "ja4")]
    ("ja4", ja4::run),
    #[cfg(feature = "models")]
    ("onnx", onnx::run),
    #[cfg(feature = "ndpi")]
    ("dissect", dissect::run),
];
