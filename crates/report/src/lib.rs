//! One HTML page about the flows of a capture, or of a Parquet file: a report to look at.
//!
//! A [`Report`] is told of flows, keeps figures that are bounded however many there are, and [renders](Report::render) them as
//! one page that needs nothing else: no script, no font, no image, no connection. Whoever made the packets chose some of the
//! texts (server names): the page escapes them, shows characters that cannot be seen or change the order of reading by their
//! numbers, and cuts what is long.
//!
//! | flows from | how |
//! |---|---|
//! | a run | a [`Report`] is a [`FlowSink`](nfstream_flow::FlowSink) |
//! | our Parquet files | `Report::add_parquet`, feature `parquet` |
//! | elsewhere | [`FlowFacts`] and [`Report::add`] |
//!
//! The same flows in the same order give the same bytes: there is no clock in it, and no hash seed decides what is shown.
//!
//! # Examples
//!
//! ```
//! use nfstream_decode::Timestamp;
//! use nfstream_report::{Context, FlowFacts, Report};
//!
//! let mut report = Report::default();
//! report.add(&FlowFacts {
//!     src: "192.0.2.1",
//!     dst: "192.0.2.2",
//!     protocol: 17,
//!     dst_port: 53,
//!     packets: 2,
//!     bytes: 180,
//!     seen: Some((Timestamp::from_millis(1_000), Timestamp::from_millis(1_020))),
//!     ..FlowFacts::default()
//! });
//! let page = report.render(&Context::new("One query"));
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! assert!(page.contains("192.0.2.1"));
//! ```
#![forbid(unsafe_code)]

mod clean;
mod context;
mod facts;
mod heavy_hitters;
mod histogram;
mod human;
mod names;
mod page;
#[cfg(feature = "parquet")]
mod parquet;
mod report;
mod shares;
mod tally;
mod timeline;

pub use context::{Context, Ignored};
pub use facts::FlowFacts;
#[cfg(feature = "parquet")]
pub use parquet::ReadError;
pub use report::Report;
