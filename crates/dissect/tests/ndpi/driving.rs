//! How many packets nDPI gets, when it is asked to guess, and for how many flows there is room.

use nfstream_decode::{Packet, PacketFields};
use nfstream_flow::{Application, Confidence, Dissection, Dissector, FlowKey};

use crate::conversation::{Conversation, Sender, flags};
use crate::messages::{client_hello, dns_query, http_request, http_response, server_hello};
use crate::world::{DEFAULT, World, builder, check, ndpi, record_of};

fn tls() -> Conversation {
    Conversation::tcp(40_000, 443)
        .client(&client_hello("www.example.test"))
        .server(&server_hello())
}

/// A flow that began and told nothing, on these ports.
pub(crate) fn silent(client_port: u16, server_port: u16) -> Conversation {
    let mut conversation = Conversation::unopened(client_port, server_port);
    conversation.segment(Sender::Client, flags::SYN, &[]);
    conversation
}

fn check_guess(application: &Application<'_>, name: &str) {
    assert_eq!(application.name, name);
    assert!(application.is_guessed);
    assert_eq!(application.confidence, Confidence::Port);
    assert_eq!(application.server_name, "");
}

/// Three packets open the connection, the fourth tells the name, the fifth the server's fingerprint.
#[test]
fn what_is_known_depends_on_the_packets_that_were_looked_into() {
    for n_dissections in [1, 2, 3] {
        let record = record_of(ndpi(), n_dissections, &tls());
        check_guess(&record.flow().application().unwrap(), "TLS");
    }
    for (n_dissections, has_server) in [(4, false), (5, true), (255, true)] {
        let record = record_of(ndpi(), n_dissections, &tls());
        let found = record.flow().application().unwrap();
        assert_eq!((found.name, found.is_guessed), ("TLS", false));
        assert_eq!(found.confidence, Confidence::Packets);
        assert_eq!(found.server_name, "www.example.test");
        assert_eq!(!found.server_fingerprint.is_empty(), has_server);
    }
}

#[test]
fn a_flow_that_ends_early_is_guessed_by_its_port() {
    check(&silent(40_000, 443), |found| check_guess(&found, "TLS"));
    check(&silent(40_000, 22), |found| check_guess(&found, "SSH"));
}

#[test]
fn a_flow_of_no_known_port_stays_unknown() {
    for n_dissections in [1, DEFAULT] {
        let record = record_of(ndpi(), n_dissections, &silent(40_000, 40_001));
        let found = record.flow().application().unwrap();
        assert!(found.is_unknown());
        assert!(!found.is_guessed);
        assert_eq!(found.confidence, Confidence::Unknown);
        assert_eq!(found.category, "Unspecified");
    }
}

/// Passes everything on, and counts packets.
struct Counting<D> {
    dissector: D,
    packets: usize,
    finished: usize,
}

impl<D: Dissector> Dissector for Counting<D> {
    type State = D::State;

    fn start(&mut self, key: &FlowKey) -> Option<D::State> {
        self.dissector.start(key)
    }

    fn dissect<'a>(&'a mut self, packet: &Packet<'_>, state: &'a mut D::State) -> Dissection<'a> {
        self.packets += 1;
        self.dissector.dissect(packet, state)
    }

    fn finish<'a>(&'a mut self, state: &'a mut D::State) -> Application<'a> {
        self.finished += 1;
        self.dissector.finish(state)
    }

    fn release(&mut self, state: D::State) {
        self.dissector.release(state);
    }
}

/// Request and response tell all that there is to know.
#[test]
fn ndpi_says_when_it_has_seen_enough() {
    let mut conversation = Conversation::tcp(40_000, 80)
        .client(&http_request("www.example.test", b"test"))
        .acknowledged()
        .server(&http_response("text/html"));
    for _ in 0..100 {
        conversation = conversation.server(&[b'x'; 500]);
    }
    let mut world = World::new(
        Counting {
            dissector: ndpi(),
            packets: 0,
            finished: 0,
        },
        255,
    );
    world.meter(conversation.packets());
    let counting = world.table.dissector();
    assert_eq!(counting.finished, 1);
    assert!((5..50).contains(&counting.packets), "{}", counting.packets);
    let application = world.finish().remove(0);
    let application = application.flow().application().unwrap();
    assert_eq!(
        (application.name, application.content_type),
        ("HTTP", "text/html")
    );
}

