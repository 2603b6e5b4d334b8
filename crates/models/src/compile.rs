//! Programs from graphs: every shape is that of one row, so each value gets its registers when the model is read.

mod arithmetic;
mod classes;
mod scores;

use std::collections::HashMap;
use std::rc::Rc;

use crate::labels::Labels;
use crate::node::Operation;
use crate::onnx::{GraphProto, ValueInfoProto, element};
use crate::program::{Operator, Output, Program, Span, Step, Work};
use crate::tensor::Tensor;
use crate::{MAX_CLASSES, MAX_FEATURES, ModelError};

/// The most operations of a graph. Those that are exported from scikit-learn have some dozens.
const MAX_OPERATIONS: usize = 4_096;

/// The most registers of a program (4 MiB), and the most numbers that it reads of matrices (64 MiB) and searches for each row. What is
/// exported names each matrix once; a hostile graph may use the same one in every operation.
const MAX_REGISTERS: usize = 1 << 20;
const MAX_READS: usize = 1 << 24;

/// What a name of a graph stands for.
#[derive(Clone, Debug)]
enum Value {
    /// Numbers that are computed of each row.
    Numbers(Span),
    /// The number of a class, with the names of classes if those are known.
    Class(Span, Option<Rc<Labels>>),
    /// What the model brings along.
    Constant(Rc<Tensor>),
}

/// Turns operations into steps, one by one.
struct Compiler {
    values: HashMap<String, Value>,
    registers: Vec<f32>,
    reads: usize,
    steps: Vec<Step>,
}

/// The program of a graph.
///
/// `features` and `labels`: how many features it takes, and the names of its classes, where it does not say so itself.
pub(crate) fn compile(
    graph: &GraphProto,
    features: Option<usize>,
    labels: Option<Labels>,
) -> Result<Program, ModelError> {
    if !graph.sparse_initializers.is_empty() {
        return Err(problem("has sparse constants"));
    }
    let mut compiler = Compiler {
        values: HashMap::new(),
        registers: Vec::new(),
        reads: 0,
        steps: Vec::new(),
    };
    for initializer in graph.initializers() {
        let mut tensor = initializer?;
        let name = std::mem::take(&mut tensor.name);
        let constant = Value::Constant(Rc::new(Tensor::of(tensor)?));
        compiler.name(name, constant)?;
    }
    let features = compiler.input(graph, features)?;
    for (number, node) in graph.nodes().enumerate() {
        if number == MAX_OPERATIONS {
            return Err(problem("has too many operations"));
        }
        compiler.operation(Operation::of(node?)?)?;
    }
    let output = compiler.output(graph, labels)?;
    Ok(Program {
        registers: compiler.registers.into(),
        features,
        steps: compiler.steps.into(),
        output,
    })
}

impl Compiler {
    /// Makes the first registers the features, and says how many they are.
    fn input(&mut self, graph: &GraphProto, known: Option<usize>) -> Result<usize, ModelError> {
        let mut inputs = Vec::new();
        for input in graph.inputs() {
            let input: ValueInfoProto = input?;
            // Old files name constants among the inputs too.
            if !self.values.contains_key(&input.name) {
                inputs.push(input);
            }
            if inputs.len() > 1 {
                return Err(problem(
                    "has several inputs; export it with one, of all features",
                ));
            }
        }
        let input = inputs.pop().ok_or(problem("has no input"))?;
        if input.element() != Some(element::FLOAT) {
            return Err(problem("takes something else than float32"));
        }
        let width = match input.width()? {
            Some(width) => usize::try_from(width).ok(),
            None => known,
        };
        let features = width
            .filter(|features| (1..=MAX_FEATURES).contains(features))
            .ok_or(problem(
                "does not say how many features it takes, or too many",
            ))?;
        let span = self.allocate(features)?;
        self.name(input.name, Value::Numbers(span))?;
        Ok(features)
    }

