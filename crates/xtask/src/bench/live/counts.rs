//! How many packets each program says that it has taken.

use serde_json::Value;

/// From the summary of `nfstream live`.
pub(super) fn nfstream(summary: &str) -> Option<u64> {
    number_behind(summary, "packets read")
}

/// From what `softflowctl statistics` prints. libpcap counts those that were dropped among those that were received.
pub(super) fn softflowd(statistics: &str) -> Option<u64> {
    let received = number_behind(statistics, "Packets received by libpcap:")?;
    let dropped = number_behind(statistics, "Packets dropped by libpcap:")?;
    received.checked_sub(dropped)
}

/// From the last performance report that NFStream printed.
pub(super) fn python(reports: &str) -> Option<u64> {
    // One may be on its way.
    let whole = reports.rsplit_once('\n')?.0;
    let report: Value = serde_json::from_str(whole.lines().last()?).ok()?;
    Some(report["packets_processed"].as_u64()? + report["packets_ignored"].as_u64()?)
}

/// The number that stands behind a name at the beginning of a line.
fn number_behind(text: &str, name: &str) -> Option<u64> {
    let lines = text.lines();
    let mut values = lines.filter_map(|line| line.trim_start().strip_prefix(name));
    values.find_map(|value| value.trim().parse().ok())
}
