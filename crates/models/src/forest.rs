//! Decision trees.

mod build;

use std::ops::Range;

pub(crate) use build::{Nodes, Votes};

/// Decision trees, each of which says something about a row, and the sums of what they say.
#[derive(Debug)]
pub(crate) struct Forest {
    /// All trees, one after the other. A node is followed by all that is below it, first what is below its true branch:
    /// whoever follows branches goes forward only, so it ends.
    nodes: Vec<Node>,
    /// Where each tree begins.
    roots: Vec<u32>,
    /// What the leaves say, leaf by leaf.
    votes: Vec<Vote>,
    /// What the sums are divided by: the number of trees, where averages are asked for.
    divisor: f32,
    /// What is added to each sum in the end.
    base: Vec<f32>,
}

/// A branch or a leaf.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// What the feature is compared with.
    threshold: f32,
    /// Of a branch: where the false branch goes; the true one goes to the next node. Of a leaf: its first vote.
    next: u32,
    /// The feature; of a leaf, how many votes it has.
    feature: u16,
    test: Test,
    /// Whether the branch is true where the feature is missing, beside where the test says so.
    missing_is_true: bool,
}

/// What a node asks. A missing value differs from everything, and compares with nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Leaf,
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    Equal,
    NotEqual,
}

/// What a leaf adds to a sum.
#[derive(Clone, Copy, Debug)]
struct Vote {
    sum: u32,
    weight: f32,
}

const _: () = assert!(size_of::<Node>() == 12, "nodes are what memory is read for");

impl Forest {
    /// Computes the sums of one row.
    pub(crate) fn run(&self, row: &[f32], sums: &mut [f32]) {
        sums.fill(0.0);
        for &root in &self.roots {
            let votes = self.leaf(root, row).and_then(|votes| self.votes.get(votes));
            for vote in votes.unwrap_or_default() {
                if let Some(sum) = sums.get_mut(vote.sum as usize) {
                    *sum += vote.weight;
                }
            }
        }
        for (sum, base) in sums.iter_mut().zip(&self.base) {
            *sum = *sum / self.divisor + base;
        }
    }

    /// What the leaf says that a row comes to.
    fn leaf(&self, root: u32, row: &[f32]) -> Option<Range<usize>> {
        let mut at = root as usize;
        loop {
            let node = self.nodes.get(at)?;
            if node.test == Test::Leaf {
                let first = node.next as usize;
                return Some(first..first + usize::from(node.feature));
            }
            let &x = row.get(usize::from(node.feature))?;
            let holds = match node.test {
                Test::LessOrEqual => x <= node.threshold,
                Test::Less => x < node.threshold,
                Test::GreaterOrEqual => x >= node.threshold,
                Test::Greater => x > node.threshold,
                #[allow(clippy::float_cmp, reason = "what the model asks")]
                Test::Equal => x == node.threshold,
                #[allow(clippy::float_cmp, reason = "what the model asks")]
                Test::NotEqual => x != node.threshold,
                Test::Leaf => return None,
            };
            at = if holds || (node.missing_is_true && x.is_nan()) {
                at + 1
            } else {
                node.next as usize
            };
        }
    }
}