    fn operation(&mut self, mut node: Operation) -> Result<(), ModelError> {
        let results = self.evaluate(&mut node)?;
        node.finish()?;
        if node.outputs.len() > results.len() {
            return Err(node.error("it has too many outputs"));
        }
        let named = node.outputs.into_iter().zip(results);
        for (name, value) in named.filter(|(name, _)| !name.is_empty()) {
            self.name(name, value)?;
        }
        Ok(())
    }

    /// Appends the steps of an operation, and says what comes out.
    fn evaluate(&mut self, node: &mut Operation) -> Result<Vec<Value>, ModelError> {
        Ok(match &*node.kind {
            "ai.onnx.ml.TreeEnsembleClassifier" => self.tree_classifier(node)?,
            "ai.onnx.ml.TreeEnsembleRegressor" => vec![self.tree_regressor(node)?],
            "ai.onnx.ml.LinearClassifier" => self.linear_classifier(node)?,
            "ai.onnx.ml.LinearRegressor" => vec![self.linear_regressor(node)?],
            "ai.onnx.ml.Scaler" => vec![self.scaler(node)?],
            "ai.onnx.ml.Normalizer" => vec![self.normalizer(node)?],
            "ai.onnx.ml.Imputer" => vec![self.imputer(node)?],
            "ai.onnx.ml.ZipMap" => vec![self.zip_map(node)?],
            "ai.onnx.ml.ArrayFeatureExtractor" => vec![self.array_feature_extractor(node)?],
            "Add" | "Sub" | "Mul" | "Div" => vec![self.join(node)?],
            "Relu" | "LeakyRelu" | "Sigmoid" | "Tanh" => vec![self.map(node)?],
            "Softmax" => vec![self.softmax(node)?],
            "MatMul" => vec![self.mat_mul(node)?],
            "Gemm" => vec![self.gemm(node)?],
            "Concat" => vec![self.concat(node)?],
            "ArgMax" => vec![self.arg_max(node)?],
            "Cast" => vec![self.cast(node)?],
            "Identity" | "Reshape" | "Flatten" | "Dropout" => vec![self.same(node)?],
            "Constant" => vec![arithmetic::constant(node)?],
            _ => return Err(node.unknown()),
        })
    }

    /// What the program tells in the end: of the outputs of the graph the first class, and the first numbers.
    fn output(&mut self, graph: &GraphProto, labels: Option<Labels>) -> Result<Output, ModelError> {
        let (mut class, mut numbers) = (None, None);
        for output in graph.outputs() {
            match self.values.get(&output?.name) {
                Some(Value::Class(span, names)) if class.is_none() => {
                    class = Some((*span, names.clone()));
                }
                Some(Value::Numbers(span)) if numbers.is_none() => numbers = Some(*span),
                Some(_) => {}
                None => return Err(problem("has an output that nothing computes")),
            }
        }
        let mut numbers = numbers.ok_or(problem("has no output of numbers"))?;
        let (class, labels) = match (class, labels) {
            // Names that stand in the graph are those of its probabilities.
            (Some((class, Some(names))), _) => (class, (*names).clone()),
            (Some((class, None)), labels) => {
                (class, labels.unwrap_or_else(|| numbered(numbers.len)))
            }
            (None, Some(labels)) => {
                if numbers.len == 1 && labels.len() == 2 {
                    numbers = self.with_complement(numbers)?;
                }
                let class = self.step(numbers, 1, Work::ArgMax)?;
                (class, labels)
            }
            (None, None) if numbers.len == 1 => return Ok(Output::Value(numbers)),
            (None, None) => {
                return Err(problem(
                    "has several numbers as its output: if they are the probabilities of classes, name these in the metadata nfstream.labels",
                ));
            }
        };
        if labels.len() != numbers.len || !labels.are_different() {
            return Err(problem("has not one probability for each of its classes"));
        }
        if !labels.are_names() {
            return Err(problem(
                "has a class whose name is longer than 256 bytes, or has control characters",
            ));
        }
        if !(2..=MAX_CLASSES).contains(&labels.len()) {
            return Err(problem("has a single class, or too many"));
        }
        Ok(Output::Classes {
            class,
            probabilities: numbers,
            labels,
        })
    }

