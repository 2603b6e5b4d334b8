//! The arithmetic: in single precision, as onnxruntime's.

use super::Span;
use crate::forest::Forest;

/// Computes one value from those before it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) from: Span,
    pub(crate) to: Span,
    pub(crate) work: Work,
}

/// What a step does with its numbers.
#[derive(Debug)]
pub(crate) enum Work {
    /// Takes some of them.
    Pick(Box<[u32]>),
    /// Changes each.
    Map(Transform),
    /// Joins each with one of another span; a single number on either side goes with all of the other.
    Join(Operator, Span),
    /// Multiplies them with a matrix.
    Dense(Dense),
    /// Divides them by a norm, where that is not 0.
    Normalize(Norm),
    /// Takes e to the power of each, and divides by the sum.
    Softmax,
    /// Finds the first of the greatest.
    ArgMax,
    /// Tells whether they (it is one) exceed a threshold, by 1 or 0.
    Exceeds(f32),
    /// Adds up what trees say.
    Forest(Forest),
}

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transform {
    Relu,
    LeakyRelu(f32),
    Sigmoid,
    Tanh,
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// The second in place of a missing first one.
    Impute,
}

/// What [`Work::Normalize`] divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Norm {
    /// The sum of absolute values.
    L1,
    /// The square root of the sum of squares.
    L2,
}

/// A layer of a network, or a linear model.
#[derive(Debug)]
pub(crate) struct Dense {
    /// One row for each number that comes in, one column for each that goes out.
    pub(crate) matrix: Box<[f32]>,
    /// One for each number that goes out, or none at all.
    pub(crate) bias: Box<[f32]>,
}

impl Step {
    pub(crate) fn run(&self, registers: &mut [f32]) {
        let Some((before, rest)) = registers.split_at_mut_checked(self.to.start) else {
            return;
        };
        let Some(to) = rest.get_mut(..self.to.len) else {
            return;
        };
        let from = self.from.of(before);
        match &self.work {
            Work::Pick(indices) => {
                for (to, &index) in to.iter_mut().zip(indices) {
                    *to = from.get(index as usize).copied().unwrap_or(f32::NAN);
                }
            }
            Work::Map(transform) => {
                for (to, &x) in to.iter_mut().zip(from) {
                    *to = transform.of(x);
                }
            }
            Work::Join(operator, other) => join(*operator, from, other.of(before), to),
            Work::Dense(dense) => dense.run(from, to),
            Work::Normalize(norm) => normalize(*norm, from, to),
            Work::Softmax => softmax(from, to),
            Work::ArgMax => to.fill(greatest(from)),
            Work::Exceeds(threshold) => {
                let exceeds = from.first().is_some_and(|x| x > threshold);
                to.fill(f32::from(u8::from(exceeds)));
            }
            Work::Forest(forest) => forest.run(from, to),
        }
    }
}

impl Transform {
    #[inline]
    fn of(self, x: f32) -> f32 {
        match self {
            // Unlike f32::max, lets NaN through.
            Self::Relu if x < 0.0 => 0.0,
            Self::LeakyRelu(slope) if x < 0.0 => slope * x,
            Self::Relu | Self::LeakyRelu(_) => x,
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => x.tanh(),
        }
    }
}

impl Operator {
    #[inline]
    fn of(self, a: f32, b: f32) -> f32 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::Impute if a.is_nan() => b,
            Self::Impute => a,
        }
    }
}

impl Dense {
    fn run(&self, from: &[f32], to: &mut [f32]) {
        if self.bias.is_empty() {
            to.fill(0.0);
        } else {
            for (to, bias) in to.iter_mut().zip(&self.bias) {
                *to = *bias;
            }
        }
        // Row by row, so that the inner loop is one of neighbours on both sides.
        for (x, row) in from.iter().zip(self.matrix.chunks_exact(to.len().max(1))) {
            for (to, weight) in to.iter_mut().zip(row) {
                *to += x * weight;
            }
        }
    }
}

/// Does not overflow: e is only taken to powers below 0.
fn sigmoid(x: f32) -> f32 {
    let positive = 1.0 / (1.0 + (-x.abs()).exp());
    if x < 0.0 { 1.0 - positive } else { positive }
}

fn join(operator: Operator, a: &[f32], b: &[f32], to: &mut [f32]) {
    match (a, b) {
        ([a], _) => to
            .iter_mut()
            .zip(b)
            .for_each(|(to, b)| *to = operator.of(*a, *b)),
        (_, [b]) => to
            .iter_mut()
            .zip(a)
            .for_each(|(to, a)| *to = operator.of(*a, *b)),
        _ => to
            .iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(to, (a, b))| *to = operator.of(*a, *b)),
    }
}

fn normalize(norm: Norm, from: &[f32], to: &mut [f32]) {
    let norm = match norm {
        Norm::L1 => from.iter().map(|x| x.abs()).sum::<f32>(),
        Norm::L2 => from.iter().map(|x| x * x).sum::<f32>().sqrt(),
    };
    let divisor = if norm == 0.0 { 1.0 } else { norm };
    for (to, x) in to.iter_mut().zip(from) {
        *to = x / divisor;
    }
}

fn softmax(from: &[f32], to: &mut [f32]) {
    let greatest = from.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for (to, x) in to.iter_mut().zip(from) {
        *to = (x - greatest).exp();
        sum += *to;
    }
    for to in to {
        *to /= sum;
    }
}

/// The number of the first of the greatest; fewer classes than a float has whole numbers are checked for when a model is
/// read.
#[allow(clippy::cast_precision_loss, reason = "see above")]
fn greatest(from: &[f32]) -> f32 {
    let mut best = (0, f32::NEG_INFINITY);
    for (number, &x) in from.iter().enumerate() {
        if x > best.1 {
            best = (number, x);
        }
    }
    best.0 as f32
}
