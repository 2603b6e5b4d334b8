//! Tunnels over UDP, recognised by their port.

mod capwap;
mod gtp;
mod tzsp;

use crate::Tunnel;
use crate::error::{DecodeError, Layer};
use crate::link::Envelope;
use crate::network::{Network, protocol};
use crate::transport;

/// UDP's header (RFC 768).
const UDP_HEADER_LEN: usize = 8;

/// The IP packet inside a tunnel, or `None` where `network` carries no tunnel: then it is metered as it is.
///
/// # Errors
///
/// It is a tunnel, and what is inside cannot be metered.
pub(crate) fn find_ip<'a>(
    network: &Network<'a>,
    envelope: &mut Envelope,
) -> Result<Option<(Tunnel, &'a [u8])>, DecodeError> {
    let header_fits = network.payload_len as usize >= UDP_HEADER_LEN;
    if network.protocol != protocol::UDP || !header_fits {
        return Ok(None);
    }
    let (src_port, dst_port) = transport::ports(network, Layer::Udp)?;
    let Some(datagram) = network.payload.get(UDP_HEADER_LEN..) else {
        return Ok(None);
    };
    let on_port = |port| src_port == port || dst_port == port;
    if on_port(gtp::PORT) {
        Ok(gtp::find_ip(datagram)?.map(|inner| (Tunnel::Gtp, inner)))
    } else if on_port(tzsp::PORT) {
        Ok(tzsp::find_ip(datagram, envelope)?.map(|inner| (Tunnel::Tzsp, inner)))
    } else if on_port(capwap::DATA_PORT) {
        Ok(capwap::find_ip(datagram, envelope)?.map(|inner| (Tunnel::Capwap, inner)))
    } else {
        Ok(None)
    }
}
