//! Predicts the application of each flow of a capture, with a model that was trained in Python.
//!
//! The model was made so (`pip install pandas pyarrow scikit-learn skl2onnx onnx`):
//!
//! ```text
//! nfstream read tests/data/mixed.pcap --statistical-analysis -o flows.parquet
//! examples/python/train_model.py flows.parquet --label application_name -o tests/data/models/mixed.onnx
//! ```
//!
//! `cargo run --features models --example predict -- capture.pcap model.onnx`

use nfstream::models::Model;
use nfstream::{ModelPrediction, Streamer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let capture = arguments.next().unwrap_or("tests/data/mixed.pcap".into());
    let model = arguments
        .next()
        .unwrap_or("tests/data/models/mixed.onnx".into());

    let streamer = Streamer::builder()
        .source(capture)
        .statistical_analysis(true)
        .udps(ModelPrediction::new(Model::load(model)?))
        .build()?;
    for record in streamer {
        let record = record?;
        let flow = record.flow();
        if let Some((label, probability)) = record.output.label().zip(record.output.probability()) {
            println!(
                "port {}: {label}, {:.0} %",
                flow.dst_port(),
                100.0 * probability
            );
        }
    }
    Ok(())
}
