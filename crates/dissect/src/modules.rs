//! Which detection module looks at which flow.

use std::num::NonZeroU32;

use nfstream_flow::FlowKey;

use crate::NdpiError;
use crate::ffi::Module;
use crate::recipe::Recipe;

/// Detection modules, all made in the same way.
#[derive(Debug)]
pub(crate) struct Modules {
    count: NonZeroU32,
    modules: Box<[Module]>,
}

impl Modules {
    /// So many modules.
    pub(crate) fn new(recipe: &Recipe, count: NonZeroU32) -> Result<Self, NdpiError> {
        let modules = (0..count.get()).map(|_| recipe.module());
        Ok(Self {
            count,
            modules: modules.collect::<Result<_, _>>()?,
        })
    }

    /// The number of the module that looks at a flow.
    pub(crate) fn number_for(&self, key: &FlowKey) -> u32 {
        key.shard(self.count)
    }

    /// The module with this number.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Module> {
        self.modules.get_mut(number as usize)
    }

    /// One of them: names are the same in all.
    pub(crate) fn first(&self) -> Option<&Module> {
        self.modules.first()
    }
}
