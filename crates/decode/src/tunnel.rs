//! Tunnels over UDP, recognised by their port.

mod capwap;
mod gtp;
mod tzsp;

use crate::Tunnel;
use crate::error::{DecodeError, Layer, Reason};
use crate::link::Envelope;
use crate::network::Network;
use crate::protocol;
use crate::transport;

/// UDP's header (RFC 768).
const UDP_HEADER_LEN: usize = 8;

/// The IP packet inside a tunnel, or `None` where `network` carries no tunnel: then it is metered as it is.
///
/// # Errors
///
/// It is a tunnel, and what is inside cannot be metered; or the snaplen cut what would tell.
pub(crate) fn find_ip<'a>(
    network: &Network<'a>,
    envelope: &mut Envelope,
) -> Result<Option<(Tunnel, &'a [u8])>, DecodeError> {
    let header_fits = network.payload_len as usize >= UDP_HEADER_LEN;
    if network.protocol != protocol::UDP || !header_fits {
        return Ok(None);
    }
    let (src_port, dst_port) = transport::ports(network, Layer::Udp)?;
    let datagram = network.payload.get(UDP_HEADER_LEN..).unwrap_or_default();
    let on_port = |port| src_port == port || dst_port == port;
    let found = if on_port(gtp::PORT) {
        gtp::find_ip(datagram).map(|inner| (Tunnel::Gtp, inner))
    } else if on_port(tzsp::PORT) {
        tzsp::find_ip(datagram, envelope).map(|inner| (Tunnel::Tzsp, inner))
    } else if on_port(capwap::DATA_PORT) {
        capwap::find_ip(datagram, envelope).map(|inner| (Tunnel::Capwap, inner))
    } else {
        return Ok(None);
    };
    match found {
        Ok((tunnel, inner)) => Ok(inner.map(|inner| (tunnel, inner))),
        // The tunnel's own header goes beyond the packet: something else uses the port.
        Err(error) if network.cut() == 0 && is_short_header(error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a tunnel's own header ended too early, as opposed to one inside.
fn is_short_header(error: DecodeError) -> bool {
    let of_tunnel = matches!(error.layer, Layer::Gtp | Layer::Tzsp | Layer::Capwap);
    of_tunnel && error.reason == Reason::Truncated
}
