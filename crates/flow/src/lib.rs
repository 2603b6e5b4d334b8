//! The metering process: groups packets into bidirectional flows, computes their features, and hands each flow to a sink
//! at the moment it has ended.
//!
//! - [`FlowTable`]: key, direction, idle and active timeout, the order of records;
//! - [`NFPlugin`]: features of your own, compiled into the loop, their state inside the table;
//! - [`Dissector`]: what names the application of a flow, if you have one (`nfstream-dissect` does);
//! - [`ProcessLookup`]: what knows the local program that a flow belongs to, if you have one;
//! - [`Record`], [`Schema`], [`FlowRecord`]: named and typed columns, known before the first row;
//! - [`FlowSink`]: where records go.
//!
//! It knows neither files nor interfaces nor clocks, and writes no format: see `nfstream-capture` and `nfstream-export`.
//! It contains no `unsafe`, and once the table has grown to the flows that are alive at a time, no packet allocates.
//!
//! # Examples
//!
//! ```
//! use nfstream_decode::{Decoder, Frame, LinkType, Timestamp};
//! use nfstream_flow::{FlowTable, FlowTableConfig, sink_fn};
//!
//! let bytes = [
//!     0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
//!     0xc0, 0, 0, 53, 0, 8, 0, 0, // UDP
//! ];
//! let frame = Frame {
//!     timestamp: Timestamp::from_millis(1_700_000_000_000),
//!     link_type: LinkType::RAW,
//!     wire_len: 28,
//!     data: &bytes,
//! };
//!
//! let mut table = FlowTable::new(&FlowTableConfig::default(), ());
//! let mut sink = sink_fn(|record| {
//!     assert_eq!(record.flow.dst_port(), 53);
//!     assert_eq!(record.flow.bidirectional().bytes, 28);
//!     Ok::<(), core::convert::Infallible>(())
//! });
//! table.push(&Decoder::new().decode(&frame)?, &mut sink)?;
//! table.finish(&mut sink)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

#[macro_use]
mod tuples;

mod application;
mod applications;
mod calendar;
mod clock;
mod columns;
mod config;
mod dissector;
mod end;
mod flow;
mod flow_record;
mod flows;
mod index;
mod key;
mod plugin;
mod process;
pub mod record;
mod shard;
mod sink;
mod slab;
mod table;
#[cfg(test)]
mod testing;

pub use application::{Application, Confidence, Risks};
pub use config::FlowTableConfig;
pub use dissector::{Dissection, Dissector};
pub use end::FlowEnd;
pub use flow::{Flow, View};
pub use flow_record::{FlowRecord, OwnedFlowRecord, schema};
pub use key::{Endpoint, FlowKey};
pub use nfstream_features as features;
pub use plugin::{BoxedOutput, BoxedPlugin, BoxedState, NFPlugin, PluginError};
pub use process::{Process, ProcessLookup};
pub use record::{Record, Schema};
pub use shard::{FlowShard, LOOK_AHEAD, Lookup, MAX_WAITING, Turn};
pub use sink::{FlowSink, FnSink, RecordEncoder, sink_fn};
pub use table::FlowTable;
