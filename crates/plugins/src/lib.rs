//! Plugins that come with nfstream.
//!
//! | plugin | columns | what it does |
//! |---|---|---|
//! | [`Splt`] | `udps.splt_direction`, `udps.splt_ps`, `udps.splt_piat_ms` | directions, sizes and inter-arrival times of the first packets |
//! | [`FlowSlicer`] | none | ends a flow after so many packets |
//! | [`PacketSizeCounter`] | `udps.packet_<size>_count` | counts packets of one size |
//! | [`Rates`] | `udps.bidirectional_bytes_per_s` … `udps.dst2src_packets_per_s` | bytes and packets a second |
//! | [`ActiveIdle`] | `udps.min_active_ms` … `udps.max_idle_ms`, `udps.active_periods` | how long a flow is active and idle |
//! | [`PayloadBytes`] | `udps.payload_direction`, `udps.payload_hex` | the first bytes of payload of the first packets |
//! | [`WaveletFeatures`] | `udps.f_p_k_0` … `udps.b_S_k_<levels>` | how bytes are spread over time, on several scales |
//! | [`TcpPerformance`] | `udps.dst_handshake_rtt_us` … `udps.dst2src_window_scale` | round-trip times, retransmissions, reordering and closed windows of TCP |
//! | [`CicFlowMeter`] | `udps.flow_duration` … `udps.subflow_bwd_byts` | the features of `CICFlowMeter`, computed correctly |
//! | `CommunityId`, feature `community-id` | `udps.community_id` | what other tools know the flow by |
//! | `GeoIp`, feature `geoip` | `udps.src_country` … `udps.dst_as_organization` | countries, cities and networks of both ends |
//! | [`Dhcp`] | `udps.dhcp_12`, `udps.dhcp_50`, … | what DHCP clients tell of themselves |
//! | [`Mdns`] | `udps.mdns_ptr` | the names that multicast DNS announces |
//! | `Ja4`, feature `ja4` | `udps.ja4` | JA4 fingerprint of the TLS client, over TCP, QUIC and DTLS |
//!
//! Each stands alone, and is an example of how to write your own.
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
mod cic_flow_meter;
#[cfg(feature = "community-id")]
mod community_id;
mod dhcp;
mod flow_slicer;
#[cfg(feature = "geoip")]
mod geo_ip;
mod hex;
#[cfg(feature = "ja4")]
mod ja4;
mod mdns;
mod packet_size_counter;
mod payload_bytes;
mod periods;
mod rates;
mod splt;
mod tcp_performance;
#[cfg(test)]
mod testing;
mod units;
mod wavelet_features;

pub use active_idle::{ActiveIdle, ActiveIdleColumns, ActiveIdleState};
pub use cic_flow_meter::{CicFlowMeter, CicFlowMeterColumns, CicFlowMeterState};
#[cfg(feature = "community-id")]
pub use community_id::{CommunityId, CommunityIdColumns, CommunityIdState, CommunityIdText};
pub use dhcp::{Dhcp, DhcpColumns, DhcpMessageType, DhcpState, Oui};
pub use flow_slicer::FlowSlicer;
#[cfg(feature = "geoip")]
pub use geo_ip::{GeoIp, GeoIpColumns, GeoIpError};
#[cfg(feature = "ja4")]
pub use ja4::{Ja4, Ja4Columns, Ja4Fingerprint, Ja4State};
pub use mdns::{Mdns, MdnsColumns, MdnsState};
pub use packet_size_counter::{PacketSizeCount, PacketSizeCounter};
pub use payload_bytes::{PayloadBytes, PayloadBytesColumns, PayloadBytesState};
pub use rates::{Rates, RatesColumns};
pub use splt::{Splt, SpltColumns, SpltState};
pub use tcp_performance::{TcpPerformance, TcpPerformanceColumns, TcpPerformanceState};
pub use wavelet_features::{
    WaveletFeatures, WaveletFeaturesColumns, WaveletFeaturesError, WaveletFeaturesState,
};
