//! Looks for the hello in datagrams.

use nfstream_decode::Direction;

use super::dtls::{self, DtlsHello};
use super::fingerprint::Said;
use super::quic::{self, QuicHello};

/// How many datagrams are looked into. Each Initial packet of QUIC and each fragment of DTLS that begins another message counts as
/// one more. A hello takes one to three; before it may come version negotiation, a retry, or STUN where DTLS secures media.
pub(super) const MAX_DATAGRAMS: u8 = 64;

/// What is left of [`MAX_DATAGRAMS`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(u8);

impl Budget {
    /// Takes one. Whether there was one.
    pub(super) fn spend(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// Buffers that flows share.
#[derive(Clone, Debug, Default)]
pub(super) struct Room {
    /// Numbers to be sorted.
    pub(super) sorted: Vec<u16>,
    /// An Initial packet, opened.
    pub(super) plain: Vec<u8>,
}

/// A UDP flow.
#[derive(Clone, Debug)]
pub(super) struct Udp {
    budget: Budget,
    /// Whose hello has begun; what the other end says is of no interest.
    client: Option<Direction>,
    hello: Hello,
}

/// What the flow carries, and what of a hello has come.
#[derive(Clone, Debug)]
enum Hello {
    Unseen,
    Quic(Option<Box<QuicHello>>),
    Dtls(Option<Box<DtlsHello>>),
}

impl Default for Udp {
    fn default() -> Self {
        Self {
            budget: Budget(MAX_DATAGRAMS),
            client: None,
            hello: Hello::Unseen,
        }
    }
}

impl Udp {
    /// Takes what a datagram carries.
    pub(super) fn datagram(
        &mut self,
        direction: Direction,
        payload: &[u8],
        room: &mut Room,
    ) -> Said {
        if !self.budget.spend() {
            return Said::Decided(None);
        }
        if self.client.is_some_and(|client| client != direction) {
            return Said::Nothing;
        }
        if let Hello::Unseen = self.hello {
            self.hello = if dtls::is_dtls(payload) {
                Hello::Dtls(None)
            } else if is_stun(payload) {
                return Said::Nothing;
            } else if quic::is_quic(payload) {
                Hello::Quic(None)
            } else {
                return Said::Decided(None);
            };
        }
        let said = match &mut self.hello {
            Hello::Unseen => Said::Nothing,
            Hello::Quic(hello) => quic::datagram(hello, payload, &mut self.budget, room),
            Hello::Dtls(hello) => dtls::datagram(hello, payload, &mut self.budget, room),
        };
        if self.hello.has_begun() {
            self.client = Some(direction);
        }
        said
    }
}

impl Hello {
    fn has_begun(&self) -> bool {
        matches!(self, Self::Quic(Some(_)) | Self::Dtls(Some(_)))
    }
}

/// Whether it is a message of STUN (RFC 8489 §5), which finds the way for DTLS between the same ports (RFC 7983).
fn is_stun(payload: &[u8]) -> bool {
    const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

    matches!(payload, [0..=3, _, _, _, a, b, c, d, ..] if [*a, *b, *c, *d] == MAGIC_COOKIE)
}
