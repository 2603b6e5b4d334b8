use proptest::prelude::*;

use super::*;
use crate::Licence;
use crate::ffi;

/// What nDPI 4.2 takes.
const OLD: Grammar = Grammar {
    has_other_kinds: false,
    last_port: 65_534,
    categories: 107,
};

/// What a newer nDPI takes.
const NEW: Grammar = Grammar {
    has_other_kinds: true,
    last_port: 65_535,
    categories: 120,
};

fn protocols(content: impl AsRef<[u8]>, grammar: &Grammar) -> Result<Rules, NdpiError> {
    let mut rules = Rules::default();
    rules.add_protocols(Path::new("mine.txt"), content.as_ref(), grammar)?;
    Ok(rules)
}

fn categories(content: impl AsRef<[u8]>, grammar: &Grammar) -> Result<Rules, NdpiError> {
    let mut rules = Rules::default();
    rules.add_categories(Path::new("mine.txt"), content.as_ref(), grammar)?;
    Ok(rules)
}

fn text(result: Result<Rules, NdpiError>) -> String {
    result.unwrap_err().to_string()
}

/// A module that has loaded them.
fn module(rules: &Rules) -> Result<Module, NdpiError> {
    let mut module = Module::new(Licence::NotForProfit)?;
    rules.load(&mut module)?;
    module.finalize()?;
    rules.check_room(&module)?;
    Ok(module)
}

/// Rules of each kind, which nDPI takes.
const PROTOCOLS: &str = "\
tcp:81,tcp:8181@HTTP
udp:5061-5062@SIP
tcp:1-65534@Each Port
host:\"disneyplus.com\",host:\"*.aiv-cdn.net\"@DisneyPlus
host:a@One
host:a-b_c.example@Bare
ip:213.75.170.11/32:443@CustomProtocol
ip:8.248.73.247:443@AmazonPrime
ip:54.80.47.130,ip:0.0.0.0/0@AmazonPrime
host:\"example.test\",tcp:1,udp:2,ip:192.0.2.0/24@Mixed
ip_risk_mask:192.168.1.0/24=0
ip_risk_mask:10.196.157.228=9223372036854775807
host_risk_mask:\".home\"=0
host_risk_mask:home=5
trusted_issuer_dn:\"CN=813845657003339838, O=Code42, OU=TEST, ST=MN, C=US\"
trusted_issuer_dn:CN=Bare
";

const CATEGORIES: &str = "\
internetbadguys.com\t100
144.139.247.220\t100
172.30.69.0/24\t0
*.bad_guys-.example.\t106
1.example\t5
";

#[test]
fn rules_of_each_kind_are_kept_as_they_are() {
    for grammar in [&OLD, &NEW] {
        assert_eq!(protocols(PROTOCOLS, grammar).unwrap().protocols, PROTOCOLS);
        let kept = categories(CATEGORIES, grammar).unwrap().categories;
        assert_eq!(kept, CATEGORIES);
    }
    let mut rules = protocols(PROTOCOLS, &OLD).unwrap();
    rules.categories = CATEGORIES.to_owned();
    let module = module(&rules).unwrap();
    let names: Vec<_> = module.protocols().map(|(name, _)| name).collect();
    for name in ["Each_Port", "One", "Bare", "CustomProtocol", "Mixed"] {
        assert!(names.iter().any(|it| it == name), "{name}");
    }
}

#[test]
fn lines_are_made_whole() {
    let kept = |content: &str| protocols(content, &OLD).unwrap().protocols;
    assert_eq!(kept("tcp:1@A"), "tcp:1@A\n");
    assert_eq!(kept("tcp:1@A\r\nudp:2@B\r\n"), "tcp:1@A\nudp:2@B\n");
    assert_eq!(
        kept("\n  \n# tcp:0@\n # \u{e4}\r\n\t tcp:1@A \n\r\n"),
        "tcp:1@A\n"
    );
    for empty in ["", "\n", "\r\n", "#", "# nothing\n\n"] {
        assert_eq!(kept(empty), "");
        assert_eq!(categories(empty, &OLD).unwrap().categories, "");
    }
    let kept = |content: &str| categories(content, &OLD).unwrap().categories;
    assert_eq!(kept("a.example\t100"), "a.example\t100\n");
    assert_eq!(kept("a.example\t0007\r\n#b\tx\n"), "a.example\t7\n");
}

