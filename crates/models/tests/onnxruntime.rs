//! The models of `tests/data/models` say what onnxruntime says.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test, helpers included"
)]

use std::fs;
use std::path::{Path, PathBuf};

use nfstream_models::{Model, Prediction};

/// How far apart two probabilities may be: sums of single precision in another order.
const TOLERANCE: f32 = 1e-6;

#[test]
fn predictions_are_those_of_onnxruntime() {
    let mut rows = 0;
    let models = models();
    assert!(models.len() >= 20, "{models:?}");
    for path in models {
        rows += compare(&path);
    }
    assert!(rows >= 600, "{rows} rows");
}

/// The models that have a file of what onnxruntime says.
fn models() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/models");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut models: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .map(|path| path.with_extension("onnx"))
        .collect();
    models.sort();
    models
}

fn compare(path: &Path) -> usize {
    let model = Model::load(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut predictor = model.predictor();
    let told = fs::read_to_string(path.with_extension("csv")).unwrap();
    for (number, line) in told.lines().enumerate() {
        let values: Vec<&str> = line.split(',').collect();
        let (features, expected) = values.split_at(model.features());
        let features: Vec<f32> = features
            .iter()
            .map(|value| value.parse().unwrap())
            .collect();
        let prediction = predictor.predict(&features).unwrap();
        if let Err(difference) = is_as_told(&prediction, expected) {
            panic!("{} row {number}: {difference}", path.display());
        }
    }
    told.lines().count()
}

fn is_as_told(prediction: &Prediction, expected: &[&str]) -> Result<(), String> {
    if let Some(value) = prediction.value() {
        let [expected] = expected else {
            return Err("a number in place of a class".to_owned());
        };
        return close(value, expected);
    }
    let (label, probabilities) = expected.split_first().unwrap();
    let found = prediction.label().unwrap().to_string();
    if found != *label {
        return Err(format!("class {found}, not {label}"));
    }
    if prediction.probabilities().len() != probabilities.len() {
        return Err("another number of probabilities".to_owned());
    }
    let mut pairs = prediction.probabilities().iter().zip(probabilities);
    pairs.try_for_each(|(found, expected)| close(*found, expected))
}

fn close(found: f32, expected: &str) -> Result<(), String> {
    let wanted: f32 = expected.parse().unwrap();
    let bound = TOLERANCE * wanted.abs().max(1.0);
    let is_close = (found - wanted).abs() <= bound || (found.is_nan() && wanted.is_nan());
    if is_close {
        Ok(())
    } else {
        Err(format!("{found}, not {expected}"))
    }
}
