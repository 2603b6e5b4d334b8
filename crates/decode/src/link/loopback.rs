//! BSD and OpenBSD loopback.

use super::take;
use crate::error::{DecodeError, Layer, Reason};

/// `AF_INET`, the same number everywhere.
const INET: u32 = 2;
/// `AF_INET6` of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
const INET6: [u32; 5] = [10, 23, 24, 28, 30];

/// Four bytes of address family, then the packet.
///
/// OpenBSD writes the family in network byte order, the others in their own, and a capture moves between hosts: every
/// known number is small, so it is unmistakable in either order.
///
/// # Source
///
/// <https://www.tcpdump.org/linktypes.html>, `LINKTYPE_NULL` and `LINKTYPE_LOOP`.
pub(super) fn read(data: &[u8]) -> Result<&[u8], DecodeError> {
    let (&family, rest) = take::<4>(data, Layer::Loopback)?;
    let known = |family| family == INET || INET6.contains(&family);
    if known(u32::from_be_bytes(family)) || known(u32::from_le_bytes(family)) {
        Ok(rest)
    } else {
        Err(DecodeError::new(Layer::Loopback, Reason::NotIp))
    }
}

#[cfg(test)]
mod tests;
