//! Layer 7 for flow tables: which application a flow is, which server it asked for, and with which software.
//!
//! [`Ndpi`] is the [`Dissector`](nfstream_flow::Dissector) that does it with the nDPI library installed on the machine
//! (built and tested with 4.2, written for 4.4 to 6.0). It drives nDPI as NFStream does, so that the same version of nDPI gives the same answers.
//!
//! It does not read packets and does not keep flows: that is what `nfstream-capture` and `nfstream-flow` are for.
//!
//! # Safety of hostile traffic
//!
//! nDPI is a C library that parses what strangers send. Packets whose transport header contradicts itself are kept from
//! it, and every packet is handed over as a copy with zeros behind it: with both, nothing that is known to crash nDPI 4.2
//! does. A fault in nDPI is still a fault in your process; prefer nDPI 4.8 or newer for traffic that you do not trust.
//!
//! # Licence
//!
//! libndpi is LGPL-3.0. It is linked dynamically unless you ask otherwise (see `ndpi-sys`).
//!
//! # Examples
//!
//! ```
//! use nfstream_decode::{Decoder, Frame, LinkType, Timestamp};
//! use nfstream_dissect::Ndpi;
//! use nfstream_flow::{FlowTable, FlowTableConfig, sink_fn};
//!
//! let mut config = FlowTableConfig::default();
//! config.n_dissections = 20;
//! let mut table = FlowTable::with_dissector(&config, (), Ndpi::new()?);
//!
//! // A DNS query for example.com.
//! let bytes = b"\x45\0\0\x39\0\0\0\0\x40\x11\0\0\xc0\0\x02\x01\xc0\0\x02\x02\
//!     \xc0\0\0\x35\0\x25\0\0\0\x01\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01";
//! let frame = Frame {
//!     timestamp: Timestamp::from_millis(1_700_000_000_000),
//!     link_type: LinkType::RAW,
//!     wire_len: 57,
//!     data: bytes,
//! };
//! let mut sink = sink_fn(|record| {
//!     let application = record.flow.application().unwrap_or_default();
//!     assert_eq!(application.name, "DNS");
//!     assert_eq!(application.server_name, "example.com");
//!     Ok::<(), core::convert::Infallible>(())
//! });
//! table.push(&Decoder::new().decode(&frame)?, &mut sink)?;
//! table.finish(&mut sink)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod error;
mod ffi;
mod modules;
mod names;
mod ndpi;
mod recipe;
mod rules;
mod texts;

pub use builder::{ClientFingerprint, Licence, NdpiBuilder};
pub use error::{Feature, NdpiError};
pub use ffi::ndpi_version;
pub use ndpi::{FlowBlock, Ndpi, Protocol};
