//! Whatever a model file holds, reading it ends with a model or an error, and what it predicts with is within bounds.

#![allow(clippy::unwrap_used, reason = "a test, helpers included")]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use nfstream_models::Model;
use proptest::prelude::*;
use proptest::sample::Index;

/// Models of each kind.
static MODELS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/models");
    let names = [
        "boosting_binary",
        "logistic_imputed",
        "mlp_binary",
        "network",
        "xgboost_binary",
    ];
    names
        .iter()
        .map(|name| fs::read(folder.join(format!("{name}.onnx"))).unwrap())
        .collect()
});

/// Reads a model and, if it is one, predicts with it.
fn use_it(bytes: &[u8]) -> bool {
    let Ok(model) = Model::from_bytes(bytes) else {
        return false;
    };
    let features = vec![0.5; model.features()];
    let prediction = model.predictor().predict(&features).unwrap();
    match model.labels() {
        Some(labels) => assert!(prediction.class().unwrap() < labels.len()),
        None => assert!(prediction.value().is_some()),
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        use_it(&bytes);
    }

    #[test]
    fn changed_models_do_no_harm(
        model in any::<Index>(),
        changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = model.get(&MODELS).clone();
        for (place, value) in changes {
            *place.get_mut(&mut bytes) = value;
        }
        use_it(&bytes);
    }

    #[test]
    fn cut_and_spliced_models_do_no_harm(
        models in any::<[Index; 2]>(),
        cuts in any::<[Index; 2]>(),
    ) {
        let [head, tail] = models.map(|model| model.get(&MODELS));
        let [end, start] = cuts;
        let mut bytes = head[..end.index(head.len())].to_vec();
        bytes.extend(&tail[start.index(tail.len())..]);
        use_it(&bytes);
    }
}

#[test]
fn the_models_themselves_are_models() {
    assert!(MODELS.iter().all(|model| use_it(model)));
}

/// A field of a protobuf message.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut len = content.len();
    while len >= 0x80 {
        field.push(u8::try_from(len & 0x7f).unwrap() | 0x80);
        len >>= 7;
    }
    field.push(u8::try_from(len).unwrap());
    field.extend(content);
    field
}

#[test]
fn a_file_of_empty_messages_takes_a_bounded_multiple_of_its_size() {
    const BYTES: usize = 1 << 20;
    let empty = |number: u8| [number << 3 | 2, 0].repeat(BYTES / 2);
    let mut files = vec![empty(14)];
    // Nodes, constants, inputs and outputs of the graph; inputs, outputs and attributes of a node; lists of an attribute.
    files.extend([1, 5, 11, 12].map(|number| field(7, &empty(number))));
    files.extend([1, 2, 5].map(|number| field(7, &field(1, &empty(number)))));
    files.push(field(7, &field(1, &field(5, &empty(9)))));
    files.push(field(7, &field(1, &field(5, &field(8, &vec![0; BYTES])))));
    for file in files {
        let told = allocation_counter::measure(|| {
            use_it(&file);
        });
        assert!(
            told.bytes_max < 50 * BYTES as u64,
            "{:?}: {} bytes",
            file.get(..8),
            told.bytes_max
        );
    }
}
