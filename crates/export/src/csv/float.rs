//! Floating-point numbers as Python writes them.

/// Appends a number as Python's `repr` writes it: the shortest digits that read back as the same number; with an
/// exponent, of at least two digits, below 1e-4 and from 1e16 on.
///
/// Source: `format_float_short` in `CPython`'s Python/pystrtod.c, format code `r`.
pub(super) fn push(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        out.extend_from_slice(b"nan");
        return;
    }
    if value.is_infinite() {
        out.extend_from_slice(if value < 0.0 { b"-inf" } else { b"inf" });
        return;
    }
    // ryu finds the digits. Its layout is Python's but for two things: how it writes exponents, and the fifth place
    // behind the point (0.00001 for 1e-05).
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(value);
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    if let Some((mantissa, exponent)) = text.split_once('e') {
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => (b'-', digits),
            None => (b'+', exponent),
        };
        out.extend_from_slice(mantissa.as_bytes());
        out.extend_from_slice(&[b'e', sign]);
        if digits.len() == 1 {
            out.push(b'0');
        }
        out.extend_from_slice(digits.as_bytes());
    } else if let Some([first, rest @ ..]) = magnitude.strip_prefix("0.0000").map(str::as_bytes) {
        if value < 0.0 {
            out.push(b'-');
        }
        out.push(*first);
        if !rest.is_empty() {
            out.push(b'.');
            out.extend_from_slice(rest);
        }
        out.extend_from_slice(b"e-05");
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests;
