//! Trees from ONNX's lists of nodes.

use std::collections::{HashMap, HashSet};

use prost::bytes::Bytes;

use super::{Forest, Node, Test, Vote};
use crate::ModelError;
use crate::node::Operation;

/// The nodes, one in each place of all lists: attributes `nodes_*`.
pub(crate) struct Nodes {
    trees: Vec<i64>,
    numbers: Vec<i64>,
    features: Vec<i64>,
    thresholds: Vec<f32>,
    modes: Vec<Bytes>,
    when_true: Vec<i64>,
    when_false: Vec<i64>,
    missing: Vec<i64>,
}

/// What leaves say, one vote in each place of all lists: attributes `class_*` or `target_*`.
pub(crate) struct Votes {
    trees: Vec<i64>,
    nodes: Vec<i64>,
    pub(crate) sums: Vec<i64>,
    pub(crate) weights: Vec<f32>,
}

/// Where a node stands in the lists.
type Place = usize;

impl Nodes {
    pub(crate) fn of(operation: &mut Operation) -> Result<Self, ModelError> {
        // How often a node was visited in training.
        operation.ignore("nodes_hitrates");
        let nodes = Self {
            trees: operation.ints("nodes_treeids")?,
            numbers: operation.ints("nodes_nodeids")?,
            features: operation.ints("nodes_featureids")?,
            thresholds: operation.floats("nodes_values")?,
            modes: operation.texts("nodes_modes")?,
            when_true: operation.ints("nodes_truenodeids")?,
            when_false: operation.ints("nodes_falsenodeids")?,
            missing: operation.ints("nodes_missing_value_tracks_true")?,
        };
        let lengths = [
            nodes.numbers.len(),
            nodes.features.len(),
            nodes.thresholds.len(),
            nodes.modes.len(),
            nodes.when_true.len(),
            nodes.when_false.len(),
        ];
        let len = nodes.trees.len();
        let missing = nodes.missing.len();
        if len == 0 || lengths.iter().any(|other| *other != len) || ![0, len].contains(&missing) {
            return Err(operation.error("its lists of nodes differ in length, or are empty"));
        }
        Ok(nodes)
    }
}

impl Votes {
    /// `kind` is `class` or `target`.
    pub(crate) fn of(operation: &mut Operation, kind: &str) -> Result<Self, ModelError> {
        let votes = Self {
            trees: operation.ints(&format!("{kind}_treeids"))?,
            nodes: operation.ints(&format!("{kind}_nodeids"))?,
            sums: operation.ints(&format!("{kind}_ids"))?,
            weights: operation.floats(&format!("{kind}_weights"))?,
        };
        let len = votes.trees.len();
        if [votes.nodes.len(), votes.sums.len(), votes.weights.len()]
            .iter()
            .any(|other| *other != len)
        {
            return Err(operation.error("its lists of votes differ in length"));
        }
        Ok(votes)
    }
}

impl Forest {
    /// The trees of an operation over so many features. Every sum has a number in `base`.
    pub(crate) fn build(
        operation: &Operation,
        nodes: &Nodes,
        votes: &Votes,
        features: usize,
        base: Vec<f32>,
    ) -> Result<Self, ModelError> {
        let mut forest = Self {
            nodes: Vec::with_capacity(nodes.trees.len()),
            roots: Vec::new(),
            votes: Vec::with_capacity(votes.weights.len()),
            divisor: 1.0,
            base,
        };
        let mut planter = Planter::new(operation, nodes, features)?;
        planter.read_votes(votes, forest.base.len())?;
        for root in planter.roots()? {
            forest.roots.push(position(operation, forest.nodes.len())?);
            planter.plant(root, &mut forest)?;
        }
        if forest.nodes.len() < nodes.trees.len() {
            return Err(operation.error("a tree goes round in a circle"));
        }
        if !planter.said.is_empty() {
            return Err(operation.error("a vote is of a node that is no leaf"));
        }
        Ok(forest)
    }

    /// The same, with averages in place of sums.
    #[allow(
        clippy::cast_precision_loss,
        reason = "there are fewer trees than that"
    )]
    pub(crate) fn averaged(mut self) -> Self {
        self.divisor = self.roots.len() as f32;
        self
    }
}

/// Puts the nodes of trees in the order of a forest.
struct Planter<'a> {
    operation: &'a Operation,
    nodes: &'a Nodes,
    /// Nodes by tree and number.
    places: HashMap<(i64, i64), Place>,
    tests: Vec<Test>,
    /// What leaves say that are not planted yet.
    said: HashMap<Place, Vec<Vote>>,
    features: usize,
}

impl<'a> Planter<'a> {
    fn new(
        operation: &'a Operation,
        nodes: &'a Nodes,
        features: usize,
    ) -> Result<Self, ModelError> {
        let mut places = HashMap::with_capacity(nodes.trees.len());
        for (place, (tree, number)) in nodes.trees.iter().zip(&nodes.numbers).enumerate() {
            if places.insert((*tree, *number), place).is_some() {
                return Err(operation.error("a tree has two nodes with the same number"));
            }
        }
        let tests = nodes.modes.iter().map(|mode| test(operation, mode));
        Ok(Self {
            operation,
            nodes,
            places,
            tests: tests.collect::<Result<_, _>>()?,
            said: HashMap::new(),
            features,
        })
    }

