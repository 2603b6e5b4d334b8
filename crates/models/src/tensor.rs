//! Constants of a graph.

use prost::bytes::Bytes;

use crate::ModelError;
use crate::labels::Labels;
use crate::onnx::{TensorProto, element};

/// Numbers, or names of classes, in rows.
#[derive(Debug)]
pub(crate) struct Tensor {
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Data,
}

/// What a tensor holds.
#[derive(Debug)]
pub(crate) enum Data {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
    Texts(Vec<Bytes>),
}

impl Tensor {
    pub(crate) fn of(tensor: TensorProto) -> Result<Self, ModelError> {
        // EXTERNAL.
        if tensor.data_location == 1 {
            return Err(problem(
                "keeps constants in another file; export it with all in one",
            ));
        }
        let dims = tensor.dims.iter().map(|dim| usize::try_from(*dim).ok());
        let dims: Option<Vec<usize>> = dims.collect();
        let dims = dims.ok_or(problem("has a constant with a negative size"))?;
        let raw = &tensor.raw;
        let data = match tensor.data_type {
            element::FLOAT if raw.is_empty() => Data::Floats(tensor.floats),
            element::FLOAT => Data::Floats(words(raw, f32::from_le_bytes)),
            element::INT32 if raw.is_empty() => {
                Data::Integers(tensor.ints32.into_iter().map(i64::from).collect())
            }
            element::INT32 => Data::Integers(words(raw, |bytes| i32::from_le_bytes(bytes).into())),
            element::INT64 if raw.is_empty() => Data::Integers(tensor.ints64),
            element::INT64 => Data::Integers(words(raw, i64::from_le_bytes)),
            element::STRING => Data::Texts(tensor.texts),
            _ => {
                return Err(problem(
                    "has a constant that is neither float32 nor an integer nor a text; export it in single precision",
                ));
            }
        };
        let wanted = dims
            .iter()
            .try_fold(1_usize, |product, dim| product.checked_mul(*dim));
        let len = match &data {
            Data::Floats(floats) => floats.len(),
            Data::Integers(integers) => integers.len(),
            Data::Texts(texts) => texts.len(),
        };
        if wanted != Some(len) {
            return Err(problem("has a constant that is not as large as it says"));
        }
        Ok(Self { dims, data })
    }

    /// Its numbers, if it is one row of them.
    pub(crate) fn row(&self) -> Option<&[f32]> {
        let (_, before) = self.dims.split_last().unwrap_or((&1, &[]));
        match &self.data {
            Data::Floats(floats) if before.iter().all(|dim| *dim == 1) => Some(floats),
            _ => None,
        }
    }

    /// Its numbers, if it is a matrix: with its rows and columns.
    pub(crate) fn matrix(&self) -> Option<(&[f32], usize, usize)> {
        match (&self.data, &*self.dims) {
            (Data::Floats(floats), [rows, columns]) => Some((floats, *rows, *columns)),
            _ => None,
        }
    }

    /// Its integers.
    pub(crate) fn integers(&self) -> Option<&[i64]> {
        match &self.data {
            Data::Integers(integers) => Some(integers),
            _ => None,
        }
    }

    /// What it holds, as names of classes.
    pub(crate) fn labels(&self) -> Option<Labels> {
        match &self.data {
            Data::Floats(_) => None,
            Data::Integers(integers) => Labels::of_integers(integers),
            Data::Texts(names) => Labels::of_texts(names),
        }
    }
}

fn words<const N: usize, T>(raw: &[u8], word: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (words, rest) = raw.as_chunks::<N>();
    if rest.is_empty() {
        words.iter().map(|bytes| word(*bytes)).collect()
    } else {
        // Not as large as it says, whatever that is.
        Vec::new()
    }
}

fn problem(problem: &'static str) -> ModelError {
    ModelError::Graph { problem }
}
