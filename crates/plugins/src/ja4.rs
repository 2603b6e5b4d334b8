//! The fingerprint of the TLS client of a flow.

mod assembly;
mod bytes;
mod dtls;
mod fingerprint;
mod hello;
mod quic;
mod tcp;
mod udp;

pub use fingerprint::Ja4Fingerprint;

use nfstream_decode::{Direction, Packet, protocol};
use nfstream_derive::Record;
use nfstream_flow::{Flow, NFPlugin};

use fingerprint::Said;
use tcp::TcpSide;
use udp::{Room, Udp};

/// The JA4 fingerprint of a flow's TLS client, from the hello that it begins with: over TCP, QUIC or DTLS, on any port.
///
/// # Columns
///
/// `udps.ja4`: text of 36 characters, such as `t13d1516h2_8daaf6152771_b186095e22b6`. Missing where the flow does not begin
/// with a hello, or not with a whole one.
///
/// # Where the hello is looked for
///
/// *TCP*: at the start of the payload of either direction; where the capture starts later, at the first payload seen. It may
/// be spread over segments in any order, and over records. What cannot be the start of a hello ends the search in its
/// direction, so a TLS that begins later, inside of another protocol (STARTTLS, a proxy's `CONNECT`), is not found.
///
/// *QUIC*: in the client's Initial packets of version 1 (RFC 9000), version 2 (RFC 9369), drafts 22 to 34, and of what
/// Facebook (mvfst) made of those drafts.
///
/// *DTLS*: in datagrams that begin the flow, or follow STUN. The first hello counts, with or without cookie.
///
/// A hello of SSL 2.0's own format has no fingerprint.
///
/// # Memory and work
///
/// A flow has 40 bytes in the table. A hello in one segment of TCP, one frame of QUIC or one fragment of DTLS allocates nothing.
/// Others are put together from at most 16 KiB of the stream, which takes up to 19 KiB of memory (3 KiB for a hello of
/// usual length) until it is decided: of each direction, where the first segments of both come in the wrong order, which may be
/// something else than TLS.
///
/// Once it is decided, packets cost one comparison. The first 64 datagrams of a UDP flow are looked into, Initial packets
/// of QUIC counted twice.
///
/// # Source
///
/// `FoxIO`, *JA4: TLS Client Fingerprinting* (the only part of the JA4+ family that has an open licence). Where it says nothing: the
/// newest version of DTLS is the one with the lowest number; a first application protocol that is GREASE is passed over; where
/// the extension of supported versions offers none, the version of the hello itself counts.
///
/// # Examples
///
/// ```
/// use nfstream_flow::{FlowTableConfig, schema};
/// use nfstream_plugins::Ja4;
///
/// let schema = schema(&FlowTableConfig::default(), &Ja4::new());
/// assert_eq!(schema.columns().last().unwrap().name, "udps.ja4");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Ja4 {
    room: Room,
}

impl Ja4 {
    /// Fingerprints flows.
    pub fn new() -> Self {
        Self::default()
    }
}

/// What [`Ja4`] keeps of a flow.
#[derive(Clone, Debug)]
pub struct Ja4State(Progress);

/// State lies in the table beside each flow.
const _: () = assert!(size_of::<Ja4State>() <= 40);

#[derive(Clone, Debug)]
enum Progress {
    /// From the source, and from the destination.
    Tcp([TcpSide; 2]),
    Udp(Udp),
    Decided(Option<Ja4Fingerprint>),
}

/// What [`Ja4`] tells of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Ja4Columns {
    /// JA4 fingerprint of the TLS client; missing where the flow does not begin with a client's hello.
    pub ja4: Option<Ja4Fingerprint>,
}

impl NFPlugin for Ja4 {
    type State = Ja4State;
    type Output = Ja4Columns;

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) -> Ja4State {
        let mut state = Ja4State(match packet.protocol() {
            protocol::TCP => Progress::Tcp(Default::default()),
            protocol::UDP => Progress::Udp(Udp::default()),
            _ => Progress::Decided(None),
        });
        self.on_update(packet, flow, &mut state);
        state
    }

    #[inline]
    fn on_update(&mut self, packet: &Packet<'_>, _flow: &mut Flow<'_>, state: &mut Ja4State) {
        if !matches!(state.0, Progress::Decided(_)) {
            self.look_into(packet, &mut state.0);
        }
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, state: Ja4State) -> Ja4Columns {
        let ja4 = match state.0 {
            Progress::Decided(ja4) => ja4,
            Progress::Tcp(_) | Progress::Udp(_) => None,
        };
        Ja4Columns { ja4 }
    }
}

impl Ja4 {
    /// Takes a packet of a flow that is not decided.
    fn look_into(&mut self, packet: &Packet<'_>, progress: &mut Progress) {
        let decided = match progress {
            Progress::Tcp(sides) => self.segment(packet, sides),
            Progress::Udp(udp) => match packet.payload() {
                [] => return,
                payload => udp.datagram(packet.direction(), payload, &mut self.room),
            },
            Progress::Decided(_) => return,
        };
        if let Said::Decided(ja4) = decided {
            *progress = Progress::Decided(ja4);
        }
    }

    /// Takes a segment of TCP.
    fn segment(&mut self, packet: &Packet<'_>, [source, destination]: &mut [TcpSide; 2]) -> Said {
        let (from, to) = match packet.direction() {
            Direction::Src2Dst => (source, destination),
            Direction::Dst2Src => (destination, source),
        };
        let ja4 = from.packet(packet, &mut self.room.sorted);
        if ja4.is_some() || from.is_over() && to.is_over() {
            return Said::Decided(ja4);
        }
        to.answer(packet);
        Said::Nothing
    }
}

#[cfg(test)]
mod building;
#[cfg(test)]
mod tests;
