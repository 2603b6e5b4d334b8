//! Which detection module looks at which flow.

use std::cell::OnceCell;
use std::num::NonZeroU32;

use nfstream_flow::FlowKey;

use crate::NdpiError;
use crate::ffi::Module;
use crate::recipe::Recipe;

/// Detection modules, each made when the first of its flows comes.
#[derive(Debug)]
pub(crate) struct Modules {
    recipe: Recipe,
    count: NonZeroU32,
    /// `None` where one could not be made.
    made: Box<[OnceCell<Option<Module>>]>,
    /// The first that was made, until a flow needs it.
    spare: Option<Module>,
}

impl Modules {
    /// So many modules, one of which is made now, to see that it can be.
    pub(crate) fn new(recipe: Recipe, count: NonZeroU32) -> Result<Self, NdpiError> {
        Ok(Self {
            spare: Some(recipe.module()?),
            made: (0..count.get()).map(|_| OnceCell::new()).collect(),
            recipe,
            count,
        })
    }

    /// The number of the module that looks at a flow. `None`: it could not be made.
    pub(crate) fn assign(&mut self, key: &FlowKey) -> Option<u32> {
        let number = key.shard(self.count);
        let module = self.made.get(number as usize)?.get_or_init(|| {
            let spare = self.spare.take();
            spare.or_else(|| self.recipe.module().ok())
        });
        module.is_some().then_some(number)
    }

    /// The module with this number.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Module> {
        self.made.get_mut(number as usize)?.get_mut()?.as_mut()
    }

    /// One of them: names are the same in all.
    pub(crate) fn any(&self) -> Option<&Module> {
        let made = self.made.iter().filter_map(OnceCell::get).flatten();
        made.chain(&self.spare).next()
    }
}
