use super::*;

fn end(text: &str) -> Endpoint {
    let address: std::net::SocketAddr = text.parse().unwrap();
    Endpoint {
        ip: address.ip(),
        port: address.port(),
    }
}

fn socket(protocol: Protocol, local: &str, remote: &str) -> Socket {
    let remote = (!remote.is_empty()).then(|| end(remote));
    Socket::new(protocol, end(local), remote)
}

fn process(id: u32) -> Process {
    Process {
        id,
        name: format!("program-{id}").into(),
    }
}

/// Sockets of process 1, 2 and so on, on the machine 192.0.2.1.
fn world(protocol: Protocol, ends: &[(&str, &str)]) -> Sockets {
    let mut sockets = Sockets::new(Duration::from_secs(10), 100);
    let own = ["192.0.2.1", "2001:db8::1", "127.0.0.1", "::1"];
    sockets.set_own_addresses(own.map(|text| text.parse().unwrap()).into());
    let now = crate::clock::now();
    for (id, (local, remote)) in (1..).zip(ends) {
        let sight = Sight::Owned(process(id));
        sockets.see(now, socket(protocol, local, remote), sight);
    }
    sockets
}

/// The process of a flow from one end to another, 0 if there is none.
fn ask(sockets: &Sockets, protocol: Protocol, src: &str, dst: &str) -> u32 {
    let found = sockets.process_of(protocol, end(src), end(dst));
    found.map_or(0, |process| process.id)
}

#[test]
fn both_ends_count_in_full() {
    let sockets = world(
        Protocol::Tcp,
        &[
            ("192.0.2.1:40000", "198.51.100.1:443"),
            ("192.0.2.1:40000", "198.51.100.2:443"),
            ("[2001:db8::1]:40000", "[2001:db8::2]:443"),
        ],
    );
    let tcp = |src, dst| ask(&sockets, Protocol::Tcp, src, dst);
    assert_eq!(tcp("192.0.2.1:40000", "198.51.100.1:443"), 1);
    assert_eq!(tcp("192.0.2.1:40000", "198.51.100.2:443"), 2);
    assert_eq!(tcp("198.51.100.2:443", "192.0.2.1:40000"), 2);
    assert_eq!(tcp("[2001:db8::2]:443", "[2001:db8::1]:40000"), 3);
    assert_eq!(tcp("192.0.2.1:40000", "198.51.100.3:443"), 0);
    assert_eq!(tcp("192.0.2.1:40001", "198.51.100.1:443"), 0);
    assert_eq!(tcp("192.0.2.10:40000", "198.51.100.1:443"), 0);
    let (src, dst) = ("192.0.2.1:40000", "198.51.100.1:443");
    assert_eq!(ask(&sockets, Protocol::Udp, src, dst), 0);
}

#[test]
fn of_two_local_ends_the_source_counts() {
    let (a, b) = ("127.0.0.1:40000", "127.0.0.1:80");
    let sockets = world(Protocol::Tcp, &[(a, b), (b, a)]);
    assert_eq!(ask(&sockets, Protocol::Tcp, a, b), 1);
    assert_eq!(ask(&sockets, Protocol::Tcp, b, a), 2);

    // Even a socket at every address of the source comes before one at that of the destination alone.
    let sockets = world(
        Protocol::Udp,
        &[("0.0.0.0:40000", ""), ("127.0.0.53:53", "")],
    );
    let udp = |src, dst| ask(&sockets, Protocol::Udp, src, dst);
    assert_eq!(udp("127.0.0.1:40000", "127.0.0.53:53"), 1);
    assert_eq!(udp("127.0.0.53:53", "127.0.0.1:40000"), 2);
}

#[test]
fn what_is_closer_comes_first() {
    let everywhere = [
        ("[::]:80", ""),
        ("0.0.0.0:80", ""),
        ("192.0.2.1:80", ""),
        ("192.0.2.1:80", "198.51.100.1:5000"),
    ];
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        for kinds in 0..=everywhere.len() {
            let sockets = world(protocol, everywhere.get(..kinds).unwrap());
            let found = ask(&sockets, protocol, "198.51.100.1:5000", "192.0.2.1:80");
            assert_eq!(found, u32::try_from(kinds).unwrap(), "{protocol:?}");
        }
    }
}

#[test]
fn ipv6_does_not_come_to_ipv4_sockets() {
    let sockets = world(Protocol::Udp, &[("0.0.0.0:80", ""), ("[::]:81", "")]);
    let udp = |dst| ask(&sockets, Protocol::Udp, "[2001:db8::9]:5000", dst);
    assert_eq!(udp("[2001:db8::1]:80"), 0);
    assert_eq!(udp("[2001:db8::1]:81"), 2);
}

#[test]
fn a_port_alone_never_makes_a_foreign_flow_ours() {
    let sockets = world(
        Protocol::Udp,
        &[
            ("0.0.0.0:68", ""),
            ("[::]:53", ""),
            ("224.0.0.251:5353", ""),
        ],
    );
    let udp = |src, dst| ask(&sockets, Protocol::Udp, src, dst);
    assert_eq!(udp("198.51.100.1:68", "198.51.100.2:67"), 0);
    assert_eq!(udp("198.51.100.1:5000", "198.51.100.2:53"), 0);
    assert_eq!(udp("198.51.100.1:5000", "192.0.2.1:53"), 2);
    assert_eq!(udp("198.51.100.1:5000", "127.9.9.9:53"), 2, "all of 127/8");
    // Another host that has no address yet looks as one of ours would.
    assert_eq!(udp("0.0.0.0:68", "255.255.255.255:67"), 0);
    assert_eq!(udp("[::]:53", "[ff02::1]:67"), 0);
    // Whoever is bound to a group gets its packets.
    assert_eq!(udp("198.51.100.1:5353", "224.0.0.251:5353"), 3);
}

