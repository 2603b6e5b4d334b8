//! Traffic that is made up, the same in every run, and as awkward as possible for meters that share it out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::OnceLock;

use nfstream::capture::FrameLocation;
use nfstream::decode::{LinkType, PacketFields};
use nfstream::flow::FlowKey;
use nfstream::{Packet, Timestamp};

use crate::world::frames;

/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND: u64 = 1_000_000;
/// Nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000 * MILLISECOND;

/// When the first packet is seen, in nanoseconds since the epoch.
const START: u64 = 1_700_000_000 * SECOND;
/// Bytes of the header of a classic pcap.
const FILE_HEADER: usize = 24;
/// Bytes of the header of each of its records.
const RECORD_HEADER: usize = 16;
/// Flows that are all in the first of so many shards are in the first of fewer as well.
const SHARDS: NonZeroU32 = NonZeroU32::new(16).unwrap();

/// Numbers that look random and are the same in every run: splitmix64 (Steele, Lea, Flood: *Fast splittable pseudorandom
/// number generators*, 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number less than `bound`.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the product is less than 2 to the 64 by the bound"
    )]
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// A capture: the bytes of a classic pcap, and where its frames lie in them.
pub(crate) struct Traffic {
    pcap: Vec<u8>,
    locations: Vec<FrameLocation>,
}

impl Traffic {
    /// The bytes of the pcap.
    pub(crate) fn pcap(&self) -> &[u8] {
        &self.pcap
    }

    /// Where its frames lie in the bytes.
    pub(crate) fn locations(&self) -> &[FrameLocation] {
        &self.locations
    }

    /// How many frames there are.
    pub(crate) fn len(&self) -> usize {
        self.locations.len()
    }

    /// A pcap of some of the frames.
    pub(crate) fn part(&self, frames: Range<usize>) -> Vec<u8> {
        let mut pcap = self.pcap[..FILE_HEADER].to_vec();
        let frames = &self.locations[frames];
        if let (Some(first), Some(last)) = (frames.first(), frames.last()) {
            let start = first.offset as usize - RECORD_HEADER;
            let end = last.offset as usize + last.captured_len as usize;
            pcap.extend(&self.pcap[start..end]);
        }
        pcap
    }
}

/// Writes a [`Traffic`] packet by packet.
struct Script {
    random: Random,
    nanos: u64,
    traffic: Traffic,
}

impl Script {
    fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            nanos: START,
            traffic: Traffic {
                pcap: frames::pcap(1, &[]),
                locations: Vec::new(),
            },
        }
    }

    /// A frame is seen so long before now.
    fn late(&mut self, frame: &[u8], nanos_ago: u64) {
        let nanos = self.nanos - nanos_ago;
        let wire_len = u32::try_from(frame.len()).unwrap();
        let Traffic { pcap, locations } = &mut self.traffic;
        let record = frames::pcap(1, &[(nanos, wire_len, frame)]);
        locations.push(FrameLocation {
            timestamp: Timestamp::from_nanos(nanos),
            wire_len,
            offset: u32::try_from(pcap.len() + RECORD_HEADER).unwrap(),
            captured_len: wire_len,
            link_type: LinkType::ETHERNET,
        });
        pcap.extend(&record[FILE_HEADER..]);
    }

    /// A frame is seen.
    fn frame(&mut self, frame: &[u8]) {
        self.late(frame, 0);
    }

    /// Time passes.
    fn wait(&mut self, nanos: u64) {
        self.nanos += nanos;
    }

    /// So many packets of all kinds, of few long flows, some of some hundred packets and very many short ones, most of them
    /// in order.
    fn mixed(&mut self, packets: u64) {
        for number in 0..packets {
            let pause = match self.random.below(100) {
                0..50 => 0,
                50..90 => 2 * MILLISECOND,
                90..99 => 20 * MILLISECOND,
                _ => SECOND,
            };
            let pause = self.random.below(pause + 1);
            self.wait(pause);
            let flow = match self.random.below(10) {
                0..2 => self.random.below(4),
                2..5 => 10 + self.random.below(200),
                _ => 1_000 + number / 4 + self.random.below(1_500),
            };
            let is_reply = self.random.one_in(3);
            let payload = self.random.below(40);
            let mut frame = frame_of(flow, is_reply, payload);
            match self.random.below(40) {
                0 => frame.truncate(14 + usize::try_from(payload).unwrap()),
                1 => frame = frames::ethernet([1, 2], &[], 0x0806, &[0; 28]),
                _ => {}
            }
            let ago = match self.random.below(30) {
                0 => self.random.below(3 * SECOND),
                1 => self.random.below(MILLISECOND),
                _ => 0,
            };
            self.late(&frame, ago);
        }
    }

    /// So many flows of one packet, all at this time and in no order.
    fn crowd(&mut self, flows: u64) {
        /// A prime number: each flow has its turn.
        const STEP: u64 = 7_919;
        for number in 0..flows {
            let flow = number * STEP % flows;
            self.frame(&frame_of(100_000 + flow, false, 0));
        }
    }

    fn done(self) -> Traffic {
        self.traffic
    }
}

