//! What the tests build small worlds from.

pub(crate) mod frames;
pub(crate) mod model;
pub(crate) mod rows;
