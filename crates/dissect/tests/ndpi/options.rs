//! What nDPI can be told, and what it refuses.

use std::error::Error as _;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::thread;

use nfstream_dissect::{ClientFingerprint, Feature, Licence, Ndpi, NdpiError, ndpi_version};
use nfstream_flow::Confidence;

use crate::conversation::Conversation;
use crate::messages::{JA3_CLIENT, client_hello, dns_query, http_request, server_hello};
use crate::world::{DEFAULT, World, builder, ndpi, record_of, version};

/// A file of this content, in the tests' own directory.
fn file(name: &str, content: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ndpi-{name}.txt"));
    fs::write(&path, content).unwrap();
    path
}

fn tls(server_name: &str) -> Conversation {
    Conversation::tcp(40_000, 443)
        .client(&client_hello(server_name))
        .server(&server_hello())
}

fn name_and_category(ndpi: Ndpi, conversation: &Conversation) -> (String, String) {
    let record = record_of(ndpi, DEFAULT, conversation);
    let found = record.flow().application().unwrap();
    (found.name.to_owned(), found.category.to_owned())
}

fn name(ndpi: Ndpi, conversation: &Conversation) -> String {
    name_and_category(ndpi, conversation).0
}

#[test]
fn protocols_of_ones_own_have_their_names() {
    let path = file(
        "protocols",
        "# Hosts, and a port.\nhost:\"example.test\"@MyApp\ntcp:40777@MyPort\n",
    );
    let own = || builder().protocols_file(&path).build().unwrap();
    assert_eq!(name(ndpi(), &tls("www.example.test")), "TLS");
    assert_eq!(name(own(), &tls("www.example.test")), "TLS.MyApp");
    assert_eq!(name(own(), &tls("www.example.org")), "TLS");
    let http = Conversation::tcp(40_000, 80).client(&http_request("www.example.test", b"agent"));
    assert_eq!(name(own(), &http), "HTTP.MyApp");

    let on_port = Conversation::tcp(40_000, 40_777).client(&[0x5a; 100]);
    assert_eq!(name(ndpi(), &on_port), "Unknown");
    assert_eq!(name(own(), &on_port), "MyPort");
    let names: Vec<_> = own().protocols().map(|protocol| protocol.name).collect();
    assert!(
        ["MyApp", "MyPort"]
            .iter()
            .all(|own| names.iter().any(|name| name == own))
    );
    assert!(!ndpi().protocols().any(|protocol| protocol.name == "MyApp"));
}

#[test]
fn several_files_of_protocols_add_up() {
    let first = file("protocols-1", "host:\"one.example.test\"@AppOne\n");
    let second = file("protocols-2", "host:\"two.example.test\"@AppTwo\n");
    let both = || {
        let builder = builder().protocols_file(&first).protocols_file(&second);
        builder.build().unwrap()
    };
    assert_eq!(name(both(), &tls("one.example.test")), "TLS.AppOne");
    assert_eq!(name(both(), &tls("two.example.test")), "TLS.AppTwo");
}

/// Whatever becomes of the file, and without a line feed at its end or with those of Windows.
#[test]
fn all_modules_have_the_protocols_of_a_file_that_is_gone() {
    for content in [
        "host:\"example.test\"@MyApp",
        "# Mine\r\n\r\nhost:\"example.test\"@MyApp\r\n",
    ] {
        let path = file("gone", content);
        let modules = NonZeroU32::new(4).unwrap();
        let own = builder().protocols_file(&path).modules(modules);
        let own = own.build().unwrap();
        fs::remove_file(path).unwrap();
        let mut world = World::new(own, DEFAULT);
        // Enough flows for all modules to have some.
        for port in 40_000..40_040 {
            let hello = client_hello("www.example.test");
            let tls = Conversation::tcp(port, 443).client(&hello);
            world.meter(tls.server(&server_hello()).packets());
        }
        let records = world.finish();
        assert_eq!(records.len(), 40);
        for record in &records {
            let found = record.flow().application().unwrap();
            assert_eq!(found.name, "TLS.MyApp");
        }
    }
}

/// 100 is nDPI's number of malware.
#[test]
fn categories_of_ones_own_replace_those_of_the_protocol() {
    let path = file("categories", "bad.example.test\t100\n");
    let own = || builder().categories_file(&path).build().unwrap();
    let (name, category) = name_and_category(own(), &tls("bad.example.test"));
    assert_eq!((&*name, &*category), ("TLS", "Malware"));
    let (_, category) = name_and_category(own(), &tls("good.example.test"));
    assert_eq!(category, "Web");
    let (_, category) = name_and_category(ndpi(), &tls("bad.example.test"));
    assert_eq!(category, "Web");
}

/// nDPI itself forgets the first of them.
#[test]
fn several_files_of_categories_add_up() {
    let first = file("categories-1", "one.example.test\t100\n");
    let second = file("categories-2", "two.example.test\t99");
    for (server_name, expected) in [
        ("one.example.test", "Malware"),
        ("two.example.test", "Mining"),
    ] {
        let builder = builder().categories_file(&first).categories_file(&second);
        let (_, category) = name_and_category(builder.build().unwrap(), &tls(server_name));
        assert_eq!(category, expected, "{server_name}");
    }
}

