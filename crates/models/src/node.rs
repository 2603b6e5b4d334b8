//! One operation of a graph and its attributes, of which none may be left unread.

use prost::bytes::Bytes;

use crate::ModelError;
use crate::onnx::{AttributeProto, NodeProto};

/// `AttributeProto.AttributeType`.
pub(crate) mod kind {
    pub(crate) const FLOAT: i32 = 1;
    pub(crate) const INT: i32 = 2;
    pub(crate) const STRING: i32 = 3;
    pub(crate) const TENSOR: i32 = 4;
    pub(crate) const FLOATS: i32 = 6;
    pub(crate) const INTS: i32 = 7;
    pub(crate) const STRINGS: i32 = 8;
}

/// The most attributes that an operation has: `TreeEnsembleClassifier` has 24.
const MAX_ATTRIBUTES: usize = 64;

/// An operation: what it is called, what goes in and comes out, and what of its attributes has not been read yet.
#[derive(Debug)]
pub(crate) struct Operation {
    name: String,
    /// With its domain, where that is not ONNX's own.
    pub(crate) kind: String,
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
    attributes: Vec<AttributeProto>,
}

impl Operation {
    pub(crate) fn of(node: NodeProto) -> Result<Self, ModelError> {
        let attributes = node.attributes().take(MAX_ATTRIBUTES + 1);
        let attributes: Vec<_> = attributes.collect::<Result<_, _>>()?;
        let first_output = node.outputs.first().cloned().unwrap_or_default();
        let operation = Self {
            name: if node.name.is_empty() {
                first_output
            } else {
                node.name
            },
            kind: match &*node.domain {
                "" | "ai.onnx" => node.op_type,
                domain => format!("{domain}.{}", node.op_type),
            },
            inputs: node.inputs,
            outputs: node.outputs,
            attributes,
        };
        if operation.attributes.len() > MAX_ATTRIBUTES {
            return Err(operation.error("it has too many attributes"));
        }
        Ok(operation)
    }

    /// An integer; this one where it is not there.
    pub(crate) fn int(&mut self, name: &str, default: i64) -> Result<i64, ModelError> {
        let attribute = self.take(name, kind::INT)?;
        Ok(attribute.map_or(default, |attribute| attribute.int))
    }

    /// A number; this one where it is not there.
    pub(crate) fn float(&mut self, name: &str, default: f32) -> Result<f32, ModelError> {
        let attribute = self.take(name, kind::FLOAT)?;
        Ok(attribute.map_or(default, |attribute| attribute.float))
    }

    /// A text; this one where it is not there.
    pub(crate) fn text(&mut self, name: &str, default: &str) -> Result<String, ModelError> {
        let attribute = self.take(name, kind::STRING)?;
        Ok(attribute.map_or_else(
            || default.to_owned(),
            |attribute| String::from_utf8_lossy(&attribute.text).into_owned(),
        ))
    }

    /// Integers; none where it is not there.
    pub(crate) fn ints(&mut self, name: &str) -> Result<Vec<i64>, ModelError> {
        let attribute = self.take(name, kind::INTS)?;
        Ok(attribute.map_or_else(Vec::new, |attribute| attribute.ints))
    }

    /// Numbers; none where it is not there.
    pub(crate) fn floats(&mut self, name: &str) -> Result<Vec<f32>, ModelError> {
        let attribute = self.take(name, kind::FLOATS)?;
        Ok(attribute.map_or_else(Vec::new, |attribute| attribute.floats))
    }

    /// Texts; none where it is not there.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Vec<Bytes>, ModelError> {
        let attribute = self.take(name, kind::STRINGS)?;
        Ok(attribute.map_or_else(Vec::new, |attribute| attribute.texts))
    }

    /// A constant, where there is one.
    pub(crate) fn tensor(
        &mut self,
        name: &str,
    ) -> Result<Option<crate::onnx::TensorProto>, ModelError> {
        Ok(self
            .take(name, kind::TENSOR)?
            .and_then(|attribute| attribute.tensor))
    }

    /// An attribute that changes nothing.
    pub(crate) fn ignore(&mut self, name: &str) {
        self.attributes.retain(|attribute| attribute.name != name);
    }

    /// An integer that must be this one, which it is where it is not there.
    pub(crate) fn expect_int(&mut self, name: &str, allowed: &[i64]) -> Result<(), ModelError> {
        let value = self.int(name, allowed.first().copied().unwrap_or_default())?;
        if allowed.contains(&value) {
            return Ok(());
        }
        Err(self.unsupported(name, &value.to_string()))
    }

    /// No attribute is left.
    ///
    /// # Errors
    ///
    /// One is, which may change what the operation does.
    pub(crate) fn finish(&self) -> Result<(), ModelError> {
        match self.attributes.first() {
            None => Ok(()),
            Some(attribute) => Err(self.unsupported(&attribute.name, "(any)")),
        }
    }

    /// Something about it is wrong.
    pub(crate) fn error(&self, problem: &'static str) -> ModelError {
        ModelError::Node {
            node: self.name.clone(),
            op: shown(&self.kind),
            problem,
        }
    }

    /// An attribute has a value that is not known here.
    pub(crate) fn unsupported(&self, attribute: &str, value: &str) -> ModelError {
        ModelError::UnsupportedAttribute {
            node: self.name.clone(),
            op: shown(&self.kind),
            attribute: shown(attribute),
            value: shown(value),
        }
    }

    /// What it does is not known here.
    pub(crate) fn unknown(&self) -> ModelError {
        ModelError::UnsupportedOperation {
            node: self.name.clone(),
            op: shown(&self.kind),
        }
    }

    fn take(&mut self, name: &str, kind: i32) -> Result<Option<AttributeProto>, ModelError> {
        let place = self
            .attributes
            .iter()
            .position(|attribute| attribute.name == name);
        let Some(place) = place else {
            return Ok(None);
        };
        let attribute = self.attributes.swap_remove(place);
        if attribute.kind == kind {
            Ok(Some(attribute))
        } else {
            Err(self.error("an attribute is of the wrong type"))
        }
    }
}

/// As much of a text from a file as tells what it is, without what would move a cursor.
pub(crate) fn shown(text: &str) -> String {
    /// Characters.
    const SHOWN: usize = 80;
    let shown = text.chars().take(SHOWN);
    shown.flat_map(char::escape_debug).collect()
}
