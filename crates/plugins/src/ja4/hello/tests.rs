use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::ja4::building::{example, sized8, sized16};

/// Version 3.3, a random, no session id, two cipher suites of which one is GREASE, one compression method, two extensions.
const HELLO: &[u8] = &[
    3, 3, // version
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, // random
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, //
    0,  // session id
    0, 4, 0x0a, 0x0a, 0x13, 0x01, // cipher suites
    1, 0, // compression methods
    0, 13, // extensions
    0xff, 0x01, 0, 1, 0, // renegotiation_info
    0, 43, 0, 4, 3, 0x03, 0x04, 0x03, // supported_versions, cut short inside
];

#[test]
fn every_field_is_read() {
    let hello = ClientHello::read(HELLO, false).unwrap();
    assert_eq!(hello.legacy_version, 0x0303);
    assert_eq!(values(hello.cipher_suites).collect::<Vec<_>>(), [0x1301]);
    let extensions: Vec<_> = hello.extensions().collect();
    assert_eq!(
        extensions,
        [(0xff01, &[0][..]), (43, &[3, 0x03, 0x04, 0x03][..])]
    );
    assert_eq!(hello.extension(43), Some(&[3, 0x03, 0x04, 0x03][..]));
    assert_eq!(hello.extension(0), None);
}

#[test]
fn a_cookie_stands_before_the_cipher_suites() {
    let with_cookie = [&HELLO[..35], &[2, 8, 8], &HELLO[35..]].concat();
    let hello = ClientHello::read(&with_cookie, true).unwrap();
    assert_eq!(hello.cipher_suites, [0x0a, 0x0a, 0x13, 0x01]);
}

#[test]
fn a_hello_may_have_no_extensions() {
    let hello = ClientHello::read(&HELLO[..HELLO.len() - 15], false).unwrap();
    assert_eq!(hello.extensions().count(), 0);
}

#[test]
fn a_cut_hello_is_none() {
    let without_extensions = HELLO.len() - 15;
    for length in (0..HELLO.len()).filter(|length| *length != without_extensions) {
        assert!(
            ClientHello::read(&HELLO[..length], false).is_none(),
            "{length}"
        );
    }
}

#[test]
fn a_length_that_cannot_be_makes_it_none() {
    let malformed = |place: usize, value: u8| {
        let mut hello = HELLO.to_vec();
        hello[place] = value;
        ClientHello::read(&hello, false).is_none()
    };
    assert!(malformed(36, 3), "half a cipher suite");
    assert!(malformed(43, 12), "a cut extension");
    assert!(malformed(43, 14), "more extensions than there are");
    assert!(malformed(47, 200), "an extension beyond the end");
    let long_id = [&HELLO[..34], &sized8(&[0; 33]), &HELLO[35..]].concat();
    assert!(ClientHello::read(&long_id, false).is_none());
}

#[test]
fn grease_is_what_the_standard_lists() {
    let all: Vec<u16> = (0..=u16::MAX).filter(|value| is_grease(*value)).collect();
    assert_eq!(all.len(), 16);
    assert_eq!([all[0], all[1], all[15]], [0x0a0a, 0x1a1a, 0xfafa]);
}

proptest! {
    #[test]
    fn no_message_breaks_it(message in vec(any::<u8>(), 0..200), has_cookie: bool) {
        if let Some(hello) = ClientHello::read(&message, has_cookie) {
            prop_assert!(hello.extensions().count() <= message.len() / 4);
        }
    }

    /// Extensions are read to the last, or the hello is refused.
    #[test]
    fn no_extensions_break_it(list in vec(any::<u8>(), 0..60)) {
        let mut hello = example();
        hello.extensions = None;
        let body = [hello.body(), sized16(&list)].concat();
        if let Some(hello) = ClientHello::read(&body, false) {
            let read: usize = hello.extensions().map(|(_, content)| 4 + content.len()).sum();
            prop_assert_eq!(read, list.len());
        }
    }
}
