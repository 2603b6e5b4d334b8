//! Writes small databases in `MaxMind`'s format.
//!
//! *`MaxMind` DB File Format Specification*, version 2.0.

use std::net::IpAddr;

/// What stands in a database.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    List(Vec<Self>),
    Map(Vec<(&'static str, Self)>),
}

use Value::{List, Long, Map, Number, Short, Text};

/// A branch of the search tree.
#[derive(Clone, Copy)]
enum Branch {
    Empty,
    Node(usize),
    /// Where the data of a network lie in their section.
    Data(usize),
}

/// A database with these networks, which must not overlap.
pub(super) fn write(
    database_type: &'static str,
    ip_version: u16,
    networks: &[(&str, Value)],
) -> Vec<u8> {
    let mut nodes = vec![[Branch::Empty; 2]];
    let mut data = Vec::new();
    for (network, value) in networks {
        let place = data.len();
        encode(value, &mut data);
        insert(&mut nodes, &bits(network, ip_version), place);
    }
    let mut file = tree(&nodes);
    // The separator between tree and data.
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    let metadata = Map(vec![
        ("binary_format_major_version", Short(2)),
        ("binary_format_minor_version", Short(0)),
        ("build_epoch", Long(0)),
        ("database_type", Text(database_type)),
        ("description", Map(vec![])),
        ("languages", List(vec![Text("en")])),
        ("ip_version", Short(ip_version)),
        ("node_count", Number(u32::try_from(nodes.len()).unwrap())),
        ("record_size", Short(32)),
    ]);
    encode(&metadata, &mut file);
    file
}

/// The bits of a network's prefix; IPv4 lies under `::/96` in a database of IPv6.
fn bits(network: &str, ip_version: u16) -> Vec<bool> {
    let (ip, len) = network.split_once('/').unwrap();
    let len: usize = len.parse().unwrap();
    let (octets, len) = match ip.parse().unwrap() {
        IpAddr::V4(ip) if ip_version == 4 => (ip.octets().to_vec(), len),
        IpAddr::V4(ip) => (ip.to_ipv6_compatible().octets().to_vec(), 96 + len),
        IpAddr::V6(ip) => (ip.octets().to_vec(), len),
    };
    let bit = |place: usize| octets[place / 8] >> (7 - place % 8) & 1 == 1;
    (0..len).map(bit).collect()
}

fn insert(nodes: &mut Vec<[Branch; 2]>, bits: &[bool], place: usize) {
    let (last, path) = bits.split_last().unwrap();
    let mut node = 0;
    for &bit in path {
        let next = match nodes[node][usize::from(bit)] {
            Branch::Node(next) => next,
            Branch::Empty => {
                nodes.push([Branch::Empty; 2]);
                nodes.len() - 1
            }
            Branch::Data(_) => panic!("networks overlap"),
        };
        nodes[node][usize::from(bit)] = Branch::Node(next);
        node = next;
    }
    nodes[node][usize::from(*last)] = Branch::Data(place);
}

/// Nodes of two records of 32 bits.
fn tree(nodes: &[[Branch; 2]]) -> Vec<u8> {
    let record = |branch: &Branch| {
        let number = match *branch {
            Branch::Empty => nodes.len(),
            Branch::Node(node) => node,
            Branch::Data(place) => nodes.len() + 16 + place,
        };
        u32::try_from(number).unwrap().to_be_bytes()
    };
    nodes.iter().flatten().flat_map(record).collect()
}

fn encode(value: &Value, to: &mut Vec<u8>) {
    match value {
        Text(text) => {
            control(2, text.len(), to);
            to.extend(text.bytes());
        }
        Short(number) => {
            control(5, 2, to);
            to.extend(number.to_be_bytes());
        }
        Number(number) => {
            control(6, 4, to);
            to.extend(number.to_be_bytes());
        }
        Long(number) => {
            control(9, 8, to);
            to.extend(number.to_be_bytes());
        }
        List(items) => {
            control(11, items.len(), to);
            for item in items {
                encode(item, to);
            }
        }
        Map(entries) => {
            control(7, entries.len(), to);
            for (key, value) in entries {
                encode(&Text(key), to);
                encode(value, to);
            }
        }
    }
}

/// The type and the size of a value: three bits and five, where they fit.
fn control(kind: u8, size: usize, to: &mut Vec<u8>) {
    let size = u8::try_from(size).unwrap();
    let (size, more) = if size < 29 {
        (size, None)
    } else {
        (29, Some(size - 29))
    };
    match kind {
        ..8 => to.push(kind << 5 | size),
        _ => to.extend([size, kind - 7]),
    }
    to.extend(more);
}
