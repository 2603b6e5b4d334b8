//! Every flow of ours is NFStream's, or there is a numbered reason why it is not.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::struct_excessive_bools,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

mod configuration;
mod corpus;
mod difference;
mod dump;
mod figures;
mod golden;
#[cfg(feature = "ndpi")]
mod layer7;
mod libpcap;
mod model;
mod nfstream;
mod ours;
mod packets;
