//! Trees and linear models: scores, and what is made of them.

use std::rc::Rc;

use super::arithmetic::transposed;
use super::classes::labels;
use super::{Compiler, Value};
use crate::MAX_CLASSES;
use crate::ModelError;
use crate::forest::{Forest, Nodes, Votes};
use crate::labels::Labels;
use crate::node::Operation;
use crate::program::{Operator, Span, Transform, Work};

/// What is made of scores: attribute `post_transform`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PostTransform {
    None,
    Logistic,
    Softmax,
}

impl Compiler {
    pub(super) fn tree_classifier(
        &mut self,
        node: &mut Operation,
    ) -> Result<Vec<Value>, ModelError> {
        let labels = labels(node, "classlabels_int64s")?;
        let post_transform = PostTransform::of(node)?;
        let base = node.floats("base_values")?;
        let nodes = Nodes::of(node)?;
        let votes = Votes::of(node, "class")?;
        let row = self.only(node)?;
        let classes = labels.len();
        if classes == 2 {
            // One score for two classes: onnxruntime decides by whether all weights are positive.
            if votes.sums.iter().any(|sum| *sum != 0) {
                return Err(node.error("it scores each of two classes; onnxruntime's label is then not that of the higher score"));
            }
            let all_positive = votes.weights.iter().all(|weight| *weight >= 0.0);
            let base = match &*base {
                [] => vec![0.0],
                [base] => vec![*base],
                _ => return Err(node.unsupported("base_values", "for each of two classes")),
            };
            let forest = Forest::build(node, &nodes, &votes, row.len, base)?;
            let score = self.step(row, 1, Work::Forest(forest))?;
            return self.two_classes(score, all_positive, post_transform, labels);
        }
        let base = match base.len() {
            0 if classes <= MAX_CLASSES => vec![0.0; classes],
            len if len == classes => base,
            _ => {
                return Err(
                    node.error("it has not one base value for each class, or too many classes")
                );
            }
        };
        let forest = Forest::build(node, &nodes, &votes, row.len, base)?;
        let scores = self.step(row, classes, Work::Forest(forest))?;
        self.classes(scores, post_transform, labels)
    }

    pub(super) fn tree_regressor(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let targets = usize::try_from(node.int("n_targets", 1)?).ok();
        let targets = targets.filter(|targets| (1..=MAX_CLASSES).contains(targets));
        let targets = targets.ok_or_else(|| node.error("it has no targets, or too many"))?;
        let aggregate = node.text("aggregate_function", "SUM")?;
        if PostTransform::of(node)? != PostTransform::None {
            return Err(node.unsupported("post_transform", "other than NONE"));
        }
        let base = node.floats("base_values")?;
        let base = match base.len() {
            0 => vec![0.0; targets],
            len if len == targets => base,
            _ => return Err(node.error("it has not one base value for each target")),
        };
        let nodes = Nodes::of(node)?;
        let votes = Votes::of(node, "target")?;
        let row = self.only(node)?;
        let forest = Forest::build(node, &nodes, &votes, row.len, base)?;
        let forest = match &*aggregate {
            "SUM" => forest,
            "AVERAGE" => forest.averaged(),
            other => return Err(node.unsupported("aggregate_function", other)),
        };
        self.step(row, targets, Work::Forest(forest))
            .map(Value::Numbers)
    }

    pub(super) fn linear_classifier(
        &mut self,
        node: &mut Operation,
    ) -> Result<Vec<Value>, ModelError> {
        let labels = labels(node, "classlabels_ints")?;
        let post_transform = PostTransform::of(node)?;
        // Whether it was trained for all classes together, which changes nothing.
        node.ignore("multi_class");
        let classes = labels.len();
        match self.linear(node, classes)? {
            Value::Numbers(scores) => self.classes(scores, post_transform, labels),
            _ => Err(node.error("it has no scores")),
        }
    }

    pub(super) fn linear_regressor(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let targets = usize::try_from(node.int("targets", 1)?).unwrap_or(0);
        if PostTransform::of(node)? != PostTransform::None {
            return Err(node.unsupported("post_transform", "other than NONE"));
        }
        self.linear(node, targets)
    }

    /// One score for each of `targets`.
    fn linear(&mut self, node: &mut Operation, targets: usize) -> Result<Value, ModelError> {
        let coefficients = node.floats("coefficients")?;
        let intercepts = node.floats("intercepts")?;
        let row = self.only(node)?;
        if targets == 0
            || row.len.checked_mul(targets) != Some(coefficients.len())
            || ![0, targets].contains(&intercepts.len())
        {
            return Err(node.error("it has not one coefficient for each feature and class"));
        }
        let matrix = transposed(&coefficients, targets, row.len);
        self.dense(row, targets, matrix, intercepts.into())
    }

    /// The class with the highest score, and the probabilities of all.
    fn classes(
        &mut self,
        scores: Span,
        post_transform: PostTransform,
        labels: Labels,
    ) -> Result<Vec<Value>, ModelError> {
        let class = self.step(scores, 1, Work::ArgMax)?;
        let probabilities = match post_transform {
            PostTransform::None => scores,
            PostTransform::Logistic => {
                self.step(scores, scores.len, Work::Map(Transform::Sigmoid))?
            }
            PostTransform::Softmax => self.step(scores, scores.len, Work::Softmax)?,
        };
        Ok(vec![
            Value::Class(class, Some(Rc::new(labels))),
            Value::Numbers(probabilities),
        ])
    }

    /// What onnxruntime makes of one score for two classes.
    fn two_classes(
        &mut self,
        score: Span,
        all_positive: bool,
        post_transform: PostTransform,
        labels: Labels,
    ) -> Result<Vec<Value>, ModelError> {
        let threshold = if all_positive { 0.5 } else { 0.0 };
        let class = self.step(score, 1, Work::Exceeds(threshold))?;
        let is_logistic = post_transform == PostTransform::Logistic;
        let mut probabilities = if all_positive && !is_logistic {
            self.with_complement(score)?
        } else {
            let zero = self.constants(&[0.0])?;
            let opposite = self.step(zero, 1, Work::Join(Operator::Subtract, score))?;
            self.side_by_side(&[opposite, score])?
        };
        if is_logistic {
            probabilities = self.step(probabilities, 2, Work::Map(Transform::Sigmoid))?;
        }
        Ok(vec![
            Value::Class(class, Some(Rc::new(labels))),
            Value::Numbers(probabilities),
        ])
    }
}

impl PostTransform {
    fn of(node: &mut Operation) -> Result<Self, ModelError> {
        match &*node.text("post_transform", "NONE")? {
            "NONE" => Ok(Self::None),
            "LOGISTIC" => Ok(Self::Logistic),
            "SOFTMAX" => Ok(Self::Softmax),
            other => Err(node.unsupported("post_transform", other)),
        }
    }
}
