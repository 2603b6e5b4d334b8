//! Packets built in code. Checksums stay 0: nDPI does not look.

/// Which end of a TCP connection sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// An IPv4 header between two fixed hosts.
pub(crate) struct Ipv4 {
    protocol: u8,
}

impl Ipv4 {
    const CLIENT: [u8; 4] = [10, 0, 0, 1];
    const SERVER: [u8; 4] = [10, 0, 0, 2];

    pub(crate) fn new(protocol: u8) -> Self {
        Self { protocol }
    }

    fn wrap(&self, direction: Direction, transport: &[u8]) -> Vec<u8> {
        let (source, destination) = match direction {
            Direction::Request => (Self::CLIENT, Self::SERVER),
            Direction::Response => (Self::SERVER, Self::CLIENT),
        };
        let length = u16::try_from(20 + transport.len()).unwrap().to_be_bytes();
        let header = [
            0x45,
            0,
            length[0],
            length[1],
            0,
            0,
            0,
            0,
            64,
            self.protocol,
            0,
            0,
        ];
        [&header[..], &source, &destination, transport].concat()
    }
}

pub(crate) fn udp(ip: &Ipv4, client: u16, server: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let header = [client, server, length, 0].map(u16::to_be_bytes).concat();
    ip.wrap(Direction::Request, &[&header[..], payload].concat())
}

/// `numbers`: sequence and acknowledgement.
pub(crate) fn tcp(
    ip: &Ipv4,
    direction: Direction,
    client: u16,
    server: u16,
    numbers: (u32, u32),
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let ports = match direction {
        Direction::Request => [client, server],
        Direction::Response => [server, client],
    };
    let segment = [
        &ports.map(u16::to_be_bytes).concat()[..],
        &numbers.0.to_be_bytes(),
        &numbers.1.to_be_bytes(),
        &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0],
        payload,
    ];
    ip.wrap(direction, &segment.concat())
}

/// RFC 1035 §4: a recursive query for an address.
pub(crate) fn dns_query(name: &str) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend_from_slice(label.as_bytes());
    }
    message.extend_from_slice(&[0, 0, 1, 0, 1]);
    message
}

/// RFC 8446 §4.1.2: a greeting of TLS 1.2 with a server name and two application protocols, in one record.
pub(crate) fn tls_client_hello(name: &str) -> Vec<u8> {
    let server_name = prefixed(&[&[0][..], &prefixed(name.as_bytes())].concat());
    let protocols = prefixed(b"\x02h2\x08http/1.1");
    let extensions = prefixed(
        &[
            &[0, 0][..],
            &prefixed(&server_name),
            &[0, 16],
            &prefixed(&protocols),
        ]
        .concat(),
    );
    let ciphers = prefixed(&[0xc0, 0x2b, 0xc0, 0x2f]);
    let body = prefixed(&[&[3, 3][..], &[7; 32], &[0], &ciphers, &[1, 0], &extensions].concat());
    // The length of the message has three bytes.
    let message = [&[1, 0][..], &body].concat();
    [&[22, 3, 1][..], &prefixed(&message)].concat()
}

/// The bytes, behind their length in two.
fn prefixed(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes()[..], bytes].concat()
}
