//! Small models for the tests.

use prost::Message;
use prost::bytes::Bytes;

use crate::node::kind;
use crate::onnx::{
    AttributeProto, Dimension, DimensionProto, GraphProto, ModelProto, NodeProto, Property,
    ShapeProto, TensorProto, TensorTypeProto, TypeProto, ValueInfoProto, element,
};
use crate::{Model, ModelError};

/// A model that takes `x`, so many features; -1: it does not say how many.
pub(crate) struct World {
    pub(crate) features: i64,
    pub(crate) constants: Vec<TensorProto>,
    pub(crate) nodes: Vec<NodeProto>,
    pub(crate) outputs: Vec<&'static str>,
    pub(crate) metadata: Vec<(&'static str, String)>,
}

impl World {
    /// Of these operations, the first output of the last of which is the model's.
    pub(crate) fn of(features: i64, nodes: impl Into<Vec<NodeProto>>) -> Self {
        Self {
            features,
            constants: Vec::new(),
            nodes: nodes.into(),
            outputs: vec!["y"],
            metadata: Vec::new(),
        }
    }

    pub(crate) fn with_metadata(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }

    pub(crate) fn with_constant(mut self, name: &str, dims: &[i64], floats: &[f32]) -> Self {
        self.constants.push(TensorProto {
            name: name.to_owned(),
            dims: dims.into(),
            data_type: element::FLOAT,
            floats: floats.into(),
            ..TensorProto::default()
        });
        self
    }

    pub(crate) fn model(self) -> Result<Model, ModelError> {
        Model::from_bytes(&self.bytes())
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let graph = GraphProto {
            nodes: encoded(self.nodes),
            initializers: encoded(self.constants),
            inputs: encoded([value("x", self.features)]),
            outputs: encoded(self.outputs.into_iter().map(|name| value(name, -1))),
            sparse_initializers: Vec::new(),
        };
        let metadata = self.metadata.into_iter().map(|(key, value)| Property {
            key: key.to_owned(),
            value,
        });
        let model = ModelProto {
            graph: Some(graph),
            metadata_props: encoded(metadata),
        };
        model.encode_to_vec()
    }
}

/// A model that predicts the number of its only feature, the column of this name.
pub(crate) fn echo(column: &str) -> World {
    let node = node(
        "ai.onnx.ml.LinearRegressor",
        ["x"],
        [floats("coefficients", &[1.0]), floats("intercepts", &[0.0])],
    );
    World::of(1, [node]).with_metadata("nfstream.columns", format!("[\"{column}\"]"))
}

/// An operation from these inputs to `y`, and `z`.
pub(crate) fn node<const N: usize, const A: usize>(
    op: &str,
    inputs: [&str; N],
    attributes: [AttributeProto; A],
) -> NodeProto {
    let (domain, op_type) = match op.strip_prefix("ai.onnx.ml.") {
        Some(op_type) => ("ai.onnx.ml", op_type),
        None => ("", op),
    };
    NodeProto {
        inputs: inputs.map(str::to_owned).into(),
        outputs: vec!["y".to_owned()],
        name: "node".to_owned(),
        op_type: op_type.to_owned(),
        attributes: encoded(attributes),
        domain: domain.to_owned(),
    }
}

pub(crate) fn int(name: &str, int: i64) -> AttributeProto {
    AttributeProto {
        int,
        ..attribute(name, kind::INT)
    }
}

pub(crate) fn float(name: &str, float: f32) -> AttributeProto {
    AttributeProto {
        float,
        ..attribute(name, kind::FLOAT)
    }
}

pub(crate) fn text(name: &str, text: &'static str) -> AttributeProto {
    AttributeProto {
        text: text.into(),
        ..attribute(name, kind::STRING)
    }
}

pub(crate) fn floats(name: &str, floats: &[f32]) -> AttributeProto {
    AttributeProto {
        floats: floats.into(),
        ..attribute(name, kind::FLOATS)
    }
}

pub(crate) fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        ints: ints.into(),
        ..attribute(name, kind::INTS)
    }
}

pub(crate) fn texts(name: &str, texts: &[&'static str]) -> AttributeProto {
    AttributeProto {
        texts: texts.iter().map(|&text| text.into()).collect(),
        ..attribute(name, kind::STRINGS)
    }
}

fn attribute(name: &str, kind: i32) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        kind,
        ..AttributeProto::default()
    }
}

/// A row of so many numbers; -1: nobody knows how many.
fn value(name: &str, width: i64) -> ValueInfoProto {
    let dimension = DimensionProto {
        dimension: (width >= 0).then_some(Dimension::Known(width)),
    };
    let tensor = TensorTypeProto {
        element: element::FLOAT,
        shape: Some(ShapeProto {
            dims: encoded([DimensionProto { dimension: None }, dimension]),
        }),
    };
    ValueInfoProto {
        name: name.to_owned(),
        value_type: Some(TypeProto {
            tensor: Some(tensor),
        }),
    }
}

fn encoded<M: Message>(messages: impl IntoIterator<Item = M>) -> Vec<Bytes> {
    let encode = |message: M| message.encode_to_vec().into();
    messages.into_iter().map(encode).collect()
}
