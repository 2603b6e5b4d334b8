//! Exact figures by name, for names of which there are few.

use std::collections::BTreeMap;

use crate::tally::Tally;

/// How many names have figures of their own: more than nDPI has applications.
pub(crate) const MOST_NAMES: usize = 2_048;

/// Bytes of a name that are kept.
pub(crate) const LONGEST_NAME: usize = 256;

/// Exact figures by name. The first [`MOST_NAMES`] names have figures of their own, the others one together, so that the sum is
/// always that of all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shares {
    names: BTreeMap<Box<str>, Tally>,
    others: Tally,
}

impl Shares {
    pub(crate) fn add(&mut self, name: &str, tally: Tally) {
        let name = bounded(name);
        if let Some(sum) = self.names.get_mut(name) {
            *sum += tally;
        } else if self.names.len() < MOST_NAMES {
            self.names.insert(name.into(), tally);
        } else {
            self.others += tally;
        }
    }

    pub(crate) fn get(&self, name: &str) -> Tally {
        self.names.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// All names that have no figures of their own.
    pub(crate) fn others(&self) -> Tally {
        self.others
    }

    /// Names and their figures, in the order of names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Tally)> {
        self.names.iter().map(|(name, &tally)| (&**name, tally))
    }
}

/// The beginning of a name, as much as is kept of it.
pub(crate) fn bounded(name: &str) -> &str {
    let end = name.floor_char_boundary(LONGEST_NAME);
    name.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(bytes: u64) -> Tally {
        Tally {
            flows: 1,
            packets: 1,
            bytes,
        }
    }

    #[test]
    fn more_names_than_there_is_room_for_are_counted_together() {
        let mut shares = Shares::default();
        let names = MOST_NAMES as u64 + 7;
        for round in 0..2 {
            for name in 0..names {
                shares.add(&name.to_string(), bytes(round));
            }
        }
        assert_eq!(shares.names.len(), MOST_NAMES);
        assert_eq!(shares.others().flows, 2 * 7);
        let named: Tally = shares.iter().map(|(_, tally)| tally).sum();
        assert_eq!(named.flows + shares.others.flows, 2 * names);
        assert_eq!(named.bytes + shares.others.bytes, names);
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = "é".repeat(LONGEST_NAME);
        assert_eq!(bounded(&name).len(), LONGEST_NAME);
        let shifted = format!("a{name}");
        assert_eq!(bounded(&shifted).len(), LONGEST_NAME - 1);
    }
}
