//! What a model says of one row.

use std::sync::Arc;

use nfstream_flow::Schema;
use nfstream_flow::record::{Record, RowWriter};
use smallvec::SmallVec;

use crate::ModelError;
use crate::labels::{Label, Labels};
use crate::program::{Output, Program};

/// How many classes a prediction holds without allocating.
const CLASSES_INLINE: usize = 32;

/// Evaluates a model: what makes predictions in one thread.
#[derive(Clone, Debug)]
pub struct Predictor {
    program: Arc<Program>,
    registers: Box<[f32]>,
}

/// What a model says of one row: a class and the probability of each class, or a number.
///
/// As a record it has the columns that [`ModelPrediction`](crate::ModelPrediction) declares. With more than 32 classes it takes
/// an allocation.
#[derive(Clone, Debug)]
pub struct Prediction {
    program: Arc<Program>,
    class: usize,
    numbers: SmallVec<[f32; CLASSES_INLINE]>,
}

const _: () = assert!(
    size_of::<Prediction>() == 160,
    "what an early prediction takes is documented"
);

impl Predictor {
    pub(crate) fn new(program: Arc<Program>) -> Self {
        Self {
            registers: program.registers.clone(),
            program,
        }
    }

    /// What the model says of a row of features, of which missing ones are NaN.
    ///
    /// Trees send a missing value where they were trained to. Of linear models and networks it makes NaN, unless the model begins by
    /// imputing it.
    ///
    /// # Errors
    ///
    /// The model takes another number of features.
    pub fn predict(&mut self, features: &[f32]) -> Result<Prediction, ModelError> {
        let row = self.row();
        if row.len() != features.len() {
            return Err(ModelError::Features {
                wanted: row.len(),
                given: features.len(),
            });
        }
        row.copy_from_slice(features);
        Ok(self.predict_row())
    }

    /// The features, for writing.
    pub(crate) fn row(&mut self) -> &mut [f32] {
        let features = self.program.features;
        self.registers.get_mut(..features).unwrap_or_default()
    }

    /// What the model says of the features that were written.
    pub(crate) fn predict_row(&mut self) -> Prediction {
        self.program.run(&mut self.registers);
        let (class, numbers) = match &self.program.output {
            Output::Classes {
                class,
                probabilities,
                ..
            } => {
                let class = class
                    .of(&self.registers)
                    .first()
                    .copied()
                    .unwrap_or_default();
                (class, probabilities)
            }
            Output::Value(value) => (0.0, value),
        };
        Prediction {
            program: Arc::clone(&self.program),
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the number of a class"
            )]
            class: class as usize,
            numbers: numbers.of(&self.registers).into(),
        }
    }
}

impl Prediction {
    /// The number of the class; `None` where the model predicts a number.
    pub fn class(&self) -> Option<usize> {
        self.labels().map(|_| self.class)
    }

    /// The name of the class; `None` where the model predicts a number.
    pub fn label(&self) -> Option<Label<'_>> {
        self.labels()?.get(self.class)
    }

    /// The probability of each class, in the order of [`Model::labels`](crate::Model::labels); empty where the model predicts
    /// a number.
    pub fn probabilities(&self) -> &[f32] {
        match self.labels() {
            Some(_) => &self.numbers,
            None => &[],
        }
    }

    /// The probability of the class that was predicted.
    pub fn probability(&self) -> Option<f32> {
        self.probabilities().get(self.class).copied()
    }

    /// The number that the model predicts; `None` where it predicts a class.
    pub fn value(&self) -> Option<f32> {
        match self.labels() {
            Some(_) => None,
            None => self.numbers.first().copied(),
        }
    }

    fn labels(&self) -> Option<&Labels> {
        match &self.program.output {
            Output::Classes { labels, .. } => Some(labels),
            Output::Value(_) => None,
        }
    }
}

impl Record for Prediction {
    /// None: which there are depends on the model, so the plugin declares them.
    fn columns(_schema: &mut Schema) {}

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        // Features that are missing may make a network's numbers so.
        let is_computed = self.probability().is_none_or(|it| !it.is_nan());
        match self.label() {
            Some(_) if !is_computed => row.null(),
            Some(Label::Integer(label)) => row.int(label),
            Some(Label::Text(label)) => row.text(label),
            None => {}
        }
        for number in &self.numbers {
            if number.is_finite() {
                row.float((*number).into());
            } else {
                row.null();
            }
        }
    }

    fn write_null<W: RowWriter + ?Sized>(_row: &mut W) {}
}
