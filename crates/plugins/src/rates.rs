//! Bytes and packets a second, as a plugin.

use nfstream_decode::Packet;
use nfstream_derive::Record;
use nfstream_flow::{Flow, NFPlugin, View};

use crate::units::per_second;

/// Bytes and packets a second of a flow.
///
/// # Columns
///
/// - `udps.bidirectional_bytes_per_s`, `udps.src2dst_bytes_per_s`, `udps.dst2src_bytes_per_s`, by the accounting mode of the
///   flow table;
/// - `udps.bidirectional_packets_per_s`, `udps.src2dst_packets_per_s`, `udps.dst2src_packets_per_s`.
///
/// All are over the flow's duration, the time from its first packet to its last in nanoseconds. So both directions add up to
/// the flow, a direction without packets has the rate 0, and a direction with a single one has a rate as well. What a
/// direction did between its own first and last packets is told by built-in columns, `src2dst_bytes` and
/// `src2dst_duration_ms`.
///
/// A flow without duration, such as one of a single packet, has no rate: null, never infinity.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTableConfig, schema};
/// use nfstream_plugins::Rates;
///
/// let schema = schema(&FlowTableConfig::default(), &Rates);
/// let last = schema.columns().last().unwrap();
/// assert_eq!((&*last.name, &*last.unit), ("udps.dst2src_packets_per_s", "packets/s"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates;

/// What [`Rates`] tells of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Record)]
#[non_exhaustive]
pub struct RatesColumns {
    /// Bytes of both directions a second; null in a flow without duration.
    #[column(unit = "bytes/s")]
    pub bidirectional_bytes_per_s: Option<f64>,
    /// Packets of both directions a second; null in a flow without duration.
    #[column(unit = "packets/s")]
    pub bidirectional_packets_per_s: Option<f64>,
    /// Bytes from source to destination a second of the flow; null in a flow without duration.
    #[column(unit = "bytes/s")]
    pub src2dst_bytes_per_s: Option<f64>,
    /// Packets from source to destination a second of the flow; null in a flow without duration.
    #[column(unit = "packets/s")]
    pub src2dst_packets_per_s: Option<f64>,
    /// Bytes from destination to source a second of the flow; null in a flow without duration.
    #[column(unit = "bytes/s")]
    pub dst2src_bytes_per_s: Option<f64>,
    /// Packets from destination to source a second of the flow; null in a flow without duration.
    #[column(unit = "packets/s")]
    pub dst2src_packets_per_s: Option<f64>,
}

impl NFPlugin for Rates {
    type State = ();
    type Output = RatesColumns;

    fn on_init(&mut self, _packet: &Packet<'_>, _flow: &mut Flow<'_>) {}

    fn on_expire(&mut self, flow: &Flow<'_>, _state: ()) -> RatesColumns {
        let nanos = flow.last_seen().nanos_since(flow.first_seen());
        let [bidirectional, src2dst, dst2src] = View::ALL.map(|view| flow.counters(view));
        RatesColumns {
            bidirectional_bytes_per_s: per_second(bidirectional.bytes, nanos),
            bidirectional_packets_per_s: per_second(bidirectional.packets, nanos),
            src2dst_bytes_per_s: per_second(src2dst.bytes, nanos),
            src2dst_packets_per_s: per_second(src2dst.packets, nanos),
            dst2src_bytes_per_s: per_second(dst2src.bytes, nanos),
            dst2src_packets_per_s: per_second(dst2src.packets, nanos),
        }
    }
}

#[cfg(test)]
mod tests;
