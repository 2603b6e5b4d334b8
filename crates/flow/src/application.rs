//! What a dissector has found out about a flow.

use core::fmt;

/// What is known about the application of a flow (layer 7). A text that the packets did not tell is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Application<'a> {
    /// Its name, such as `TLS.Google` (the protocol, and what it carries) or `DNS`; [`UNKNOWN`](Self::UNKNOWN) has the
    /// name `Unknown`.
    pub name: &'a str,
    /// The kind of application, such as `Web`; `Unspecified` if unknown.
    pub category: &'a str,
    /// Whether it is a guess, made when no more packets were looked into.
    pub is_guessed: bool,
    /// What the name rests on.
    pub confidence: Confidence,
    /// The host that was asked for: TLS or QUIC server name, HTTP host, DNS query, ….
    pub server_name: &'a str,
    /// What tells the client's software from others, in a form that depends on the protocol.
    pub client_fingerprint: &'a str,
    /// What tells the server's software from others, in a form that depends on the protocol.
    pub server_fingerprint: &'a str,
    /// The client's software, as HTTP or QUIC tells it.
    pub user_agent: &'a str,
    /// The type of the HTTP response, without parameters.
    pub content_type: &'a str,
    /// JA3 of the TLS client: 32 hexadecimal digits. `None`: this dissector does not compute it.
    pub ja3: Option<&'a str>,
    /// JA4 of the TLS client: 36 characters. `None`: this dissector does not compute it.
    pub ja4: Option<&'a str>,
    /// What looks dangerous about the flow.
    pub risks: Risks,
}

impl Application<'_> {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        name: "Unknown",
        category: "Unspecified",
        is_guessed: false,
        confidence: Confidence::Unknown,
        server_name: "",
        client_fingerprint: "",
        server_fingerprint: "",
        user_agent: "",
        content_type: "",
        ja3: None,
        ja4: None,
        risks: Risks::NONE,
    };

    /// Whether there is no name for it.
    pub fn is_unknown(&self) -> bool {
        self.name == Self::UNKNOWN.name
    }
}

/// What the name of an application rests on. The numbers are those that NFStream 6.6.0 exports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Confidence {
    /// There is no name.
    #[default]
    Unknown = 0,
    /// Port numbers.
    Port = 1,
    /// A filter rule of the user.
    FilterRule = 2,
    /// Some of the packets that it takes to be sure.
    Partial = 3,
    /// The same, and what other flows of the same hosts were.
    PartialAndOtherFlows = 4,
    /// What other flows of the same hosts were; nDPI 4.2 says it also of BitTorrent that the packets themselves show.
    OtherFlows = 5,
    /// What the packets contain.
    Packets = 6,
    /// Addresses.
    Address = 7,
    /// What the packets contain, by a rule that errs more often.
    Aggressive = 8,
    /// A rule of the user.
    CustomRule = 9,
    /// Something that has no number.
    Other,
}

impl Confidence {
    /// Every value with a number, in the order of the numbers.
    pub const ALL: [Self; 10] = [
        Self::Unknown,
        Self::Port,
        Self::FilterRule,
        Self::Partial,
        Self::PartialAndOtherFlows,
        Self::OtherFlows,
        Self::Packets,
        Self::Address,
        Self::Aggressive,
        Self::CustomRule,
    ];

    /// The number that NFStream 6.6.0 exports.
    pub const fn number(self) -> Option<u8> {
        match self {
            Self::Other => None,
            confidence => Some(confidence as u8),
        }
    }

    /// The value with this number.
    pub fn from_number(number: u8) -> Self {
        let known = Self::ALL.get(usize::from(number)).copied();
        known.unwrap_or(Self::Other)
    }
}

/// A set of dangers that a dissector saw in a flow, such as an expired certificate. It is as small as the set of bits: names
/// are those that the dissector has for all flows, and stay as long as the program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Risks {
    set: u64,
    /// The name of each bit of the set.
    names: &'static [&'static str],
}

impl Risks {
    /// No danger was seen.
    pub const NONE: Self = Self { set: 0, names: &[] };

    /// A set of bits, each with its name; bits without a name do not count.
    pub const fn new(set: u64, names: &'static [&'static str]) -> Self {
        Self { set, names }
    }

    /// Their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let named = self.names.iter().take(u64::BITS as usize).enumerate();
        named
            .filter(move |&(bit, _)| self.set & (1 << bit) != 0)
            .map(|(_, name)| *name)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.names().next().is_none()
    }
}

impl Default for Risks {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for Risks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Default for Application<'_> {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_and_its_number_belong_together() {
        for (number, confidence) in (0..).zip(Confidence::ALL) {
            assert_eq!(confidence.number(), Some(number));
            assert_eq!(Confidence::from_number(number), confidence);
        }
        assert_eq!(Confidence::from_number(10), Confidence::Other);
        assert_eq!(Confidence::Other.number(), None);
    }

    #[test]
    fn risks_are_named_by_their_bits() {
        let names = &["zero", "one", "two"];
        assert_eq!(
            Risks::new(0b1101, names).names().collect::<Vec<_>>(),
            ["zero", "two"]
        );
        assert!(Risks::new(0b1000, names).is_empty());
        assert!(Risks::NONE.is_empty());
        assert_eq!(format!("{:?}", Risks::new(2, names)), "{\"one\"}");
    }

    #[test]
    fn more_names_than_bits_are_cut() {
        static NAMES: [&str; 70] = ["x"; 70];
        assert_eq!(Risks::new(u64::MAX, &NAMES).names().count(), 64);
    }
}
