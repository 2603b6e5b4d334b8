//! IP addresses as the C library writes them, and hardware addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use super::short;

/// Appends an address as glibc's `inet_ntop` writes it.
///
/// IPv6: lower case, without leading zeros; the longest run of at least two zero groups, the first of several, is `::`
/// (RFC 5952 §4); the last 32 bits of IPv4-mapped and IPv4-compatible addresses (RFC 4291 §2.5.5) in dots.
pub(crate) fn push(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => push_v4(out, address),
        IpAddr::V6(address) => push_v6(out, address),
    }
}

fn push_v4(out: &mut Vec<u8>, address: Ipv4Addr) {
    let (mut text, mut len) = (0_u128, 0);
    for octet in address.octets() {
        let (octet, octet_len) = with_dot(octet);
        text |= u128::from(u32::from_le_bytes(octet)) << (8 * len);
        len += octet_len;
    }
    short::push(out, text.to_le_bytes(), len - 1);
}

/// An octet in decimal with a dot behind, and how long that is.
#[inline]
fn with_dot(octet: u8) -> ([u8; 4], usize) {
    let digit = |value| b'0' + value;
    let [hundreds, tens, ones] = [octet / 100, octet / 10 % 10, octet % 10].map(digit);
    match octet {
        ..10 => ([ones, b'.', 0, 0], 2),
        10..100 => ([tens, ones, b'.', 0], 3),
        100.. => ([hundreds, tens, ones, b'.'], 4),
    }
}

fn push_v6(out: &mut Vec<u8>, address: Ipv6Addr) {
    let groups = address.segments();
    let zeros = longest_zero_run(groups);
    let holds_ipv4 = zeros == (0..6) || (zeros == (0..5) && matches!(groups, [.., 0xffff, _, _]));
    for (index, group) in groups.into_iter().enumerate() {
        if zeros.contains(&index) {
            if index == zeros.start {
                out.push(b':');
            }
            continue;
        }
        if index > 0 {
            out.push(b':');
        }
        if index == 6 && holds_ipv4 {
            let [.., a, b, c, d] = address.octets();
            return push_v4(out, Ipv4Addr::new(a, b, c, d));
        }
        push_hex(out, group);
    }
    if zeros.end == groups.len() {
        out.push(b':');
    }
}

/// The first of the longest runs of at least two zero groups.
fn longest_zero_run(groups: [u16; 8]) -> Range<usize> {
    let (mut longest, mut current) = (0..0, 0..0);
    for (index, group) in groups.into_iter().enumerate() {
        if group != 0 {
            current = index + 1..index + 1;
            continue;
        }
        current.end = index + 1;
        if current.len() > longest.len() {
            longest = current.clone();
        }
    }
    if longest.len() < 2 { 0..0 } else { longest }
}

/// Appends a group without leading zeros.
fn push_hex(out: &mut Vec<u8>, group: u16) {
    let [high, low] = group.to_be_bytes().map(hex);
    let digits = u32::from_le_bytes([high[0], high[1], low[0], low[1]]);
    // The last of the four is there in any case.
    let zeros = (u32::from(group).leading_zeros() - 16).min(12) / 4;
    short::push(
        out,
        (digits >> (8 * zeros)).to_le_bytes(),
        4 - zeros as usize,
    );
}

/// Appends the octets of a hardware address, or the first of them.
pub(crate) fn push_octets<const N: usize>(out: &mut Vec<u8>, octets: [u8; N]) {
    let with_colons = octets.map(hex).map(|[high, low]| [high, low, b':']);
    out.extend_from_slice(with_colons.as_flattened());
    out.pop();
}

/// Two hexadecimal digits, both at once.
#[inline]
pub(crate) fn hex(octet: u8) -> [u8; 2] {
    const LETTERS: u16 = (b'a' - b'0' - 10) as u16;
    let digits = u16::from(octet >> 4) | u16::from(octet & 0xf) << 8;
    let is_letter = (digits + 0x0606) >> 4 & 0x0101;
    (digits + 0x3030 + is_letter * LETTERS).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(address: &str) -> String {
        let mut out = Vec::new();
        push(&mut out, address.parse().unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn addresses_are_written_as_glibc_does() {
        // Left: an address. Right: what inet_ntop of glibc 2.36 makes of it.
        for (address, expected) in [
            ("0.0.0.0", "0.0.0.0"),
            ("255.10.9.100", "255.10.9.100"),
            ("::", "::"),
            ("::1", "::1"),
            ("::102", "::102"),
            ("::1.2.3.4", "::1.2.3.4"),
            ("::1.2.0.0", "::1.2.0.0"),
            ("::1:0", "::0.1.0.0"),
            ("::1:0:0", "::1:0:0"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::ffff:0:0", "::ffff:0.0.0.0"),
            ("::fffe:1:2", "::fffe:1:2"),
            ("::ffff:0:1.2.3.4", "::ffff:0:102:304"),
            ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
            ("1::", "1::"),
            ("0:1::", "0:1::"),
            ("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("1:0:2:0:0:3:0:0", "1:0:2::3:0:0"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("2001:0DB8::00A0:0f00", "2001:db8::a0:f00"),
            ("fe80::1059:a858:f9e7:cf94", "fe80::1059:a858:f9e7:cf94"),
            ("2600:1900:4160:5999:0:19::", "2600:1900:4160:5999:0:19::"),
        ] {
            assert_eq!(text(address), expected, "{address}");
        }
    }

    #[test]
    fn every_octet_has_its_digits() {
        for octet in 0..=u8::MAX {
            for octets in [[octet, 1, 2, 3], [1, 2, 3, octet]] {
                let expected = Ipv4Addr::from(octets).to_string();
                assert_eq!(text(&expected), expected);
            }
            let mut out = Vec::new();
            push_octets(&mut out, [octet, 0xa0, !octet]);
            let expected = format!("{octet:02x}:a0:{:02x}", !octet);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn every_text_reads_back_as_the_same_address() {
        // Each of the 256 patterns of zero groups.
        for pattern in 0..=u8::MAX {
            let groups = core::array::from_fn(|bit| u16::from(pattern >> bit & 1) * 0xab1);
            let address = IpAddr::V6(Ipv6Addr::from(groups));
            let mut out = Vec::new();
            push(&mut out, address);
            assert_eq!(str::from_utf8(&out).unwrap().parse(), Ok(address));
        }
    }
}
