use nfstream_decode::PacketFields;

use super::*;
use crate::FlowTableConfig;
use crate::testing::{A, B, C, end, meter, packet, short};

fn flows(packets: &[PacketFields<'_>]) -> Vec<(u64, u64)> {
    let records = meter(&FlowTableConfig::default(), packets);
    short(&records)
        .into_iter()
        .map(|(_, _, _, src2dst, dst2src)| (src2dst, dst2src))
        .collect()
}

fn ends(packet: PacketFields<'_>) -> [Endpoint; 2] {
    let (key, source_is_first) = FlowKey::of(&packet.into());
    let [first, second] = key.endpoints();
    if source_is_first {
        [first, second]
    } else {
        [second, first]
    }
}

#[test]
fn both_directions_are_one_flow_of_the_first_sender() {
    for (src, dst) in [(A, B), (B, A)] {
        let packets = [
            packet(0, src, dst),
            packet(1, dst, src),
            packet(2, dst, src),
        ];
        let records = meter(&FlowTableConfig::default(), &packets);
        let [record] = records.as_slice() else {
            panic!("one flow, not {}", records.len())
        };
        let flow = record.flow();
        assert_eq!((flow.source(), flow.destination()), (src, dst));
        assert_eq!((flow.src2dst().packets, flow.dst2src().packets), (1, 2));
    }
}

#[test]
fn equal_ports_leave_it_to_the_addresses() {
    let (src, dst) = (end(9, 53), end(2, 53));
    assert_eq!(flows(&[packet(0, src, dst), packet(1, dst, src)]), [(1, 1)]);
}

#[test]
fn equal_addresses_leave_it_to_the_ports() {
    let (src, dst) = (end(9, 5_000), end(9, 53));
    assert_eq!(flows(&[packet(0, src, dst), packet(1, dst, src)]), [(1, 1)]);
}

/// As in NFStream: where both ends are the same, every packet goes from source to destination.
#[test]
fn equal_ends_have_one_direction() {
    let same = end(9, 53);
    assert_eq!(
        flows(&[packet(0, same, same), packet(1, same, same)]),
        [(2, 0)]
    );
}

/// Only the pair of ends is the same whichever way it goes, not addresses and ports each for themselves.
#[test]
fn ports_belong_to_their_addresses() {
    let crossed = packet(1, end(1, 443), end(2, 40_000));
    assert_eq!(flows(&[packet(0, A, B), crossed]), [(1, 0), (1, 0)]);
}

#[test]
fn every_field_of_the_key_tells_flows_apart() {
    let base = packet(0, A, B);
    let others = [
        PacketFields {
            protocol: 17,
            ..base
        },
        PacketFields { vlan_id: 1, ..base },
        PacketFields {
            vlan_id: VLAN_MASK,
            ..base
        },
        PacketFields {
            tunnel: Tunnel::Gtp,
            ..base
        },
        PacketFields {
            tunnel: Tunnel::Capwap,
            ..base
        },
        PacketFields {
            tunnel: Tunnel::Tzsp,
            ..base
        },
        PacketFields {
            src_port: 40_001,
            ..base
        },
        PacketFields {
            dst_port: 444,
            ..base
        },
        PacketFields {
            src_ip: end(3, 0).ip,
            ..base
        },
        PacketFields {
            dst_ip: end(3, 0).ip,
            ..base
        },
    ];
    for other in others {
        assert_eq!(flows(&[base, other]), [(1, 0), (1, 0)], "{other:?}");
        let (key, _) = FlowKey::of(&other.into());
        assert_eq!(key.protocol(), other.protocol);
        assert_eq!((key.vlan_id(), key.tunnel()), (other.vlan_id, other.tunnel));
        assert_eq!(
            ends(other)[0],
            Endpoint {
                ip: other.src_ip,
                port: other.src_port
            }
        );
        assert_eq!(
            ends(other)[1],
            Endpoint {
                ip: other.dst_ip,
                port: other.dst_port
            }
        );
    }
}

#[test]
fn hardware_addresses_do_not_tell_flows_apart() {
    let base = packet(0, A, B);
    let other = PacketFields {
        src_mac: nfstream_decode::MacAddress([2; 6]),
        ..base
    };
    assert_eq!(flows(&[base, other]), [(2, 0)]);
}

#[test]
fn ipv4_and_ipv6_with_the_same_bits_are_two_flows() {
    let four = packet(0, A, B);
    let six = |ip| match ip {
        IpAddr::V4(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits().into())),
        IpAddr::V6(ip) => IpAddr::V6(ip),
    };
    let six = PacketFields {
        src_ip: six(four.src_ip),
        dst_ip: six(four.dst_ip),
        ..four
    };
    assert_eq!(flows(&[four, six]), [(1, 0), (1, 0)]);
    let versions = [four, six].map(|packet| FlowKey::of(&packet.into()).0.ip_version());
    assert_eq!(versions, [4, 6]);
}

