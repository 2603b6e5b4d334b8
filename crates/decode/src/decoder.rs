//! The walk through the headers of a frame.

use crate::error::{DecodeError, Layer, Reason};
use crate::link::{self, Envelope};
use crate::network;
use crate::transport;
use crate::tunnel;
use crate::{Frame, Packet, PacketFields, Tunnel};

/// IP headers in one another that the decoder follows, tunnels included. Real traffic has three at most; the limit
/// bounds the work that a hostile frame can ask for.
const MAX_IP_HEADERS: usize = 16;

/// Turns frames into packets.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    decode_tunnels: bool,
}

impl Decoder {
    /// A decoder that looks into tunnels.
    pub const fn new() -> Self {
        Self {
            decode_tunnels: true,
        }
    }

    /// Whether to look into GTP-U, CAPWAP and TZSP. IP in IP is always followed.
    #[must_use]
    pub const fn decode_tunnels(mut self, decode_tunnels: bool) -> Self {
        self.decode_tunnels = decode_tunnels;
        self
    }

    /// Decodes one frame.
    ///
    /// # Errors
    ///
    /// The frame cannot be metered: see [`Reason`].
    #[inline]
    pub fn decode<'a>(&self, frame: &Frame<'a>) -> Result<Packet<'a>, DecodeError> {
        let mut packet = Packet::from(PacketFields::default());
        self.decode_into(frame, &mut packet)?;
        Ok(packet)
    }

    /// Decodes one frame, as [`decode`](Self::decode) does, into a place that is there: a packet is large, and of millions
    /// not one is copied. Where the frame cannot be metered, the place keeps what it held.
    ///
    /// # Errors
    ///
    /// The frame cannot be metered: see [`Reason`].
    pub fn decode_into<'a>(
        &self,
        frame: &Frame<'a>,
        packet: &mut Packet<'a>,
    ) -> Result<(), DecodeError> {
        let mut cut = (frame.wire_len as usize).saturating_sub(frame.data.len());
        let mut envelope = Envelope::default();
        let mut tunnel = Tunnel::None;
        let mut ip_packet = link::find_ip(frame.link_type, frame.data, &mut envelope)?;
        for _ in 0..MAX_IP_HEADERS {
            let network = network::read(ip_packet, cut)?;
            cut = network.cut();
            if network.carries_ip() {
                ip_packet = network.payload;
                continue;
            }
            if self.decode_tunnels
                && let Some((found, inner)) = tunnel::find_ip(&network, &mut envelope)?
            {
                tunnel = found;
                ip_packet = inner;
                continue;
            }
            let transport = transport::read(&network)?;
            *packet = Packet::from(PacketFields {
                timestamp: frame.timestamp,
                src_ip: network.src_ip,
                dst_ip: network.dst_ip,
                src_port: transport.src_port,
                dst_port: transport.dst_port,
                protocol: network.protocol,
                tcp_flags: transport.tcp_flags,
                vlan_id: envelope.vlan_id,
                tunnel,
                src_mac: envelope.src_mac,
                dst_mac: envelope.dst_mac,
                raw_size: frame.wire_len,
                ip_size: network.packet_len,
                transport_size: transport.size,
                payload_size: transport.payload_size,
                ip_packet,
                transport: network.payload,
            });
            return Ok(());
        }
        Err(DecodeError::new(Layer::Network, Reason::NestedTooDeep))
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
