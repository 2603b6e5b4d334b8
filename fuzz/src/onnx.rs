//! The bytes of an ONNX model: one that is accepted predicts.

use nfstream_models::Model;

pub fn run(bytes: &[u8]) {
    let Ok(model) = Model::from_bytes(bytes) else {
        return;
    };
    let mut predictor = model.predictor();
    for value in [0.0, -1.5, f32::NAN, f32::MAX] {
        let features = vec![value; model.features()];
        let prediction = predictor
            .predict(&features)
            .expect("as many features as it takes");
        let labels = model.labels().map_or(0, nfstream_models::Labels::len);
        assert_eq!(prediction.probabilities().len(), labels);
        assert_eq!(
            prediction.label().is_some(),
            labels > 0,
            "a class is one of them"
        );
        assert_eq!(prediction.value().is_some(), labels == 0);
    }
    let one_more = vec![0.0; model.features() + 1];
    assert!(predictor.predict(&one_more).is_err());
}
