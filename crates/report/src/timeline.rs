//! Traffic over time.

use nfstream_decode::Timestamp;

use crate::human::real;

/// Bins that there are at most. Once they have been merged they are at least half as many.
const MOST_BINS: u64 = 480;

/// Width of the bins before any are merged, in nanoseconds.
const FIRST_WIDTH: u64 = 1_000_000;

/// Traffic over time, in bins of one width that lie at multiples of it. Bins that do not suffice are merged two by two.
///
/// A flow tells only when its first and last packets were seen: what it carried is spread evenly over the time in between.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    /// Nanoseconds.
    width: u64,
    /// Number of the first bin, counted from the epoch.
    first: u64,
    bins: Vec<Bin>,
}

/// The traffic of one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bin {
    pub(crate) packets: f64,
    pub(crate) bytes: f64,
}

impl Bin {
    fn add(&mut self, whole: Self, share: f64) {
        self.packets += whole.packets * share;
        self.bytes += whole.bytes * share;
    }
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            width: FIRST_WIDTH,
            first: 0,
            bins: Vec::new(),
        }
    }
}

impl Timeline {
    /// Adds the traffic of a flow that was seen from `first` to `last`.
    pub(crate) fn add(&mut self, first: Timestamp, last: Timestamp, packets: u64, bytes: u64) {
        let whole = Bin {
            packets: real(packets),
            bytes: real(bytes),
        };
        let first = first.as_nanos();
        let last = last.as_nanos().max(first);
        self.make_room(first, last);
        let width = self.width;
        match self.between(first, last) {
            [] => {}
            [only] => only.add(whole, 1.0),
            [head, middle @ .., tail] => {
                let duration = real(last - first);
                let in_head = real(width - first % width) / duration;
                let in_tail = real(last % width) / duration;
                let in_each = (1.0 - in_head - in_tail) / real(middle.len() as u64);
                head.add(whole, in_head);
                tail.add(whole, in_tail);
                for bin in middle {
                    bin.add(whole, in_each);
                }
            }
        }
    }

    /// When the first bin begins.
    pub(crate) fn begin(&self) -> Timestamp {
        Timestamp::from_nanos(self.first.saturating_mul(self.width))
    }

    /// Width of a bin, in nanoseconds.
    pub(crate) fn width(&self) -> u64 {
        self.width
    }

    pub(crate) fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// Makes bins for this time, wider ones if need be.
    fn make_room(&mut self, first: u64, last: u64) {
        loop {
            if self.bins.is_empty() {
                self.first = first / self.width;
            }
            let begin = self.first.min(first / self.width);
            let end = (self.first + self.bins.len() as u64).max(last / self.width + 1);
            if end - begin <= MOST_BINS {
                let before = self.first - begin;
                self.bins.splice(..0, (0..before).map(|_| Bin::default()));
                self.first = begin;
                self.bins.resize(place(end - begin), Bin::default());
                return;
            }
            self.double();
        }
    }

    /// Merges bins two by two.
    fn double(&mut self) {
        let mut merged: Vec<Bin> = Vec::new();
        for (number, &bin) in (self.first..).zip(&self.bins) {
            // A bin with an even number begins a pair.
            match merged.last_mut() {
                Some(pair) if number % 2 == 1 => pair.add(bin, 1.0),
                _ => merged.push(bin),
            }
        }
        self.bins = merged;
        self.first /= 2;
        self.width *= 2;
    }

    /// The bins of this time.
    fn between(&mut self, first: u64, last: u64) -> &mut [Bin] {
        let place_of = |time: u64| place((time / self.width).saturating_sub(self.first));
        let (first, last) = (place_of(first), place_of(last));
        self.bins.get_mut(first..=last).unwrap_or_default()
    }
}

/// Numbers of bins are small.
fn place(bins: u64) -> usize {
    usize::try_from(bins).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "small whole numbers"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn sums(timeline: &Timeline) -> (f64, f64) {
        let bins = timeline.bins().iter();
        bins.fold((0.0, 0.0), |(packets, bytes), bin| {
            (packets + bin.packets, bytes + bin.bytes)
        })
    }

    #[test]
    fn a_flow_is_spread_over_its_time() {
        let mut timeline = Timeline::default();
        timeline.add(
            Timestamp::from_micros(1_500),
            Timestamp::from_micros(4_500),
            3,
            300,
        );
        let bytes: Vec<f64> = timeline
            .bins()
            .iter()
            .map(|bin| bin.bytes.round())
            .collect();
        assert_eq!(bytes, [50.0, 100.0, 100.0, 50.0]);
        assert_eq!(timeline.begin(), millis(1));
    }

    #[test]
    fn bins_are_merged_when_there_are_too_many() {
        let mut timeline = Timeline::default();
        for time in (7..7 + MOST_BINS).rev() {
            timeline.add(millis(time), millis(time), 1, 10);
        }
        assert_eq!(
            (timeline.width(), timeline.bins().len() as u64),
            (FIRST_WIDTH, MOST_BINS)
        );
        timeline.add(millis(7 + MOST_BINS), millis(7 + MOST_BINS), 1, 10);
        assert_eq!(timeline.width(), 2 * FIRST_WIDTH);
        assert_eq!(timeline.begin(), millis(6));
        assert_eq!(timeline.bins()[0].packets, 1.0);
        assert_eq!(timeline.bins()[1].packets, 2.0);
        assert_eq!(
            sums(&timeline),
            (MOST_BINS as f64 + 1.0, 10.0 * (MOST_BINS as f64 + 1.0))
        );
    }

    #[test]
    fn the_whole_range_of_time_has_room() {
        let mut timeline = Timeline::default();
        timeline.add(Timestamp::MAX, Timestamp::MAX, 1, 1);
        timeline.add(Timestamp::EPOCH, Timestamp::MAX, 1, 1);
        timeline.add(Timestamp::EPOCH, Timestamp::EPOCH, 1, 1);
        let (packets, _) = sums(&timeline);
        assert!((packets - 3.0).abs() < 1e-9, "{packets}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_whatever_comes_first(
            flows in prop::collection::vec((0..200_000_u64, 0..200_000_u64, 0..1_000_u64, 0..1_000_000_u64), 1..60),
        ) {
            let mut timeline = Timeline::default();
            for &(first, duration, packets, bytes) in &flows {
                timeline.add(millis(first), millis(first + duration), packets, bytes);
            }
            let right_packets: u64 = flows.iter().map(|flow| flow.2).sum();
            let right_bytes: u64 = flows.iter().map(|flow| flow.3).sum();
            let (packets, bytes) = sums(&timeline);
            prop_assert!((packets - right_packets as f64).abs() <= 1e-9 * packets);
            prop_assert!((bytes - right_bytes as f64).abs() <= 1e-9 * bytes);
            prop_assert!(timeline.bins().len() as u64 <= MOST_BINS);
            prop_assert!(timeline.bins().iter().all(|bin| bin.bytes >= -1e-6));
            let first = flows.iter().map(|flow| flow.0).min().unwrap_or(0);
            prop_assert!(timeline.begin() <= millis(first));
        }
    }
}
