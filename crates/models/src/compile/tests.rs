//! What graphs compute, and which are refused.

use crate::testing::{World, float, floats, int, ints, node, text, texts};
use crate::{Label, ModelError};

/// The number that a model predicts.
fn value(world: World, features: &[f32]) -> f32 {
    let model = world.model().unwrap();
    model
        .predictor()
        .predict(features)
        .unwrap()
        .value()
        .unwrap()
}

fn refusal(world: World) -> String {
    world.model().unwrap_err().to_string()
}

#[test]
fn an_operation_that_is_not_known_is_refused_by_name() {
    let world = World::of(2, [node("Conv", ["x"], [])]);
    assert_eq!(
        refusal(world),
        "node \"node\": operation Conv is not supported"
    );
    let world = World::of(2, [node("ai.onnx.ml.SVMClassifier", ["x"], [])]);
    assert_eq!(
        refusal(world),
        "node \"node\": operation ai.onnx.ml.SVMClassifier is not supported"
    );
}

#[test]
fn an_attribute_that_is_not_known_is_refused_by_name() {
    let world = World::of(2, [node("Relu", ["x"], [int("twice", 1)])]);
    assert!(matches!(
        world.model(),
        Err(ModelError::UnsupportedAttribute { attribute, .. }) if attribute == "twice"
    ));
    let world = World::of(2, [node("Softmax", ["x"], [int("axis", 0)])]);
    assert_eq!(
        refusal(world),
        "node \"node\" (Softmax): attribute axis with value 0 is not supported"
    );
    let world = World::of(
        2,
        [node("ai.onnx.ml.Normalizer", ["x"], [text("norm", "MAX")])],
    );
    assert!(refusal(world).contains("norm with value MAX"));
}

#[test]
fn what_is_not_computed_before_is_refused() {
    assert!(
        refusal(World::of(2, [node("Relu", ["w"], [])]))
            .ends_with("an input is not computed before")
    );
    assert!(refusal(World::of(2, [])).ends_with("has an output that nothing computes"));
    let twice = [node("Relu", ["x"], []), node("Tanh", ["x"], [])];
    assert!(refusal(World::of(2, twice)).ends_with("gives two values the same name"));
}

#[test]
fn a_graph_that_uses_one_matrix_again_and_again_is_bounded() {
    const WIDTH: usize = 1_000;
    let mut nodes = Vec::new();
    let mut from = "x".to_owned();
    for number in 0..100 {
        let mut layer = node("MatMul", [&from, "w"], []);
        from = format!("y{number}");
        layer.outputs = vec![from.clone()];
        nodes.push(layer);
    }
    let width = i64::try_from(WIDTH).unwrap();
    let world =
        World::of(width, nodes).with_constant("w", &[width, width], &vec![0.0; WIDTH * WIDTH]);
    assert!(refusal(world).ends_with("has matrices that are too large, or too many searches"));
}

#[test]
fn a_graph_that_searches_again_and_again_is_bounded() {
    let mut widen = node("MatMul", ["x", "w"], []);
    widen.outputs = vec!["wide".to_owned()];
    let mut nodes = vec![widen];
    for number in 0..300 {
        let mut search = node("ArgMax", ["wide"], [int("axis", 1)]);
        search.outputs = vec![format!("y{number}")];
        nodes.push(search);
    }
    let world = World::of(1, nodes).with_constant("w", &[1, 65_536], &vec![0.0; 65_536]);
    assert!(refusal(world).ends_with("has matrices that are too large, or too many searches"));
}

#[test]
fn the_axis_of_a_search_is_that_of_columns() {
    let world = World::of(2, [node("ArgMax", ["x"], [])]);
    assert_eq!(
        refusal(world),
        "node \"node\" (ArgMax): attribute axis with value 0 is not supported"
    );
}

#[test]
fn names_of_classes_are_short_and_of_one_line() {
    let long = "x".repeat(257);
    for wrong in [&*long, "two\\nlines", "\\u001b[2J"] {
        let labels = format!("[\"{wrong}\", \"b\"]");
        let world =
            World::of(2, [node("Softmax", ["x"], [])]).with_metadata("nfstream.labels", labels);
        assert!(
            refusal(world).contains("a class whose name is longer than 256 bytes"),
            "{wrong}"
        );
    }
}

#[test]
fn what_a_file_says_does_not_move_the_cursor() {
    let world = World::of(2, [node("Softmax\u{1b}[2J", ["x"], [])]);
    assert!(refusal(world).ends_with("operation Softmax\\u{1b}[2J is not supported"));
}

