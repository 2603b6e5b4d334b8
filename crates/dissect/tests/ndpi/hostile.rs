//! Packets that lie: nDPI 4.2 crashes where it is shown one whose TCP header is longer than the packet. That these tests
//! end at all is what they are about; the labels of the rest show that nDPI was really there.

use nfstream_decode::{Packet, PacketFields};
use nfstream_dissect::Ndpi;
use nfstream_flow::{Application, Dissection, Dissector, FlowKey};

use crate::conversation::Conversation;
use crate::messages::{bittorrent_handshake, client_hello, http_request};
use crate::world::{is_4_2, ndpi};

/// Shows nDPI the packets of one flow, as they are: no decoder has looked at them.
fn show<'a>(
    ndpi: &'a mut Ndpi,
    packets: &[Vec<u8>],
    flow: &'a mut <Ndpi as Dissector>::State,
) -> Application<'a> {
    for ip_packet in packets {
        let packet = Packet::from(PacketFields {
            ip_packet,
            ..PacketFields::default()
        });
        let _: Dissection<'_> = ndpi.dissect(&packet, flow);
    }
    ndpi.finish(flow)
}

/// The name that a flow gets.
fn name(packets: &[Vec<u8>]) -> String {
    name_from(&mut ndpi(), packets)
}

fn name_from(ndpi: &mut Ndpi, packets: &[Vec<u8>]) -> String {
    let (key, _) = FlowKey::of(&Packet::from(PacketFields::default()));
    let mut flow = ndpi.start(&key).unwrap();
    let name = show(ndpi, packets, &mut flow).name.to_owned();
    ndpi.release(flow);
    name
}

/// Lengths of segments, and data offsets that do not fit: 13 bytes are the fewest that have one.
const BENT: [(usize, u8); 8] = [
    (20, 6),
    (20, 15),
    (24, 15),
    (32, 9),
    (40, 4),
    (40, 0),
    (13, 5),
    (19, 5),
];

/// The conversation with each of these segments behind it.
fn bent(conversation: &Conversation) -> Vec<Conversation> {
    BENT.into_iter()
        .map(|(length, data_offset)| conversation.clone().bent(length, data_offset))
        .collect()
}

const HASH: [u8; 20] = [0xab; 20];

/// The crash of nDPI 4.2: it knows a flow for BitTorrent by its server, as a flow before it greeted that as a peer, asks it
/// for more packets, and follows a null pointer at the next one.
#[test]
fn a_tcp_header_longer_than_the_packet_in_a_bittorrent_flow() {
    let mut ndpi = ndpi();
    let first = Conversation::tcp(40_000, 6_899).client(&bittorrent_handshake(HASH));
    assert_eq!(name_from(&mut ndpi, first.packets()), "BitTorrent");
    // It looks there after eight packets with payload.
    let encrypted = |port| {
        (0..9).fold(Conversation::tcp(port, 6_899), |conversation, _| {
            conversation.client(b"\x01\x82\x03\x84zzzz")
        })
    };
    for (port, place) in (40_100..).zip(0..BENT.len()) {
        let conversation = bent(&encrypted(port)).remove(place);
        let name = name_from(&mut ndpi, conversation.packets());
        if is_4_2() {
            assert_eq!(name, "BitTorrent");
        }
    }
}

#[test]
fn a_tcp_header_longer_than_the_packet_behind_a_greeting_of_peers() {
    let known = Conversation::tcp(40_000, 51_413).client(&bittorrent_handshake(HASH));
    for conversation in bent(&known) {
        assert_eq!(name(conversation.packets()), "BitTorrent");
        let more = conversation.server(&bittorrent_handshake(HASH));
        assert_eq!(name(more.packets()), "BitTorrent");
    }
}

#[test]
fn a_tcp_header_longer_than_the_packet_in_other_flows() {
    let tls = Conversation::tcp(40_000, 443).client(&client_hello("www.example.test"));
    for conversation in bent(&tls) {
        assert_eq!(name(conversation.packets()), "TLS");
    }
    // Before the first packet that tells anything, and as the very first one.
    for opened in [
        Conversation::tcp(40_000, 80),
        Conversation::unopened(40_000, 80),
    ] {
        for conversation in bent(&opened) {
            let http = conversation.client(&http_request("www.example.test", b"agent"));
            assert_eq!(name(http.packets()), "HTTP");
        }
    }
}

/// Every packet cut at every place, each cut behind the whole flow.
#[test]
fn packets_that_are_cut_anywhere() {
    let known = Conversation::tcp(40_000, 51_413)
        .client(&bittorrent_handshake(HASH))
        .server(&bittorrent_handshake(HASH));
    let last = known.packets().last().unwrap();
    let mut packets = known.packets()[..4].to_vec();
    let mut ndpi = ndpi();
    for length in 0..last.len() {
        packets.truncate(4);
        packets.push(last[..length].to_vec());
        let name = name_from(&mut ndpi, &packets);
        assert_eq!(name, "BitTorrent", "{length} bytes");
    }
}

/// A flow of TCP that goes on with UDP, and with a protocol that nobody knows.
#[test]
fn packets_of_another_protocol_in_the_middle_of_a_flow() {
    let known = Conversation::tcp(40_000, 51_413).client(&bittorrent_handshake(HASH));
    let mut packets = known.packets().to_vec();
    packets.extend_from_slice(Conversation::udp(40_000, 51_413).client(&[0; 64]).packets());
    let mut strange = packets[0].clone();
    strange[9] = 0xfd;
    packets.push(strange);
    packets.push(known.packets()[3].clone());
    assert_eq!(name(&packets), "BitTorrent");
}

#[test]
fn nothing_but_lies_is_unknown() {
    assert_eq!(name(&[]), "Unknown");
    assert_eq!(
        name(&[vec![], vec![0x45], vec![0xff; 100], vec![0; 70_000]]),
        "Unknown"
    );
}

/// More than an IP packet can hold: a capture may say so of itself.
#[test]
fn a_packet_longer_than_ip_allows() {
    let mut packets = Conversation::tcp(40_000, 443)
        .client(&client_hello("www.example.test"))
        .packets()
        .to_vec();
    packets[3].resize(100_000, 0);
    assert_eq!(name(&packets), "TLS");
}