/// They crash nDPI 4.2, or keep it busy for ever.
#[test]
fn lines_that_are_wrong_are_named() {
    for content in ["host:@", "host:\"@x", "x@", "x", "tcp:0@y", "tcp:65536@y"] {
        let path = file("wrong", &format!("tcp:1@A\n{content}"));
        match builder().protocols_file(&path).build() {
            Err(NdpiError::Rule {
                path: named, line, ..
            }) => assert_eq!((named, line), (path, 2)),
            other => panic!("{content}: {other:?}"),
        }
    }
    for content in ["/\t5", "a b\t5", "a", "a\t9999", "\t5"] {
        let path = file("wrong-category", &format!("\n{content}\n"));
        match builder().categories_file(&path).build() {
            Err(NdpiError::Rule {
                path: named, line, ..
            }) => assert_eq!((named, line), (path, 2)),
            other => panic!("{content}: {other:?}"),
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-file.txt");
    for builder in [
        builder().protocols_file(&missing),
        builder().categories_file(&missing),
    ] {
        match builder.build() {
            Err(error @ NdpiError::File { .. }) => {
                assert!(error.to_string().contains("no-such-file.txt"), "{error}");
                assert!(error.source().is_some());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn settings_are_refused_by_name_or_not_there_at_all() {
    let result = builder().set(None, "no.such.setting", "1").build();
    match result.unwrap_err() {
        NdpiError::Unsupported {
            feature, library, ..
        } if version() < (4, 10) => {
            assert_eq!(
                (feature, library.as_str()),
                (Feature::Settings, ndpi_version())
            );
        }
        NdpiError::Setting { setting, value, .. } if version() >= (4, 10) => {
            assert_eq!((setting.as_str(), value.as_str()), ("no.such.setting", "1"));
        }
        other => panic!("{other:?}"),
    }
}

/// C's texts end at the first zero byte: such a text would become another one.
#[test]
fn a_zero_byte_is_refused() {
    for (protocol, key, value) in [
        (Some("t\0ls"), "key", "1"),
        (None, "k\0ey", "1"),
        (None, "key", "1\0"),
    ] {
        let error = builder().set(protocol, key, value).build().unwrap_err();
        assert!(matches!(error, NdpiError::Setting { .. }), "{error:?}");
    }
}

#[test]
fn the_fingerprint_of_clients_is_the_one_that_was_asked_for() {
    let found = |fingerprint| {
        let ndpi = builder().client_fingerprint(fingerprint).build()?;
        let record = record_of(ndpi, DEFAULT, &tls("www.example.test"));
        let application = record.flow().application().unwrap();
        assert!(!application.client_fingerprint.is_empty());
        Ok(application.client_fingerprint.to_owned())
    };
    let (has_ja3, has_ja4) = (version() < (4, 14), version() >= (4, 10));
    let refused = |result: Result<String, NdpiError>| match result {
        Err(NdpiError::Unsupported {
            feature, library, ..
        }) => {
            assert_eq!(library, ndpi_version());
            matches!(feature, Feature::Ja3 | Feature::Ja4)
        }
        other => panic!("{other:?}"),
    };
    let (ja3, ja4) = (found(ClientFingerprint::Ja3), found(ClientFingerprint::Ja4));
    let newest = found(ClientFingerprint::Newest).unwrap();
    if has_ja4 {
        assert_eq!(newest, ja4.unwrap());
    } else {
        assert_eq!(newest, JA3_CLIENT);
        assert!(refused(ja4));
    }
    if has_ja3 {
        assert_eq!(ja3.unwrap(), JA3_CLIENT);
    } else {
        assert!(refused(ja3));
    }
}

#[test]
fn a_licence_must_be_said_where_ndpi_asks() {
    let result = Ndpi::builder().licence(Licence::Unsaid).build();
    match result {
        Ok(_) => assert!(version() < (6, 0)),
        Err(NdpiError::Licence { library, .. }) => {
            assert!(version() >= (6, 0));
            assert_eq!(library, ndpi_version());
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// A builder can be used again, and one module knows nothing of what another one saw.
#[test]
fn modules_are_independent() {
    let path = file("independent", "host:\"example.test\"@MyApp\n");
    let builder = builder().protocols_file(&path);
    let (first, second) = (builder.build().unwrap(), builder.build().unwrap());
    let plain = ndpi();
    assert_eq!(name(first, &tls("www.example.test")), "TLS.MyApp");
    assert_eq!(name(plain, &tls("www.example.test")), "TLS");
    assert_eq!(name(second, &tls("www.example.test")), "TLS.MyApp");
}

/// Set up, used and torn down side by side.
#[test]
fn modules_in_several_threads_say_what_one_says() {
    let conversations = || {
        [
            tls("www.example.test"),
            tls("www.wikipedia.org"),
            Conversation::udp(40_000, 53).client(&dns_query("www.example.test")),
            Conversation::tcp(40_000, 80).client(&http_request("www.example.test", b"agent")),
        ]
    };
    let labels = || {
        conversations().map(|conversation| {
            let record = record_of(ndpi(), DEFAULT, &conversation);
            let found = record.flow().application().unwrap();
            assert_eq!(found.confidence, Confidence::Packets);
            format!("{found:?}")
        })
    };
    let alone = labels();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| (0..2).map(|_| labels()).collect::<Vec<_>>()))
            .collect();
        for thread in threads {
            for found in thread.join().unwrap() {
                assert_eq!(found, alone);
            }
        }
    });
}
