//! A model, as read from a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use prost::bytes::Bytes;

use crate::compile::compile;
use crate::labels::Labels;
use crate::metadata::{self, Metadata};
use crate::onnx::ModelProto;
use crate::prediction::Predictor;
use crate::program::{Output, Program};
use crate::{MAX_BYTES, ModelError};

/// A model that can be evaluated. Clones share it.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) program: Arc<Program>,
    pub(crate) metadata: Arc<Metadata>,
}

impl Model {
    /// Reads an ONNX file, and the columns from the file beside it (`model.columns.json` for `model.onnx`) where the model does
    /// not name them itself.
    ///
    /// # Errors
    ///
    /// A file cannot be read, is no ONNX model, or one with something in it that is not evaluated here.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let path = path.as_ref();
        let bytes = read(path).map_err(|source| failed(path, source))?;
        let beside = path.with_extension("columns.json");
        let columns = match read(&beside) {
            Ok(json) => {
                let json = String::from_utf8_lossy(&json);
                Some(metadata::columns(&beside.display().to_string(), &json)?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&beside, error)),
        };
        Self::new(bytes.into(), columns)
    }

    /// Reads an ONNX model.
    ///
    /// # Errors
    ///
    /// It is none, or one with something in it that is not evaluated here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > MAX_BYTES {
            return Err(ModelError::TooLarge);
        }
        Self::new(Bytes::copy_from_slice(bytes), None)
    }

    fn new(bytes: Bytes, columns: Option<Vec<String>>) -> Result<Self, ModelError> {
        if bytes.len() > MAX_BYTES {
            return Err(ModelError::TooLarge);
        }
        let model = ModelProto::parse(bytes)?;
        let mut metadata = Metadata::of(&model)?;
        metadata.columns = metadata.columns.or(columns);
        let graph = model.graph.ok_or(ModelError::Graph {
            problem: "has no graph",
        })?;
        let named = metadata.columns.as_ref().map(Vec::len);
        let program = compile(&graph, named, metadata.labels.take())?;
        if let Some(given) = named
            && given != program.features
        {
            return Err(ModelError::Features {
                wanted: program.features,
                given,
            });
        }
        Ok(Self {
            program: Arc::new(program),
            metadata: Arc::new(metadata),
        })
    }

    /// What evaluates the model, with memory of its own: one a thread.
    pub fn predictor(&self) -> Predictor {
        Predictor::new(Arc::clone(&self.program))
    }

    /// How many features it takes.
    pub fn features(&self) -> usize {
        self.program.features
    }

    /// The columns that it takes, one a feature, where it says so.
    pub fn columns(&self) -> Option<&[String]> {
        self.metadata.columns.as_deref()
    }

    /// The names of its classes; `None`: it predicts a number.
    pub fn labels(&self) -> Option<&Labels> {
        match &self.program.output {
            Output::Classes { labels, .. } => Some(labels),
            Output::Value(_) => None,
        }
    }

    /// The packet at which it was trained to predict, where it says so; 0 is the end of the flow.
    pub fn at_packet(&self) -> Option<u32> {
        self.metadata.at_packet
    }
}

/// A file, as far as it is not too large for anything.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_BYTES as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn failed(path: &Path, source: io::Error) -> ModelError {
    ModelError::Read {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
