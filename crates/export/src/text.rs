//! Values as text.

pub(crate) mod address;
pub(crate) mod float;
pub(crate) mod integer;
mod short;
