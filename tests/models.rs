//! Predictions of a model through the facade.

#![allow(clippy::unwrap_used, reason = "a test, helpers included")]

use nfstream::models::{Model, Prediction};
use nfstream::{Builder, ModelPrediction, Streamer};

fn streamer(packet: u32, meters: usize) -> Builder<ModelPrediction, ()> {
    let model = Model::load("tests/data/models/mixed.onnx").unwrap();
    Streamer::builder()
        .source("tests/data/mixed.pcap")
        .n_meters(meters)
        .udps(ModelPrediction::new(model).at_packet(packet))
}

fn predictions(packet: u32, meters: usize) -> Vec<(String, Vec<f32>)> {
    let told = |prediction: &Prediction| {
        let label = prediction.label().unwrap().to_string();
        (label, prediction.probabilities().to_vec())
    };
    let streamer = streamer(packet, meters).statistical_analysis(true).build();
    let records = streamer.unwrap().into_iter();
    records
        .map(|record| told(&record.unwrap().output))
        .collect()
}

#[test]
fn predictions_do_not_depend_on_the_number_of_meters() {
    let at_end = predictions(0, 1);
    let early = predictions(3, 1);
    assert_eq!(at_end.len(), 55);
    assert_ne!(at_end, early);
    assert_eq!(predictions(0, 3), at_end);
    assert_eq!(predictions(3, 3), early);
}

#[test]
fn a_run_without_the_columns_of_the_model_does_not_begin() {
    let error = streamer(0, 1).build().unwrap_err();
    let message = std::iter::successors(Some(&error as &dyn std::error::Error), |error| {
        error.source()
    });
    let message: Vec<String> = message.map(ToString::to_string).collect();
    assert!(
        message
            .join(": ")
            .contains("statistical_analysis would add it"),
        "{message:?}"
    );
}
