//! Predicts the application of the flows of a network interface at their eighth packet, and prints it as they end, for ten
//! seconds.
//!
//! `cargo build --features libpcap,models --example predict_live && sudo target/debug/examples/predict_live eth0 model.onnx`

use std::time::Duration;

use nfstream::models::Model;
use nfstream::{Interface, ModelPrediction, Streamer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(interface), Some(model)) = (arguments.next(), arguments.next()) else {
        println!("give the name of a network interface and an ONNX model");
        return Ok(());
    };
    let streamer = Streamer::builder()
        .source(Interface::new(interface))
        .statistical_analysis(true)
        .udps(ModelPrediction::new(Model::load(model)?).at_packet(8))
        .max_duration(Duration::from_secs(10))
        .build()?;
    for record in streamer {
        let record = record?;
        let flow = record.flow();
        if let Some((label, probability)) = record.output.label().zip(record.output.probability()) {
            println!(
                "{} -> {}: {label}, {:.0} %",
                flow.src_ip(),
                flow.dst_ip(),
                100.0 * probability
            );
        }
    }
    Ok(())
}
