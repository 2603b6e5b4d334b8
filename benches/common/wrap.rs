//! Headers around IP packets.

/// Ethernet's addresses (IEEE 802.3 §3.2).
const MACS: [u8; 12] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
/// 802.11 data to the distribution system, QoS (IEEE 802.11-2020 §9.2.4), then LLC and SNAP (RFC 1042) with IPv4.
const WIFI: [u8; 34] = [
    0x88, 0x01, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0x50, 0, // header
    0, 0, // QoS control
    0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00, // LLC, SNAP
];
/// EtherType IPv4 (IANA, IEEE 802 Numbers).
const IPV4: [u8; 2] = [0x08, 0x00];

pub(crate) fn nothing(ip: &[u8]) -> Vec<u8> {
    ip.to_vec()
}

pub(crate) fn ethernet(ip: &[u8]) -> Vec<u8> {
    [&MACS, &IPV4[..], ip].concat()
}

pub(crate) fn ethernet_ipv6(ip: &[u8]) -> Vec<u8> {
    [&MACS, &[0x86, 0xdd][..], ip].concat()
}

/// One 802.1Q tag.
pub(crate) fn vlan(ip: &[u8]) -> Vec<u8> {
    [&MACS, &[0x81, 0x00, 0, 42][..], &IPV4, ip].concat()
}

/// A service tag (802.1ad) before the customer's.
pub(crate) fn qinq(ip: &[u8]) -> Vec<u8> {
    let tags = [0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 42];
    [&MACS, &tags[..], &IPV4, ip].concat()
}

/// Two labels (RFC 3032 §2.1).
pub(crate) fn mpls(ip: &[u8]) -> Vec<u8> {
    let labels = [0x88, 0x47, 0, 1, 0x00, 64, 0, 2, 0x01, 64];
    [&MACS, &labels[..], ip].concat()
}

/// A session (RFC 2516 §4) with PPP (RFC 1661 §2).
pub(crate) fn pppoe(ip: &[u8]) -> Vec<u8> {
    let length = length(ip.len() + 2);
    let session = [0x88, 0x64, 0x11, 0, 0, 1];
    [&MACS, &session[..], &length, &[0x00, 0x21], ip].concat()
}

/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>
pub(crate) fn linux_cooked(ip: &[u8]) -> Vec<u8> {
    let header = [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    [&header, &IPV4[..], ip].concat()
}

/// <https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html>
pub(crate) fn linux_cooked_v2(ip: &[u8]) -> Vec<u8> {
    let header = [0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0];
    [&IPV4, &header[..], ip].concat()
}

/// The address family of IPv4, in the byte order of the machine that captured.
pub(crate) fn loopback(ip: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0], ip].concat()
}

pub(crate) fn ppp(ip: &[u8]) -> Vec<u8> {
    [&[0xff, 0x03, 0x00, 0x21], ip].concat()
}

pub(crate) fn wifi(ip: &[u8]) -> Vec<u8> {
    [&WIFI, ip].concat()
}

/// The shortest header of <https://www.radiotap.org/>.
pub(crate) fn radiotap(ip: &[u8]) -> Vec<u8> {
    [&[0, 0, 8, 0, 0, 0, 0, 0], &WIFI[..], ip].concat()
}

/// GTP-U (3GPP TS 29.281 §5.1).
pub(crate) fn gtp(ip: &[u8]) -> Vec<u8> {
    let header = [&[0x30, 0xff][..], &length(ip.len()), &[0, 0, 0, 1]].concat();
    in_udp(2152, &[&header, ip].concat())
}

/// CAPWAP (RFC 5415 §4.3) with an 802.11 frame.
pub(crate) fn capwap(ip: &[u8]) -> Vec<u8> {
    let header = [0x00, 0x10, 0x43, 0x00, 0, 0, 0, 0];
    in_udp(5247, &[&header, &WIFI[..], ip].concat())
}

/// TZSP with a tag and an Ethernet frame.
pub(crate) fn tzsp(ip: &[u8]) -> Vec<u8> {
    let header = [1, 0, 0, 1, 10, 1, 0xc5, 1];
    in_udp(37008, &[&header, &ethernet(ip)[..]].concat())
}

/// IP in IP (RFC 2003).
pub(crate) fn ip_in_ip(ip: &[u8]) -> Vec<u8> {
    ethernet(&ipv4(4, ip))
}

/// Ethernet, IPv4 and UDP before `payload`.
fn in_udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let ports = [port.to_be_bytes(), port.to_be_bytes()].concat();
    let header = [&ports[..], &length(payload.len() + 8), &[0, 0]].concat();
    ethernet(&ipv4(17, &[&header, payload].concat()))
}

/// An IPv4 header without options before `payload`.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let fixed = [0, 0, 0, 0, 64, protocol, 0, 0];
    let addresses = [192, 0, 2, 1, 192, 0, 2, 2];
    let length = length(payload.len() + 20);
    [&[0x45, 0], &length[..], &fixed, &addresses, payload].concat()
}

fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes)
        .expect("frames of the bundled capture are short")
        .to_be_bytes()
}
