//! Messages of applications, byte by byte.

fn len16(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_be_bytes()
}

/// A list with its length, in two bytes, before it.
fn long_list(items: &[u8]) -> Vec<u8> {
    [&len16(items.len())[..], items].concat()
}

/// The same with one byte.
fn short_list(items: &[u8]) -> Vec<u8> {
    [&[u8::try_from(items.len()).unwrap()], items].concat()
}

/// A handshake message of TLS 1.2 in a record of its own (RFC 5246 §6.2.1, §7.4).
fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let message = [&[kind], &length[1..], body].concat();
    [&[22, 3, 1][..], &long_list(&message)].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &long_list(body)].concat()
}

/// JA3 of [`client_hello`]: the MD5 of `771,4865-4866-49195,0-10-11-16,29-23,0`.
pub(crate) const JA3_CLIENT: &str = "46bdf94c81b6051631c094dcdd4cfc23";

/// A `ClientHello` (RFC 5246 §7.4.1.2): version 1.2, three cipher suites; server name, groups, point formats, ALPN.
pub(crate) fn client_hello(server_name: &str) -> Vec<u8> {
    let name = [&[0][..], &long_list(server_name.as_bytes())].concat();
    let extensions = [
        extension(0, &long_list(&name)),
        extension(10, &long_list(&[0, 29, 0, 23])),
        extension(11, &short_list(&[0])),
        extension(16, &long_list(&short_list(b"http/1.1"))),
    ]
    .concat();
    let suites = [0x13, 0x01, 0x13, 0x02, 0xc0, 0x2b];
    let body = [
        &[3, 3][..],
        &[7; 32],
        &short_list(&[]),
        &long_list(&suites),
        &short_list(&[0]),
        &long_list(&extensions),
    ]
    .concat();
    handshake(1, &body)
}

/// JA3S of [`server_hello`]: the MD5 of `771,4865,43`.
pub(crate) const JA3_SERVER: &str = "cce84e7a8b742462e40afb585a3e3ccc";

/// A `ServerHello` (RFC 8446 §4.1.3): the first suite, version 1.3.
pub(crate) fn server_hello() -> Vec<u8> {
    let body = [
        &[3, 3][..],
        &[8; 32],
        &short_list(&[]),
        &[0x13, 0x01, 0],
        &long_list(&extension(43, &[3, 4])),
    ]
    .concat();
    handshake(2, &body)
}

/// Encrypted data (RFC 5246 §6.2.3).
pub(crate) fn application_data(length: usize) -> Vec<u8> {
    [&[23, 3, 3][..], &long_list(&vec![0x5a; length])].concat()
}

/// A question for an address (RFC 1035 §4).
pub(crate) fn dns_query(name: &str) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.extend(short_list(label.as_bytes()));
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}

/// Its answer: 192.0.2.99.
pub(crate) fn dns_response(name: &str) -> Vec<u8> {
    let mut message = dns_query(name);
    message[2..4].copy_from_slice(&[0x81, 0x80]);
    message[7] = 1;
    message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 99]);
    message
}

/// A request (RFC 9112 §3) with these bytes as the user agent.
pub(crate) fn http_request(host: &str, user_agent: &[u8]) -> Vec<u8> {
    [
        &b"GET /index.html HTTP/1.1\r\nHost: "[..],
        host.as_bytes(),
        b"\r\nUser-Agent: ",
        user_agent,
        b"\r\nAccept: */*\r\n\r\n",
    ]
    .concat()
}

/// Its response, of this type.
pub(crate) fn http_response(content_type: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nServer: test\r\nContent-Type: {content_type}\r\nContent-Length: 5\r\n\r\nhello")
        .into_bytes()
}

/// HASSH of [`ssh_client_algorithms`]: the MD5 of
/// `curve25519-sha256,diffie-hellman-group14-sha256;aes128-ctr,aes256-ctr;hmac-sha2-256;none`.
pub(crate) const HASSH_CLIENT: &str = "e43f5f36f5e718da5a7810ac99fa0938";

pub(crate) fn ssh_client_algorithms() -> Vec<u8> {
    ssh_algorithms(
        "curve25519-sha256,diffie-hellman-group14-sha256",
        ["aes128-ctr,aes256-ctr", "3des-cbc"],
        ["hmac-sha2-256", "hmac-md5"],
        ["none", "zlib"],
    )
}

/// HASSH of [`ssh_server_algorithms`]: the MD5 of
/// `curve25519-sha256;aes256-ctr;hmac-sha2-512;none,zlib@openssh.com`.
pub(crate) const HASSH_SERVER: &str = "6c2790d0b8d6b4fd69b79e1ca1fd1a60";

pub(crate) fn ssh_server_algorithms() -> Vec<u8> {
    ssh_algorithms(
        "curve25519-sha256",
        ["3des-cbc", "aes256-ctr"],
        ["hmac-md5", "hmac-sha2-512"],
        ["zlib", "none,zlib@openssh.com"],
    )
}

/// `SSH_MSG_KEXINIT` (RFC 4253 §7.1); pairs are from client to server, and back.
fn ssh_algorithms(
    exchange: &str,
    encryption: [&str; 2],
    authentication: [&str; 2],
    compression: [&str; 2],
) -> Vec<u8> {
    let mut message = vec![20];
    message.extend([9; 16]);
    let lists = [exchange, "ssh-ed25519"]
        .into_iter()
        .chain(encryption)
        .chain(authentication)
        .chain(compression)
        .chain(["", ""]);
    for list in lists {
        message.extend(u32::try_from(list.len()).unwrap().to_be_bytes());
        message.extend(list.as_bytes());
    }
    message.extend([0; 5]);
    // Padded to whole blocks of eight bytes (RFC 4253 §6).
    let padding = 12 - (5 + message.len()) % 8;
    let length = u32::try_from(1 + message.len() + padding).unwrap();
    [
        &length.to_be_bytes()[..],
        &[u8::try_from(padding).unwrap()],
        &message,
        &vec![0; padding],
    ]
    .concat()
}

/// A DHCPDISCOVER (RFC 2131 §2) that asks for these options (RFC 2132 §9.8).
pub(crate) fn dhcp_discover(options: &[u8]) -> Vec<u8> {
    let mut message = vec![1, 1, 6, 0, 0x39, 3, 0xf3, 0x26];
    message.resize(28, 0);
    message.extend([2, 0, 0, 0, 0, 0x10]);
    message.resize(236, 0);
    message.extend([0x63, 0x82, 0x53, 0x63]);
    message.extend([53, 1, 1]);
    message.extend([12, 4]);
    message.extend(b"host");
    message.push(55);
    message.extend(short_list(options));
    message.push(255);
    message.resize(message.len().max(300), 0);
    message
}

/// A handshake of the peer protocol (BEP 3) for the torrent with this hash.
pub(crate) fn bittorrent_handshake(hash: [u8; 20]) -> Vec<u8> {
    [
        &b"\x13BitTorrent protocol"[..],
        &[0; 8],
        &hash,
        b"-TR3000-0123456789ab",
    ]
    .concat()
}
