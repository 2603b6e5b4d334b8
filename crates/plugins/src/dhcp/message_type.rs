//! The type of a DHCP message.

use core::fmt;

use nfstream_flow::record::{ColumnType, RowWriter, Value};

/// Type of a DHCP message, by its number; in its column, its name without the `DHCP` before it.
///
/// A number without name is written in digits.
///
/// # Source
///
/// RFC 2132 §9.6; IANA, DHCP Message Type 53 Values. `NACK` is `DHCPNAK` there, and `NACK` in NFStream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DhcpMessageType(pub u8);

impl DhcpMessageType {
    /// A client looks for servers.
    pub const DISCOVER: Self = Self(1);
    /// A server offers an address.
    pub const OFFER: Self = Self(2);
    /// A client asks for an address, or for more time with one.
    pub const REQUEST: Self = Self(3);
    /// A client finds that the address is in use already.
    pub const DECLINE: Self = Self(4);
    /// A server gives the address.
    pub const ACK: Self = Self(5);
    /// A server refuses the address.
    pub const NACK: Self = Self(6);
    /// A client gives the address back.
    pub const RELEASE: Self = Self(7);
    /// A client with an address asks for parameters alone.
    pub const INFORM: Self = Self(8);

    /// Whether no other message of the transaction is to come.
    pub(super) fn ends_transaction(self) -> bool {
        matches!(self, Self::ACK | Self::NACK | Self::INFORM | Self::DECLINE)
    }

    /// Its name; `None` if the number has none.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "DISCOVER",
            2 => "OFFER",
            3 => "REQUEST",
            4 => "DECLINE",
            5 => "ACK",
            6 => "NACK",
            7 => "RELEASE",
            8 => "INFORM",
            9 => "FORCERENEW",
            10 => "LEASEQUERY",
            11 => "LEASEUNASSIGNED",
            12 => "LEASEUNKNOWN",
            13 => "LEASEACTIVE",
            14 => "BULKLEASEQUERY",
            15 => "LEASEQUERYDONE",
            16 => "ACTIVELEASEQUERY",
            17 => "LEASEQUERYSTATUS",
            18 => "TLS",
            _ => return None,
        })
    }
}

impl fmt::Display for DhcpMessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

impl Value for DhcpMessageType {
    const TYPE: ColumnType = ColumnType::Text;

    fn write<W: RowWriter + ?Sized>(&self, row: &mut W) {
        match self.name() {
            Some(name) => row.text(name),
            None => row.text(&self.to_string()),
        }
    }
}