#[test]
fn mapped_addresses_are_ipv4_addresses() {
    let sockets = world(
        Protocol::Tcp,
        &[
            ("[::ffff:192.0.2.1]:80", "[::ffff:198.51.100.1]:5000"),
            ("[::ffff:192.0.2.1]:81", ""),
        ],
    );
    let tcp = |src, dst| ask(&sockets, Protocol::Tcp, src, dst);
    assert_eq!(tcp("198.51.100.1:5000", "192.0.2.1:80"), 1);
    assert_eq!(tcp("[::ffff:192.0.2.1]:80", "198.51.100.1:5000"), 1);
    assert_eq!(tcp("198.51.100.1:5000", "192.0.2.1:81"), 2);
}

#[test]
fn a_socket_without_process_keeps_the_one_it_had() {
    let (a, b) = ("192.0.2.1:40000", "198.51.100.1:443");
    let mut sockets = world(Protocol::Tcp, &[(a, b)]);
    let mut later = crate::clock::now();
    for _ in 0..5 {
        later += Duration::from_secs(9);
        sockets.see(later, socket(Protocol::Tcp, a, b), Sight::Orphaned);
        sockets.see(later, socket(Protocol::Tcp, b, a), Sight::Orphaned);
        sockets.forget(later);
        assert_eq!(ask(&sockets, Protocol::Tcp, a, b), 1);
        assert_eq!(sockets.len(), 1, "what was never known is not remembered");
    }
}

#[test]
fn what_takes_the_place_of_a_socket_takes_its_flows() {
    let (a, b) = ("192.0.2.1:40000", "198.51.100.1:443");
    let mut sockets = world(Protocol::Tcp, &[(a, b)]);
    let tcp = socket(Protocol::Tcp, a, b);
    let later = crate::clock::now() + Duration::from_secs(1);
    sockets.see(later, tcp, Sight::Owned(process(7)));
    sockets.see(later, tcp, Sight::Owned(process(8)));
    sockets.see(later, tcp, Sight::Unknown);
    assert_eq!(ask(&sockets, Protocol::Tcp, a, b), 7, "the first of a look");
    let later = later + Duration::from_secs(1);
    sockets.see(later, tcp, Sight::Unknown);
    assert_eq!(ask(&sockets, Protocol::Tcp, a, b), 0);
}

#[test]
fn what_is_not_seen_is_forgotten_in_time() {
    let (a, b) = ("192.0.2.1:40000", "198.51.100.1:443");
    let mut sockets = world(Protocol::Tcp, &[]);
    let start = crate::clock::now();
    sockets.see(start, socket(Protocol::Tcp, a, b), Sight::Owned(process(1)));
    sockets.forget(start + Duration::from_secs(10));
    assert_eq!(ask(&sockets, Protocol::Tcp, a, b), 1);
    sockets.forget(start + Duration::from_millis(10_001));
    assert_eq!(ask(&sockets, Protocol::Tcp, a, b), 0);
}

#[test]
fn the_oldest_of_too_many_are_forgotten() {
    let mut sockets = world(Protocol::Udp, &[]);
    let start = crate::clock::now();
    let local = |port: u16| format!("192.0.2.1:{port}");
    // Ten at a time.
    for port in 0..105 {
        let now = start + Duration::from_millis(u64::from(port) / 10);
        let socket = socket(Protocol::Udp, &local(port), "");
        sockets.see(now, socket, Sight::Owned(process(port.into())));
    }
    sockets.forget(start + Duration::from_secs(1));
    assert_eq!(sockets.len(), 88, "an eighth less than 100");
    let remote = "198.51.100.1:53";
    let is_known = |port| ask(&sockets, Protocol::Udp, &local(port), remote) == u32::from(port);
    assert_eq!((1..10).filter(|&port| is_known(port)).count(), 0);
    assert_eq!((10..20).filter(|&port| is_known(port)).count(), 3);
    assert!((20..105).all(is_known));
}

#[test]
fn a_look_is_worth_while_where_an_end_is_ours_and_not_known() {
    let (a, b) = ("192.0.2.1:40000", "198.51.100.1:443");
    let is_worth = |protocol, known: &[(&str, &str)], [a, b]: [&str; 2]| {
        world(protocol, known).is_worth_a_look(protocol, [end(a), end(b)])
    };
    for protocol in [Protocol::Tcp, Protocol::Udp] {
        assert!(is_worth(protocol, &[], [a, b]));
        assert!(is_worth(protocol, &[], [b, a]));
        assert!(!is_worth(protocol, &[(a, b)], [a, b]));
        assert!(!is_worth(protocol, &[(a, b)], [b, a]));
        assert!(!is_worth(protocol, &[], [b, "203.0.113.1:5000"]));
    }
    // What comes to a listener gets a socket of its own.
    let listening = [("0.0.0.0:40000", "")];
    assert!(is_worth(Protocol::Tcp, &listening, [a, b]));
    assert!(!is_worth(Protocol::Udp, &listening, [a, b]));
}
