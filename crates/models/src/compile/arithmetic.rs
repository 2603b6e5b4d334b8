//! What networks are made of, and what prepares features for them.

use std::rc::Rc;

use super::{Compiler, Value};
use crate::ModelError;
use crate::node::Operation;
use crate::program::{Dense, Norm, Operator, Span, Transform, Work};
use crate::tensor::Tensor;

/// The constant that an operation says.
pub(super) fn constant(node: &mut Operation) -> Result<Value, ModelError> {
    let tensor = node.tensor("value")?;
    let tensor = tensor.ok_or_else(|| node.error("it is not a tensor"))?;
    Ok(Value::Constant(Rc::new(Tensor::of(tensor)?)))
}

impl Compiler {
    /// `Add`, `Sub`, `Mul`, `Div`.
    pub(super) fn join(&mut self, node: &Operation) -> Result<Value, ModelError> {
        let operator = match &*node.kind {
            "Add" => Operator::Add,
            "Sub" => Operator::Subtract,
            "Mul" => Operator::Multiply,
            _ => Operator::Divide,
        };
        if node.inputs.len() != 2 {
            return Err(node.error("it has not two inputs"));
        }
        let (a, b) = (self.row(node, 0)?, self.row(node, 1)?);
        self.joined(node, operator, a, b)
    }

    /// `Relu`, `LeakyRelu`, `Sigmoid`, `Tanh`.
    pub(super) fn map(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let transform = match &*node.kind {
            "Relu" => Transform::Relu,
            "LeakyRelu" => Transform::LeakyRelu(node.float("alpha", 0.01)?),
            "Sigmoid" => Transform::Sigmoid,
            _ => Transform::Tanh,
        };
        let from = self.only(node)?;
        self.step(from, from.len, Work::Map(transform))
            .map(Value::Numbers)
    }

    pub(super) fn softmax(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        node.expect_int("axis", &[-1, 1])?;
        let from = self.only(node)?;
        self.step(from, from.len, Work::Softmax).map(Value::Numbers)
    }

    pub(super) fn mat_mul(&mut self, node: &Operation) -> Result<Value, ModelError> {
        let from = self.numbers(node, 0)?;
        let tensor = self.tensor(node, 1)?;
        let (matrix, rows, columns) = matrix(node, &tensor)?;
        if rows != from.len {
            return Err(node.error("its matrix does not fit its input"));
        }
        self.dense(from, columns, matrix.into(), Box::default())
    }

    /// `alpha · A · B + beta · C`.
    pub(super) fn gemm(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        node.expect_int("transA", &[0])?;
        let is_transposed = node.int("transB", 0)? != 0;
        let (alpha, beta) = (node.float("alpha", 1.0)?, node.float("beta", 1.0)?);
        let from = self.numbers(node, 0)?;
        let tensor = self.tensor(node, 1)?;
        let (matrix, rows, columns) = matrix(node, &tensor)?;
        let (rows, columns) = if is_transposed {
            (columns, rows)
        } else {
            (rows, columns)
        };
        if rows != from.len {
            return Err(node.error("its matrix does not fit its input"));
        }
        let matrix = if is_transposed {
            transposed(matrix, columns, rows)
        } else {
            matrix.into()
        };
        let matrix = matrix.iter().map(|weight| alpha * weight).collect();
        let mut bias = Box::default();
        if node.inputs.get(2).is_some_and(|name| !name.is_empty()) {
            let tensor = self.tensor(node, 2)?;
            bias = match tensor.row() {
                Some(row) if row.len() == columns => row.iter().map(|c| beta * c).collect(),
                Some([c]) => vec![beta * c; columns].into(),
                _ => return Err(node.error("what it adds does not fit its matrix")),
            };
        }
        self.dense(from, columns, matrix, bias)
    }

    /// A layer: `matrix` has a row for each number of `from`, and so many columns.
    pub(super) fn dense(
        &mut self,
        from: Span,
        columns: usize,
        matrix: Box<[f32]>,
        bias: Box<[f32]>,
    ) -> Result<Value, ModelError> {
        self.reserve_reads(matrix.len() + bias.len())?;
        let dense = Dense { matrix, bias };
        self.step(from, columns, Work::Dense(dense))
            .map(Value::Numbers)
    }

    /// Puts values side by side.
    pub(super) fn concat(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        node.expect_int("axis", &[1, -1])?;
        let rows = (0..node.inputs.len()).map(|number| self.row(node, number));
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        self.side_by_side(&rows).map(Value::Numbers)
    }

    /// `(x - offset) · scale`.
    pub(super) fn scaler(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let (offset, scale) = (node.floats("offset")?, node.floats("scale")?);
        let mut from = self.only(node)?;
        for (operator, values) in [(Operator::Subtract, offset), (Operator::Multiply, scale)] {
            if !values.is_empty() {
                let values = self.constants(&values)?;
                match self.joined(node, operator, from, values)? {
                    Value::Numbers(scaled) if scaled.len == from.len => from = scaled,
                    _ => return Err(node.error("it has not one offset and scale for each feature")),
                }
            }
        }
        Ok(Value::Numbers(from))
    }

