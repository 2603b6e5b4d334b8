//! A model as a list of steps over one array of numbers.

mod step;

pub(crate) use step::{Dense, Norm, Operator, Step, Transform, Work};

use crate::labels::Labels;

/// Some neighbouring registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// What is computed of one row.
///
/// Every value has registers of its own, behind those that it is computed from. Constants are in theirs from the start.
#[derive(Debug)]
pub(crate) struct Program {
    /// All registers, as they are before the first step.
    pub(crate) registers: Box<[f32]>,
    /// How many features a row has: they are the first registers.
    pub(crate) features: usize,
    pub(crate) steps: Box<[Step]>,
    pub(crate) output: Output,
}

/// What a program tells of a row.
#[derive(Debug)]
pub(crate) enum Output {
    /// The number of a class (a whole number, in one register), and how probable each class is.
    Classes {
        class: Span,
        probabilities: Span,
        labels: Labels,
    },
    /// A number, in one register.
    Value(Span),
}

impl Program {
    /// Computes all registers from the first ones.
    pub(crate) fn run(&self, registers: &mut [f32]) {
        for step in &self.steps {
            step.run(registers);
        }
    }
}

impl Span {
    /// The registers of the span. They exist, as the compiler made them; else there are none.
    #[inline]
    pub(crate) fn of(self, registers: &[f32]) -> &[f32] {
        registers
            .get(self.start..self.start + self.len)
            .unwrap_or_default()
    }
}
