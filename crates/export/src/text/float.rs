//! Floating-point numbers as Python writes them.

use super::integer;

/// Appends a number as Python's `repr` writes it: the shortest digits that read back as the same number; with an
/// exponent, of at least two digits, below 1e-4 and from 1e16 on.
///
/// Source: `format_float_short` in `CPython`'s Python/pystrtod.c, format code `r`.
pub(crate) fn push(out: &mut Vec<u8>, value: f64) {
    match small_integer(value) {
        Some(integer) => {
            integer::push(out, integer.into());
            out.extend_from_slice(b".0");
        }
        None => push_any(out, value),
    }
}

/// The number as an integer, if it is one: most means and deviations of few packets are.
#[inline]
pub(crate) fn small_integer(value: f64) -> Option<u32> {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what the cast changes is not that integer"
    )]
    let integer = value as u32;
    // Bits: minus zero is no integer.
    (f64::from(integer).to_bits() == value.to_bits()).then_some(integer)
}

fn push_any(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        out.extend_from_slice(b"nan");
        return;
    }
    if value.is_infinite() {
        out.extend_from_slice(if value < 0.0 { b"-inf" } else { b"inf" });
        return;
    }
    // zmij finds the digits. Its layout is Python's but for small numbers: exponents of one digit, and the fifth place
    // behind the point (0.00001 for 1e-05).
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    if value == 0.0 || value.abs() >= 1e-4 {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    if let Some([first, rest @ ..]) = magnitude.strip_prefix("0.0000").map(str::as_bytes) {
        out.push(*first);
        if !rest.is_empty() {
            out.push(b'.');
            out.extend_from_slice(rest);
        }
        out.extend_from_slice(b"e-05");
    } else if let Some((mantissa, digits @ [_])) = magnitude
        .split_once("e-")
        .map(|(mantissa, digits)| (mantissa, digits.as_bytes()))
    {
        out.extend_from_slice(mantissa.as_bytes());
        out.extend_from_slice(b"e-0");
        out.extend_from_slice(digits);
    } else {
        out.extend_from_slice(magnitude.as_bytes());
    }
}

#[cfg(test)]
mod tests;
