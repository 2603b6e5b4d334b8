//! Values as Python's `str` writes them, whatever the format that they stand in.

pub(crate) mod address;
pub(crate) mod float;
pub(crate) mod integer;
mod short;

/// Python's name of a truth value.
pub(crate) fn truth(value: bool) -> &'static [u8] {
    if value { b"True" } else { b"False" }
}
