//! Why a model cannot be used.

use std::io;
use std::path::PathBuf;

use crate::MAX_BYTES;

/// A model cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file, or the one beside it, could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// More than [`MAX_BYTES`].
    #[error("the model has more than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    /// The bytes are no protobuf message, or not that of an ONNX model.
    #[error("no ONNX model: {0}")]
    NotOnnx(#[from] prost::DecodeError),
    /// The model as a whole is not one that can be evaluated.
    #[error("the model {problem}")]
    Graph {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A node does what cannot be evaluated here.
    #[error("node {node:?}: operation {op} is not supported")]
    UnsupportedOperation {
        /// The node, by its name or, without one, by that of its output.
        node: String,
        /// What it does, with the domain where that is not ONNX's own.
        op: String,
    },
    /// A node has an attribute, or a value of one, that is not known here.
    #[error("node {node:?} ({op}): attribute {attribute} with value {value} is not supported")]
    UnsupportedAttribute {
        /// The node.
        node: String,
        /// What it does.
        op: String,
        /// The attribute.
        attribute: String,
        /// Its value.
        value: String,
    },
    /// A node contradicts itself, or its inputs.
    #[error("node {node:?} ({op}): {problem}")]
    Node {
        /// The node.
        node: String,
        /// What it does.
        op: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// What the metadata says, or the file of columns, is not what it should be.
    #[error("{key} is not {wanted}: \"{value}\"")]
    Metadata {
        /// Its key, or the name of the file.
        key: String,
        /// What it should be.
        wanted: &'static str,
        /// What it is.
        value: String,
    },
    /// The model was given another number of features than it takes.
    #[error("the model takes {wanted} features, not {given}")]
    Features {
        /// How many it takes.
        wanted: usize,
        /// How many it was given, or columns named for it.
        given: usize,
    },
    /// Nobody says which columns the model takes.
    #[error(
        "the model does not say which columns it takes: metadata nfstream.columns, or a file model.columns.json beside it"
    )]
    NoColumns,
    /// The flows have no such column.
    #[error("the model takes the column {column:?}, which these flows do not have{}", hint(.turned_on_by.as_deref(), .nearest.as_deref()))]
    UnknownColumn {
        /// What the model takes.
        column: String,
        /// The setting that would add it.
        turned_on_by: Option<String>,
        /// The column whose name is most like it.
        nearest: Option<String>,
    },
    /// A column of texts or addresses.
    #[error("the model takes the column {column:?}, which holds no numbers")]
    NoNumbers {
        /// The column.
        column: String,
    },
    /// A list without an index, or an index without a list.
    #[error("the model takes the column {column:?}: {}", if *.is_list { "it holds lists, name one item: \"splt_ps[0]\"" } else { "it holds no lists" })]
    List {
        /// What the model takes.
        column: String,
        /// Whether the column holds lists.
        is_list: bool,
    },
    /// The lists of the flows are too short.
    #[error("the model takes {column:?}, and these flows keep {items} packets: splt_analysis")]
    ShortList {
        /// What the model takes.
        column: String,
        /// How many items the lists have.
        items: usize,
    },
    /// The flows are not made as those were that the model was trained on.
    #[error("the model was trained with {key} = {model:?}, and these flows are made with {}", run.as_ref().map_or("another one".to_owned(), |run| format!("{run:?}")))]
    Setting {
        /// The setting, as metadata calls it.
        key: String,
        /// What the model says.
        model: String,
        /// What holds for the flows, where they say it.
        run: Option<String>,
    },
    /// The prediction is asked for at another packet than the model was trained for.
    #[error("the model predicts at packet {model} (nfstream.packets), not at packet {asked}")]
    AtPacket {
        /// What the model says; 0: at the end.
        model: u32,
        /// What was asked for.
        asked: u32,
    },
}

fn hint(turned_on_by: Option<&str>, nearest: Option<&str>) -> String {
    match (turned_on_by, nearest) {
        (Some(setting), _) => format!(": {setting} would add it"),
        (None, Some(name)) => format!(": did you mean {name:?}"),
        (None, None) => String::new(),
    }
}
