//! Times from segments to their acknowledgments.

use nfstream_decode::Timestamp;

use super::sequence::is_before;
use crate::units::{NANOS_A_MICROSECOND, to_f64};

/// How many segments of one direction are measured at a time.
const MAX_WAITING: usize = 4;

/// The round-trip times of what one end sends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RoundTrip {
    /// Segments that are measured, in the order in which they were sent; the places behind are empty.
    waiting: [Option<Waiting>; MAX_WAITING],
    handshake_nanos: Option<u64>,
    samples: u64,
    sum_nanos: u64,
    min_nanos: u64,
    max_nanos: u64,
}

/// A segment that is yet to be acknowledged.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// The sequence number behind it.
    end: u32,
    is_syn: bool,
    sent: Timestamp,
}

impl RoundTrip {
    /// A segment was sent for the first time, and ends before the number `end`.
    pub(super) fn sent(&mut self, end: u32, is_syn: bool, sent: Timestamp) {
        if let Some(free) = self.waiting.iter_mut().find(|place| place.is_none()) {
            *free = Some(Waiting { end, is_syn, sent });
        }
    }

    /// What waits may be acknowledged late or for another reason.
    pub(super) fn discard(&mut self) {
        self.waiting = [None; MAX_WAITING];
    }

    /// The other end has everything before the number `end`.
    pub(super) fn acknowledged(&mut self, end: u32, now: Timestamp) {
        let mut left = [None; MAX_WAITING];
        let mut places = left.iter_mut();
        let mut newest = None;
        for waiting in self.waiting.iter().flatten() {
            if !is_before(end, waiting.end) {
                newest = Some(*waiting).filter(|newest| newest.end == end);
            } else if let Some(place) = places.next() {
                *place = Some(*waiting);
            }
        }
        self.waiting = left;
        let Some(Waiting { is_syn, sent, .. }) = newest else {
            return;
        };
        let nanos = now.nanos_since(sent);
        if is_syn {
            self.handshake_nanos = self.handshake_nanos.or(Some(nanos));
            return;
        }
        let is_first = self.samples == 0;
        self.min_nanos = if is_first {
            nanos
        } else {
            self.min_nanos.min(nanos)
        };
        self.max_nanos = self.max_nanos.max(nanos);
        self.samples += 1;
        self.sum_nanos = self.sum_nanos.saturating_add(nanos);
    }

    pub(super) fn handshake_nanos(&self) -> Option<u64> {
        self.handshake_nanos
    }

    pub(super) fn handshake_us(&self) -> Option<u64> {
        self.handshake_nanos.map(|nanos| nanos / 1_000)
    }

    pub(super) fn samples(&self) -> u64 {
        self.samples
    }

    pub(super) fn min_us(&self) -> Option<u64> {
        (self.samples > 0).then_some(self.min_nanos / 1_000)
    }

    pub(super) fn max_us(&self) -> Option<u64> {
        (self.samples > 0).then_some(self.max_nanos / 1_000)
    }

    pub(super) fn mean_us(&self) -> Option<f64> {
        (self.samples > 0)
            .then(|| to_f64(self.sum_nanos) / to_f64(self.samples) / NANOS_A_MICROSECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Timestamp {
        Timestamp::from_nanos(micros * 1_000)
    }

    #[test]
    fn an_acknowledgment_measures_the_segment_that_it_ends_with() {
        let mut round_trip = RoundTrip::default();
        round_trip.sent(100, false, at(0));
        round_trip.sent(200, false, at(10));
        round_trip.sent(300, false, at(20));
        round_trip.acknowledged(200, at(50));
        assert_eq!((round_trip.samples(), round_trip.min_us()), (1, Some(40)));
        // Ends with none: the segment is let go.
        round_trip.acknowledged(350, at(1_000));
        round_trip.acknowledged(300, at(1_001));
        assert_eq!((round_trip.samples(), round_trip.max_us()), (1, Some(40)));
    }

    #[test]
    fn the_fifth_segment_is_not_measured() {
        let mut round_trip = RoundTrip::default();
        for number in 1..=5 {
            round_trip.sent(number * 100, false, at(0));
        }
        round_trip.acknowledged(500, at(10));
        assert_eq!(round_trip.samples(), 0);
        round_trip.sent(600, false, at(20));
        round_trip.acknowledged(600, at(50));
        assert_eq!(round_trip.mean_us(), Some(30.0));
    }

    #[test]
    fn without_samples_there_are_no_times() {
        let round_trip = RoundTrip::default();
        let times = [
            round_trip.handshake_us(),
            round_trip.min_us(),
            round_trip.max_us(),
        ];
        assert_eq!((times, round_trip.mean_us()), ([None; 3], None));
    }
}
