use std::vec::Vec;

use super::{read, read_tunnelled};
use crate::link::Envelope;
use crate::samples::*;
use crate::{DecodeError, Layer, LinkType, MacAddress, Reason};

/// The first octet of the frame control field (IEEE 802.11-2020 §9.2.4.1): subtype 4 bits, type 2 bits, version 2 bits.
const DATA: u8 = 0x08;
const NULL_DATA: u8 = 0x48;
const QOS_DATA: u8 = 0x88;
const QOS_NULL: u8 = 0xc8;
const BEACON: u8 = 0x80;
const ACK: u8 = 0xd4;

/// The second octet of the frame control field.
const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const MORE_FRAGMENTS: u8 = 0x04;
const PROTECTED: u8 = 0x40;
/// With QoS data: an HT control field is present.
const HT_CONTROL_PRESENT: u8 = 0x80;

static ADDRESS_1: &[u8] = &[0x02, 0, 0, 0, 0, 1];
static ADDRESS_2: &[u8] = &[0x02, 0, 0, 0, 0, 2];
static ADDRESS_3: &[u8] = &[0x02, 0, 0, 0, 0, 3];
static ADDRESS_4: &[u8] = &[0x02, 0, 0, 0, 0, 4];
/// Fragment number 0 (4 bits), sequence number 5 (12 bits).
static SEQUENCE: &[u8] = &[0x50, 0x00];
/// The same, fragment numbers 1 and 8.
static SEQUENCE_FRAGMENT_1: &[u8] = &[0x51, 0x00];
static SEQUENCE_FRAGMENT_8: &[u8] = &[0x58, 0x00];
/// Traffic identifier 6.
static QOS: &[u8] = &[0x06, 0x00];
/// The same with bit 7: an A-MSDU is present.
static QOS_A_MSDU: &[u8] = &[0x86, 0x00];
static HT_CONTROL: &[u8] = &[0x03, 0, 0, 0];

/// Radiotap: version 0, pad, length 8, nothing present.
static RADIOTAP_EMPTY: &[u8] = &[0, 0, 8, 0, 0, 0, 0, 0];

/// A header with three addresses: frame control, duration, addresses, sequence control.
fn header(control: [u8; 2]) -> Vec<u8> {
    header_with(control, SEQUENCE)
}

fn header_with(control: [u8; 2], sequence: &[u8]) -> Vec<u8> {
    join(&[
        &control,
        &[44, 0],
        ADDRESS_1,
        ADDRESS_2,
        ADDRESS_3,
        sequence,
    ])
}

fn wifi(parts: &[&[u8]]) -> Result<(u16, u16), DecodeError> {
    ports(LinkType::IEEE802_11, parts)
}

#[test]
fn the_ds_bits_say_which_addresses_are_the_ends() {
    let ends = |flags: u8, fourth: &[u8]| {
        let header = header([DATA, flags]);
        let parts: &[&[u8]] = &[&header, fourth, LLC_SNAP_IPV4, IPV4_UDP];
        let packet = decode(LinkType::IEEE802_11, parts).unwrap();
        assert_eq!((packet.src_port(), packet.dst_port()), IPV4_PORTS);
        (packet.dst_mac().0[5], packet.src_mac().0[5])
    };
    // IEEE 802.11-2020 table 9-30.
    assert_eq!(ends(0, &[]), (1, 2));
    assert_eq!(ends(FROM_DS, &[]), (1, 3));
    assert_eq!(ends(TO_DS, &[]), (3, 2));
    assert_eq!(ends(TO_DS | FROM_DS, ADDRESS_4), (3, 4));
}

#[test]
fn qos_data_has_two_bytes_more() {
    let three = header([QOS_DATA, TO_DS]);
    assert_eq!(
        wifi(&[&three, QOS, LLC_SNAP_IPV4, IPV4_UDP]),
        Ok(IPV4_PORTS)
    );
    let four = header([QOS_DATA, TO_DS | FROM_DS]);
    assert_eq!(
        wifi(&[&four, ADDRESS_4, QOS, LLC_SNAP_IPV4, IPV4_UDP]),
        Ok(IPV4_PORTS)
    );
}

#[test]
fn ht_control_has_four_bytes_more_with_qos_only() {
    let qos = header([QOS_DATA, TO_DS | HT_CONTROL_PRESENT]);
    assert_eq!(
        wifi(&[&qos, QOS, HT_CONTROL, LLC_SNAP_IPV4, IPV4_UDP]),
        Ok(IPV4_PORTS)
    );
    // Without QoS the bit is the obsolete +Order.
    let plain = header([DATA, TO_DS | HT_CONTROL_PRESENT]);
    assert_eq!(wifi(&[&plain, LLC_SNAP_IPV4, IPV4_UDP]), Ok(IPV4_PORTS));
}

