//! Short texts, made where they are as long as any can be.

/// Appends the first `len` bytes of `text`.
///
/// All of them are copied, and the rest is cut off again: a copy whose length is known when this is compiled takes a few
/// instructions, one of some bytes takes a call.
#[inline]
pub(super) fn push<const N: usize>(out: &mut Vec<u8>, text: [u8; N], len: usize) {
    let end = out.len() + len;
    out.extend_from_slice(&text);
    out.truncate(end);
}
