//! The bundled capture, to be replicated with other clients.

use std::io;

use super::frame::set_ipv4_checksum;

/// Length of the header of a pcap file (draft-ietf-opsawg-pcap §4).
const FILE_HEADER_LEN: usize = 24;
/// Length of the header of a packet (draft-ietf-opsawg-pcap §5).
const RECORD_HEADER_LEN: usize = 16;

/// The client's addresses in the recording: `tests/data/README.md`.
const CLIENTS_IPV4: [[u8; 4]; 2] = [[192, 0, 2, 10], [198, 51, 100, 10]];
/// See [`CLIENTS_IPV4`]: `2001:db8::10`, `2001:db8:42::10`.
const CLIENTS_IPV6: [[u8; 16]; 2] = [
    [
        0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ],
    [
        0x20, 0x01, 0x0d, 0xb8, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ],
];

/// The packets of a recording that its client sent or got.
#[derive(Debug)]
pub(super) struct Recording(Vec<Recorded>);

/// One of them.
#[derive(Debug)]
pub(super) struct Recorded {
    /// Since the first one, in microseconds.
    pub(super) micros: u64,
    frame: Vec<u8>,
    client: ClientAddress,
}

/// Where in a frame the client's address stands.
#[derive(Clone, Copy, Debug)]
enum ClientAddress {
    Ipv4 { header: usize, at: usize },
    Ipv6 { at: usize },
}

impl Recording {
    /// Takes a pcap file apart: little-endian, microseconds, Ethernet.
    pub(super) fn parse(file: &[u8]) -> io::Result<Self> {
        if !file.starts_with(&0xa1b2_c3d4_u32.to_le_bytes()) || file.len() < FILE_HEADER_LEN {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut packets = Vec::new();
        let mut rest = &file[FILE_HEADER_LEN..];
        let mut start = None;
        while rest.len() >= RECORD_HEADER_LEN {
            let word = |at: usize| -> u32 {
                u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]])
            };
            let time = u64::from(word(0)) * 1_000_000 + u64::from(word(4));
            let end = RECORD_HEADER_LEN + word(8) as usize;
            let frame = rest
                .get(RECORD_HEADER_LEN..end)
                .ok_or(io::ErrorKind::UnexpectedEof)?
                .to_vec();
            rest = &rest[end..];
            if let Some(client) = ClientAddress::find(&frame) {
                let micros = time - *start.get_or_insert(time);
                packets.push(Recorded {
                    micros,
                    frame,
                    client,
                });
            }
        }
        Ok(Self(packets))
    }

    /// Leaves out what is a part of a packet only.
    pub(super) fn without_fragments(mut self) -> Self {
        self.0.retain(|packet| !is_fragment(&packet.frame));
        self
    }

    /// The packet with this number.
    pub(super) fn packet(&self, number: usize) -> Option<&Recorded> {
        self.0.get(number)
    }
}

impl Recorded {
    /// Puts the frame into the buffer, with another client.
    pub(super) fn build(&self, frame: &mut Vec<u8>, client: u32) {
        frame.clear();
        frame.extend_from_slice(&self.frame);
        let number = client.to_be_bytes();
        match self.client {
            ClientAddress::Ipv4 { header, at } => {
                frame[at..at + 4].copy_from_slice(&number);
                frame[at] = 10;
                set_ipv4_checksum(&mut frame[header..]);
            }
            // A prefix of 96 bits stays, but for one that no other host has.
            ClientAddress::Ipv6 { at } => {
                frame[at + 11] = 1;
                frame[at + 12..at + 16].copy_from_slice(&number);
            }
        }
    }
}

/// Whether a frame holds a part of a packet (RFC 791 §3.1, RFC 8200 §4.5).
fn is_fragment(frame: &[u8]) -> bool {
    const FRAGMENT: u8 = 44;
    let vlan = if frame.get(12..14) == Some(&[0x81, 0x00]) {
        4
    } else {
        0
    };
    match frame.get(12 + vlan..14 + vlan) {
        Some([0x08, 0x00]) => frame
            .get(20 + vlan..22 + vlan)
            .is_some_and(|flags| flags[0] & 0x3f != 0 || flags[1] != 0),
        Some([0x86, 0xdd]) => frame.get(20 + vlan) == Some(&FRAGMENT),
        _ => false,
    }
}

impl ClientAddress {
    /// In the IP header behind Ethernet and perhaps a VLAN tag.
    fn find(frame: &[u8]) -> Option<Self> {
        let mut header = 14;
        let mut ethertype = frame.get(12..14)?;
        if ethertype == [0x81, 0x00] {
            ethertype = frame.get(16..18)?;
            header = 18;
        }
        match *ethertype {
            [0x08, 0x00] => [header + 12, header + 16]
                .into_iter()
                .find(|&at| {
                    let address = frame.get(at..at + 4);
                    CLIENTS_IPV4.iter().any(|client| address == Some(client))
                })
                .map(|at| Self::Ipv4 { header, at }),
            [0x86, 0xdd] => [header + 8, header + 24]
                .into_iter()
                .find(|&at| {
                    let address = frame.get(at..at + 16);
                    CLIENTS_IPV6.iter().any(|client| address == Some(client))
                })
                .map(|at| Self::Ipv6 { at }),
            _ => None,
        }
    }
}