#[test]
fn ipv6_addresses_come_out_whole() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    for (src, dst) in [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:7"),
        ("ff02::1", "fe80::ffff:ffff:ffff:ffff"),
        ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ] {
        let packet = PacketFields {
            src_ip: ip(src),
            dst_ip: ip(dst),
            ..PacketFields::default()
        };
        assert_eq!(ends(packet).map(|end| end.ip), [ip(src), ip(dst)]);
        let back = PacketFields {
            src_ip: ip(dst),
            dst_ip: ip(src),
            ..packet
        };
        assert_eq!(FlowKey::of(&packet.into()).0, FlowKey::of(&back.into()).0);
    }
}

/// Whoever makes packets may give a VLAN identifier more bits than 12; it must not become a tunnel.
#[test]
fn a_vlan_identifier_has_twelve_bits() {
    let packet = PacketFields {
        vlan_id: 0x1fff,
        ..packet(0, A, B)
    };
    let (key, _) = FlowKey::of(&packet.into());
    assert_eq!((key.vlan_id(), key.tunnel()), (0xfff, Tunnel::None));
}

#[test]
fn a_shard_is_the_same_for_both_directions_and_for_ever() {
    let shards = NonZeroU32::new(8).unwrap();
    let shard = |src, dst| FlowKey::of(&packet(0, src, dst).into()).0.shard(shards);
    for port in 0..100 {
        let (a, b) = (end(1, port), end(2, 443));
        assert_eq!(shard(a, b), shard(b, a));
    }
    // Records of earlier runs depend on it.
    assert_eq!([shard(A, B), shard(B, C), shard(A, C)], [3, 1, 3]);
}

#[test]
fn flows_spread_evenly_over_shards() {
    for shards in [1, 3, 8, 16] {
        let shards = NonZeroU32::new(shards).unwrap();
        let mut flows = vec![0_u32; shards.get() as usize];
        for port in 0..8_000 {
            let (key, _) = FlowKey::of(&packet(0, end(1, port), B).into());
            flows[key.shard(shards) as usize] += 1;
        }
        let even = 8_000 / shards.get();
        assert!(
            flows.iter().all(|&flows| flows.abs_diff(even) < even / 4),
            "{flows:?}"
        );
    }
}

#[test]
fn parts_are_runs_of_shards_and_none_is_empty() {
    let count = |count| NonZeroU32::new(count).unwrap();
    for shards in 1..=20 {
        for parts in 1..=30 {
            let part = |shard| FlowKey::part_of_shard(shard, count(shards), count(parts));
            let of_shards: Vec<_> = (0..shards).map(part).collect();
            assert!(of_shards.is_sorted(), "{of_shards:?}");
            assert!(of_shards.iter().all(|&part| part < parts));
            let mut sizes = vec![0; parts as usize];
            for &part in &of_shards {
                sizes[part as usize] += 1;
            }
            if parts <= shards {
                let fair = shards / parts;
                assert!(
                    sizes.iter().all(|&size| size == fair || size == fair + 1),
                    "{of_shards:?}"
                );
            } else {
                assert!(sizes.iter().all(|&size| size <= 1), "{of_shards:?}");
            }
            assert_eq!(part(shards), part(shards - 1));
            assert_eq!(part(u32::MAX), part(shards - 1));
        }
    }
}

#[test]
fn the_largest_numbers_of_shards_and_parts() {
    let (one, most) = (NonZeroU32::MIN, NonZeroU32::MAX);
    let last = u32::MAX - 1;
    assert_eq!(FlowKey::part_of_shard(last, most, most), last);
    assert_eq!(FlowKey::part_of_shard(last, most, one), 0);
    assert_eq!(FlowKey::part_of_shard(u32::MAX, one, most), 0);
}

#[test]
fn a_flow_belongs_to_the_part_of_its_shard() {
    let [shards, parts] = [8, 3].map(|count| NonZeroU32::new(count).unwrap());
    let mut found = [0; 3];
    for port in 0..100 {
        for (src, dst) in [(end(1, port), B), (B, end(1, port))] {
            let (key, _) = FlowKey::of(&packet(0, src, dst).into());
            let part = key.part(shards, parts);
            let by_hand = match key.shard(shards) {
                0..3 => 0,
                3..6 => 1,
                _ => 2,
            };
            assert_eq!(part, by_hand);
            found[part as usize] += 1;
        }
    }
    assert!(found.iter().all(|&flows| flows > 0), "{found:?}");
}
