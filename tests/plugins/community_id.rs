//! Community ids against those of the specification's authors, for their captures.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use nfstream::plugins::CommunityId;

use crate::corpus::Corpus;
use crate::records;

/// What a baseline and a flow both know a packet by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tuple {
    protocol: u8,
    ips: [IpAddr; 2],
    /// Of TCP and UDP alone: flows have none of what stands for ports elsewhere.
    ports: Option<[u16; 2]>,
}

impl Tuple {
    fn new(protocol: u8, ips: [IpAddr; 2], ports: [u16; 2]) -> Self {
        let has_ports = matches!(protocol, 6 | 17);
        Self {
            protocol,
            ips,
            ports: has_ports.then_some(ports),
        }
    }
}

/// The ids of all packets.
fn baseline(text: &str) -> BTreeMap<Tuple, BTreeSet<String>> {
    let packets: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let mut ids = BTreeMap::<_, BTreeSet<_>>::new();
    for packet in packets {
        let port = |name: &str| {
            packet[name]
                .as_u64()
                .map(|port| u16::try_from(port).unwrap())
        };
        let ip = |name: &str| packet[name].as_str().unwrap().parse().unwrap();
        let tuple = Tuple::new(
            u8::try_from(packet["proto"].as_u64().unwrap()).unwrap(),
            ["saddr", "daddr"].map(ip),
            ["sport", "dport"].map(|name| port(name).unwrap_or_default()),
        );
        let id = packet["communityid"].as_str().unwrap();
        ids.entry(tuple).or_default().insert(id.to_owned());
    }
    ids
}

#[test]
fn ids_are_those_of_the_specification() {
    let Some(corpus) = Corpus::open().unwrap() else {
        return;
    };
    let captures = corpus.captures().unwrap();
    for (seed, file) in [(0, "baseline_deflt.json"), (1, "baseline_seed1.json")] {
        let text = corpus.oracle(&format!("oracles/community_id/{file}"));
        let right = baseline(&text.unwrap().expect("a baseline"));
        let all: BTreeSet<_> = right.values().flatten().cloned().collect();
        let mut found = BTreeSet::new();
        let mut flows = 0;
        for capture in captures
            .iter()
            .filter(|capture| capture.name.starts_with("cid__"))
        {
            for flow in records(&capture.path, CommunityId::new(seed)) {
                let record = flow.flow();
                let (source, destination) = (record.source(), record.destination());
                let tuple = Tuple::new(
                    record.protocol(),
                    [source.ip, destination.ip],
                    [source.port, destination.port],
                );
                let id = flow.output.community_id.unwrap().to_string();
                assert!(
                    right[&tuple].contains(&id),
                    "{}: {tuple:?}: {id}",
                    capture.name
                );
                found.insert(id);
                flows += 1;
            }
        }
        println!(
            "seed {seed}: {flows} flows equal, {} of {} ids",
            found.len(),
            all.len()
        );
        // A flow has the id of its first packet, so of several ids between two hosts one may be missing.
        for (tuple, ids) in right {
            assert!(!ids.is_disjoint(&found), "{tuple:?}: {ids:?}");
        }
    }
}
