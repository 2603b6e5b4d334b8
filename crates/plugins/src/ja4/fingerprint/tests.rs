use core::ops::Range;

use super::*;
use crate::ja4::building::{
    EXAMPLE, Hello, example, numbers, protocols, server_name, sized16, versions,
};

fn bare() -> Hello {
    Hello {
        version: 0x0303,
        cookie: None,
        suites: vec![0x1301],
        extensions: Some(vec![]),
    }
}

/// Some characters of a fingerprint.
fn part(fingerprint: &str, range: Range<usize>) -> String {
    fingerprint.get(range).unwrap().to_owned()
}

#[test]
fn the_example_of_the_specification_is_right() {
    assert_eq!(example().fingerprint(Carrier::Tcp), EXAMPLE);
}

/// Ends in the hash that the specification gives for the example without them.
#[test]
fn without_signature_algorithms_no_underscore_is_hashed() {
    let mut hello = example();
    for (number, content) in hello.extensions.iter_mut().flatten() {
        if *number == extension::SIGNATURE_ALGORITHMS {
            *content = sized16(&numbers(&[0x2a2a]));
        }
    }
    let right = "t13d1516h2_8daaf6152771_6d807ffa2a79";
    assert_eq!(hello.fingerprint(Carrier::Tcp), right);
    for (_, content) in hello.extensions.iter_mut().flatten() {
        if *content == sized16(&numbers(&[0x2a2a])) {
            content.truncate(3);
        }
    }
    assert_eq!(hello.fingerprint(Carrier::Tcp), right, "a malformed list");
}

#[test]
fn order_counts_for_signature_algorithms_alone() {
    let mut hello = example();
    hello.suites.reverse();
    hello.extensions.iter_mut().for_each(|list| list.reverse());
    assert_eq!(hello.fingerprint(Carrier::Tcp), EXAMPLE);
    let algorithms = |list: &[u16]| bare().with(&[(13, sized16(&numbers(list)))]);
    assert_ne!(algorithms(&[0x0403, 0x0804]), algorithms(&[0x0804, 0x0403]));
}

#[test]
fn what_carries_it_is_the_first_character() {
    let mut hello = example();
    let [tcp, quic] = [Carrier::Tcp, Carrier::Quic].map(|carrier| hello.fingerprint(carrier));
    hello.cookie = Some(vec![]);
    let firsts = [tcp, quic, hello.fingerprint(Carrier::Dtls)].map(|text| part(&text, 0..1));
    assert_eq!(firsts, ["t", "q", "d"]);
}

/// The hash of nothing would begin with e3b0c44298fc.
#[test]
fn what_is_empty_has_zeros_in_the_place_of_a_hash() {
    let mut hello = bare();
    hello.suites = vec![0x3a3a];
    assert_eq!(
        hello.fingerprint(Carrier::Tcp),
        "t12i000000_000000000000_000000000000"
    );
    hello.extensions = None;
    assert_eq!(
        hello.fingerprint(Carrier::Tcp),
        "t12i000000_000000000000_000000000000"
    );
    let told = [server_name("example.org"), protocols(&[b"h2"])];
    assert_eq!(
        hello.with(&told),
        "t12d0002h2_000000000000_000000000000",
        "what the first part tells is not hashed"
    );
}

#[test]
fn counts_end_at_99() {
    let mut hello = bare();
    let of = |count: u16| (0x1000..0x1000 + count).collect::<Vec<u16>>();
    for (count, text) in [(9, "09"), (10, "10"), (99, "99"), (100, "99"), (300, "99")] {
        hello.suites = of(count);
        let extensions = of(count).into_iter().map(|number| (number, vec![]));
        hello.extensions = Some(extensions.collect());
        let fingerprint = hello.fingerprint(Carrier::Tcp);
        assert_eq!(part(&fingerprint, 4..8), [text, text].concat());
    }
}

