//! Why a packet cannot be metered, and how often that happened.

use core::fmt;

/// Why a frame cannot be metered: at which layer the walk through its headers ended, and for what reason.
///
/// `Copy` and without heap, because it is counted in the loop (see [`IgnoredPackets`]), not propagated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{layer}: {reason}")]
#[non_exhaustive]
pub struct DecodeError {
    /// Where the walk ended.
    pub layer: Layer,
    /// Why it ended there.
    pub reason: Reason,
}

impl DecodeError {
    pub(crate) const fn new(layer: Layer, reason: Reason) -> Self {
        Self { layer, reason }
    }
}

/// Declares an enum whose variants can be counted through and named.
macro_rules! countable {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every one of them, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name, as reports print it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

countable! {
    /// A layer of headers.
    Layer {
        /// The link type that the capture declares.
        LinkType => "link type",
        /// The family field of a loopback frame.
        Loopback => "loopback",
        /// Ethernet II or IEEE 802.3.
        Ethernet => "ethernet",
        /// Linux cooked capture, version 1 or 2.
        LinuxCooked => "linux cooked",
        /// PPP, in any framing.
        Ppp => "ppp",
        /// Cisco HDLC.
        CiscoHdlc => "cisco hdlc",
        /// The radiotap header before an 802.11 frame.
        Radiotap => "radiotap",
        /// IEEE 802.11.
        Wifi => "802.11",
        /// IEEE 802.2 LLC, with or without SNAP.
        Llc => "llc",
        /// An 802.1Q or 802.1ad tag.
        Vlan => "vlan",
        /// An MPLS label stack.
        Mpls => "mpls",
        /// A PPPoE session header.
        Pppoe => "pppoe",
        /// The version of the IP header.
        Network => "network",
        /// An IPv4 header.
        Ipv4 => "ipv4",
        /// An IPv6 header or one of its extension headers.
        Ipv6 => "ipv6",
        /// A TCP header.
        Tcp => "tcp",
        /// A UDP header.
        Udp => "udp",
        /// A GTP-U tunnel.
        Gtp => "gtp",
        /// A CAPWAP tunnel.
        Capwap => "capwap",
        /// A TZSP tunnel.
        Tzsp => "tzsp",
    }
}

countable! {
    /// A reason not to meter a packet.
    Reason {
        /// Fewer bytes were captured than the header takes.
        Truncated => "truncated",
        /// A field of the header contradicts another, or has a value that it cannot have.
        Malformed => "malformed",
        /// Something other than IP is carried.
        NotIp => "not IP",
        /// Not the first fragment: the transport header is elsewhere.
        Fragment => "later fragment",
        /// The payload is encrypted on the link.
        Encrypted => "encrypted",
        /// A form of the header that this decoder does not know.
        Unsupported => "unsupported",
        /// More IP headers in one another than the decoder follows.
        NestedTooDeep => "nested too deep",
    }
}

/// How many packets could not be metered, by layer and reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgnoredPackets {
    counts: [[u64; Reason::ALL.len()]; Layer::ALL.len()],
}

impl IgnoredPackets {
    /// Counts one packet.
    pub fn count(&mut self, error: DecodeError) {
        let row = self.counts.get_mut(error.layer as usize);
        if let Some(count) = row.and_then(|row| row.get_mut(error.reason as usize)) {
            *count += 1;
        }
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        let rows = self.counts.iter_mut().flatten();
        for (count, other) in rows.zip(other.counts.iter().flatten()) {
            *count += other;
        }
    }

    /// All of them together, in packets.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// The layers and reasons that occurred, with their number of packets.
    pub fn iter(&self) -> impl Iterator<Item = (DecodeError, u64)> + '_ {
        Layer::ALL
            .iter()
            .zip(&self.counts)
            .flat_map(|(&layer, row)| {
                Reason::ALL
                    .iter()
                    .zip(row)
                    .filter(|&(_, &count)| count > 0)
                    .map(move |(&reason, &count)| (DecodeError::new(layer, reason), count))
            })
    }
}

impl Default for IgnoredPackets {
    fn default() -> Self {
        Self {
            counts: [[0; Reason::ALL.len()]; Layer::ALL.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_layer_and_reason() {
        let error = DecodeError::new(Layer::Ipv6, Reason::Fragment);
        assert_eq!(std::format!("{error}"), "ipv6: later fragment");
    }

    #[test]
    fn counts_by_layer_and_reason() {
        let mut ignored = IgnoredPackets::default();
        for (index, &layer) in Layer::ALL.iter().enumerate() {
            assert_eq!(layer as usize, index, "{layer} counts elsewhere");
            for &reason in Reason::ALL {
                ignored.count(DecodeError::new(layer, reason));
            }
        }
        ignored.count(DecodeError::new(Layer::Ipv4, Reason::Fragment));
        let all = (Layer::ALL.len() * Reason::ALL.len()) as u64;
        assert_eq!(ignored.total(), all + 1);
        let twice: [_; 1] = core::array::from_fn(|_| {
            ignored
                .iter()
                .find(|&(_, count)| count == 2)
                .map(|(error, _)| (error.layer, error.reason))
        });
        assert_eq!(twice, [Some((Layer::Ipv4, Reason::Fragment))]);

        let mut sum = IgnoredPackets::default();
        sum.merge(&ignored);
        sum.merge(&ignored);
        assert_eq!(sum.total(), 2 * ignored.total());
    }
}
