//! What two hosts send each other, as IPv4 packets. Checksums stay 0: nobody looks.

use std::net::SocketAddrV4;

/// TCP flags (RFC 9293 §3.1).
pub(crate) mod flags {
    pub(crate) const SYN: u8 = 0x02;
    pub(crate) const PSH: u8 = 0x08;
    pub(crate) const ACK: u8 = 0x10;
}

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Bytes of a TCP header without options.
const TCP_HEADER: usize = 20;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Client,
    Server,
}

/// The packets of a flow so far.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    client: SocketAddrV4,
    server: SocketAddrV4,
    protocol: u8,
    /// The next sequence numbers of client and server.
    next: [u32; 2],
    packets: Vec<Vec<u8>>,
}

impl Conversation {
    /// UDP from a port of 192.0.2.10 to a port of 192.0.2.1.
    pub(crate) fn udp(client_port: u16, server_port: u16) -> Self {
        Self {
            client: SocketAddrV4::new([192, 0, 2, 10].into(), client_port),
            server: SocketAddrV4::new([192, 0, 2, 1].into(), server_port),
            protocol: UDP,
            next: [1, 1],
            packets: Vec::new(),
        }
    }

    /// A TCP connection between the same hosts, of which nothing was sent yet.
    pub(crate) fn unopened(client_port: u16, server_port: u16) -> Self {
        Self {
            protocol: TCP,
            ..Self::udp(client_port, server_port)
        }
    }

    /// A TCP connection that is open: three packets.
    pub(crate) fn tcp(client_port: u16, server_port: u16) -> Self {
        let mut opened = Self::unopened(client_port, server_port);
        opened.segment(Sender::Client, flags::SYN, &[]);
        opened.next[0] += 1;
        opened.segment(Sender::Server, flags::SYN | flags::ACK, &[]);
        opened.next[1] += 1;
        opened.segment(Sender::Client, flags::ACK, &[]);
        opened
    }

    /// The client sends.
    pub(crate) fn client(self, payload: &[u8]) -> Self {
        self.send(Sender::Client, payload)
    }

    /// The server sends.
    pub(crate) fn server(self, payload: &[u8]) -> Self {
        self.send(Sender::Server, payload)
    }

    /// The server says that it has what the client sent. (Without that nDPI 4.2 does not see the type of a response.)
    pub(crate) fn acknowledged(mut self) -> Self {
        self.segment(Sender::Server, flags::ACK, &[]);
        self
    }

    fn send(mut self, sender: Sender, payload: &[u8]) -> Self {
        match self.protocol {
            TCP => self.segment(sender, flags::PSH | flags::ACK, payload),
            _ => self.datagram(sender, payload),
        }
        self
    }

    /// A TCP segment (RFC 9293 §3.1).
    pub(crate) fn segment(&mut self, sender: Sender, flags: u8, payload: &[u8]) {
        let [own, other] = match sender {
            Sender::Client => [0, 1],
            Sender::Server => [1, 0],
        };
        let mut segment = self.ports(sender);
        segment.extend(self.next[own].to_be_bytes());
        segment.extend(self.next[other].to_be_bytes());
        segment.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        segment.extend(payload);
        self.next[own] += u32::try_from(payload.len()).unwrap();
        self.packet(sender, &segment);
    }

    /// A UDP datagram (RFC 768).
    fn datagram(&mut self, sender: Sender, payload: &[u8]) {
        let mut datagram = self.ports(sender);
        datagram.extend(u16::try_from(8 + payload.len()).unwrap().to_be_bytes());
        datagram.extend([0, 0]);
        datagram.extend(payload);
        self.packet(sender, &datagram);
    }

    fn ports(&self, sender: Sender) -> Vec<u8> {
        let [client, server] = [self.client, self.server].map(|end| end.port());
        let ports = match sender {
            Sender::Client => [client, server],
            Sender::Server => [server, client],
        };
        ports.map(u16::to_be_bytes).concat()
    }

    /// An IPv4 packet (RFC 791 §3.1) with this transport header and payload.
    pub(crate) fn packet(&mut self, sender: Sender, transport: &[u8]) {
        let [client, server] = [self.client, self.server].map(|end| end.ip().octets());
        let (src, dst) = match sender {
            Sender::Client => (client, server),
            Sender::Server => (server, client),
        };
        let mut packet = vec![0x45, 0];
        packet.extend(u16::try_from(20 + transport.len()).unwrap().to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, self.protocol, 0, 0]);
        packet.extend(src);
        packet.extend(dst);
        packet.extend(transport);
        self.packets.push(packet);
    }

    /// The client sends a TCP segment of which only so many bytes are there, and whose header says that it is so long, in
    /// units of four bytes.
    pub(crate) fn bent(mut self, length: usize, data_offset: u8) -> Self {
        self.segment(Sender::Client, flags::PSH | flags::ACK, &[0; 40]);
        let whole = self.packets.pop().unwrap();
        let mut transport = whole[20..].to_vec();
        transport[12] = data_offset << 4;
        assert!(length <= TCP_HEADER + 40);
        transport.truncate(length);
        self.packet(Sender::Client, &transport);
        self
    }

    pub(crate) fn packets(&self) -> &[Vec<u8>] {
        &self.packets
    }
}
