#![doc = include_str!("../../../README.md")]
#![forbid(unsafe_code)]

// `#[derive(Record)]` names this crate by its name, inside of it too.
extern crate self as nfstream;

mod builder;
mod clock;
mod engine;
mod error;
mod live;
mod meter;
mod meters;
mod monitor;
mod packets;
#[cfg(feature = "arrow")]
mod record_batches;
mod records;
mod rows;
mod sockets;
mod source;
mod streamer;
mod summary;
mod watch;

pub use builder::{Builder, Spread};
pub use error::{BoxError, ConfigError, Error};
pub use monitor::{Monitor, PerformanceReport};
#[cfg(feature = "arrow")]
pub use record_batches::RecordBatches;
pub use records::FlowRecords;
pub use streamer::{Progress, StopHandle, Streamer};
pub use summary::Summary;

pub use nfstream_capture as capture;
#[cfg(all(feature = "libpcap", unix))]
pub use nfstream_capture::Interface;
pub use nfstream_decode as decode;
#[cfg(feature = "ndpi")]
pub use nfstream_dissect as dissect;
pub use nfstream_export as export;
pub use nfstream_flow as flow;
#[cfg(feature = "models")]
pub use nfstream_models as models;
pub use nfstream_plugins as plugins;
#[cfg(feature = "report")]
pub use nfstream_report as report;
#[cfg(feature = "libpcap")]
pub use nfstream_visibility as visibility;

pub use nfstream_decode::{AccountingMode, Direction, Packet, TcpFlags, Timestamp, Tunnel};
pub use nfstream_derive::Record;
#[cfg(feature = "ndpi")]
pub use nfstream_dissect::Ndpi;
pub use nfstream_flow::features::TimeUnit;
pub use nfstream_flow::{
    Application, BoxedPlugin, Confidence, Dissection, Dissector, Flow, FlowEnd, FlowKey,
    FlowRecord, FlowSink, NFPlugin, OwnedFlowRecord, PluginError, Process, ProcessLookup, Record,
    RecordEncoder, Risks, Schema, View, sink_fn,
};
#[cfg(feature = "models")]
pub use nfstream_models::ModelPrediction;
