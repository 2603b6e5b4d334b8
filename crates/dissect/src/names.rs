//! Names of applications and categories, by nDPI's numbers.

use std::collections::HashMap;

use ndpi_sys::ndpi_sys_result;

use crate::ffi::Module;

/// Names that were needed so far: nDPI would put each together anew.
#[derive(Debug, Default)]
pub(crate) struct Names {
    applications: HashMap<(u16, u16), Box<str>>,
    categories: HashMap<u16, Box<str>>,
}

impl Names {
    /// The names of the application and of its category.
    pub(crate) fn of(&mut self, module: &Module, result: &ndpi_sys_result) -> (&str, &str) {
        let application = self
            .applications
            .entry((result.master, result.application))
            .or_insert_with(|| module.application_name(result).into());
        let category = self
            .categories
            .entry(result.category)
            .or_insert_with(|| module.category_name(result.category).into());
        (application, category)
    }
}
