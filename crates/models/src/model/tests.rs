//! Models in files.

use std::fs;

use super::Model;
use crate::testing::{World, echo, node};
use crate::{MAX_BYTES, ModelError};

/// A folder with a model, and what is in the file of columns beside it.
fn folder(model: World, columns: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.onnx"), model.bytes()).unwrap();
    if let Some(columns) = columns {
        fs::write(folder.path().join("model.columns.json"), columns).unwrap();
    }
    folder
}

fn load(folder: &tempfile::TempDir) -> Result<Model, ModelError> {
    Model::load(folder.path().join("model.onnx"))
}

#[test]
fn columns_may_stand_in_a_file_beside_the_model() {
    let model = || World::of(1, [node("Relu", ["x"], [])]);
    assert_eq!(load(&folder(model(), None)).unwrap().columns(), None);
    let named = load(&folder(model(), Some("[\"src2dst_packets\"]"))).unwrap();
    assert_eq!(named.columns().unwrap(), ["src2dst_packets"]);
    let wrong = load(&folder(model(), Some("src2dst_packets"))).unwrap_err();
    assert!(wrong.to_string().contains("model.columns.json"), "{wrong}");
}

#[test]
fn what_the_model_says_itself_goes_before_the_file() {
    let folder = folder(echo("dst2src_bytes"), Some("[\"src2dst_packets\"]"));
    assert_eq!(load(&folder).unwrap().columns().unwrap(), ["dst2src_bytes"]);
}

#[test]
fn how_many_features_there_are_may_be_known_from_the_columns_alone() {
    let model = || World::of(-1, [node("Relu", ["x"], [])]);
    assert!(matches!(model().model(), Err(ModelError::Graph { .. })));
    let folder = folder(model(), Some("[\"src2dst_packets\"]"));
    assert_eq!(load(&folder).unwrap().features(), 1);
}

#[test]
fn files_that_are_missing_or_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(load(&folder), Err(ModelError::Read { .. })));
    let file = fs::File::create(folder.path().join("model.onnx")).unwrap();
    file.set_len(MAX_BYTES as u64 + 1).unwrap();
    assert!(matches!(load(&folder), Err(ModelError::TooLarge)));
}
