//! What makes packets belong to the same flow.

use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::num::NonZeroU32;

use nfstream_decode::{Packet, Tunnel};

/// What makes packets belong to the same flow: both ends, protocol, VLAN and tunnel, the same for both directions.
///
/// The end with the smaller address (or, at equal addresses, the smaller port) stands first, so that a single look-up
/// serves both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowKey {
    /// The more significant half of each first.
    ips: [[u64; 2]; 2],
    /// See [`Numbers`]: as one word it is compared and hashed at once.
    numbers: u64,
}

/// What else a key consists of, besides addresses.
#[derive(Clone, Copy)]
struct Numbers {
    ports: [u16; 2],
    vlan_id: u16,
    tunnel: Tunnel,
    protocol: u8,
    ip_version: u8,
}

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// Its address.
    pub ip: IpAddr,
    /// Its TCP or UDP port; 0 for other protocols.
    pub port: u16,
}

impl FlowKey {
    /// The key of a slot that no flow has used yet; no packet has it.
    pub(crate) const UNUSED: Self = Self {
        ips: [[0; 2]; 2],
        numbers: 0,
    };

    /// The key of a packet, and whether its sender is the key's first end.
    #[inline]
    pub fn of(packet: &Packet<'_>) -> (Self, bool) {
        let (src, dst) = (address_bits(packet.src_ip()), address_bits(packet.dst_ip()));
        let (src_port, dst_port) = (packet.src_port(), packet.dst_port());
        let source_is_first = (src, src_port) <= (dst, dst_port);
        let (ips, ports) = if source_is_first {
            ([src, dst], [src_port, dst_port])
        } else {
            ([dst, src], [dst_port, src_port])
        };
        let numbers = Numbers {
            ports,
            vlan_id: packet.vlan_id(),
            tunnel: packet.tunnel(),
            protocol: packet.protocol(),
            ip_version: packet.ip_version(),
        };
        let key = Self {
            ips,
            numbers: numbers.pack(),
        };
        (key, source_is_first)
    }

    /// The two ends in the key's order.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "an IPv4 address takes the low 32 bits"
    )]
    pub fn endpoints(&self) -> [Endpoint; 2] {
        let Numbers {
            ports: [first_port, second_port],
            ip_version,
            ..
        } = Numbers::unpack(self.numbers);
        let [first_ip, second_ip] = self.ips;
        [(first_ip, first_port), (second_ip, second_port)].map(|([high, low], port)| Endpoint {
            ip: match ip_version {
                4 => IpAddr::V4(Ipv4Addr::from_bits(low as u32)),
                _ => IpAddr::V6(Ipv6Addr::from_bits(
                    u128::from(high) << 64 | u128::from(low),
                )),
            },
            port,
        })
    }

    /// Which of so many shards the flow belongs to, counted from 0: the same for both directions, in every run and on every
    /// machine, so that work that is spread by it gives the same results. The sender chooses it; nothing may break where all
    /// flows meet in one shard.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the product is less than 2 to the 64, the shard less than their number"
    )]
    pub fn shard(&self, shards: NonZeroU32) -> u32 {
        let mut hash = 0_u64;
        let [[first_high, first_low], [second_high, second_low]] = self.ips;
        for word in [first_high, first_low, second_high, second_low, self.numbers] {
            // An odd constant (2 to the 64 by the golden ratio) carries every bit upwards, the shift brings the upper ones back.
            hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^= hash >> 32;
        }
        (((hash & u64::from(u32::MAX)) * u64::from(shards.get())) >> 32) as u32
    }

    /// Which of so many parts the flow belongs to, counted from 0, where each part is a run of neighbouring
    /// [shards](Self::shard).
    ///
    /// This is how flows are shared out among meters: whatever the number of parts, the flows of one shard stay together.
    /// See [`part_of_shard`](Self::part_of_shard).
    pub fn part(&self, shards: NonZeroU32, parts: NonZeroU32) -> u32 {
        Self::part_of_shard(self.shard(shards), shards, parts)
    }

    /// Which of so many parts a shard belongs to, counted from 0: `shard * parts / shards`, without the fraction.
    ///
    /// Parts are runs of neighbouring shards, whose lengths differ by one at most. With more parts than shards some parts have
    /// none. A shard that there is not belongs to the last one's part.
    ///
    /// # Examples
    ///
    /// ```
    /// use core::num::NonZeroU32;
    /// use nfstream_flow::FlowKey;
    ///
    /// let (shards, parts) = (NonZeroU32::new(4).unwrap(), NonZeroU32::new(3).unwrap());
    /// let part = |shard| FlowKey::part_of_shard(shard, shards, parts);
    /// assert_eq!([0, 1, 2, 3].map(part), [0, 0, 1, 2]);
    /// ```
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the part is less than the number of parts"
    )]
    pub fn part_of_shard(shard: u32, shards: NonZeroU32, parts: NonZeroU32) -> u32 {
        let shard = shard.min(shards.get() - 1);
        (u64::from(shard) * u64::from(parts.get()) / u64::from(shards.get())) as u32
    }

    /// Protocol number of what IP carries.
    pub fn protocol(&self) -> u8 {
        Numbers::unpack(self.numbers).protocol
    }

    /// 4 or 6.
    pub fn ip_version(&self) -> u8 {
        Numbers::unpack(self.numbers).ip_version
    }

    /// VLAN identifier, 0 without tag.
    pub fn vlan_id(&self) -> u16 {
        Numbers::unpack(self.numbers).vlan_id
    }

    /// The tunnel that the packets were found in.
    pub fn tunnel(&self) -> Tunnel {
        Numbers::unpack(self.numbers).tunnel
    }
}