    /// Reads what leaves say, each for one of so many sums.
    fn read_votes(&mut self, votes: &Votes, sums: usize) -> Result<(), ModelError> {
        let names = votes.trees.iter().zip(&votes.nodes);
        let said = votes.sums.iter().zip(&votes.weights);
        for ((tree, number), (sum, weight)) in names.zip(said) {
            let Some(place) = self.places.get(&(*tree, *number)) else {
                return Err(self
                    .operation
                    .error("a vote is of a node that does not exist"));
            };
            let sum = u32::try_from(*sum)
                .ok()
                .filter(|sum| (*sum as usize) < sums);
            let Some(sum) = sum else {
                return Err(self
                    .operation
                    .error("a vote is for a class that does not exist"));
            };
            let weight = *weight;
            self.said
                .entry(*place)
                .or_default()
                .push(Vote { sum, weight });
        }
        Ok(())
    }

    /// The first node of each tree, in the order of the list: those that no branch goes to. All others have one branch that
    /// goes to them, so what is not below a root is in a circle.
    fn roots(&self) -> Result<Vec<Place>, ModelError> {
        let mut is_below = vec![false; self.nodes.trees.len()];
        for place in 0..is_below.len() {
            if self.test(place) == Test::Leaf {
                continue;
            }
            for child in self.children(place)? {
                match is_below.get_mut(child) {
                    Some(is_below) if !*is_below => *is_below = true,
                    _ => return Err(self.operation.error("two branches go to the same node")),
                }
            }
        }
        let roots = is_below
            .iter()
            .enumerate()
            .filter(|(_, is_below)| !**is_below);
        let roots: Vec<Place> = roots.map(|(place, _)| place).collect();
        let mut trees = HashSet::new();
        if !roots
            .iter()
            .all(|root| trees.insert(self.nodes.trees.get(*root)))
        {
            return Err(self.operation.error("a tree has two first nodes"));
        }
        Ok(roots)
    }

    /// Appends a tree.
    fn plant(&mut self, root: Place, forest: &mut Forest) -> Result<(), ModelError> {
        // What is still to be planted, and the node whose false branch it is.
        let mut waiting = vec![(root, None)];
        while let Some((place, parent)) = waiting.pop() {
            let at = forest.nodes.len();
            if let Some(parent) = parent.and_then(|parent: usize| forest.nodes.get_mut(parent)) {
                parent.next = position(self.operation, at)?;
            }
            if self.test(place) == Test::Leaf {
                let votes = self.said.remove(&place).unwrap_or_default();
                forest
                    .nodes
                    .push(self.leaf(forest.votes.len(), votes.len())?);
                forest.votes.extend(votes);
            } else {
                forest.nodes.push(self.branch(place)?);
                let [when_true, when_false] = self.children(place)?;
                waiting.push((when_false, Some(at)));
                waiting.push((when_true, None));
            }
        }
        Ok(())
    }

    fn leaf(&self, first_vote: usize, votes: usize) -> Result<Node, ModelError> {
        let votes = u16::try_from(votes);
        Ok(Node {
            threshold: 0.0,
            next: position(self.operation, first_vote)?,
            feature: votes.map_err(|_| self.operation.error("a leaf has too many votes"))?,
            test: Test::Leaf,
            missing_is_true: false,
        })
    }

    /// A branch whose false one does not go anywhere yet.
    fn branch(&self, place: Place) -> Result<Node, ModelError> {
        let feature = self.nodes.features.get(place);
        let feature = feature
            .and_then(|feature| u16::try_from(*feature).ok())
            .filter(|feature| usize::from(*feature) < self.features);
        let Some(feature) = feature else {
            return Err(self
                .operation
                .error("a tree asks for a feature that does not exist"));
        };
        Ok(Node {
            threshold: self
                .nodes
                .thresholds
                .get(place)
                .copied()
                .unwrap_or(f32::NAN),
            next: 0,
            feature,
            test: self.test(place),
            missing_is_true: self
                .nodes
                .missing
                .get(place)
                .is_some_and(|tracks| *tracks != 0),
        })
    }

    fn test(&self, place: Place) -> Test {
        self.tests.get(place).copied().unwrap_or(Test::Leaf)
    }

    /// The nodes that a branch goes to, when true and when false.
    fn children(&self, place: Place) -> Result<[Place; 2], ModelError> {
        let child = |numbers: &[i64]| {
            let name = (*self.nodes.trees.get(place)?, *numbers.get(place)?);
            self.places.get(&name).copied()
        };
        let children = child(&self.nodes.when_true).zip(child(&self.nodes.when_false));
        let Some((when_true, when_false)) = children else {
            return Err(self
                .operation
                .error("a branch goes to a node that does not exist"));
        };
        Ok([when_true, when_false])
    }
}

fn test(operation: &Operation, mode: &Bytes) -> Result<Test, ModelError> {
    Ok(match &**mode {
        b"LEAF" => Test::Leaf,
        b"BRANCH_LEQ" => Test::LessOrEqual,
        b"BRANCH_LT" => Test::Less,
        b"BRANCH_GTE" => Test::GreaterOrEqual,
        b"BRANCH_GT" => Test::Greater,
        b"BRANCH_EQ" => Test::Equal,
        b"BRANCH_NEQ" => Test::NotEqual,
        other => {
            let mode = String::from_utf8_lossy(other);
            return Err(operation.unsupported("nodes_modes", &mode));
        }
    })
}

/// A place in one of the lists of a forest.
fn position(operation: &Operation, at: usize) -> Result<u32, ModelError> {
    u32::try_from(at).map_err(|_| operation.error("its trees are too large"))
}

#[cfg(test)]
mod tests;