/// nDPI 4.2 crashes on a DNS query for such a host.
#[test]
fn what_ndpi_frees_by_name_is_known_by_ports_alone() {
    for name in ["TLS", "dtls", "QUIC", "IMAPS", "POPS", "SMTPS"] {
        assert!(protocols(format!("tcp:8443,udp:1-2@{name}"), &OLD).is_ok());
        for element in ["host:\"a.example\"", "ip:192.0.2.1", "tcp:1,ip:192.0.2.1"] {
            let error = protocols(format!("{element}@{name}"), &OLD).unwrap_err();
            assert!(error.to_string().contains("a name of your own"), "{error}");
        }
    }
    assert!(protocols("host:\"a.example\"@TLS_of_mine", &OLD).is_ok());
}

const ELEMENTS: &str =
    "allowed: tcp:PORT, udp:PORT, ip:ADDRESS and host:\"NAME\", with commas between";
const RULES: &str = "allowed: ELEMENTS@PROTOCOL, ip_risk_mask:ADDRESS=NUMBER, host_risk_mask:\"NAME\"=NUMBER and \
                     trusted_issuer_dn:\"NAME\"";
const NAME: &str = "no name of a protocol; allowed: a name behind the @";
const PORT: &str = "allowed: 1 to 65534, or a range such as 8000-8010";
const PORT_OF_ADDRESS: &str = "allowed: 1 to 65535";
const ADDRESS: &str = "allowed: an IPv4 address, or a network such as 192.0.2.0/24";
const HOST: &str = "allowed: letters, digits and any of -_.*, 1 to 253 bytes";
const MASK: &str = "allowed: = and a number from 0 to 9223372036854775807";
const ISSUER: &str = "allowed: 1 to 127 bytes without a colon or quote";
const ASCII: &str = "allowed: printable ASCII";

fn wrong_protocols(cases: &[(&str, &str, &str)]) {
    for (line, problem, allowed) in cases {
        let expected = format!("mine.txt:1: {problem}; {allowed}");
        assert_eq!(text(protocols(line, &OLD)), expected);
    }
}

