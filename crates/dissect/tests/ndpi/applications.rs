//! What nDPI finds in the packets of each application: names, categories, server names, fingerprints.

use nfstream_decode::Packet;
use nfstream_flow::{Application, Confidence, Flow, NFPlugin};

use crate::conversation::Conversation;
use crate::messages::{
    HASSH_CLIENT, HASSH_SERVER, JA3_CLIENT, JA3_SERVER, application_data, bittorrent_handshake,
    client_hello, dhcp_discover, dns_query, dns_response, http_request, http_response,
    server_hello, ssh_client_algorithms, ssh_server_algorithms,
};
use crate::world::{DEFAULT, World, check, is_4_2, ndpi, version};

/// A handshake, and some data.
fn tls(server_name: &str) -> Conversation {
    Conversation::tcp(40_000, 443)
        .client(&client_hello(server_name))
        .server(&server_hello())
        .client(&application_data(100))
        .server(&application_data(1_000))
}

fn http(host: &str, user_agent: &[u8], content_type: &str) -> Conversation {
    Conversation::tcp(40_000, 80)
        .client(&http_request(host, user_agent))
        .acknowledged()
        .server(&http_response(content_type))
}

/// What the packets themselves told.
fn check_certain(application: &Application<'_>, name: &str, category: &str) {
    assert_eq!((application.name, application.category), (name, category));
    assert_eq!(application.confidence, Confidence::Packets);
    assert!(!application.is_guessed);
}

/// The texts of HTTP and those of encrypted protocols exclude each other.
fn check_no_http(application: &Application<'_>) {
    assert_eq!((application.user_agent, application.content_type), ("", ""));
}

fn check_no_fingerprints(application: &Application<'_>) {
    assert_eq!(
        (
            application.client_fingerprint,
            application.server_fingerprint
        ),
        ("", "")
    );
    assert_eq!(application.ja3.unwrap_or_default(), "");
    assert_eq!(application.ja4.unwrap_or_default(), "");
}

#[test]
fn tls_with_server_name_and_fingerprints() {
    check(&tls("www.example.test"), |found| {
        check_certain(&found, "TLS", "Web");
        assert_eq!(found.server_name, "www.example.test");
        assert_eq!(found.server_fingerprint, JA3_SERVER);
        check_no_http(&found);
        // What this nDPI computes, it tells; what it does not, is not there at all.
        assert_eq!(
            found.ja3,
            (version() < (4, 14)).then_some(JA3_CLIENT),
            "JA3 up to 4.12"
        );
        assert_eq!(
            found.ja4.is_some(),
            version() >= (4, 10),
            "JA4 from 4.10 on"
        );
        assert!(found.ja4.is_none_or(|ja4| ja4.len() == 36), "{found:?}");
        assert_eq!(
            Some(found.client_fingerprint),
            found.ja4.or(found.ja3),
            "the newest"
        );
    });
}

#[test]
fn tls_of_a_known_name_has_the_name_of_the_application() {
    check(&tls("www.wikipedia.org"), |found| {
        assert_eq!(found.name, "TLS.Wikipedia");
        assert_eq!(found.server_name, "www.wikipedia.org");
        assert_eq!(found.confidence, Confidence::Packets);
    });
}

/// nDPI keeps 79 bytes.
#[test]
fn of_a_long_server_name_the_end_stays() {
    let long = format!("{}.{}.example.test", "a".repeat(60), "b".repeat(40));
    check(&tls(&long), |found| {
        assert_eq!(Some(found.server_name), long.get(long.len() - 79..));
    });
}

#[test]
fn dns_question_and_answer() {
    let name = "www.example.test";
    let conversation = Conversation::udp(40_000, 53)
        .client(&dns_query(name))
        .server(&dns_response(name));
    check(&conversation, |found| {
        check_certain(&found, "DNS", "Network");
        assert_eq!(found.server_name, name);
        check_no_http(&found);
        check_no_fingerprints(&found);
    });
}

#[test]
fn http_with_user_agent_and_content_type() {
    let conversation = http(
        "www.example.test",
        b"Mozilla/5.0 (X11; Linux x86_64)",
        "text/html; charset=utf-8",
    );
    check(&conversation, |found| {
        check_certain(&found, "HTTP", "Web");
        assert_eq!(found.server_name, "www.example.test");
        assert_eq!(found.user_agent, "Mozilla/5.0 (X11; Linux x86_64)");
        assert_eq!(found.content_type, "text/html");
        check_no_fingerprints(&found);
    });
}

/// NFStream's limits: 255 bytes of a user agent, 63 of a content type.
#[test]
fn long_texts_of_http_are_cut() {
    let user_agent: String = (0..300_u32)
        .map(|at| char::from_digit(at % 36, 36).unwrap())
        .collect();
    let content_type = format!("application/{}", "x".repeat(80));
    let conversation = http("www.example.test", user_agent.as_bytes(), &content_type);
    check(&conversation, |found| {
        assert_eq!(Some(found.user_agent), user_agent.get(..255));
        assert_eq!(Some(found.content_type), content_type.get(..63));
    });
}

