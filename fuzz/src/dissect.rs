//! The dissector of nDPI, over any packets of a few flows.
//!
//! nDPI is C and remembers packets of earlier flows, as the one module here remembers those of earlier inputs. What is
//! looked for is broken memory, so packets are fed as no flow table would feed them, too: an IPv6 packet in an IPv4 flow,
//! a flow that goes on after its end.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, OnceLock, PoisonError};

use nfstream_decode::{Packet, PacketFields, Timestamp};
use nfstream_dissect::{FlowBlock, Ndpi};
use nfstream_flow::{Application, Dissection, Dissector, FlowKey};

/// Control byte, TCP flags, port of the server, length.
const HEADER: usize = 6;
const FLOWS: usize = 4;
/// What keeps an input fast.
const MOST_PACKETS: usize = 256;
/// As much as a template can carry behind its headers.
const MOST: usize = 65_535 - 60;

/// First byte: how many packets of a flow are looked into, and in its highest bit, whether flows go on after that. Then
/// packets, each with six bytes in front:
///
/// | bytes | what |
/// |---|---|
/// | 0 | control: bits 0 and 1 the flow, bit 2 from the server, bits 3 to 5 the form, bits 6 and 7 what happens before |
/// | 1 | TCP flags |
/// | 2, 3 | port of the server |
/// | 4, 5 | length of what follows |
///
/// Forms: 0 an IP packet as it is, 1 what TCP carries over IPv4, 2 UDP over IPv4, 3 TCP over IPv6, 4 UDP over IPv6, others
/// like 0. Before the packet: 0 nothing, 1 a millisecond passes, 2 a minute, 3 the flow is finished.
pub fn run(input: &[u8]) {
    static NDPI: OnceLock<Mutex<Ndpi>> = OnceLock::new();
    let Some((&settings, mut rest)) = input.split_first() else {
        return;
    };
    let ndpi = NDPI.get_or_init(|| {
        // One module, so that all flows share its caches.
        let ndpi = Ndpi::builder().modules(NonZeroU32::MIN).build();
        Mutex::new(ndpi.expect("nDPI is installed"))
    });
    let mut ndpi = ndpi.lock().unwrap_or_else(PoisonError::into_inner);
    let mut flows: [Flow; FLOWS] = Default::default();
    let mut clock = 1_700_000_000_000;
    for _ in 0..MOST_PACKETS {
        let Some((&[control, flags, port @ .., high, low], behind)) =
            rest.split_first_chunk::<HEADER>()
        else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([high, low])).min(behind.len());
        let (content, behind) = behind.split_at(length);
        rest = behind;

        let number = control & 0x03;
        let flow = &mut flows[usize::from(number)];
        match control >> 6 {
            1 => clock += 1,
            2 => clock += 60_000,
            3 => flow.finish(&mut ndpi),
            _ => {}
        }
        let ends = Ends {
            client: number,
            server_port: u16::from_be_bytes(port),
            from_server: control & 0x04 != 0,
        };
        let packet = match control >> 3 & 0x07 {
            1 => ends.ipv4(6, &flow.tcp(&ends, flags, content)),
            2 => ends.ipv4(17, &ends.udp(content)),
            3 => ends.ipv6(6, &flow.tcp(&ends, flags, content)),
            4 => ends.ipv6(17, &ends.udp(content)),
            _ => content.to_vec(),
        };
        flow.look_into(&mut ndpi, &packet, clock, settings);
    }
    for flow in &mut flows {
        flow.finish(&mut ndpi);
    }
}

/// A flow, as the flow table has it.
#[derive(Default)]
struct Flow {
    state: Option<FlowBlock>,
    packets: u8,
    is_done: bool,
    /// The next sequence numbers of client and server: nDPI passes over retransmissions.
    sent: [u32; 2],
}