    /// The probabilities of two classes from that of the second.
    fn with_complement(&mut self, second: Span) -> Result<Span, ModelError> {
        let one = self.constants(&[1.0])?;
        let first = self.step(one, 1, Work::Join(Operator::Subtract, second))?;
        self.side_by_side(&[first, second])
    }

    /// Several values as one.
    fn side_by_side(&mut self, values: &[Span]) -> Result<Span, ModelError> {
        let len = values.iter().map(|value| value.len).sum();
        self.check_room(len)?;
        let registers = values
            .iter()
            .flat_map(|value| value.start..value.start + value.len);
        #[allow(clippy::cast_possible_truncation, reason = "there are not so many")]
        let picked = registers.map(|register| register as u32).collect();
        let all = Span {
            start: 0,
            len: self.registers.len(),
        };
        self.step(all, len, Work::Pick(picked))
    }

    /// Appends a step whose result has this length.
    fn step(&mut self, from: Span, len: usize, work: Work) -> Result<Span, ModelError> {
        let to = self.allocate(len)?;
        self.steps.push(Step { from, to, work });
        Ok(to)
    }

    /// Registers with values that stay.
    fn constants(&mut self, values: &[f32]) -> Result<Span, ModelError> {
        let span = self.allocate(values.len())?;
        if let Some(registers) = self.registers.get_mut(span.start..) {
            registers.copy_from_slice(values);
        }
        Ok(span)
    }

    fn allocate(&mut self, len: usize) -> Result<Span, ModelError> {
        self.check_room(len)?;
        let start = self.registers.len();
        self.registers.resize(start + len, 0.0);
        Ok(Span { start, len })
    }

    fn check_room(&self, len: usize) -> Result<(), ModelError> {
        if len > MAX_REGISTERS - self.registers.len() {
            return Err(problem("computes too many numbers"));
        }
        Ok(())
    }

    /// Counts what is read of a matrix, or searched, for each row.
    fn reserve_reads(&mut self, len: usize) -> Result<(), ModelError> {
        self.reads = self.reads.saturating_add(len);
        if self.reads > MAX_READS {
            return Err(problem(
                "has matrices that are too large, or too many searches",
            ));
        }
        Ok(())
    }

    fn name(&mut self, name: String, value: Value) -> Result<(), ModelError> {
        match self.values.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(problem("gives two values the same name")),
        }
    }

    /// An input of an operation.
    fn operand(&self, node: &Operation, number: usize) -> Result<Value, ModelError> {
        let name = node.inputs.get(number);
        let name = name.ok_or_else(|| node.error("it lacks an input"))?;
        let value = self.values.get(name);
        value
            .cloned()
            .ok_or_else(|| node.error("an input is not computed before"))
    }

    /// An input that is computed.
    fn numbers(&self, node: &Operation, number: usize) -> Result<Span, ModelError> {
        match self.operand(node, number)? {
            Value::Numbers(span) => Ok(span),
            _ => Err(node.error("an input is not computed from the features")),
        }
    }

    /// An input that the model brings along.
    fn tensor(&self, node: &Operation, number: usize) -> Result<Rc<Tensor>, ModelError> {
        match self.operand(node, number)? {
            Value::Constant(tensor) => Ok(tensor),
            _ => Err(node.error("an input is not a constant")),
        }
    }

    /// The only input, computed.
    fn only(&self, node: &Operation) -> Result<Span, ModelError> {
        match node.inputs.len() {
            1 => self.numbers(node, 0),
            _ => Err(node.error("it has not one input")),
        }
    }
}

/// Classes without names.
fn numbered(classes: usize) -> Labels {
    Labels::Integers((0..).take(classes).collect())
}

fn problem(problem: &'static str) -> ModelError {
    ModelError::Graph { problem }
}

#[cfg(test)]
mod tests;
