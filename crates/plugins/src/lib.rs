//! Plugins that come with nfstream.
//!
//! | plugin | columns | what it does |
//! |---|---|---|
//! | [`Splt`] | `udps.splt_direction`, `udps.splt_ps`, `udps.splt_piat_ms` | directions, sizes and inter-arrival times of the first packets |
//! | [`FlowSlicer`] | none | ends a flow after so many packets |
//! | [`ActiveIdle`] | `udps.min_active_ms` … `udps.max_idle_ms`, `udps.active_periods` | how long a flow is active and idle |
//! | [`PacketSizeCounter`] | `udps.packet_<size>_count` | counts packets of one size |
//!
//! Each is one file, and an example of how to write your own.
//!
//! # Examples
//!
//! ```
//! use nfstream_flow::{FlowTable, FlowTableConfig};
//! use nfstream_plugins::{FlowSlicer, PacketSizeCounter};
//!
//! let plugins = (FlowSlicer::new(100), PacketSizeCounter::new(40));
//! let schema = nfstream_flow::schema(&FlowTableConfig::default(), &plugins);
//! assert_eq!(schema.columns().last().unwrap().name, "udps.packet_40_count");
//! let table = FlowTable::new(&FlowTableConfig::default(), plugins);
//! # assert_eq!(table.active_flows(), 0);
//! ```
#![forbid(unsafe_code)]

mod active_idle;
mod flow_slicer;
mod packet_size_counter;
mod periods;
mod splt;
#[cfg(test)]
mod testing;

pub use active_idle::{ActiveIdle, ActiveIdleColumns, ActiveIdleState};
pub use flow_slicer::FlowSlicer;
pub use packet_size_counter::{PacketSizeCount, PacketSizeCounter};
pub use splt::{Splt, SpltColumns, SpltState};