/// The first of them crash nDPI 4.2.
#[test]
fn hosts_that_are_wrong() {
    wrong_protocols(&[
        ("host:@x", r#"the host name """#, HOST),
        ("host:\"@x", r#"the host name "\"""#, HOST),
        ("host:\"\"@x", r#"the host name """#, HOST),
        ("host:\"a\"\"@x", r#"the host name "a\"""#, HOST),
        ("host:\"a b\"@x", r#"the host name "a b""#, HOST),
        ("host:\"a/\"@x", r#"the host name "a/""#, HOST),
    ]);
    for line in ["host:@", "tcp:1@", "@"] {
        let expected = format!("mine.txt:1: {NAME}");
        assert_eq!(text(protocols(line, &OLD)), expected);
    }
}

#[test]
fn elements_that_are_not_known_are_wrong() {
    wrong_protocols(&[
        ("x@y", r#""x""#, ELEMENTS),
        ("@y", r#""""#, ELEMENTS),
        ("tcp:1,@y", r#""""#, ELEMENTS),
        ("tcp:1, udp:2@y", r#"" udp:2""#, ELEMENTS),
        ("ipv6:[::1]@y", r#""ipv6:[::1]""#, ELEMENTS),
        ("TCP:1@y", r#""TCP:1""#, ELEMENTS),
    ]);
}

/// From port 65535 nDPI 4.2 never returns.
#[test]
fn ports_that_are_wrong() {
    wrong_protocols(&[
        ("tcp:@y", r#"the port """#, PORT),
        ("udp:http@y", r#"the port "http""#, PORT),
        ("tcp:0@y", r#"the port "0""#, PORT),
        ("tcp:65535@y", r#"the port "65535""#, PORT),
        ("tcp:1-65535@y", r#"the port "1-65535""#, PORT),
        ("tcp:65536@y", r#"the port "65536""#, PORT),
        ("tcp:2-1@y", r#"the port "2-1""#, PORT),
        ("tcp:1-2-3@y", r#"the port "1-2-3""#, PORT),
        ("tcp:+1@y", r#"the port "+1""#, PORT),
        ("tcp:80 @y", r#"the port "80 ""#, PORT),
        ("ip:1.2.3.4:0@y", r#"the port "0""#, PORT_OF_ADDRESS),
        ("ip:1.2.3.4:@y", r#"the port """#, PORT_OF_ADDRESS),
    ]);
}

#[test]
fn addresses_that_are_wrong() {
    wrong_protocols(&[
        ("ip:@y", r#"the address """#, ADDRESS),
        ("ip:1.2.3@y", r#"the address "1.2.3""#, ADDRESS),
        ("ip:1.2.3.4/33@y", r#"the address "1.2.3.4/33""#, ADDRESS),
        ("ip:1.2.3.4/@y", r#"the address "1.2.3.4/""#, ADDRESS),
        ("ip:a.example@y", r#"the address "a.example""#, ADDRESS),
    ]);
}

#[test]
fn lines_without_a_protocol_that_are_wrong() {
    wrong_protocols(&[
        ("x", r#""x""#, RULES),
        (":", r#"":""#, RULES),
        ("tcp:80", r#""tcp:80""#, RULES),
        ("ip_risk_mask:1.2.3.4", r#"the mask in "1.2.3.4""#, MASK),
        (
            "ip_risk_mask:1.2.3.4=-1",
            r#"the mask in "1.2.3.4=-1""#,
            MASK,
        ),
        (
            "ip_risk_mask:1.2.3.4=9223372036854775808",
            r#"the mask in "1.2.3.4=9223372036854775808""#,
            MASK,
        ),
        (
            "ip_risk_mask:1.2.3.4/40=1",
            r#"the address "1.2.3.4/40""#,
            ADDRESS,
        ),
        ("host_risk_mask:\"=1", r#"the host name "\"""#, HOST),
        ("host_risk_mask:\"a\"", r#"the mask in "\"a\"""#, MASK),
        ("trusted_issuer_dn:", r#"the issuer """#, ISSUER),
        ("trusted_issuer_dn:\"", r#"the issuer "\"""#, ISSUER),
        ("trusted_issuer_dn:\"a:b\"", r#"the issuer "a:b""#, ISSUER),
    ]);
}

#[test]
fn what_cannot_be_printed_is_wrong() {
    wrong_protocols(&[
        ("tcp:1@\u{e4}", r#""tcp:1@\xc3\xa4""#, ASCII),
        ("tcp:1@a\tb", r#""tcp:1@a\tb""#, ASCII),
        ("tcp:1@a\0", r#""tcp:1@a\x00""#, ASCII),
        ("tcp:1@a\rb", r#""tcp:1@a\rb""#, ASCII),
    ]);
}

#[test]
fn categories_that_are_wrong() {
    const LINE: &str = "allowed: a host name or IPv4 address, a tab, and the number of a category";
    const CATEGORY: &str = "allowed: 0 to 106";
    for (content, problem, allowed) in [
        ("/\t5", r#"the address "/""#, ADDRESS),
        ("1.2.3.400\t5", r#"the address "1.2.3.400""#, ADDRESS),
        ("1.2.3.4/33\t5", r#"the address "1.2.3.4/33""#, ADDRESS),
        ("a/\t5", r#"the host name "a/""#, HOST),
        ("a b\t5", r#"the host name "a b""#, HOST),
        ("[::1]\t5", r#"the host name "[::1]""#, HOST),
        ("a", "no tab", LINE),
        ("a 5", "no tab", LINE),
        ("a\tx", r#"the category "x""#, CATEGORY),
        ("a\t107", r#"the category "107""#, CATEGORY),
        ("a\t-1", r#"the category "-1""#, CATEGORY),
        ("a\t4294967296", r#"the category "4294967296""#, CATEGORY),
        ("a\t5\t6", r#""5\t6""#, ASCII),
        ("a\t\t5", r#""\t5""#, ASCII),
        ("\u{e4}\t5", r#""\xc3\xa4""#, ASCII),
    ] {
        let expected = format!("mine.txt:1: {problem}; {allowed}");
        assert_eq!(text(categories(content, &OLD)), expected);
    }
}

#[test]
fn what_is_too_long_is_wrong() {
    let host = |bytes: usize| format!("host:\"{}\"@x", "a".repeat(bytes));
    assert!(protocols(host(253), &OLD).is_ok());
    assert!(text(protocols(host(254), &OLD)).contains("1 to 253 bytes"));
    let issuer = |bytes: usize| format!("trusted_issuer_dn:\"{}\"", "a".repeat(bytes));
    assert!(protocols(issuer(127), &OLD).is_ok());
    assert!(text(protocols(issuer(128), &OLD)).contains("1 to 127 bytes"));

    let name = |bytes: usize| "x".repeat(bytes - "tcp:1@".len());
    let line = |bytes: usize| format!("tcp:1@{}", name(bytes));
    let module = module(&protocols(line(2045), &OLD).unwrap()).unwrap();
    assert!(module.protocols().any(|(found, _)| found == name(2045)));
    assert_eq!(
        text(protocols(line(2046), &OLD)),
        "mine.txt:1: a line of 2046 bytes; allowed: 2045; a protocol can have several lines"
    );
}

#[test]
fn lines_are_counted_from_1_with_those_that_say_nothing() {
    let error = text(protocols("\r\n# comment\ntcp:1@A\nx\n", &OLD));
    assert!(error.starts_with("mine.txt:4: "), "{error}");
    let error = text(categories("a\t1\nb\n", &OLD));
    assert!(error.starts_with("mine.txt:2: "), "{error}");
}

#[test]
fn kinds_that_are_not_known_are_left_to_newer_versions() {
    for line in [
        "nbpf:\"host 192.168.1.1 and port 80\"@HomeRouter",
        "ipv6:[2001:db8::1]@Six",
        "tcp:65535@Last",
        "some_new_mask:1",
    ] {
        assert_eq!(
            protocols(line, &NEW).unwrap().protocols,
            format!("{line}\n")
        );
        text(protocols(line, &OLD));
    }
    let six = "[2001:db8::1]/127\t100\n";
    assert_eq!(categories(six, &NEW).unwrap().categories, six);
    text(categories(six, &OLD));
    // What is known is checked.
    for line in ["host:\"@x", "ip:x@y", "tcp:1@", "ip_risk_mask:x=1"] {
        text(protocols(line, &NEW));
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing");
    for path in [directory.path(), &missing] {
        let paths = [path.to_owned()];
        for result in [Rules::read(&paths, &[]), Rules::read(&[], &paths)] {
            match result {
                Err(NdpiError::File { path: named, .. }) => assert_eq!(named, path),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// nDPI 4.2 knows 512 protocols in all, its own among them.
#[test]
fn protocols_without_room_are_an_error() {
    if ffi::version_number() != 4002 {
        return;
    }
    let lines = |count: usize| -> String {
        let line = |number| format!("tcp:{}@Mine-{number}\ntcp:1@HTTP\n", number + 1);
        (0..count).map(line).collect()
    };
    let plain = module(&Rules::default()).unwrap().protocols().count();
    let room = 511 - plain;
    let full = module(&protocols(lines(room), &OLD).unwrap()).unwrap();
    assert_eq!(full.protocols().count(), 511);
    let error = module(&protocols(lines(room + 2), &OLD).unwrap()).unwrap_err();
    let line = 2 * room + 1;
    assert_eq!(
        error.to_string(),
        format!(
            "mine.txt:{line}: \"Mine-{room}\" is one protocol too many; allowed: as many as nDPI 4.2.0 has room for"
        )
    );
}

/// Bytes that are often close to a file.
fn content() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "tcp:",
        "udp:",
        "ip:",
        "host:",
        "\"",
        "@",
        ",",
        ":",
        "/",
        "-",
        "=",
        "\n",
        "\r\n",
        "\t",
        "#",
        "x",
        "A b",
        "80",
        "1-2",
        "65535",
        "1.2.3.4",
        "0.0.0.0/0",
        "32",
        "example.test",
        "*",
        ".",
        "ip_risk_mask:",
        "host_risk_mask:",
        "trusted_issuer_dn:",
        "\n\n",
        " ",
        "\0",
        "%s%n",
        "100",
        "tcp:80@X\n",
        "host:\"a.example\"@Y\n",
        "a.example\t5\n",
        "10.0.0.0/8\t5\n",
        "host_risk_mask:\".\"=1\n",
        "trusted_issuer_dn:\"-\"\n",
        "host:\"-\"@'\n",
    ];
    let piece = prop_oneof![
        20 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What is kept of a file.
fn kept(content: &[u8], is_protocols: bool) -> Option<String> {
    if is_protocols {
        Some(protocols(content, &OLD).ok()?.protocols)
    } else {
        Some(categories(content, &OLD).ok()?.categories)
    }
}

/// The lines of a file that are right.
fn right(content: &[u8], is_protocols: bool) -> Vec<u8> {
    let lines = content.split(|byte| *byte == b'\n');
    let right: Vec<_> = lines
        .filter(|line| kept(line, is_protocols).is_some())
        .collect();
    right.join(&b'\n')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_kept_is_right(content in content(), is_protocols in any::<bool>()) {
        if let Some(text) = kept(&content, is_protocols) {
            prop_assert!(text.is_empty() || text.ends_with('\n'));
            prop_assert!(text.lines().all(|line| !line.is_empty() && !line.starts_with('#')));
            prop_assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')));
            prop_assert_eq!(kept(text.as_bytes(), is_protocols), Some(text));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn what_is_right_is_loaded(content in prop::collection::vec(content(), 1..40)) {
        let content = content.concat();
        let mut rules = protocols(right(&content, true), &OLD).unwrap();
        rules.categories = categories(right(&content, false), &OLD).unwrap().categories;
        module(&rules).unwrap();
    }
}
