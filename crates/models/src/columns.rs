//! The features of a model, picked from the columns of flows.

mod names;

use std::net::IpAddr;

use nfstream_flow::record::{ColumnType, RowWriter};
use nfstream_flow::{Flow, Schema};

use crate::ModelError;

/// Which values of a flow's row are features.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picks {
    /// In the order in which [`Flow::write`] writes the values.
    picks: Box<[Pick]>,
}

/// One feature: from which column, which item of it, to which place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pick {
    column: usize,
    item: usize,
    feature: usize,
}

impl Picks {
    /// Finds the columns that a model takes among those of the flows.
    pub(crate) fn of(wanted: &[String], flows: &Schema) -> Result<Self, ModelError> {
        let items = list_items(flows);
        let picks = wanted.iter().enumerate().map(|(feature, wanted)| {
            let (name, item) = names::split(wanted);
            let column = names::find(name, flows)?;
            let (ty, is_list) = match flows.columns().get(column).map(|column| column.column_type) {
                Some(ColumnType::List(item)) => (Some(*item), true),
                other => (other, false),
            };
            if is_list != item.is_some() {
                let column = wanted.clone();
                return Err(ModelError::List { column, is_list });
            }
            if let (Some(item), Some(items)) = (item, items)
                && item >= items
            {
                let column = wanted.clone();
                return Err(ModelError::ShortList { column, items });
            }
            match ty {
                Some(
                    ColumnType::Bool
                    | ColumnType::Int
                    | ColumnType::UInt
                    | ColumnType::Float
                    | ColumnType::Timestamp(_),
                ) => Ok(Pick {
                    column,
                    item: item.unwrap_or(0),
                    feature,
                }),
                _ => Err(ModelError::NoNumbers {
                    column: wanted.clone(),
                }),
            }
        });
        let mut picks: Box<[Pick]> = picks.collect::<Result<_, _>>()?;
        picks.sort_unstable();
        Ok(Self { picks })
    }

    /// Writes the features of a flow. What is missing is NaN.
    pub(crate) fn pick(&self, flow: &Flow<'_>, features: &mut [f32]) {
        features.fill(f32::NAN);
        flow.write(&mut Picker {
            left: &self.picks,
            // The first column is the id, which flows do not write.
            column: 1,
            item: None,
            features,
        });
    }
}

/// How many items the lists of numbers have: those of the first packets, as the metadata say.
fn list_items(flows: &Schema) -> Option<usize> {
    let mut metadata = flows.metadata().iter();
    let (_, items) = metadata.find(|(name, _)| name == "nfstream.splt_analysis")?;
    items.parse().ok()
}

/// Takes the values that are picked, and lets the others pass.
struct Picker<'a> {
    /// What has not come yet.
    left: &'a [Pick],
    column: usize,
    /// In a list: which item is next.
    item: Option<usize>,
    features: &'a mut [f32],
}

impl Picker<'_> {
    /// A value came; `number` is computed only where it is picked.
    #[inline]
    fn value(&mut self, number: impl FnOnce() -> f32) {
        let item = self.item.unwrap_or(0);
        let is_next = |pick: &&Pick| pick.column == self.column && pick.item == item;
        if self.left.first().is_some_and(|pick| is_next(&pick)) {
            let number = number();
            // The same column may be several features.
            while let Some((pick, left)) = self.left.split_first()
                && pick.column == self.column
                && pick.item == item
            {
                if let Some(feature) = self.features.get_mut(pick.feature) {
                    *feature = number;
                }
                self.left = left;
            }
        }
        match &mut self.item {
            Some(item) => *item += 1,
            None => self.column += 1,
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "features are single precision, in training as well"
)]
impl RowWriter for Picker<'_> {
    #[inline]
    fn bool(&mut self, value: bool) {
        self.value(|| f32::from(u8::from(value)));
    }

    #[inline]
    fn int(&mut self, value: i64) {
        self.value(|| value as f32);
    }

    #[inline]
    fn uint(&mut self, value: u64) {
        self.value(|| value as f32);
    }

    #[inline]
    fn float(&mut self, value: f64) {
        self.value(|| value as f32);
    }

    #[inline]
    fn text(&mut self, _value: &str) {
        self.null();
    }

    #[inline]
    fn ip(&mut self, _value: IpAddr) {
        self.null();
    }

    #[inline]
    fn timestamp(&mut self, value: Option<u64>) {
        self.value(|| value.map_or(f32::NAN, |value| value as f32));
    }

    #[inline]
    fn mac(&mut self, _octets: [u8; 6]) {
        self.null();
    }

    #[inline]
    fn oui(&mut self, _octets: [u8; 3]) {
        self.null();
    }

    #[inline]
    fn null(&mut self) {
        self.value(|| f32::NAN);
    }

    fn begin_list(&mut self) {
        self.item = Some(0);
    }

    /// Items that did not come are missing.
    fn end_list(&mut self) {
        while let Some((pick, left)) = self.left.split_first()
            && pick.column == self.column
        {
            self.left = left;
        }
        self.item = None;
        self.column += 1;
    }
}

#[cfg(test)]
mod tests;