#[test]
fn an_a_msdu_is_not_read_as_one_packet() {
    // A subframe (IEEE 802.11-2020 §9.3.2.2.2): destination, source, length 40.
    let header = header([QOS_DATA, TO_DS]);
    let parts: &[&[u8]] = &[&header, QOS_A_MSDU, MACS, &[0, 40], LLC_SNAP_IPV4, IPV4_UDP];
    assert_eq!(wifi(parts), ignored(Layer::Wifi, Reason::Unsupported));
}

#[test]
fn protected_frames_are_encrypted() {
    let header = header([DATA, TO_DS | PROTECTED]);
    assert_eq!(
        wifi(&[&header, &[0x5a; 40]]),
        ignored(Layer::Wifi, Reason::Encrypted)
    );
}

#[test]
fn the_first_fragment_is_metered_and_later_ones_are_not() {
    let first = header([DATA, TO_DS | MORE_FRAGMENTS]);
    assert_eq!(wifi(&[&first, LLC_SNAP_IPV4, IPV4_UDP]), Ok(IPV4_PORTS));
    for sequence in [SEQUENCE_FRAGMENT_1, SEQUENCE_FRAGMENT_8] {
        let later = header_with([DATA, TO_DS], sequence);
        let fragment = ignored(Layer::Wifi, Reason::Fragment);
        assert_eq!(wifi(&[&later, LLC_SNAP_IPV4, IPV4_UDP]), fragment);
    }
}

#[test]
fn frames_without_data_are_not_ip() {
    let not_ip = ignored(Layer::Wifi, Reason::NotIp);
    assert_eq!(wifi(&[&header([NULL_DATA, TO_DS])]), not_ip);
    assert_eq!(wifi(&[&header([QOS_NULL, TO_DS]), QOS]), not_ip);
    assert_eq!(wifi(&[&header([BEACON, 0]), &[0; 12]]), not_ip);
    assert_eq!(wifi(&[&[ACK, 0, 0, 0], ADDRESS_1]), not_ip);
}

#[test]
fn other_llc_is_not_ip() {
    let header = header([DATA, TO_DS]);
    assert_eq!(
        wifi(&[&header, &[0x42, 0x42, 0x03, 0, 0, 0, 0]]),
        ignored(Layer::Llc, Reason::NotIp)
    );
}

#[test]
fn a_header_may_be_cut() {
    let truncated = ignored(Layer::Wifi, Reason::Truncated);
    let three = header([DATA, TO_DS]);
    for len in 0..three.len() {
        assert_eq!(wifi(&[&three[..len]]), truncated, "{len} bytes");
    }
    let four = header([QOS_DATA, TO_DS | FROM_DS | HT_CONTROL_PRESENT]);
    let whole = join(&[&four, ADDRESS_4, QOS, HT_CONTROL]);
    for len in 24..whole.len() {
        assert_eq!(wifi(&[&whole[..len]]), truncated, "{len} bytes");
    }
    assert_eq!(wifi(&[&whole]), ignored(Layer::Llc, Reason::Truncated));
}

fn radiotap(parts: &[&[u8]]) -> Result<(u16, u16), DecodeError> {
    ports(LinkType::IEEE802_11_RADIOTAP, parts)
}

/// Radiotap with TSFT and Flags (bits 0 and 1): the timestamp is aligned to eight bytes, then one byte of flags.
fn radiotap_flags(flags: u8) -> [u8; 17] {
    [
        0, 0, 17, 0, // version, pad, length
        0x03, 0, 0, 0, // present: TSFT, Flags
        1, 2, 3, 4, 5, 6, 7, 8, // TSFT
        flags,
    ]
}

/// Flags: the frame ends with its check sequence.
const FCS_AT_END: u8 = 0x10;
/// Flags: padding between the 802.11 header and its payload, to four bytes.
const DATA_PAD: u8 = 0x20;
/// Flags: the check sequence was wrong.
const BAD_FCS: u8 = 0x40;

#[test]
fn radiotap_says_its_own_length() {
    let header = header([DATA, TO_DS]);
    let frame = join(&[&header, LLC_SNAP_IPV4, IPV4_UDP]);
    assert_eq!(radiotap(&[RADIOTAP_EMPTY, &frame]), Ok(IPV4_PORTS));
    assert_eq!(radiotap(&[&radiotap_flags(0), &frame]), Ok(IPV4_PORTS));
    // Flags without TSFT, and a length that leaves fields unread.
    let flags_first = [0, 0, 12, 0, 0x02, 0, 0, 0, 0, 9, 9, 9];
    assert_eq!(radiotap(&[&flags_first, &frame]), Ok(IPV4_PORTS));
}

#[test]
fn radiotap_addresses_are_those_of_the_frame() {
    let header = header([DATA, TO_DS]);
    let packet = decode(
        LinkType::IEEE802_11_RADIOTAP,
        &[RADIOTAP_EMPTY, &header, LLC_SNAP_IPV4, IPV4_UDP],
    );
    let packet = packet.unwrap();
    assert_eq!(packet.dst_mac(), MacAddress([0x02, 0, 0, 0, 0, 3]));
    assert_eq!(packet.src_mac(), MacAddress([0x02, 0, 0, 0, 0, 2]));
}

