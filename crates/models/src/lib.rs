//! Predictions of ONNX models, while flows are metered.
//!
//! A model is trained in Python on flows that `nfstream` has written, and exported to ONNX (`skl2onnx`, `onnxmltools`,
//! `torch.onnx`). [`ModelPrediction`] is a plugin that evaluates it when a flow ends, or at its n-th packet, and adds the
//! class and the probability of each class as columns. It takes microseconds a flow and no allocation.
//!
//! # What is evaluated
//!
//! In single precision, as onnxruntime does, with its labels, and its probabilities to about 1e-6:
//!
//! | models | operations |
//! |---|---|
//! | decision trees, random forests, gradient boosting, those of other libraries too | `TreeEnsembleClassifier`, `TreeEnsembleRegressor` |
//! | linear models | `LinearClassifier`, `LinearRegressor` |
//! | small networks | `Gemm`, `MatMul`, `Add`, `Sub`, `Mul`, `Div`, `Relu`, `LeakyRelu`, `Sigmoid`, `Tanh`, `Softmax` |
//! | preparation of features | `Scaler`, `Normalizer` (L1, L2), `Imputer` (of missing values), `ArrayFeatureExtractor`, `Concat` |
//! | what exporters put around | `ArgMax`, `Cast`, `Constant`, `Dropout`, `Flatten`, `Identity`, `Reshape`, `ZipMap` |
//!
//! A network for classes ends in their probabilities (`Softmax`, or `Sigmoid` for two), not in what those are made of, and names its
//! classes in the metadata (`nfstream.labels`).
//!
//! Anything else is refused when the model is read, with the name of the node and its operation. So are models with an
//! input that is not float32, and files of more than [`MAX_BYTES`]. Reading takes up to some 50 times the size of a hostile file
//! in memory, and some 10 times that of others.
//!
//! # What a model says of itself
//!
//! The metadata of the file (`metadata_props`), which are checked against the flows when a run begins, so that training and
//! metering do not differ:
//!
//! | key | value |
//! |---|---|
//! | `nfstream.columns` | the columns that the model takes, in order: a JSON list of names; one item of a list is `splt_ps[3]` |
//! | `nfstream.labels` | the names of the classes: a JSON list of texts or integers, where the graph does not have them |
//! | `nfstream.packets` | the packet at which the model predicts, where that is not the end of the flow |
//! | `nfstream.accounting_mode`, `nfstream.idle_timeout`, `nfstream.active_timeout`, `nfstream.n_dissections`, `nfstream.time_unit` | how the flows were made that it was trained on, as the metadata of a Parquet file of `nfstream` say it |
//!
//! Counted from 0, an item of a list must be among those that the flows keep (`splt_analysis`).
//!
//! The columns may stand in a file beside the model as well: `model.columns.json` for `model.onnx`.
//!
//! # Examples
//!
//! ```
//! use nfstream_models::{Label, Model};
//!
//! # let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/models");
//! # let path = std::path::Path::new(directory).join("forest.onnx");
//! let model = Model::load(path)?; // forest.onnx
//! let mut predictor = model.predictor();
//! let features = vec![0.0; model.features()];
//! let prediction = predictor.predict(&features)?;
//! assert_eq!(prediction.probabilities().len(), model.labels().unwrap().len());
//! # assert!(matches!(prediction.label(), Some(Label::Text(_))));
//! # Ok::<(), nfstream_models::ModelError>(())
//! ```

#![forbid(unsafe_code)]

mod columns;
mod compile;
mod error;
mod forest;
mod labels;
mod metadata;
mod model;
mod node;
mod onnx;
mod plugin;
mod prediction;
mod program;
mod tensor;
#[cfg(test)]
mod testing;

pub use error::ModelError;
pub use labels::{Label, Labels};
pub use model::Model;
pub use plugin::ModelPrediction;
pub use prediction::{Prediction, Predictor};

/// The most bytes of a model: 64 MiB.
pub const MAX_BYTES: usize = 64 << 20;

/// The most classes of a model, which are as many columns.
pub const MAX_CLASSES: usize = 1_024;

/// The most features of a model.
pub const MAX_FEATURES: usize = 65_535;