#[test]
fn what_is_not_utf_8_is_left_out() {
    // A lone byte, an `ä`, a byte that begins a character which does not go on.
    let mut user_agent = b"a\xffb\xc3\xa4c\xe2\x82d".to_vec();
    check(
        &http("www.example.test", &user_agent, "text/html"),
        |found| {
            assert_eq!(found.user_agent, "abäcd");
        },
    );
    // The limit counts bytes of the packet, and may cut through a character.
    user_agent.truncate(2);
    user_agent.extend([b'x'; 252]);
    user_agent.extend("ä".as_bytes());
    check(
        &http("www.example.test", &user_agent, "text/html"),
        |found| {
            assert_eq!(found.user_agent, format!("a{}", "x".repeat(252)));
        },
    );
}

#[test]
fn ssh_with_fingerprints_of_both_ends() {
    let conversation = Conversation::tcp(40_000, 22)
        .server(b"SSH-2.0-OpenSSH_9.2\r\n")
        .client(b"SSH-2.0-test_1.0\r\n")
        .client(&ssh_client_algorithms())
        .server(&ssh_server_algorithms());
    check(&conversation, |found| {
        check_certain(&found, "SSH", "RemoteAccess");
        // nDPI 4.2 writes hexadecimal digits of SSH large, those of TLS small.
        assert_eq!(found.client_fingerprint.to_lowercase(), HASSH_CLIENT);
        assert_eq!(found.server_fingerprint.to_lowercase(), HASSH_SERVER);
        assert_eq!(found.ja3.unwrap_or_default(), "", "none of TLS");
        check_no_http(&found);
    });
}

#[test]
fn dhcp_with_the_list_of_options() {
    let options = [1, 3, 6, 15, 119, 252];
    let conversation = Conversation::udp(68, 67).client(&dhcp_discover(&options));
    check(&conversation, |found| {
        check_certain(&found, "DHCP", "Network");
        assert_eq!(found.client_fingerprint, "1,3,6,15,119,252");
        assert_eq!(found.server_fingerprint, "");
        check_no_http(&found);
    });
}

#[test]
fn bittorrent() {
    let conversation = Conversation::tcp(40_000, 51_413)
        .client(&bittorrent_handshake([0xab; 20]))
        .server(&bittorrent_handshake([0xab; 20]));
    check(&conversation, |found| {
        assert_eq!((found.name, found.category), ("BitTorrent", "Download"));
        assert!(!found.is_guessed);
        check_no_fingerprints(&found);
    });
}

#[test]
fn risks_have_names() {
    let conversation = Conversation::tcp(40_000, 4_433)
        .client(&client_hello("www.example.test"))
        .server(&server_hello());
    check(&conversation, |found| {
        assert_eq!(found.name, "TLS");
        let names: Vec<_> = found.risks.names().collect();
        assert!(!names.contains(&"unknown"), "{names:?}");
        if is_4_2() {
            assert!(
                names.contains(&"Known Protocol on Non Standard Port"),
                "{names:?}"
            );
        }
    });
    let name = "www.example.test";
    let harmless = Conversation::udp(40_000, 53)
        .client(&dns_query(name))
        .server(&dns_response(name));
    check(&harmless, |found| {
        assert!(found.risks.is_empty(), "{:?}", found.risks);
    });
}

/// The name with each packet of a flow.
#[derive(Clone)]
struct Names(Vec<String>);

impl NFPlugin for Names {
    type State = ();
    type Output = ();

    fn on_init(&mut self, packet: &Packet<'_>, flow: &mut Flow<'_>) {
        self.on_update(packet, flow, &mut ());
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, _state: &mut ()) {
        self.0.push(flow.application().unwrap().name.to_owned());
    }

    fn on_expire(&mut self, _flow: &Flow<'_>, _state: ()) {}
}

#[test]
fn plugins_see_the_name_from_the_packet_on_that_tells_it() {
    let mut world = World::with_plugin(ndpi(), DEFAULT, Names(Vec::new()));
    world.meter(tls("www.example.test").packets());
    assert_eq!(
        world.table.plugin().0,
        ["Unknown", "Unknown", "Unknown", "TLS", "TLS", "TLS", "TLS"]
    );
}

/// The first packet with a name does not end it: the server's fingerprint comes later.
#[test]
fn what_comes_after_the_name_is_still_looked_into() {
    let hello = Conversation::tcp(40_000, 443).client(&client_hello("www.example.test"));
    check(&hello, |found| {
        assert_eq!((found.name, found.server_fingerprint), ("TLS", ""));
    });
    check(&hello.server(&server_hello()), |found| {
        assert_eq!(found.server_fingerprint, JA3_SERVER);
    });
}

#[test]
fn protocols_have_names_and_categories() {
    let protocols: Vec<_> = ndpi().protocols().collect();
    let category = |name: &str| {
        let mut named = protocols.iter().filter(|protocol| protocol.name == name);
        (
            named.next().map(|protocol| &*protocol.category),
            named.count(),
        )
    };
    assert_eq!(protocols[0].name, "Unknown");
    assert_eq!(category("DNS"), (Some("Network"), 0));
    assert_eq!(category("SSH"), (Some("RemoteAccess"), 0));
    assert!(protocols.len() > 200);
}