#[test]
fn a_flow_without_room_has_no_application_and_is_counted() {
    let mut world = World::new(builder().max_flows(1).build().unwrap(), DEFAULT);
    let mut packets = silent(40_000, 443).packets().to_vec();
    packets.extend_from_slice(silent(40_001, 443).packets());
    packets.extend_from_slice(silent(40_002, 443).packets());
    world.meter(&packets);
    assert_eq!(world.table.undissected_flows(), 2);
    // All of them end; there is room again.
    world.pause();
    world.meter(silent(40_003, 443).packets());
    assert_eq!(world.table.undissected_flows(), 2);
    let found: Vec<_> = world
        .finish()
        .iter()
        .map(|record| {
            let flow = record.flow();
            let name = flow.application().map(|found| found.name.to_owned());
            (flow.src_port(), name)
        })
        .collect();
    let tls = || Some("TLS".to_owned());
    assert_eq!(
        found,
        [
            (40_000, tls()),
            (40_001, None),
            (40_002, None),
            (40_003, tls())
        ]
    );
}

#[test]
fn there_is_room_again_once_a_flow_was_looked_into() {
    let mut world = World::new(builder().max_flows(1).build().unwrap(), 1);
    for port in 40_000..40_010 {
        world.meter(silent(port, 443).packets());
    }
    assert_eq!(world.table.undissected_flows(), 0);
    assert_eq!(world.table.active_flows(), 10);
}

/// What one nDPI knows of a flow is nothing to another.
#[test]
fn a_flow_of_another_ndpi_is_unknown() {
    let (mut first, mut second) = (ndpi(), ndpi());
    let query = Conversation::udp(40_000, 53).client(&dns_query("www.example.test"));
    let [ip_packet, ..] = query.packets() else {
        panic!("no packet")
    };
    let packet = Packet::from(PacketFields {
        ip_packet,
        ..PacketFields::default()
    });
    let (key, _) = FlowKey::of(&packet);
    let mut flow = first.start(&key).unwrap();
    assert_eq!(second.dissect(&packet, &mut flow), Dissection::Nothing);
    assert_eq!(second.finish(&mut flow), Application::UNKNOWN);
    assert_ne!(first.dissect(&packet, &mut flow), Dissection::Nothing);
    assert_eq!(first.finish(&mut flow).name, "DNS");
    // It takes no room there, and gives none.
    second.release(flow);
}

#[test]
fn there_may_be_room_for_none() {
    let mut world = World::new(builder().max_flows(0).build().unwrap(), DEFAULT);
    world.meter(tls().packets());
    assert_eq!(world.table.undissected_flows(), 1);
    assert_eq!(world.finish()[0].flow().application(), None);
}

/// One flow after another in the memory of the first: what nDPI knew of that is gone.
#[test]
fn memory_that_is_used_again_is_as_good_as_new() {
    let conversations = [
        tls(),
        silent(40_001, 40_002),
        Conversation::tcp(40_002, 80)
            .client(&http_request("www.example.test", b"agent"))
            .acknowledged()
            .server(&http_response("text/html")),
        Conversation::udp(40_003, 53).client(&dns_query("www.example.test")),
        silent(40_004, 40_002),
    ];
    let mut world = World::new(builder().max_flows(1).build().unwrap(), DEFAULT);
    for _ in 0..3 {
        for conversation in &conversations {
            world.meter(conversation.packets());
            world.pause();
        }
    }
    assert_eq!(world.table.undissected_flows(), 0);
    let again = world.finish();
    assert_eq!(again.len(), 3 * conversations.len());
    for (record, conversation) in again.iter().zip(conversations.iter().cycle()) {
        let fresh = record_of(ndpi(), DEFAULT, conversation);
        assert_eq!(record.flow().application(), fresh.flow().application());
    }
}

/// A table that is dropped takes what nDPI has allocated for its flows with it; a leak checker sees if it does not.
#[test]
fn a_table_can_be_dropped_with_flows_in_it() {
    let mut world = World::new(ndpi(), 255);
    for number in 0..10 {
        let port = 41_000 + number;
        world.meter(
            Conversation::tcp(port, 443)
                .client(&client_hello("www.example.test"))
                .packets(),
        );
        world.meter(
            Conversation::tcp(port, 80)
                .client(&http_request("www.example.test", b"agent"))
                .packets(),
        );
    }
    assert_eq!(world.table.active_flows(), 20);
}