impl Flow {
    fn look_into(&mut self, ndpi: &mut Ndpi, ip_packet: &[u8], millis: u64, settings: u8) {
        let goes_on = settings & 0x80 != 0;
        let most = (settings & 0x7f).max(1);
        if self.is_done && !goes_on {
            return;
        }
        let packet = Packet::from(PacketFields {
            timestamp: Timestamp::from_millis(millis),
            ip_packet,
            ..PacketFields::default()
        });
        let state = self.state.get_or_insert_with(|| {
            ndpi.start(&FlowKey::of(&packet).0)
                .expect("there is room for the flows")
        });
        self.packets = self.packets.saturating_add(1);
        match ndpi.dissect(&packet, state) {
            Dissection::Nothing => {}
            Dissection::Found(application) => {
                assert!(!application.is_unknown(), "found, but what?");
                assert!(
                    !application.is_guessed || self.is_done,
                    "a guess before the end"
                );
                check(&application);
            }
            Dissection::Done => self.is_done = true,
        }
        if self.packets == most {
            self.is_done = true;
            check(&ndpi.finish(state));
        }
    }

    fn finish(&mut self, ndpi: &mut Ndpi) {
        if let Some(mut state) = self.state.take() {
            check(&ndpi.finish(&mut state));
            ndpi.release(state);
        }
        *self = Self::default();
    }

    fn tcp(&mut self, ends: &Ends, flags: u8, content: &[u8]) -> Vec<u8> {
        let content = &content[..content.len().min(MOST)];
        let from_server = usize::from(ends.from_server);
        let mut segment = ends.ports();
        segment.extend(self.sent[from_server].to_be_bytes());
        segment.extend(self.sent[1 - from_server].to_be_bytes());
        segment.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
        segment.extend(content);
        // SYN and FIN count like a byte (RFC 9293 §3.4).
        let counted = u32::from(length(content)) + u32::from(flags & 0x03 != 0);
        self.sent[from_server] = self.sent[from_server].wrapping_add(counted);
        segment
    }
}

/// Between whom a packet goes.
struct Ends {
    client: u8,
    server_port: u16,
    from_server: bool,
}

impl Ends {
    fn order<T>(&self, client: T, server: T) -> [T; 2] {
        if self.from_server {
            [server, client]
        } else {
            [client, server]
        }
    }

    fn ports(&self) -> Vec<u8> {
        self.order(40_000 + u16::from(self.client), self.server_port)
            .map(u16::to_be_bytes)
            .concat()
    }

    fn udp(&self, content: &[u8]) -> Vec<u8> {
        let content = &content[..content.len().min(MOST)];
        let mut datagram = self.ports();
        datagram.extend((8 + length(content)).to_be_bytes());
        datagram.extend([0, 0]);
        datagram.extend(content);
        datagram
    }

    fn ipv4(&self, protocol: u8, transport: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45, 0];
        packet.extend((20 + length(transport)).to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, protocol, 0, 0]);
        let client = Ipv4Addr::new(10, 0, 0, self.client);
        let server = Ipv4Addr::new(192, 0, 2, 1);
        packet.extend(
            self.order(client, server)
                .map(|host| host.octets())
                .concat(),
        );
        packet.extend(transport);
        packet
    }

    fn ipv6(&self, protocol: u8, transport: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x60, 0, 0, 0];
        packet.extend(length(transport).to_be_bytes());
        packet.extend([protocol, 64]);
        let host = |number| Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number);
        let (client, server) = (host(0x10 + u16::from(self.client)), host(1));
        packet.extend(
            self.order(client, server)
                .map(|host| host.octets())
                .concat(),
        );
        packet.extend(transport);
        packet
    }
}

/// The length of what was cut to fit into a packet.
fn length(content: &[u8]) -> u16 {
    u16::try_from(content.len()).expect("templates have room")
}

/// What holds for everything that is said of a flow.
fn check(application: &Application<'_>) {
    assert!(!application.name.is_empty());
    assert!(!application.category.is_empty());
    assert!(application.server_name.len() <= 79);
    assert!(application.user_agent.len() <= 255);
    assert!(application.content_type.len() <= 63);
    assert!(application.client_fingerprint.len() < 48);
    assert!(application.server_fingerprint.len() <= 32);
}
