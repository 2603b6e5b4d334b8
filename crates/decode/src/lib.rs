//! Decodes captured frames into the fields that a flow meter needs.
//!
//! The walk starts at the [`LinkType`], goes through tags, labels and session headers to IP, follows IP in IP and (if
//! asked to) GTP-U, CAPWAP and TZSP tunnels to the innermost IP packet, and ends at the ports. What cannot be metered
//! is a [`DecodeError`] that says at which layer and why; [`IgnoredPackets`] counts them.
//!
//! | layer | what is read |
//! |---|---|
//! | link | Ethernet II and 802.3 with LLC/SNAP, Linux cooked v1 and v2, BSD and OpenBSD loopback, raw IP, PPP, Cisco HDLC, 802.11 with and without radiotap |
//! | between | stacked 802.1Q and 802.1ad tags, MPLS, PPPoE sessions |
//! | network | IPv4 with options, IPv6 with extension headers, each in the other |
//! | transport | ports, flags and sizes of TCP and UDP; sizes of ICMP and ICMPv6; everything else as a protocol without ports |
//! | tunnels | GTP-U version 1, CAPWAP data, TZSP; over IPv4 and IPv6 |
//!
//! It does not reassemble fragments (a later fragment is ignored and counted), does not decrypt, and looks at no
//! payload. `no_std`, no allocation, no `unsafe`, and no input makes it panic: the fuzz targets `decode` and `tunnel`
//! and a property test look for one.
//!
//! # Examples
//!
//! ```
//! use nfstream_decode::{Decoder, Frame, LinkType, Timestamp};
//!
//! let bytes = [
//!     0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
//!     0xc0, 0, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4, // UDP, four bytes of payload
//! ];
//! let frame = Frame {
//!     timestamp: Timestamp::from_millis(1_700_000_000_000),
//!     link_type: LinkType::RAW,
//!     wire_len: 32,
//!     data: &bytes,
//! };
//! let packet = Decoder::new().decode(&frame)?;
//! assert_eq!(packet.dst_port(), 53);
//! assert_eq!(packet.payload(), [1, 2, 3, 4]);
//! # Ok::<(), nfstream_decode::DecodeError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod decoder;
mod error;
mod frame;
mod link;
mod network;
mod packet;
pub mod protocol;
#[cfg(test)]
mod samples;
mod time;
mod transport;
mod tunnel;
mod utc;

pub use decoder::Decoder;
pub use error::{DecodeError, IgnoredPackets, Layer, Reason};
pub use frame::{Frame, LinkType};
pub use packet::{
    AccountingMode, Direction, MacAddress, MacText, Packet, PacketFields, TcpFlags, Tunnel,
};
pub use time::Timestamp;
pub use transport::TcpHeader;
pub use utc::UtcTime;