/// A frame of the flow with this number: every sixteenth is of another kind.
fn frame_of(flow: u64, is_reply: bool, payload: u64) -> Vec<u8> {
    let host = |number: u64| match flow % 16 {
        0 => IpAddr::V6(Ipv6Addr::from_bits(u128::from(number) << 64 | 7)),
        _ => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).unwrap())),
    };
    let hosts = [host(0x0a00_0000 + flow / 5), host(0xc000_0200 + flow % 5)];
    let port = 1_024 + u16::try_from(flow % 60_000).unwrap();
    let ([src, dst], [src_port, dst_port]) = if is_reply {
        ([hosts[1], hosts[0]], [443, port])
    } else {
        (hosts, [port, 443])
    };
    let payload = vec![0; usize::try_from(payload).unwrap()];
    let udp = frames::udp(src_port, dst_port, &payload);
    let (ethertype, packet) = match flow % 16 {
        1 => frames::ip(src, dst, 1, &payload),
        2 => {
            let (_, inner) = frames::ip(src, dst, 17, &udp);
            let gtp = frames::join(&[&[0x30, 255, 0, 0, 0, 0, 0, 1], &inner]);
            frames::ip(src, dst, 17, &frames::udp(2_152, 2_152, &gtp))
        }
        3..10 => frames::ip(src, dst, 17, &udp),
        _ => {
            // ACK, PSH and now and then FIN.
            let flags = if payload.len() == 39 { 0x11 } else { 0x18 };
            frames::ip(
                src,
                dst,
                6,
                &frames::tcp(src_port, dst_port, flags, &payload),
            )
        }
    };
    let vlans: &[u16] = if flow % 16 == 4 { &[7] } else { &[] };
    frames::ethernet([1, 2], vlans, ethertype, &packet)
}

/// A UDP flow between neighbours, whose number is its first port.
fn plain_frame(host: u8, port: u16) -> Vec<u8> {
    let [src, dst] = plain_hosts(host);
    let (ethertype, packet) = frames::ip(src, dst, 17, &frames::udp(port, 9, &[]));
    frames::ethernet([1, 2], &[], ethertype, &packet)
}

fn plain_hosts(host: u8) -> [IpAddr; 2] {
    [host, 200].map(|host| IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)))
}

/// Some of the flows that [`plain_frame`] makes: all that are in the first shard.
fn flows_of_one_shard() -> impl Iterator<Item = (u8, u16)> {
    let flows = (1..200).flat_map(|host| (1..=u16::MAX).map(move |port| (host, port)));
    flows.filter(|&(host, port)| {
        let [src_ip, dst_ip] = plain_hosts(host);
        let packet = Packet::from(PacketFields {
            src_ip,
            dst_ip,
            src_port: port,
            dst_port: 9,
            protocol: 17,
            ..PacketFields::default()
        });
        FlowKey::of(&packet).0.shard(SHARDS) == 0
    })
}