    pub(super) fn normalizer(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let norm = match &*node.text("norm", "MAX")? {
            "L1" => Norm::L1,
            "L2" => Norm::L2,
            other => return Err(node.unsupported("norm", other)),
        };
        let from = self.only(node)?;
        self.step(from, from.len, Work::Normalize(norm))
            .map(Value::Numbers)
    }

    /// Puts numbers in place of missing ones.
    pub(super) fn imputer(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let replaced = node.float("replaced_value_float", 0.0)?;
        if !replaced.is_nan() {
            return Err(node.unsupported("replaced_value_float", &replaced.to_string()));
        }
        let values = node.floats("imputed_value_floats")?;
        let from = self.only(node)?;
        let values = self.constants(&values)?;
        match self.joined(node, Operator::Impute, from, values)? {
            Value::Numbers(imputed) if imputed.len == from.len => Ok(Value::Numbers(imputed)),
            _ => Err(node.error("it has not one value for each feature")),
        }
    }

    /// Changes the type. What is computed is single precision and stays it; a class stays the class.
    pub(super) fn cast(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        use crate::onnx::element::{FLOAT, INT32, INT64, STRING};
        let to = node.int("to", 0)?;
        // How floats beyond the range of eight bits are rounded.
        node.ignore("saturate");
        let value = self.operand(node, 0)?;
        let is_known = match (&value, i32::try_from(to)) {
            (Value::Numbers(_), Ok(to)) => to == FLOAT,
            (Value::Class(..), Ok(to)) => [INT32, INT64, STRING].contains(&to),
            _ => false,
        };
        if is_known {
            Ok(value)
        } else {
            Err(node.unsupported("to", &to.to_string()))
        }
    }

    /// What leaves one row as it is: `Identity`, `Dropout` (which is for training), and `Reshape` and `Flatten` where they keep
    /// the row.
    pub(super) fn same(&mut self, node: &mut Operation) -> Result<Value, ModelError> {
        let value = self.operand(node, 0)?;
        match &*node.kind {
            "Reshape" => {
                node.expect_int("allowzero", &[0])?;
                let tensor = self.tensor(node, 1)?;
                let shape = tensor.integers();
                let shape = shape.ok_or_else(|| node.error("its shape is not one"))?;
                if !keeps_row(shape, value.len()) {
                    return Err(node.unsupported("shape", &format!("{shape:?}")));
                }
            }
            "Flatten" => node.expect_int("axis", &[1, -1])?,
            "Dropout" => {
                node.ignore("ratio");
                node.ignore("seed");
                if node.inputs.iter().skip(2).any(|name| !name.is_empty()) {
                    return Err(node.error("it is in training"));
                }
            }
            _ => {}
        }
        Ok(value)
    }

    /// An input as one row: computed, or constant.
    fn row(&mut self, node: &Operation, number: usize) -> Result<Span, ModelError> {
        match self.operand(node, number)? {
            Value::Numbers(span) => Ok(span),
            Value::Constant(tensor) => {
                let row = tensor.row();
                self.constants(
                    row.ok_or_else(|| node.error("a constant is not one row of numbers"))?,
                )
            }
            Value::Class(..) => Err(node.error("it computes with the number of a class")),
        }
    }

    fn joined(
        &mut self,
        node: &Operation,
        operator: Operator,
        a: Span,
        b: Span,
    ) -> Result<Value, ModelError> {
        let len = match (a.len, b.len) {
            (a, b) if a == b => a,
            (1, len) | (len, 1) => len,
            _ => return Err(node.error("its inputs differ in length")),
        };
        self.step(a, len, Work::Join(operator, b))
            .map(Value::Numbers)
    }
}

impl Value {
    /// How many numbers it is, for one row.
    fn len(&self) -> usize {
        match self {
            Self::Numbers(span) | Self::Class(span, _) => span.len,
            Self::Constant(tensor) => tensor.dims.iter().product(),
        }
    }
}

/// Whether a row of this length keeps it in a new shape, where -1 stands for what is left, and 0 for what was.
fn keeps_row(shape: &[i64], len: usize) -> bool {
    let is_len = |dim: i64| usize::try_from(dim) == Ok(len);
    match shape {
        [-1] => len == 1,
        [-1..=1, dim] => is_len(*dim) || (*dim == -1 && shape.first() != Some(&-1)),
        _ => false,
    }
}

fn matrix<'t>(
    node: &Operation,
    tensor: &'t Tensor,
) -> Result<(&'t [f32], usize, usize), ModelError> {
    let matrix = tensor.matrix();
    matrix
        .filter(|(_, rows, columns)| *rows > 0 && *columns > 0)
        .ok_or_else(|| node.error("its second input is not a matrix of float32"))
}

/// The matrix with columns for rows: `rows` and `columns` are those of what is given.
pub(super) fn transposed(matrix: &[f32], rows: usize, columns: usize) -> Box<[f32]> {
    let places = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
    places
        .filter_map(|place| matrix.get(place).copied())
        .collect()
}
