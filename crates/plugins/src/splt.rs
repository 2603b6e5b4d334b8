//! The first packets of a flow, as a plugin.

use nfstream_decode::{AccountingMode, Packet, Timestamp};
use nfstream_derive::Record;
use nfstream_flow::features::{PacketSequence, SequenceEntry};
use nfstream_flow::{Flow, NFPlugin};

/// Sequence of packet lengths and times: directions, sizes and inter-arrival times of the first `N` packets of a flow.
///
/// The same values as the built-in analysis, with an accounting mode of its own.
///
/// # Columns
///
/// `udps.splt_direction` (0 src2dst, 1 dst2src), `udps.splt_ps` (bytes), `udps.splt_piat_ms` (milliseconds): lists of `N`
/// integers, padded with −1 behind the last packet.
///
/// # Source
///
/// NFStream's plugin of the same name; B. Anderson, D. `McGrew`: *Identifying encrypted malware traffic with contextual
/// flow data*, `AISec` 2016.
#[derive(Clone, Copy, Debug)]
pub struct Splt<const N: usize> {
    accounting_mode: AccountingMode,
}

impl<const N: usize> Splt<N> {
    /// Sizes are counted by this mode.
    pub fn new(accounting_mode: AccountingMode) -> Self {
        Self { accounting_mode }
    }
}

/// What [`Splt`] keeps of a flow.
#[derive(Clone, Copy, Debug)]
pub struct SpltState<const N: usize> {
    entries: [SequenceEntry; N],
    packets: usize,
    last_seen: Timestamp,
}

/// What [`Splt`] tells of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct SpltColumns<const N: usize> {
    /// Directions of the first packets: 0 src2dst, 1 dst2src, -1 behind the last packet.
    pub splt_direction: [i64; N],
    /// Sizes of the first packets, -1 behind the last packet.
    #[column(unit = "bytes")]
    pub splt_ps: [i64; N],
    /// Times since the previous packet of the flow, -1 behind the last packet.
    #[column(unit = "ms")]
    pub splt_piat_ms: [i64; N],
}

impl<const N: usize> NFPlugin for Splt<N> {
    type State = SpltState<N>;
    type Output = SpltColumns<N>;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> SpltState<N> {
        let mut state = SpltState {
            entries: [SequenceEntry::default(); N],
            packets: 0,
            last_seen: packet.timestamp(),
        };
        self.on_update(packet, flow, &mut state);
        state
    }

    fn on_update(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>, state: &mut SpltState<N>) {
        if let Some(entry) = state.entries.get_mut(state.packets) {
            *entry = SequenceEntry {
                // Milliseconds are truncated before they are subtracted, as in every column.
                inter_arrival: packet.timestamp().as_millis() - state.last_seen.as_millis(),
                size: packet.size(self.accounting_mode),
                direction: packet.direction(),
            };
            state.packets += 1;
            state.last_seen = packet.timestamp();
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, state: SpltState<N>) -> SpltColumns<N> {
        let taken = state.entries.get(..state.packets).unwrap_or_default();
        let sequence = PacketSequence::new(taken, N);
        SpltColumns {
            splt_direction: array(sequence.directions()),
            splt_ps: array(sequence.sizes()),
            splt_piat_ms: array(sequence.inter_arrivals()),
        }
    }
}

/// The first `N` values, padded.
fn array<const N: usize>(mut values: impl Iterator<Item = i64>) -> [i64; N] {
    [(); N].map(|()| values.next().unwrap_or(PacketSequence::PADDING))
}

#[cfg(test)]
mod tests;
