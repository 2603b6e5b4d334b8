//! Conversations that are synthesised: downloads over HTTP, TCP that nobody knows, streams over UDP.

use super::super::random::Random;
use super::frame::{Endpoint, Transport, build, flags};

/// The most payload that a TCP packet without options has in a frame of 1514 bytes.
const SEGMENT_LEN: u16 = 1460;
/// Payload comes from here, at some offset.
const NOISE_LEN: u16 = 16_384;

const REQUEST: &[u8] = b"GET /video/segment-0001.bin HTTP/1.1\r\nHost: media.example.test\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\n\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nServer: example\r\nContent-Type: application/octet-stream\r\n\
    Content-Length: 1000000000\r\n\r\n";

/// Bytes without meaning.
#[derive(Debug)]
pub(super) struct Noise(Vec<u8>);

impl Noise {
    pub(super) fn new(random: &mut Random) -> Self {
        let bytes = (0..NOISE_LEN / 8).flat_map(|_| random.next().to_le_bytes());
        Self(bytes.collect())
    }

    fn bytes(&self, random: &mut Random, length: u16) -> &[u8] {
        let start = usize::from(random.between(0, NOISE_LEN - length));
        &self.0[start..start + usize::from(length)]
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A download.
    Http,
    /// The same on a port that means nothing, with bytes that mean nothing.
    OpaqueTcp,
    /// Datagrams of different sizes, both ways.
    Udp,
}

/// A conversation on its way.
#[derive(Debug)]
pub(super) struct Transfer {
    kind: Kind,
    client: Endpoint,
    server: Endpoint,
    /// Packets in all.
    packets: u32,
    /// Packets so far.
    sent: u32,
    /// Between two packets, in microseconds.
    gap: u16,
    /// Next sequence numbers, the client's and the server's.
    sequences: [u32; 2],
}

impl Transfer {
    /// One of any kind and length: half of them are of the shortest, a quarter twice as long, and so on.
    pub(super) fn new(client: u32, random: &mut Random) -> Self {
        const SHORTEST: u32 = 10;
        const MAX_DOUBLINGS: u32 = 9;
        let doublings = random.next().trailing_zeros().min(MAX_DOUBLINGS);
        let kind = match random.below(20) {
            0..12 => Kind::Http,
            12..15 => Kind::OpaqueTcp,
            _ => Kind::Udp,
        };
        let server_port = match kind {
            Kind::Http => 80,
            Kind::OpaqueTcp | Kind::Udp => random.between(40_000, 49_999),
        };
        Self {
            kind,
            client: Endpoint::client(client, random.between(50_000, 65_535)),
            server: Endpoint::server(random.between(0, 999), server_port),
            packets: SHORTEST << doublings,
            sent: 0,
            gap: random.between(500, 20_000),
            sequences: [random.below(u32::MAX), random.below(u32::MAX)],
        }
    }

    /// Puts the next packet into the buffer; when the one after it comes, in microseconds from now.
    pub(super) fn build(
        &mut self,
        frame: &mut Vec<u8>,
        noise: &Noise,
        random: &mut Random,
    ) -> Option<u64> {
        if matches!(self.kind, Kind::Udp) {
            let size = random_size(random);
            let payload = noise.bytes(random, size);
            let from_client = random.below(3) == 0;
            let (from, to) = self.ends(self.sent == 0 || from_client);
            build(frame, from, to, Transport::Udp, payload);
        } else {
            self.build_segment(frame, noise, random);
        }
        self.sent += 1;
        (self.sent < self.packets).then(|| u64::from(random.between(1, self.gap)))
    }

    /// The next packet over TCP: handshake, request, data and acknowledgments in turn, the end.
    fn build_segment(&mut self, frame: &mut Vec<u8>, noise: &Noise, random: &mut Random) {
        let request = match self.kind {
            Kind::Http => REQUEST,
            Kind::OpaqueTcp | Kind::Udp => noise.bytes(random, 200),
        };
        let response = match self.kind {
            Kind::Http => RESPONSE,
            Kind::OpaqueTcp | Kind::Udp => noise.bytes(random, SEGMENT_LEN),
        };
        let left = self.packets - self.sent;
        let (from_client, flags, payload): (_, _, &[u8]) = match (self.sent, left) {
            (0, _) => (true, flags::SYN, &[]),
            (1, _) => (false, flags::SYN | flags::ACK, &[]),
            (2, _) => (true, flags::ACK, &[]),
            (3, _) => (true, flags::PSH | flags::ACK, request),
            (4, _) => (false, flags::PSH | flags::ACK, response),
            (_, 3) => (false, flags::FIN | flags::ACK, &[]),
            (_, 2) => (true, flags::FIN | flags::ACK, &[]),
            (_, 1) => (false, flags::ACK, &[]),
            (sent, _) if sent % 2 == 1 => (false, flags::ACK, noise.bytes(random, SEGMENT_LEN)),
            _ => (true, flags::ACK, &[]),
        };
        let [client, server] = self.sequences;
        let (sequence, acknowledgment) = if from_client {
            (client, server)
        } else {
            (server, client)
        };
        let tcp = Transport::Tcp {
            flags,
            sequence,
            acknowledgment,
            timestamps: false,
        };
        let (from, to) = self.ends(from_client);
        build(frame, from, to, tcp, payload);
        // SYN and FIN take a number (RFC 9293 §3.4).
        let control = u32::from(flags & (flags::SYN | flags::FIN) != 0);
        let taken = u32::try_from(payload.len()).unwrap_or(0) + control;
        let next = &mut self.sequences[usize::from(!from_client)];
        *next = next.wrapping_add(taken);
    }

    /// Sender and receiver.
    fn ends(&self, from_client: bool) -> (Endpoint, Endpoint) {
        if from_client {
            (self.client, self.server)
        } else {
            (self.server, self.client)
        }
    }
}

/// A datagram as voice and games send them, or as video does.
fn random_size(random: &mut Random) -> u16 {
    if random.below(2) == 0 {
        random.between(60, 300)
    } else {
        random.between(900, 1200)
    }
}
