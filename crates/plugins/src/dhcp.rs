//! What DHCP clients tell of themselves.

mod message;
mod message_type;
mod oui;
mod values;

pub use message_type::DhcpMessageType;
pub use oui::Oui;

use core::net::{IpAddr, Ipv4Addr};

use nfstream_decode::{Packet, protocol};
use nfstream_derive::Record;
use nfstream_flow::{Flow, NFPlugin};

use message::Message;
use values::Values;

/// Where servers and relay agents listen.
const SERVER_PORT: u16 = 67;

/// What DHCP clients tell of themselves: host name, vendor class, the parameters that they ask for, addresses.
///
/// It reads the flows in which a client speaks: all messages from the first one on that is sent to UDP port 67 over IPv4,
/// in either direction, inside of tunnels too where those are decoded. A message that was cut tells the options that were
/// captured whole; what does not have DHCP's magic cookie is no message.
///
/// # Columns
///
/// | column | content | taken from |
/// |---|---|---|
/// | `udps.dhcp_12` | host name | the last message that has one |
/// | `udps.dhcp_50` | the address that the client asks for | the last `REQUEST` |
/// | `udps.dhcp_55` | codes of the parameters that it asks for, as `1,3,6,42` | the last `REQUEST` |
/// | `udps.dhcp_57` | longest DHCP message that it takes, in bytes | the last message that has one |
/// | `udps.dhcp_60` | vendor class | the last message that has one |
/// | `udps.dhcp_77` | user classes, with commas between them | the last message that has one |
/// | `udps.dhcp_options` | codes of the options, in the order of the message | the last `REQUEST` |
/// | `udps.dhcp_addr` | the address that the client has already | the last `REQUEST` with one |
/// | `udps.dhcp_msg_type` | type of the message, such as `DISCOVER` | the first message that has one |
/// | `udps.dhcp_oui` | first three bytes of the client's Ethernet address | the last `REQUEST` |
///
/// A column without value is null, `udps.dhcp_options` an empty list. Texts lose the zeros behind their end, and what is not
/// UTF-8 in them is U+FFFD. An option counts up to 512 bytes, of the codes of a message the first 255.
///
/// # End of flows
///
/// A flow ends with what ends a client's transaction: a message of type `ACK`, `NACK`, `INFORM` or `DECLINE`, and with every
/// message if the flow's source is 0.0.0.0, which many clients have in common. (NFStream: `expiration_id = -1`.)
///
/// # Memory
///
/// The state of a flow is one pointer. Another flow than those above allocates nothing; of what a message allocates, six
/// blocks of memory stay at most. A flow keeps less than 8 KiB.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTableConfig, schema};
/// use nfstream_plugins::Dhcp;
///
/// let schema = schema(&FlowTableConfig::default(), &Dhcp);
/// assert_eq!(schema.columns().last().unwrap().name, "udps.dhcp_oui");
/// ```
///
/// # Source
///
/// NFStream's plugin `DHCP`; RFC 2131, 2132, 3004 and 3396.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dhcp;

/// What [`Dhcp`] keeps of a flow.
#[derive(Clone, Debug, Default)]
pub struct DhcpState(Option<Box<DhcpColumns>>);

/// What [`Dhcp`] tells of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct DhcpColumns {
    /// Host name of the client (RFC 2132 §3.14).
    pub dhcp_12: Option<Box<str>>,
    /// Address that the client asks for (RFC 2132 §9.1).
    pub dhcp_50: Option<Ipv4Addr>,
    /// Codes of the parameters that the client asks for, with commas between them (RFC 2132 §9.8).
    pub dhcp_55: Option<Box<str>>,
    /// Longest DHCP message that the client takes (RFC 2132 §9.10).
    #[column(unit = "bytes")]
    pub dhcp_57: Option<u16>,
    /// Vendor class of the client (RFC 2132 §9.13).
    pub dhcp_60: Option<Box<str>>,
    /// User classes of the client, with commas between them (RFC 3004 §4).
    pub dhcp_77: Option<Box<str>>,
    /// Codes of the options of the client's request, in their order.
    pub dhcp_options: Vec<u8>,
    /// Address that the client has already: ciaddr of its request (RFC 2131 §2).
    pub dhcp_addr: Option<Ipv4Addr>,
    /// Type of the first message (RFC 2132 §9.6).
    pub dhcp_msg_type: Option<DhcpMessageType>,
    /// First three bytes of the client's Ethernet address: chaddr of its request (RFC 2131 §2).
    pub dhcp_oui: Option<Oui>,
}

impl NFPlugin for Dhcp {
    type State = DhcpState;
    type Output = DhcpColumns;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> DhcpState {
        let mut state = DhcpState::default();
        self.on_update(packet, flow, &mut state);
        state
    }

    #[inline]
    fn on_update(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>, state: &mut DhcpState) {
        let has_client = state.0.is_some() || packet.dst_port() == SERVER_PORT;
        if !has_client || packet.protocol() != protocol::UDP || packet.ip_version() != 4 {
            return;
        }
        if let Some(message) = Message::parse(packet.payload()) {
            let message_type = state.0.get_or_insert_default().take(&message);
            let is_shared = flow.src_ip() == IpAddr::V4(Ipv4Addr::UNSPECIFIED);
            if is_shared || message_type.is_some_and(DhcpMessageType::ends_transaction) {
                flow.expire();
            }
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, state: DhcpState) -> DhcpColumns {
        state
            .0
            .map_or_else(DhcpColumns::default, |columns| *columns)
    }
}

impl DhcpColumns {
    /// Takes over what a message tells, and says of which type it is.
    fn take(&mut self, message: &Message<'_>) -> Option<DhcpMessageType> {
        let values = Values::of(message);
        let message_type = values.message_type();
        if message_type == Some(DhcpMessageType::REQUEST) {
            self.dhcp_50 = values.requested_address();
            self.dhcp_55 = values.parameter_requests();
            self.dhcp_options = message.codes();
            self.dhcp_oui = message.client_oui();
            self.dhcp_addr = message.client_address().or(self.dhcp_addr);
        }
        self.dhcp_12 = values.host_name().or(self.dhcp_12.take());
        self.dhcp_57 = values.max_message_size().or(self.dhcp_57);
        self.dhcp_60 = values.vendor_class().or(self.dhcp_60.take());
        self.dhcp_77 = values.user_class().or(self.dhcp_77.take());
        self.dhcp_msg_type = self.dhcp_msg_type.or(message_type);
        message_type
    }
}

#[cfg(test)]
mod tests;
