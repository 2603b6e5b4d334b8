//! What a flow table can be told.

use core::num::NonZeroU32;
use core::time::Duration;

use nfstream_decode::AccountingMode;
use nfstream_features::TimeUnit;

/// What a flow table can be told. The defaults are NFStream's, and a bound on memory that NFStream does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each switches columns on or off"
)]
pub struct FlowTableConfig {
    /// A flow without a packet for this long has ended. Default: 120 s.
    pub idle_timeout: Duration,
    /// A flow that lasts this long is cut by its next packet. Default: 1800 s.
    pub active_timeout: Duration,
    /// Which of a packet's sizes the byte columns count. Default: the whole frame.
    pub accounting_mode: AccountingMode,
    /// Whether to compute the 48 statistical columns. Default: no.
    pub statistical_analysis: bool,
    /// How many first packets of a flow to keep (SPLT). Default: 0, none.
    pub splt_analysis: u16,
    /// How many packets of a flow a [`Dissector`](crate::Dissector) looks into. With 0 records have no columns of layer 7.
    /// Default: 0; NFStream's is 20.
    pub n_dissections: u8,
    /// Whether records have the columns `client_ja3` and `client_ja4`, where they have those of layer 7. Default: no.
    pub fingerprint_columns: bool,
    /// Whether records have the column `flow_risks`, where they have those of layer 7. Default: no.
    pub risk_column: bool,
    /// Whether records have the column `tunnel_id`. Default: yes.
    pub tunnel_column: bool,
    /// Whether records have the columns `system_process_pid` and `system_process_name`, behind those of plugins: what a
    /// [`ProcessLookup`](crate::ProcessLookup) knows. Default: no.
    pub process_columns: bool,
    /// The unit of times in columns, and the grain of timeouts. Default: milliseconds.
    pub time_unit: TimeUnit,
    /// The most flows that are alive at a time. When another one starts, the flow unseen for longest ends early, with
    /// the reason [`FlowEnd::Resources`](crate::FlowEnd::Resources). What a flow takes: see
    /// [`FlowTable`](crate::FlowTable). Default: 2²².
    pub max_active_flows: NonZeroU32,
}

impl Default for FlowTableConfig {
    fn default() -> Self {
        Self {
            idle_timeout: Duration::from_mins(2),
            active_timeout: Duration::from_mins(30),
            accounting_mode: AccountingMode::Raw,
            statistical_analysis: false,
            splt_analysis: 0,
            n_dissections: 0,
            fingerprint_columns: false,
            risk_column: false,
            tunnel_column: true,
            process_columns: false,
            time_unit: TimeUnit::Milliseconds,
            max_active_flows: const { NonZeroU32::new(1 << 22).unwrap() },
        }
    }
}

impl FlowTableConfig {
    /// A timeout in whole time units, rounded up so that none becomes zero.
    pub(crate) fn ticks(&self, timeout: Duration) -> u64 {
        let unit = u128::from(self.time_unit.nanos());
        u64::try_from(timeout.as_nanos().div_ceil(unit)).unwrap_or(u64::MAX)
    }
}
