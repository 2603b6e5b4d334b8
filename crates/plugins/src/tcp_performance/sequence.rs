//! Sequence numbers, which wrap around.

/// The largest window that can be offered: 2^16 scaled by 2^14 (RFC 7323 §2.3).
const MAX_WINDOW: u32 = 1 << 30;

/// Whether `a` comes before `b` (RFC 9293 §3.4, RFC 1982 §3.2).
pub(super) fn is_before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

/// Whether both can be of one connection at one time.
pub(super) fn is_within_window(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed().unsigned_abs() <= MAX_WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_wrap_around() {
        assert!(is_before(1, 2));
        assert!(is_before(u32::MAX, 0));
        assert!(is_before(u32::MAX - 10, 1_000));
        assert!(!is_before(0, u32::MAX));
        assert!(!is_before(7, 7));
    }

    #[test]
    fn a_window_reaches_both_ways_and_around() {
        assert!(is_within_window(0, 1 << 30));
        assert!(is_within_window(
            1 << 29,
            (1_u32 << 29).wrapping_sub(1 << 30)
        ));
        assert!(!is_within_window(0, (1 << 30) + 1));
        assert!(!is_within_window(0, 1 << 31));
    }
}
