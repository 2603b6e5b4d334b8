//! A DHCP message and its options.

use core::net::Ipv4Addr;

use super::Oui;

/// What precedes the magic cookie (RFC 2131 §2):
///
/// ```text
///  0 op     1 htype  2 hlen   3 hops    4 xid (4)    8 secs (2)  10 flags (2)
/// 12 ciaddr (4)     16 yiaddr (4)      20 siaddr (4)            24 giaddr (4)
/// 28 chaddr (16)    44 sname (64)     108 file (128)
/// ```
const HEADER_LEN: usize = 236;
/// What the options begin with (RFC 2131 §3).
const MAGIC_COOKIE: [u8; 4] = [99, 130, 83, 99];

/// Ethernet among the hardware types of ARP, and the length of its addresses (RFC 2131 §2, RFC 1700).
const ETHERNET: [u8; 2] = [1, 6];

/// Codes that mean the same for every message (RFC 2132 §3.1, §3.2, §9.3).
const PAD: u8 = 0;
const END: u8 = 255;
const OVERLOAD: u8 = 52;

/// Of the codes of a message, those that count: more than the 254 that there are.
const MAX_CODES: usize = 255;

/// A DHCP message with the magic cookie; its options may be cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    header: &'a [u8; HEADER_LEN],
    options: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn parse(payload: &'a [u8]) -> Option<Self> {
        let (header, rest) = payload.split_first_chunk()?;
        let options = rest.strip_prefix(&MAGIC_COOKIE)?;
        Some(Self { header, options })
    }

    /// ciaddr, if it is not 0.0.0.0.
    pub(super) fn client_address(&self) -> Option<Ipv4Addr> {
        let address = self.header.get(12..)?.first_chunk::<4>()?;
        Some(Ipv4Addr::from(*address)).filter(|address| !address.is_unspecified())
    }

    /// What chaddr begins with, if it is an Ethernet address.
    pub(super) fn client_oui(&self) -> Option<Oui> {
        let oui = self.header.get(28..)?.first_chunk::<3>()?;
        let is_ethernet = self.header.get(1..)?.starts_with(&ETHERNET);
        is_ethernet.then_some(Oui(*oui))
    }

    /// The codes of the options in their order, the first ones of many.
    pub(super) fn codes(&self) -> Vec<u8> {
        let codes = self.options().map(|(code, _)| code);
        codes.take(MAX_CODES).collect()
    }

    /// Code and value of each option. The fields `file` and `sname`, where they hold options, are what the field `options`
    /// goes on with (RFC 2132 §9.3, RFC 3396).
    pub(super) fn options(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let overload = Options(self.options)
            .find(|(code, _)| *code == OVERLOAD)
            .and_then(|(_, value)| value.first().copied())
            .unwrap_or(0);
        let field = |is_lent: bool, start: usize, end: usize| {
            Options(
                self.header
                    .get(start..end)
                    .filter(|_| is_lent)
                    .unwrap_or_default(),
            )
        };
        Options(self.options)
            .chain(field(overload & 1 != 0, 108, 236))
            .chain(field(overload & 2 != 0, 44, 108))
    }
}

/// Code and value of each option of one field, up to its end or the first one that is cut (RFC 2132 §2).
#[derive(Clone, Debug)]
struct Options<'a>(&'a [u8]);

impl<'a> Iterator for Options<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while let [PAD, rest @ ..] = self.0 {
            self.0 = rest;
        }
        match self.0 {
            [] | [_] | [END, ..] => None,
            [code, length, rest @ ..] => {
                let (value, rest) = rest.split_at_checked(usize::from(*length))?;
                self.0 = rest;
                Some((*code, value))
            }
        }
    }
}
