//! The ports of a packet, or what stands for them.

use nfstream_decode::{Packet, protocol};

/// The ports of a packet, sender's and receiver's, or what stands for them in a community id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// Its protocol has none.
    None,
    /// The answer has them the other way round.
    Ports([u16; 2]),
    /// There is no answer, so sender and receiver are not put in order.
    OneWay([u16; 2]),
}

impl Ends {
    /// `None`: the packet was cut before them.
    pub(super) fn of(packet: &Packet<'_>) -> Option<Self> {
        match packet.protocol() {
            protocol::TCP | protocol::UDP | protocol::SCTP => {
                // At the same place in all three: RFC 9293 §3.1, RFC 768, RFC 9260 §3.1.
                let &[a, b, c, d] = packet.transport().first_chunk()?;
                let port = u16::from_be_bytes;
                Some(Self::Ports([port([a, b]), port([c, d])]))
            }
            protocol::ICMP => Self::of_message(packet, &ICMP_ANSWERS),
            protocol::ICMPV6 => Self::of_message(packet, &ICMPV6_ANSWERS),
            _ => Some(Self::None),
        }
    }

    /// Its type and the type of the answer, or of what it answers; type and code of a message that has none (RFC 792,
    /// RFC 4443 §2.1).
    fn of_message(packet: &Packet<'_>, answers: &[[u8; 2]]) -> Option<Self> {
        let &[kind, code] = packet.transport().first_chunk()?;
        let counterpart = answers.iter().find_map(|&[request, answer]| match kind {
            _ if kind == request => Some(answer),
            _ if kind == answer => Some(request),
            _ => None,
        });
        Some(match counterpart {
            Some(counterpart) => Self::Ports([kind.into(), counterpart.into()]),
            None => Self::OneWay([kind.into(), code.into()]),
        })
    }
}

/// Types of messages and of their answers (IANA, ICMP Parameters).
const ICMP_ANSWERS: [[u8; 2]; 5] = [
    [8, 0],   // echo
    [13, 14], // timestamp
    [15, 16], // information
    [10, 9],  // router solicitation, advertisement
    [17, 18], // address mask
];

/// The same for ICMPv6 (IANA, ICMPv6 Parameters).
const ICMPV6_ANSWERS: [[u8; 2]; 6] = [
    [128, 129], // echo
    [133, 134], // router solicitation, advertisement
    [135, 136], // neighbour solicitation, advertisement
    [130, 131], // multicast listener query, report
    [139, 140], // node information
    [144, 145], // home agent address discovery
];
