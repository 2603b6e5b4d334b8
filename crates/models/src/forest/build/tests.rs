//! Trees that are none.

use crate::testing::{World, floats, ints, node, text, texts};
use crate::{Model, ModelError};

/// A tree that asks feature 0, from the lists of its branches and leaves: modes, true and false branches.
fn tree(modes: [&'static str; 3], when_true: [i64; 3], when_false: [i64; 3]) -> World {
    asking(0, modes, when_true, when_false)
}

/// The same, asking for this feature.
fn asking(
    feature: i64,
    modes: [&'static str; 3],
    when_true: [i64; 3],
    when_false: [i64; 3],
) -> World {
    World::of(
        1,
        [node(
            "ai.onnx.ml.TreeEnsembleRegressor",
            ["x"],
            [
                ints("nodes_treeids", &[0, 0, 0]),
                ints("nodes_nodeids", &[0, 1, 2]),
                ints("nodes_featureids", &[feature, 0, 0]),
                floats("nodes_values", &[5.0, 0.0, 0.0]),
                texts("nodes_modes", &modes),
                ints("nodes_truenodeids", &when_true),
                ints("nodes_falsenodeids", &when_false),
                ints("target_treeids", &[0, 0]),
                ints("target_nodeids", &[1, 2]),
                ints("target_ids", &[0, 0]),
                floats("target_weights", &[1.0, 2.0]),
                text("aggregate_function", "SUM"),
            ],
        )],
    )
}

fn stump(mode: &'static str) -> Result<Model, ModelError> {
    tree([mode, "LEAF", "LEAF"], [1, 0, 0], [2, 0, 0]).model()
}

fn refusal(world: World) -> String {
    world.model().unwrap_err().to_string()
}

#[test]
fn each_mode_compares_as_it_says() {
    // What is said of less than, equal to and greater than the threshold, and of nothing at all.
    for (mode, expected) in [
        ("BRANCH_LEQ", [1.0, 1.0, 2.0, 2.0]),
        ("BRANCH_LT", [1.0, 2.0, 2.0, 2.0]),
        ("BRANCH_GTE", [2.0, 1.0, 1.0, 2.0]),
        ("BRANCH_GT", [2.0, 2.0, 1.0, 2.0]),
        ("BRANCH_EQ", [2.0, 1.0, 2.0, 2.0]),
        ("BRANCH_NEQ", [1.0, 2.0, 1.0, 1.0]),
    ] {
        let mut predictor = stump(mode).unwrap().predictor();
        let said = [4.0, 5.0, 6.0, f32::NAN]
            .map(|feature| predictor.predict(&[feature]).unwrap().value().unwrap());
        assert_eq!(said.map(f32::to_bits), expected.map(f32::to_bits), "{mode}");
    }
}

#[test]
fn a_mode_that_is_not_known_is_refused() {
    let refusal = stump("BRANCH_MEMBER").unwrap_err().to_string();
    assert!(
        refusal.contains("nodes_modes with value BRANCH_MEMBER"),
        "{refusal}"
    );
}

#[test]
fn a_circle_is_refused() {
    // 1 and 2 go to each other, and nothing to 0 but itself.
    let branch = "BRANCH_LEQ";
    for (when_true, when_false) in [
        ([1, 2, 0], [2, 1, 0]),
        ([1, 1, 0], [2, 2, 0]),
        ([0, 0, 0], [0, 0, 0]),
        ([1, 0, 0], [2, 1, 2]),
    ] {
        let refusal = refusal(tree([branch, branch, branch], when_true, when_false));
        assert!(
            refusal.ends_with("two branches go to the same node"),
            "{refusal}"
        );
    }
    // A leaf for a root, and two branches in a circle beside it: each node has at most one branch that goes to it.
    let refusal = refusal(tree(["LEAF", branch, "LEAF"], [0, 1, 0], [0, 2, 0]));
    assert!(
        refusal.ends_with("a tree goes round in a circle"),
        "{refusal}"
    );
}

#[test]
fn branches_and_votes_of_nodes_that_do_not_exist_are_refused() {
    let lost = refusal(tree(["BRANCH_LEQ", "LEAF", "LEAF"], [1, 0, 0], [3, 0, 0]));
    assert!(
        lost.ends_with("a branch goes to a node that does not exist"),
        "{lost}"
    );
    let voting = refusal(tree(
        ["BRANCH_LEQ", "LEAF", "BRANCH_LEQ"],
        [1, 0, 9],
        [2, 0, 9],
    ));
    assert!(
        voting.ends_with("a branch goes to a node that does not exist"),
        "{voting}"
    );
    let two_roots = refusal(tree(["LEAF", "LEAF", "LEAF"], [0; 3], [0; 3]));
    assert!(
        two_roots.ends_with("a tree has two first nodes"),
        "{two_roots}"
    );
}

#[test]
fn a_feature_that_does_not_exist_is_refused() {
    for feature in [-1, 1, 65_536] {
        let world = asking(
            feature,
            ["BRANCH_LEQ", "LEAF", "LEAF"],
            [1, 0, 0],
            [2, 0, 0],
        );
        let refusal = refusal(world);
        assert!(
            refusal.ends_with("a tree asks for a feature that does not exist"),
            "{refusal}"
        );
    }
}
