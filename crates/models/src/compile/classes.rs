//! The numbers of classes, and their names.

use std::rc::Rc;

use super::{Compiler, Value};
use crate::ModelError;
use crate::labels::Labels;
use crate::node::Operation;
use crate::program::Work;

impl Compiler {
    /// Probabilities with the names of their classes: probabilities.
    pub(super) fn zip_map(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let labels = labels(node, "classlabels_int64s")?;
        let from = self.only(node)?;
        if labels.len() != from.len {
            return Err(node.error("it has not one label for each probability"));
        }
        Ok(Value::Numbers(from))
    }

    pub(super) fn arg_max(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        // Without it ONNX means the axis of rows.
        let axis = node.int("axis", 0)?;
        if !matches!(axis, 1 | -1) {
            return Err(node.unsupported("axis", &axis.to_string()));
        }
        node.expect_int("select_last_index", &[0])?;
        node.ignore("keepdims");
        let from = self.only(node)?;
        self.reserve_reads(from.len)?;
        let class = self.step(from, 1, Work::ArgMax)?;
        Ok(Value::Class(class, None))
    }

    /// The name of a class by its number, or some of the features.
    pub(super) fn array_feature_extractor(
        &mut self,
        node: &Operation,
    ) -> Result<Value, ModelError> {
        match (self.operand(node, 0)?, self.operand(node, 1)?) {
            (Value::Constant(names), Value::Class(class, None)) => {
                let names = names.labels();
                let names = names
                    .ok_or_else(|| node.error("its names of classes are not names, or too many"))?;
                Ok(Value::Class(class, Some(Rc::new(names))))
            }
            (Value::Numbers(from), Value::Constant(indices)) => {
                let indices = indices.integers().unwrap_or_default().iter();
                let indices = indices.map(|index| {
                    let index = u32::try_from(*index).ok();
                    index.filter(|index| (*index as usize) < from.len)
                });
                let indices: Option<Box<[u32]>> = indices.collect();
                let indices = indices.filter(|indices| !indices.is_empty());
                let indices = indices.ok_or_else(|| node.error("it picks what does not exist"))?;
                self.step(from, indices.len(), Work::Pick(indices))
                    .map(Value::Numbers)
            }
            _ => Err(node.error("it picks neither names of classes nor features")),
        }
    }
}

/// The names of classes that an operation says: texts, or integers in an attribute of this name.
pub(super) fn labels(node: &mut Operation, integers: &str) -> Result<Labels, ModelError> {
    let names = node.texts("classlabels_strings")?;
    let numbers = node.ints(integers)?;
    match (names.is_empty(), numbers.is_empty()) {
        (false, true) => Labels::of_texts(&names).ok_or_else(|| {
            node.error("a label is no text of up to 256 bytes, or there are too many")
        }),
        (true, false) => {
            Labels::of_integers(&numbers).ok_or_else(|| node.error("it has too many labels"))
        }
        _ => Err(node.error("its labels are neither texts nor integers")),
    }
}
