//! The parts of an ONNX file that models of flows are made of.
//!
//! Source: ONNX, `onnx.proto3`; numbers are those of its fields.

use prost::bytes::Bytes;
use prost::{Message, Oneof};

use crate::ModelError;

/// A file. What repeats without bound is left encoded until its turn comes, as a message takes a hundred times the two
/// bytes that encode an empty one.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ModelProto {
    #[prost(message, optional, tag = "7")]
    pub(crate) graph: Option<GraphProto>,
    #[prost(bytes = "bytes", repeated, tag = "14")]
    pub(crate) metadata_props: Vec<Bytes>,
}

/// What is computed: nodes in an order in which each can be.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GraphProto {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) nodes: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    pub(crate) initializers: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "11")]
    pub(crate) inputs: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "12")]
    pub(crate) outputs: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "15")]
    pub(crate) sparse_initializers: Vec<Bytes>,
}

/// A note about the model.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Property {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

/// One operation.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    pub(crate) inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) outputs: Vec<String>,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(string, tag = "4")]
    pub(crate) op_type: String,
    #[prost(bytes = "bytes", repeated, tag = "5")]
    pub(crate) attributes: Vec<Bytes>,
    #[prost(string, tag = "7")]
    pub(crate) domain: String,
}

/// A constant of an operation.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AttributeProto {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(float, tag = "2")]
    pub(crate) float: f32,
    #[prost(int64, tag = "3")]
    pub(crate) int: i64,
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) text: Bytes,
    #[prost(message, optional, tag = "5")]
    pub(crate) tensor: Option<TensorProto>,
    #[prost(float, repeated, tag = "7")]
    pub(crate) floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    pub(crate) ints: Vec<i64>,
    #[prost(bytes = "bytes", repeated, tag = "9")]
    pub(crate) texts: Vec<Bytes>,
    #[prost(int32, tag = "20")]
    pub(crate) kind: i32,
}

/// Constant values.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    pub(crate) dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub(crate) data_type: i32,
    #[prost(float, repeated, tag = "4")]
    pub(crate) floats: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub(crate) ints32: Vec<i32>,
    #[prost(bytes = "bytes", repeated, tag = "6")]
    pub(crate) texts: Vec<Bytes>,
    #[prost(int64, repeated, tag = "7")]
    pub(crate) ints64: Vec<i64>,
    #[prost(string, tag = "8")]
    pub(crate) name: String,
    #[prost(bytes = "bytes", tag = "9")]
    pub(crate) raw: Bytes,
    #[prost(int32, tag = "14")]
    pub(crate) data_location: i32,
}

/// An input or output.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ValueInfoProto {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) value_type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TypeProto {
    #[prost(message, optional, tag = "1")]
    pub(crate) tensor: Option<TensorTypeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorTypeProto {
    #[prost(int32, tag = "1")]
    pub(crate) element: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<ShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ShapeProto {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) dims: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct DimensionProto {
    #[prost(oneof = "Dimension", tags = "1, 2")]
    pub(crate) dimension: Option<Dimension>,
}

/// Known, or a name for what is not.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Dimension {
    #[prost(int64, tag = "1")]
    Known(i64),
    #[prost(string, tag = "2")]
    Named(String),
}

/// The types of elements that are understood: `TensorProto.DataType`.
pub(crate) mod element {
    pub(crate) const FLOAT: i32 = 1;
    pub(crate) const INT32: i32 = 6;
    pub(crate) const INT64: i32 = 7;
    pub(crate) const STRING: i32 = 8;
}

impl ModelProto {
    pub(crate) fn parse(bytes: Bytes) -> Result<Self, ModelError> {
        Ok(Self::decode(bytes)?)
    }

    /// The notes about the model.
    pub(crate) fn properties(&self) -> impl Iterator<Item = Result<Property, ModelError>> {
        decoded(&self.metadata_props)
    }
}

impl GraphProto {
    pub(crate) fn nodes(&self) -> impl Iterator<Item = Result<NodeProto, ModelError>> {
        decoded(&self.nodes)
    }

    pub(crate) fn initializers(&self) -> impl Iterator<Item = Result<TensorProto, ModelError>> {
        decoded(&self.initializers)
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = Result<ValueInfoProto, ModelError>> {
        decoded(&self.inputs)
    }

    pub(crate) fn outputs(&self) -> impl Iterator<Item = Result<ValueInfoProto, ModelError>> {
        decoded(&self.outputs)
    }
}

impl NodeProto {
    pub(crate) fn attributes(&self) -> impl Iterator<Item = Result<AttributeProto, ModelError>> {
        decoded(&self.attributes)
    }
}

impl ValueInfoProto {
    /// The type of its elements, where it is a tensor.
    pub(crate) fn element(&self) -> Option<i32> {
        Some(self.value_type.as_ref()?.tensor.as_ref()?.element)
    }

    /// Its last dimension, where it is known.
    pub(crate) fn width(&self) -> Result<Option<i64>, ModelError> {
        let tensor = self.value_type.as_ref().and_then(|ty| ty.tensor.as_ref());
        let shape = tensor.and_then(|tensor| tensor.shape.as_ref());
        let Some(last) = shape.and_then(|shape| shape.dims.last()) else {
            return Ok(None);
        };
        Ok(match DimensionProto::decode(last.clone())?.dimension {
            Some(Dimension::Known(width)) => Some(width),
            Some(Dimension::Named(_)) | None => None,
        })
    }
}

fn decoded<M: Message + Default>(
    messages: &[Bytes],
) -> impl Iterator<Item = Result<M, ModelError>> {
    messages
        .iter()
        .map(|message| Ok(M::decode(message.clone())?))
}
