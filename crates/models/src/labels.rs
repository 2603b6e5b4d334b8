//! The names of classes.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use prost::bytes::Bytes;
use serde::Deserialize;

use crate::MAX_CLASSES;

/// The longest name of a class, in bytes: it stands in the name of a column.
const MAX_LABEL_LEN: usize = 256;

/// The names of a model's classes, in the order of their probabilities.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Labels {
    /// Numbers.
    Integers(Box<[i64]>),
    /// Texts.
    Texts(Box<[Box<str>]>),
}

/// The name of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label<'a> {
    /// A number.
    Integer(i64),
    /// A text.
    Text(&'a str),
}

impl Labels {
    /// Integers as names, if they are not too many.
    pub(crate) fn of_integers(integers: &[i64]) -> Option<Self> {
        (integers.len() <= MAX_CLASSES).then(|| Self::Integers(integers.into()))
    }

    /// Texts as names, if they are such: not too many, not too long for a column's name, nothing that moves a cursor.
    pub(crate) fn of_texts(texts: &[Bytes]) -> Option<Self> {
        if texts.len() > MAX_CLASSES {
            return None;
        }
        let texts = texts.iter().map(|text| {
            let text = str::from_utf8(text).ok()?;
            is_name(text).then(|| text.into())
        });
        Some(Self::Texts(texts.collect::<Option<_>>()?))
    }

    /// Whether each can be the name of a class.
    pub(crate) fn are_names(&self) -> bool {
        match self {
            Self::Integers(_) => true,
            Self::Texts(texts) => texts.iter().all(|text| is_name(text)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Integers(integers) => integers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of the class with this number.
    pub fn get(&self, class: usize) -> Option<Label<'_>> {
        match self {
            Self::Integers(integers) => integers.get(class).map(|integer| Label::Integer(*integer)),
            Self::Texts(texts) => texts.get(class).map(|text| Label::Text(text)),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Label<'_>> {
        (0..self.len()).filter_map(|class| self.get(class))
    }

    /// Whether no two are the same.
    pub(crate) fn are_different(&self) -> bool {
        fn different<T: Eq + Hash>(names: &[T]) -> bool {
            names.iter().collect::<HashSet<_>>().len() == names.len()
        }
        match self {
            Self::Integers(integers) => different(integers),
            Self::Texts(texts) => different(texts),
        }
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX_LABEL_LEN && !text.contains(char::is_control)
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => integer.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}