#[test]
fn several_numbers_without_names_of_classes_are_refused() {
    let network = || World::of(2, [node("Softmax", ["x"], [])]);
    assert!(refusal(network()).contains("nfstream.labels"));
    let named = network()
        .with_metadata("nfstream.labels", "[\"a\", \"b\"]")
        .model()
        .unwrap();
    let prediction = named.predictor().predict(&[1.0, 1.0]).unwrap();
    assert_eq!(prediction.probabilities(), [0.5, 0.5]);
    assert_eq!(prediction.label(), Some(Label::Text("a")));
    let same = network().with_metadata("nfstream.labels", "[7, 7]");
    assert!(refusal(same).contains("one probability for each"));
}

#[test]
fn one_probability_for_two_classes_is_that_of_the_second() {
    let world =
        World::of(1, [node("Sigmoid", ["x"], [])]).with_metadata("nfstream.labels", "[3, 4]");
    let model = world.model().unwrap();
    let prediction = model.predictor().predict(&[0.0]).unwrap();
    assert_eq!(prediction.probabilities(), [0.5, 0.5]);
    let prediction = model.predictor().predict(&[100.0]).unwrap();
    assert_eq!(
        (prediction.class(), prediction.label()),
        (Some(1), Some(Label::Integer(4)))
    );
    assert_eq!(prediction.probability(), Some(1.0));
    assert_eq!(prediction.value(), None);
}

#[test]
fn gemm_scales_both_of_its_terms() {
    let gemm = node(
        "Gemm",
        ["x", "w", "b"],
        [float("alpha", 2.0), float("beta", 3.0), int("transB", 1)],
    );
    let world = World::of(2, [gemm])
        .with_constant("w", &[1, 2], &[5.0, 7.0])
        .with_constant("b", &[1], &[11.0]);
    assert_eq!(
        value(world, &[1.0, 10.0]).to_bits(),
        (2.0_f32 * 75.0 + 33.0).to_bits()
    );
}

#[test]
fn a_missing_value_is_imputed_and_nothing_else_is() {
    let imputer = |replaced| {
        node(
            "ai.onnx.ml.Imputer",
            ["x"],
            [
                floats("imputed_value_floats", &[9.0]),
                float("replaced_value_float", replaced),
            ],
        )
    };
    assert_eq!(
        value(World::of(1, [imputer(f32::NAN)]), &[f32::NAN]).to_bits(),
        9.0_f32.to_bits()
    );
    assert_eq!(
        value(World::of(1, [imputer(f32::NAN)]), &[0.0]).to_bits(),
        0.0_f32.to_bits()
    );
    assert!(refusal(World::of(1, [imputer(0.0)])).contains("replaced_value_float"));
}

#[test]
fn a_shape_that_is_no_row_is_refused() {
    let reshape = |shape: &[i64]| {
        let mut world = World::of(1, [node("Reshape", ["x", "shape"], [])]);
        world.constants.push(crate::onnx::TensorProto {
            name: "shape".to_owned(),
            dims: vec![i64::try_from(shape.len()).unwrap()],
            data_type: crate::onnx::element::INT64,
            ints64: shape.into(),
            ..crate::onnx::TensorProto::default()
        });
        world
    };
    assert_eq!(
        value(reshape(&[-1, 1]), &[4.0]).to_bits(),
        4.0_f32.to_bits()
    );
    assert!(refusal(reshape(&[2, 2])).contains("shape with value [2, 2]"));
}

#[test]
fn a_linear_classifier_has_a_coefficient_for_each_feature_and_class() {
    let classifier = |coefficients: &[f32]| {
        let mut world = World::of(
            2,
            [node(
                "ai.onnx.ml.LinearClassifier",
                ["x"],
                [
                    floats("coefficients", coefficients),
                    floats("intercepts", &[0.0, 0.5]),
                    ints("classlabels_ints", &[]),
                    texts("classlabels_strings", &["no", "yes"]),
                ],
            )],
        );
        world.nodes[0].outputs = vec!["class".to_owned(), "y".to_owned()];
        world.outputs = vec!["class", "y"];
        world
    };
    assert!(refusal(classifier(&[1.0, 2.0])).contains("one coefficient"));
    let model = classifier(&[1.0, 0.0, 0.0, 1.0]).model().unwrap();
    let prediction = model.predictor().predict(&[3.0, 2.0]).unwrap();
    assert_eq!(prediction.probabilities(), [3.0, 2.5]);
    assert_eq!(prediction.label(), Some(Label::Text("no")));
}

#[test]
fn a_row_of_another_length_is_refused() {
    let model = World::of(2, [node("Softmax", ["x"], [])])
        .with_metadata("nfstream.labels", "[1, 2]")
        .model()
        .unwrap();
    assert!(matches!(
        model.predictor().predict(&[1.0]),
        Err(ModelError::Features {
            wanted: 2,
            given: 1
        })
    ));
}
