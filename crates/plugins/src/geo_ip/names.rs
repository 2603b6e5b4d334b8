//! Names that many flows share.

use std::collections::HashSet;
use std::sync::Arc;

/// The most names that are kept: more than there are cities and networks with one. A hostile database may hold any number.
const MOST: usize = 1 << 18;

/// Names, each kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    /// The name, shared with whoever else has it.
    pub(super) fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new = Arc::<str>::from(name);
        if self.0.len() < MOST {
            self.0.insert(Arc::clone(&new));
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let mut names = Names::default();
        let first = names.shared("Utopia");
        let second = names.shared("Utopia");
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(&*names.shared("Atlantis"), "Atlantis");
        assert_eq!(names.0.len(), 2);
    }
}
