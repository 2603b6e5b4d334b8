//! Hellos and what carries them, for tests.

use core::net::{IpAddr, Ipv4Addr};

use nfstream_decode::{Direction, PacketFields, TcpFlags, protocol};

use super::fingerprint::{Carrier, Said};
use super::udp::{Room, Udp};

/// A hello by its fields.
#[derive(Clone, Debug)]
pub(super) struct Hello {
    pub(super) version: u16,
    /// Of DTLS.
    pub(super) cookie: Option<Vec<u8>>,
    pub(super) suites: Vec<u16>,
    /// Types and contents; `None`: the field is missing.
    pub(super) extensions: Option<Vec<(u16, Vec<u8>)>>,
}

/// The example of the specification, with GREASE wherever a browser puts it.
pub(super) fn example() -> Hello {
    let suites = [
        0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
        0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
    ];
    let empty = [
        0x001b, 0x0033, 0x4469, 0x0017, 0x002d, 0x0005, 0x0023, 0x0012,
    ];
    let algorithms = [
        0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
    ];
    let mut extensions = vec![(0xdada, vec![]), (0xdada, vec![0])];
    extensions.extend(empty.map(|number| (number, vec![])));
    extensions.extend([
        server_name("example.org"),
        protocols(&[b"h2", b"http/1.1"]),
        (13, sized16(&numbers(&algorithms))),
        versions(&[0x7a7a, 0x0304, 0x0303]),
        (0xff01, vec![0]),
        (0x000b, vec![1, 0]),
        (0x000a, sized16(&numbers(&[0x1a1a, 0x001d]))),
        (0x0015, vec![0; 100]),
    ]);
    Hello {
        version: 0x0303,
        cookie: None,
        suites: suites.to_vec(),
        extensions: Some(extensions),
    }
}

/// Its fingerprint over TCP, as the specification has it.
pub(super) const EXAMPLE: &str = "t13d1516h2_8daaf6152771_e5627efa2ab1";

pub(super) fn server_name(name: &str) -> (u16, Vec<u8>) {
    let entry = [&[0][..], &sized16(name.as_bytes())].concat();
    (0, sized16(&entry))
}

pub(super) fn protocols(names: &[&[u8]]) -> (u16, Vec<u8>) {
    let list: Vec<u8> = names.iter().flat_map(|name| sized8(name)).collect();
    (16, sized16(&list))
}

pub(super) fn versions(versions: &[u16]) -> (u16, Vec<u8>) {
    (43, sized8(&numbers(versions)))
}

pub(super) fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().copied().flat_map(u16::to_be_bytes).collect()
}

pub(super) fn sized8(content: &[u8]) -> Vec<u8> {
    [&[u8::try_from(content.len()).unwrap()], content].concat()
}

pub(super) fn sized16(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], content].concat()
}

/// A length of three bytes.
pub(super) fn length24(length: usize) -> Vec<u8> {
    u32::try_from(length).unwrap().to_be_bytes()[1..].to_vec()
}

impl Hello {
    /// What follows the header of the message.
    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = self.version.to_be_bytes().to_vec();
        body.extend([7; 32]); // random
        body.extend(sized8(&[9; 32])); // session id
        if let Some(cookie) = &self.cookie {
            body.extend(sized8(cookie));
        }
        body.extend(sized16(&numbers(&self.suites)));
        body.extend(sized8(&[0])); // compression methods
        if let Some(extensions) = &self.extensions {
            let entries = extensions.iter();
            let list: Vec<u8> = entries
                .flat_map(|(number, content)| {
                    [&number.to_be_bytes()[..], &sized16(content)].concat()
                })
                .collect();
            body.extend(sized16(&list));
        }
        body
    }

    /// The message of TLS.
    pub(super) fn message(&self) -> Vec<u8> {
        let body = self.body();
        [&[1][..], &length24(body.len()), &body].concat()
    }

    /// The records of TLS, each with so many bytes of the message.
    pub(super) fn records(&self, size: usize) -> Vec<u8> {
        let message = self.message();
        let records = message.chunks(size);
        records
            .flat_map(|content| [&[22, 3, 1][..], &sized16(content)].concat())
            .collect()
    }

    /// The fingerprint; empty, if the hello cannot be read.
    pub(super) fn fingerprint(&self, carrier: Carrier) -> String {
        match Said::of(carrier, &self.body(), &mut Vec::new()) {
            Said::Decided(Some(ja4)) => ja4.to_string(),
            _ => String::new(),
        }
    }

    /// The fingerprint over TCP when these extensions stand in the place of the hello's.
    pub(super) fn with(&self, extensions: &[(u16, Vec<u8>)]) -> String {
        let hello = Self {
            extensions: Some(extensions.to_vec()),
            ..self.clone()
        };
        hello.fingerprint(Carrier::Tcp)
    }
}

/// The transport header and payload of a segment, which acknowledges what comes before 100.
pub(super) fn segment(sequence_number: u32, payload: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xc0, 0x00, 0x01, 0xbb];
    segment.extend(sequence_number.to_be_bytes());
    segment.extend([0, 0, 0, 100, 0x50, 0, 0x20, 0, 0, 0, 0, 0]);
    segment.extend(payload);
    segment
}

/// The packet of such a segment.
pub(super) fn packet(direction: Direction, flags: TcpFlags, transport: &[u8]) -> PacketFields<'_> {
    fields(direction, protocol::TCP, 20, flags, transport)
}

/// The packet of a datagram, its header in front.
pub(super) fn datagram(direction: Direction, transport: &[u8]) -> PacketFields<'_> {
    fields(direction, protocol::UDP, 8, TcpFlags::default(), transport)
}

fn fields(
    direction: Direction,
    protocol: u8,
    header_len: u32,
    tcp_flags: TcpFlags,
    transport: &[u8],
) -> PacketFields<'_> {
    let [client, server] = [1, 2].map(|host| (IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)), host));
    let (src, dst) = match direction {
        Direction::Src2Dst => (client, server),
        Direction::Dst2Src => (server, client),
    };
    let transport_size = u32::try_from(transport.len()).unwrap();
    PacketFields {
        src_ip: src.0,
        dst_ip: dst.0,
        src_port: src.1.into(),
        dst_port: dst.1.into(),
        protocol,
        tcp_flags,
        raw_size: transport_size + 34,
        ip_size: transport_size + 20,
        transport_size,
        payload_size: transport_size - header_len,
        transport,
        ..PacketFields::default()
    }
}

/// What the datagrams of a flow say in the end; empty: no fingerprint. `None`: nothing is decided.
pub(super) fn fingerprint(datagrams: &[(Direction, Vec<u8>)]) -> Option<String> {
    let (mut udp, mut room) = (Udp::default(), Room::default());
    datagrams.iter().find_map(|(direction, payload)| {
        match udp.datagram(*direction, payload, &mut room) {
            Said::Nothing => None,
            Said::Decided(ja4) => Some(ja4.map_or(String::new(), |ja4| ja4.to_string())),
        }
    })
}

/// The same, all from the client.
pub(super) fn of_client(datagrams: &[Vec<u8>]) -> Option<String> {
    let datagrams: Vec<_> = datagrams
        .iter()
        .map(|payload| (Direction::Src2Dst, payload.clone()))
        .collect();
    fingerprint(&datagrams)
}