/// The hash is of all of them, whatever the count says.
#[test]
fn more_than_99_are_hashed() {
    let suites = |count: u16| {
        let hello = Hello {
            suites: (0x1000..0x1000 + count).collect(),
            ..bare()
        };
        hello.fingerprint(Carrier::Tcp)
    };
    assert_ne!(suites(100), suites(101));
}

#[test]
fn the_version_is_the_newest_that_is_offered() {
    let offered = |list: &[u16]| part(&bare().with(&[versions(list)]), 1..3);
    assert_eq!(offered(&[0x0303, 0x0304, 0x0302]), "13");
    assert_eq!(offered(&[0xfafa, 0x0303]), "12", "GREASE");
    assert_eq!(offered(&[0x7f1c, 0x0304]), "00", "a draft is unknown");
    assert_eq!(offered(&[0x0a0a]), "12", "none offered");
    assert_eq!(part(&bare().with(&[(43, vec![])]), 1..3), "12", "malformed");
}

#[test]
fn without_offers_the_version_is_the_hellos() {
    let of = |version| {
        let hello = Hello { version, ..bare() };
        part(&hello.fingerprint(Carrier::Tcp), 1..3)
    };
    let versions = [0x0304, 0x0303, 0x0302, 0x0301, 0x0300, 0x0002, 0x0305];
    assert_eq!(versions.map(of), ["13", "12", "11", "10", "s3", "s2", "00"]);
}

#[test]
fn the_newest_version_of_dtls_is_the_lowest_number() {
    let of = |version, offers: &[u16]| {
        let mut hello = bare();
        hello.version = version;
        hello.cookie = Some(vec![1, 2]);
        if !offers.is_empty() {
            hello.extensions = Some(vec![versions(offers)]);
        }
        part(&hello.fingerprint(Carrier::Dtls), 0..3)
    };
    assert_eq!(of(0xfeff, &[]), "dd1");
    assert_eq!(of(0xfefd, &[]), "dd2");
    assert_eq!(of(0xfefd, &[0xfefc, 0xfefd, 0xfeff]), "dd3");
}

#[test]
fn an_address_as_server_name_is_a_server_name() {
    let of = |extension| part(&bare().with(&[extension]), 3..4);
    assert_eq!(of(server_name("192.0.2.1")), "d");
    assert_eq!(of((0, vec![])), "d", "malformed");
    assert_eq!(of((1, vec![])), "i");
}

/// The first ones are the examples of the specification.
#[test]
fn the_protocol_is_its_first_and_last_character() {
    let of = |names: &[&[u8]]| part(&bare().with(&[protocols(names)]), 8..10);
    assert_eq!(of(&[b"h2", b"http/1.1"]), "h2");
    assert_eq!(of(&[b"http/1.1"]), "h1");
    assert_eq!(of(&[&[0xab]]), "ab");
    assert_eq!(of(&[&[0xab, 0xcd]]), "ad");
    assert_eq!(of(&[&[0x30, 0xab]]), "3b");
    assert_eq!(of(&[&[0x30, 0x31, 0xab, 0xcd]]), "3d");
    assert_eq!(of(&[&[0x30, 0xab, 0xcd, 0x31]]), "01");
    assert_eq!(of(&[b"x"]), "xx");
    assert_eq!(of(&[b"", b"h2"]), "00", "an empty one");
    assert_eq!(of(&[]), "00", "none");
    assert_eq!(of(&[&[0x0a, 0x0a], b"h3"]), "h3", "GREASE");
    assert_eq!(part(&bare().with(&[]), 8..10), "00");
}

#[test]
fn it_is_text_of_one_length() {
    let fingerprint = Ja4Fingerprint(*b"t13d1516h2_8daaf6152771_e5627efa2ab1");
    assert_eq!(fingerprint.as_str().len(), Ja4Fingerprint::LEN);
    assert_eq!(format!("{fingerprint:>40}"), format!("    {EXAMPLE}"));
    assert_eq!(format!("{fingerprint:?}"), format!("{EXAMPLE:?}"));
    assert_eq!(Ja4Fingerprint::TYPE, ColumnType::Text);
}
