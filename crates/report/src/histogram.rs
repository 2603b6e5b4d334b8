//! How many flows have a value of which magnitude.

/// Bins: one for 0, and one for each power of two that a value of 64 bits can begin with.
const BINS: usize = 1 + u64::BITS as usize;

/// How many flows have a value of which magnitude, by powers of two.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    bins: [u64; BINS],
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: [0; BINS] }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, value: u64) {
        let bin = value.checked_ilog2().map_or(0, |power| power as usize + 1);
        if let Some(count) = self.bins.get_mut(bin) {
            *count += 1;
        }
    }

    /// Flows whose value is 0.
    pub(crate) fn zeros(&self) -> u64 {
        self.bins.first().copied().unwrap_or(0)
    }

    /// Flows with a value of at least two to the power that is told, and less than twice that; from the first power that
    /// occurs to the last.
    pub(crate) fn powers(&self) -> impl DoubleEndedIterator<Item = (u32, u64)> + '_ {
        let occurs = |&(_, count): &(u32, u64)| count > 0;
        let powers = (0..).zip(self.bins.iter().skip(1).copied());
        let first = powers.clone().find(occurs).map_or(0, |(power, _)| power);
        let last = powers.clone().filter(occurs).last();
        let last = last.map_or(0, |(power, _)| power + 1);
        (first..last).filter_map(|power| Some((power, *self.bins.get(power as usize + 1)?)))
    }

    /// All flows.
    pub(crate) fn total(&self) -> u64 {
        self.bins.iter().sum()
    }

    /// The power of two that the median begins with; `None` where it is 0 or there is none.
    pub(crate) fn median_power(&self) -> Option<u32> {
        let middle = self.total().div_ceil(2);
        let mut below = self.zeros();
        if below >= middle {
            return None;
        }
        self.powers().find_map(|(power, count)| {
            below += count;
            (below >= middle).then_some(power)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for &value in values {
            histogram.add(value);
        }
        histogram
    }

    #[test]
    fn bins_begin_at_powers_of_two() {
        let histogram = of(&[0, 1, 3, 4, 7, u64::MAX]);
        assert_eq!(histogram.zeros(), 1);
        let occurring = histogram.powers().filter(|&(_, count)| count > 0);
        assert_eq!(
            occurring.collect::<Vec<_>>(),
            [(0, 1), (1, 1), (2, 2), (63, 1)]
        );
        assert_eq!(of(&[]).powers().count(), 0);
        assert_eq!(
            of(&[8, 64]).powers().collect::<Vec<_>>(),
            [(3, 1), (4, 0), (5, 0), (6, 1)]
        );
    }

    proptest! {
        #[test]
        fn bins_add_up_and_the_median_lies_in_its_bin(mut values: Vec<u64>) {
            let histogram = of(&values);
            let counted: u64 = histogram.powers().map(|(_, count)| count).sum();
            prop_assert_eq!(histogram.zeros() + counted, values.len() as u64);
            values.sort_unstable();
            let median = values.len().checked_sub(1).map_or(0, |last| values[last / 2]);
            prop_assert_eq!(histogram.median_power(), median.checked_ilog2());
        }
    }
}
