use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// The connection id of the examples in both standards.
const ID: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];
const V1: u32 = 1;
const V2: u32 = 0x6b33_43cf;

/// An Initial packet of a client: first byte (before protection), version, connection id, packet number of four bytes, frames.
pub(crate) fn protected(first: u8, version: u32, id: &[u8], number: u32, frames: &[u8]) -> Vec<u8> {
    let keys = Keys::of(&Version::of(version).unwrap(), id).unwrap();
    let length = u16::try_from(4 + frames.len() + BLOCK).unwrap() | 0x4000;
    let mut header = vec![first | 0x03];
    header.extend(version.to_be_bytes());
    header.push(u8::try_from(id.len()).unwrap());
    header.extend(id);
    header.extend([0, 0]); // no source connection id, no token
    header.extend(length.to_be_bytes());
    let header_len = header.len();
    header.extend(number.to_be_bytes());

    let mut nonce = keys.iv;
    for (nonce, byte) in nonce[8..].iter_mut().zip(number.to_be_bytes()) {
        *nonce ^= byte;
    }
    let mut content = frames.to_vec();
    let tag = Aes128Gcm::new(&keys.key.into())
        .encrypt_inout_detached(&nonce.into(), &header, InOutBuf::from(&mut content[..]))
        .unwrap();
    let mut packet = [header, content, tag.to_vec()].concat();
    let mut mask: [u8; BLOCK] = packet[header_len + SAMPLE_OFFSET..][..BLOCK]
        .try_into()
        .unwrap();
    Aes128::new(&keys.header_protection.into()).encrypt_block((&mut mask).into());
    packet[0] ^= mask[0] & 0x0f;
    for (byte, mask) in packet[header_len..header_len + 4]
        .iter_mut()
        .zip(&mask[1..])
    {
        *byte ^= mask;
    }
    packet
}

/// Whether a packet opens with the keys of its own connection id, and what is in it.
fn opened(packet: &[u8]) -> Option<Vec<u8>> {
    let initial = Initial::next(&mut Bytes(packet))?;
    let mut plain = Vec::new();
    initial.open(&initial.keys()?, &mut plain).then_some(plain)
}

/// The bytes of hexadecimal digits.
fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// RFC 9001 §A.1.
#[test]
fn the_keys_of_version_1_are_those_of_the_standard() {
    let keys = Keys::of(&Version::of(V1).unwrap(), &ID).unwrap();
    assert_eq!(keys.key[..], bytes("1f369613dd76d5467730efcbe3b1a22d"));
    assert_eq!(keys.iv[..], bytes("fa044b2f42a3fd3b46fb255c"));
    assert_eq!(
        keys.header_protection[..],
        bytes("9f50449e04a0e810283a1e9933adedd2")
    );
}

/// RFC 9369 §A.1.
#[test]
fn the_keys_of_version_2_are_those_of_the_standard() {
    let keys = Keys::of(&Version::of(V2).unwrap(), &ID).unwrap();
    assert_eq!(keys.key[..], bytes("8b1a0bc121284290a29e0971b5cd045d"));
    assert_eq!(keys.iv[..], bytes("91f73e2351d8fa91660e909f"));
    assert_eq!(
        keys.header_protection[..],
        bytes("45b95e15235d6f45a6b19cbcb0294ba9")
    );
}

/// The frame of RFC 9001 §A.2, with the padding behind it.
pub(crate) fn standard_frames() -> Vec<u8> {
    const FRAME: &str = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868\
        04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578\
        616d706c652e636f6dff01000100000a00080006001d00170018001000070005\
        04616c706e000500050100000000003300260024001d00209370b2c9caa47fba\
        baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400\
        0d0010000e0403050306030203080408050806002d00020101001c0002400100\
        3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000\
        75300901100f088394c8f03e51570806048000ffff";

    let mut frames = bytes(FRAME);
    assert_eq!(frames.len(), 245);
    frames.resize(1_162, 0);
    frames
}

/// RFC 9001 §A.2: how its packet begins and ends.
#[test]
fn the_packet_of_version_1_is_that_of_the_standard() {
    let packet = protected(0xc0, V1, &ID, 2, &standard_frames());
    assert_eq!(packet.len(), 1_200);
    assert_eq!(
        packet[..40],
        bytes("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8ba")
    );
    assert_eq!(packet[1_184..], bytes("e221af44860018ab0856972e194cd934"));
    assert_eq!(opened(&packet), Some(standard_frames()));
}

#[test]
fn a_packet_of_version_2_has_another_type() {
    let packet = protected(0xd0, V2, &ID, 2, &standard_frames());
    assert_eq!(opened(&packet), Some(standard_frames()));
    let with_type_of_version_1 = protected(0xc0, V2, &ID, 2, &standard_frames());
    assert_eq!(opened(&with_type_of_version_1), None, "a Retry");
}

/// Initial packets behind others, and what ends the datagram: a Retry, a short header, an unknown version, a wrong length.
#[test]
fn packets_lie_behind_each_other() {
    let initial = protected(0xc0, V1, &ID, 0, &[1; 40]);
    let handshake = b"\xe0\0\0\0\x01\0\0\x03abc";
    let datagram = [handshake, &initial[..], handshake, &initial[..], b"\x40xyz"].concat();
    let mut rest = Bytes(&datagram);
    let both = [Initial::next(&mut rest), Initial::next(&mut rest)];
    assert!(both.iter().all(|next| next.unwrap().packet == initial));
    assert!(Initial::next(&mut rest).is_none());

    for front in [
        &b"\xf0\0\0\0\x01\0\0"[..],                            // Retry
        b"\x40\0\0\0\x01\0\0",                                 // short header
        b"\xc0\0\0\0\x09\0\0\0\0",                             // unknown version
        b"\xc0\0\0\0\0\0\0",                                   // version negotiation
        b"\xe0\0\0\0\x01\0\0\x7f\xff",                         // longer than the datagram
        b"\xc0\0\0\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xff", // token longer than anything
        b"\xc0\0\0\0\x01\x15",                                 // connection id too long
    ] {
        let datagram = [front, &initial[..]].concat();
        assert!(Initial::next(&mut Bytes(&datagram)).is_none(), "{front:x?}");
    }
}

#[test]
fn a_changed_packet_does_not_open() {
    let packet = protected(0xc0, V1, &ID, 2, &standard_frames());
    // Of what is not protected, the token's length and the packet's would make another packet of it.
    for place in [0, 6, 13, 18, 21, 22, 500, 1_199] {
        let mut changed = packet.clone();
        changed[place] ^= 0x01;
        assert_eq!(opened(&changed), None, "byte {place}");
    }
}

#[test]
fn a_packet_too_short_for_its_protection_does_not_open() {
    for length in 0..=40_u8 {
        let mut packet = b"\xc0\0\0\0\x01\0\0\0".to_vec();
        packet.push(length);
        packet.extend(vec![0x5a; length.into()]);
        assert_eq!(opened(&packet), None, "{length}");
    }
}

proptest! {
    #[test]
    fn no_datagram_breaks_it(mut datagram in vec(any::<u8>(), 0..100), is_long: bool) {
        if is_long && datagram.len() >= 7 {
            datagram[..7].copy_from_slice(b"\xc0\0\0\0\x01\0\0");
        }
        let mut rest = Bytes(&datagram);
        while let Some(initial) = Initial::next(&mut rest) {
            let mut plain = Vec::new();
            let keys = initial.keys().unwrap();
            prop_assert!(!initial.open(&keys, &mut plain), "nobody knows the keys by chance");
        }
    }
}