/// Packets of all kinds, some of them late or damaged.
pub(crate) fn mixed() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(1);
        script.mixed(6_000);
        script.wait(40 * SECOND);
        script.mixed(6_000);
        script.done()
    })
}

/// Tens of thousands of flows that are due at the same moment, twice, among others: with up to 16 meters, many more for each
/// than it makes rows at a time.
pub(crate) fn crowds() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(2);
        script.mixed(1_000);
        script.crowd(40_000);
        script.mixed(1_000);
        script.wait(40 * SECOND);
        script.mixed(1_000);
        script.crowd(10_000);
        script.wait(MILLISECOND);
        script.crowd(5_000);
        script.done()
    })
}

/// Some packets of all kinds, a clock that stands still for some of them, and a crowd. It lives as long as the test.
pub(crate) fn any(seed: u64) -> &'static Traffic {
    let mut script = Script::new(seed);
    for _ in 0..3 {
        let packets = script.random.below(700);
        script.mixed(packets);
        let crowd = script.random.below(900);
        script.crowd(crowd);
        let now = script.nanos;
        let pause = script.random.below(12 * SECOND);
        script.wait(pause);
        if script.random.one_in(2) {
            script.frame(&frame_of(3, false, 0));
            script.nanos = now;
        }
    }
    Box::leak(Box::new(script.done()))
}

/// Many flows in a second, few in the next ten, and so on.
pub(crate) fn tides() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(8);
        for tide in 0..6 {
            for (packets, flows, longest_pause) in [
                (1_600, 1_500, MILLISECOND),
                (900, 80, 10 * MILLISECOND),
                (100, 30, 100 * MILLISECOND),
            ] {
                for _ in 0..packets {
                    let pause = script.random.below(longest_pause);
                    script.wait(pause);
                    let flow = 700 * tide + script.random.below(flows);
                    let is_reply = script.random.one_in(2);
                    let payload = script.random.below(40);
                    script.frame(&frame_of(flow, is_reply, payload));
                }
            }
        }
        script.done()
    })
}

/// More packets at the same moment than ended flows wait for each other.
pub(crate) fn burst() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(3);
        script.mixed(1_500);
        for _ in 0..67_000 {
            let flow = 200_000 + script.random.below(20_000);
            script.frame(&frame_of(flow, false, 0));
        }
        script.wait(3 * MILLISECOND);
        script.mixed(1_500);
        script.done()
    })
}

/// One packet is seen in the far future, so that the clock stands still from then on.
pub(crate) fn standstill() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(4);
        script.mixed(2_000);
        let now = script.nanos;
        script.wait(500_000_000 * SECOND);
        script.frame(&frame_of(3, false, 0));
        script.nanos = now;
        for number in 0..66_000 {
            if number % 8 == 0 {
                script.wait(MILLISECOND);
            }
            let flow = 300_000 + number / 20 + script.random.below(3_000);
            script.frame(&frame_of(flow, number % 3 == 0, 0));
        }
        script.done()
    })
}

/// Half of the packets are of one flow.
pub(crate) fn elephant() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(5);
        for number in 0..12_000 {
            let pause = script.random.below(4 * MILLISECOND);
            script.wait(pause);
            let flow = match number % 2 {
                0 => 5,
                _ => 1_000 + script.random.below(number + 1),
            };
            script.frame(&frame_of(flow, number % 7 > 3, number % 50));
        }
        script.done()
    })
}