#[test]
fn radiotap_fields_start_behind_the_last_present_word() {
    // Bit 31: another present word follows. Three words end at offset 16, which is aligned for TSFT.
    let even = [
        0, 0, 25, 0, // version, pad, length
        0x03, 0, 0, 0x80, // present: TSFT, Flags, more
        0x20, 0, 0, 0xa0, // present: antenna signal, radiotap namespace, more
        0x20, 0, 0, 0x00, // present: antenna signal
        1, 2, 3, 4, 5, 6, 7, 8,        // TSFT
        DATA_PAD, // flags
    ];
    // Two words end at offset 12: four bytes align TSFT.
    let odd = [
        0, 0, 25, 0, // version, pad, length
        0x03, 0, 0, 0x80, // present: TSFT, Flags, more
        0x20, 0, 0, 0x00, // present: antenna signal
        0xff, 0xff, 0xff, 0xff, // alignment
        1, 2, 3, 4, 5, 6, 7, 8,        // TSFT
        DATA_PAD, // flags
    ];
    let header = header([QOS_DATA, TO_DS]);
    let frame = join(&[&header, QOS, &[0, 0], LLC_SNAP_IPV4, IPV4_UDP]);
    assert_eq!(radiotap(&[&even, &frame]), Ok(IPV4_PORTS));
    assert_eq!(radiotap(&[&odd, &frame]), Ok(IPV4_PORTS));
}

#[test]
fn radiotap_tells_of_padding_behind_the_header() {
    let padded = radiotap_flags(DATA_PAD);
    let qos = header([QOS_DATA, TO_DS]);
    let frame = join(&[&qos, QOS, &[0, 0], LLC_SNAP_IPV4, IPV4_UDP]);
    assert_eq!(radiotap(&[&padded, &frame]), Ok(IPV4_PORTS), "26 to 28");
    let plain = header([DATA, TO_DS]);
    let frame = join(&[&plain, LLC_SNAP_IPV4, IPV4_UDP]);
    assert_eq!(radiotap(&[&padded, &frame]), Ok(IPV4_PORTS), "24 stays");
}

#[test]
fn a_bad_check_sequence_is_malformed() {
    let header = header([DATA, TO_DS]);
    let parts: &[&[u8]] = &[
        &radiotap_flags(FCS_AT_END | BAD_FCS),
        &header,
        LLC_SNAP_IPV4,
        IPV4_UDP,
        &[0; 4],
    ];
    assert_eq!(radiotap(parts), ignored(Layer::Radiotap, Reason::Malformed));
}

#[test]
fn a_check_sequence_is_not_payload() {
    let header = header([DATA, TO_DS]);
    let packet = decode(
        LinkType::IEEE802_11_RADIOTAP,
        &[
            &radiotap_flags(FCS_AT_END),
            &header,
            LLC_SNAP_IPV4,
            IPV4_UDP,
            &[0xfc; 4],
        ],
    );
    let packet = packet.unwrap();
    assert_eq!(packet.payload(), [1, 2, 3, 4]);
    assert_eq!(packet.ip_size(), 32);
}

#[test]
fn radiotap_may_be_cut_or_wrong() {
    let truncated = ignored(Layer::Radiotap, Reason::Truncated);
    assert_eq!(radiotap(&[]), truncated);
    assert_eq!(radiotap(&[&RADIOTAP_EMPTY[..7]]), truncated);
    assert_eq!(radiotap(&[&radiotap_flags(0)[..16]]), truncated);
    let malformed = ignored(Layer::Radiotap, Reason::Malformed);
    let too_short = [0, 0, 7, 0, 0, 0, 0, 0];
    assert_eq!(radiotap(&[&too_short]), malformed);
    // Present words without an end inside the header.
    let endless = [0, 0, 8, 0, 0x02, 0, 0, 0x80];
    assert_eq!(radiotap(&[&endless]), malformed);
    let version_1 = [1, 0, 8, 0, 0, 0, 0, 0];
    assert_eq!(radiotap(&[&version_1]), malformed);
}

#[test]
fn a_swapped_frame_control_field_is_read_in_a_tunnel_alone() {
    // As a Cisco access point tunnels it: flags (to the distribution system) before type (data).
    let mut frame = [0; 24 + 8];
    frame[..2].copy_from_slice(&[0x01, 0x08]);
    frame[10..16].copy_from_slice(&[2, 0, 0, 0, 0, 2]);
    frame[16..22].copy_from_slice(&[2, 0, 0, 0, 0, 3]);
    frame[24..].copy_from_slice(&[0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00]);
    let mut envelope = Envelope::default();
    assert_eq!(read_tunnelled(&frame, &mut envelope), Ok(&[][..]));
    assert_eq!(envelope.src_mac, MacAddress([2, 0, 0, 0, 0, 2]));
    assert_eq!(envelope.dst_mac, MacAddress([2, 0, 0, 0, 0, 3]));
    let not_ip = DecodeError::new(Layer::Wifi, Reason::NotIp);
    assert_eq!(read(&frame, &mut envelope), Err(not_ip));
}
