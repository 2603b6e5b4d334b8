//! Ports, flags and sizes.

mod tcp;

pub use tcp::TcpHeader;

use smoltcp::wire::{TcpPacket, UdpPacket};

use crate::TcpFlags;
use crate::error::{DecodeError, Layer, Reason};
use crate::network::Network;
use crate::protocol;

/// TCP's header without options (RFC 9293 §3.1).
const MIN_TCP_HEADER_LEN: u32 = 20;
/// UDP's header (RFC 768).
const UDP_HEADER_LEN: u32 = 8;
/// The header that all ICMP messages share (RFC 792, RFC 4443 §2.1) with the four bytes that most use.
const ICMP_HEADER_LEN: u32 = 8;

/// What the transport header says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Transport {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) tcp_flags: TcpFlags,
    pub(crate) size: u32,
    pub(crate) payload_size: u32,
}

/// Reads the transport header. A protocol without ports, or whose header does not fit into the IP packet, has neither
/// ports nor sizes, as in NFStream.
pub(crate) fn read(network: &Network<'_>) -> Result<Transport, DecodeError> {
    match network.protocol {
        protocol::TCP if network.payload_len >= MIN_TCP_HEADER_LEN => read_tcp(network),
        protocol::UDP if network.payload_len >= UDP_HEADER_LEN => read_udp(network),
        protocol::ICMP | protocol::ICMPV6 => Ok(sized(network, ICMP_HEADER_LEN)),
        _ => Ok(Transport::default()),
    }
}

/// Reads a TCP header. The ports must have been captured; flags and header length count as absent where they were not.
fn read_tcp(network: &Network<'_>) -> Result<Transport, DecodeError> {
    let (src_port, dst_port) = ports(network, Layer::Tcp)?;
    let (header_len, tcp_flags) = match network.payload.get(..14) {
        Some(start) => {
            let flags = start.last().copied().unwrap_or_default();
            let header = TcpPacket::new_unchecked(start);
            (u32::from(header.header_len()), TcpFlags::from_bits(flags))
        }
        None => (MIN_TCP_HEADER_LEN, TcpFlags::default()),
    };
    Ok(Transport {
        src_port,
        dst_port,
        tcp_flags,
        ..sized(network, header_len)
    })
}

/// Reads a UDP header. Its own length field is not looked at: the IP packet says how much there is.
fn read_udp(network: &Network<'_>) -> Result<Transport, DecodeError> {
    let (src_port, dst_port) = ports(network, Layer::Udp)?;
    Ok(Transport {
        src_port,
        dst_port,
        ..sized(network, UDP_HEADER_LEN)
    })
}

/// The two ports, which TCP and UDP have at the same place.
pub(crate) fn ports(network: &Network<'_>, layer: Layer) -> Result<(u16, u16), DecodeError> {
    let start = network
        .payload
        .get(..4)
        .ok_or(DecodeError::new(layer, Reason::Truncated))?;
    let header = UdpPacket::new_unchecked(start);
    Ok((header.src_port(), header.dst_port()))
}

/// The sizes behind a header of this length.
fn sized(network: &Network<'_>, header_len: u32) -> Transport {
    let size = network.payload_len;
    Transport {
        size,
        payload_size: size.saturating_sub(header_len),
        ..Transport::default()
    }
}

#[cfg(test)]
mod tests;