/// All flows are those of one meter, half of the packets are of one flow, and more are due at the same moment than a meter makes
/// rows at a time.
pub(crate) fn one_shard() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(6);
        let mut flows = flows_of_one_shard();
        let elephant = flows.next().unwrap();
        let flows: Vec<_> = flows.take(9_500).collect();
        for (number, &(host, port)) in flows.iter().enumerate() {
            script.frame(&plain_frame(elephant.0, elephant.1));
            script.frame(&plain_frame(host, port));
            if number > 9_000 {
                script.wait(MILLISECOND / 2);
            }
        }
        script.wait(50 * SECOND);
        for &(host, port) in flows.iter().take(300) {
            script.frame(&plain_frame(host, port));
            script.wait(MILLISECOND / 5);
        }
        script.done()
    })
}

/// What nDPI knows, in flows of all modules: names that are asked for, requests, and peers that it remembers.
#[cfg(feature = "ndpi")]
pub(crate) fn applications() -> &'static Traffic {
    static TRAFFIC: OnceLock<Traffic> = OnceLock::new();
    TRAFFIC.get_or_init(|| {
        let mut script = Script::new(7);
        for number in 0..5_000_u64 {
            let pause = script.random.below(3 * MILLISECOND);
            script.wait(pause);
            let talk = number / 3 + script.random.below(40);
            let frame = application_frame(talk, script.random.below(3));
            script.frame(&frame);
        }
        script.done()
    })
}

/// A packet of a flow whose number tells what it is about.
#[cfg(feature = "ndpi")]
fn application_frame(talk: u64, turn: u64) -> Vec<u8> {
    let is_reply = turn == 2;
    let client = IpAddr::V4(Ipv4Addr::from_bits(
        0x0a00_0000 + u32::try_from(talk % 97).unwrap(),
    ));
    let server = IpAddr::V4(Ipv4Addr::from_bits(
        0xcb00_7100 + u32::try_from(talk % 13).unwrap(),
    ));
    let port = 20_000 + u16::try_from(talk % 40_000).unwrap();
    let (protocol, server_port, payload) = match talk % 5 {
        0 => (17, 53, dns_query(talk)),
        1 => {
            let host = format!("www{}.example.test", talk % 31);
            let request =
                format!("GET /{turn} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: a, \"b\"\r\n\r\n");
            (6, 80, request.into_bytes())
        }
        2 => {
            // BitTorrent's handshake (BEP 3): nDPI remembers the peers.
            let handshake = [b"\x13BitTorrent protocol".as_slice(), &[0; 48]].concat();
            (6, 6_881, handshake)
        }
        3 => (6, 22, b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        // Nothing, to and from the same peers.
        _ => (17, 6_881, vec![0xaa; 40]),
    };
    let (hosts, [src_port, dst_port]) = if is_reply {
        ([server, client], [server_port, port])
    } else {
        ([client, server], [port, server_port])
    };
    let transport = match protocol {
        6 => frames::tcp(src_port, dst_port, 0x18, &payload),
        _ => frames::udp(src_port, dst_port, &payload),
    };
    let (ethertype, packet) = frames::ip(hosts[0], hosts[1], protocol, &transport);
    frames::ethernet([1, 2], &[], ethertype, &packet)
}

/// A question for an address (RFC 1035 §4.1).
#[cfg(feature = "ndpi")]
fn dns_query(number: u64) -> Vec<u8> {
    let label = format!("host{}", number % 301);
    let header = [0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let length = [u8::try_from(label.len()).unwrap()];
    frames::join(&[
        &header,
        &length,
        label.as_bytes(),
        b"\x07example\x04test\0\0\x01\0\x01",
    ])
}

#[test]
fn the_traffic_of_one_shard_is_that() {
    use nfstream::capture::Frames;
    use nfstream::decode::Decoder;

    let traffic = one_shard();
    for frame in Frames::new(traffic.pcap(), traffic.locations()).iter() {
        let packet = Decoder::new().decode(&frame).unwrap();
        let key = FlowKey::of(&packet).0;
        assert_eq!(key.shard(SHARDS), 0);
        for meters in [2, 3, 4, 16] {
            let meters = NonZeroU32::new(meters).unwrap();
            assert_eq!(key.part(NonZeroU32::MAX, meters), 0);
        }
    }
}
