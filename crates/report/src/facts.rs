//! What a report needs to know of one flow.

use nfstream_decode::Timestamp;

/// What a report needs to know of one flow. Texts are shown as they are, once they are made harmless.
///
/// What is not known keeps its default, and what depends on it is left out of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowFacts<'a> {
    /// Address of the sender of the first packet, as text: it may be anonymised.
    pub src: &'a str,
    /// Address of the receiver of the first packet, as text.
    pub dst: &'a str,
    /// Port of the sender of the first packet, 0 without ports.
    pub src_port: u16,
    /// Port of the receiver of the first packet, 0 without ports.
    pub dst_port: u16,
    /// Protocol number of what IP carries.
    pub protocol: u8,
    /// 4 or 6; 0 if unknown.
    pub ip_version: u8,
    /// VLAN identifier, 0 without.
    pub vlan_id: u16,
    /// NFStream's number of the tunnel, 0 without.
    pub tunnel_id: u8,
    /// NFStream's number of the reason why the flow ended.
    pub expiration_id: Option<i8>,
    /// When its first and its last packet were seen.
    pub seen: Option<(Timestamp, Timestamp)>,
    /// Packets of both directions.
    pub packets: u64,
    /// Bytes of both directions.
    pub bytes: u64,
    /// The bytes among them that went from source to destination.
    pub src2dst_bytes: Option<u64>,
    /// The application; `None` where the flow was not looked into.
    pub application: Option<&'a str>,
    /// The kind of application.
    pub category: Option<&'a str>,
    /// The host that was asked for; empty where the packets did not tell.
    pub server_name: &'a str,
}