impl Numbers {
    #[inline]
    fn pack(self) -> u64 {
        let [first_port, second_port] = self.ports;
        let vlan_and_tunnel = self.vlan_id & VLAN_MASK | u16::from(self.tunnel.id()) << VLAN_BITS;
        u64::from(first_port)
            | u64::from(second_port) << 16
            | u64::from(vlan_and_tunnel) << 32
            | u64::from(self.protocol) << 48
            | u64::from(self.ip_version) << 56
    }

    #[inline]
    fn unpack(word: u64) -> Self {
        let [
            first_low,
            first_high,
            second_low,
            second_high,
            vlan_low,
            vlan_high,
            protocol,
            ip_version,
        ] = word.to_le_bytes();
        Self {
            ports: [
                u16::from_le_bytes([first_low, first_high]),
                u16::from_le_bytes([second_low, second_high]),
            ],
            vlan_id: u16::from_le_bytes([vlan_low, vlan_high]) & VLAN_MASK,
            tunnel: Tunnel::from_id(vlan_high >> (VLAN_BITS - 8)).unwrap_or_default(),
            protocol,
            ip_version,
        }
    }
}

/// Width of a VLAN identifier (IEEE 802.1Q §9.6).
const VLAN_BITS: u16 = 12;
const VLAN_MASK: u16 = (1 << VLAN_BITS) - 1;

impl Hash for FlowKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [[first_high, first_low], [second_high, second_low]] = self.ips;
        if self.ip_version() == 4 {
            state.write_u64(first_low << 32 | second_low);
        } else {
            state.write_u64(first_high);
            state.write_u64(first_low);
            state.write_u64(second_high);
            state.write_u64(second_low);
        }
        state.write_u64(self.numbers);
    }
}

/// An address as two words, the more significant one first.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the low word is what is wanted"
)]
#[inline]
fn address_bits(ip: IpAddr) -> [u64; 2] {
    match ip {
        IpAddr::V4(ip) => [0, u64::from(ip.to_bits())],
        IpAddr::V6(ip) => {
            let bits = ip.to_bits();
            [(bits >> 64) as u64, bits as u64]
        }
    }
}

#[cfg(test)]
mod tests;
