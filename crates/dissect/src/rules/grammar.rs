//! The lines that nDPI takes.

use std::net::Ipv4Addr;
use std::str::{self, FromStr};

use crate::ffi;

/// The lines that a version of nDPI takes.
#[derive(Debug)]
pub(super) struct Grammar {
    /// Whether there are kinds of rules that are not known here: they are left to nDPI.
    pub(super) has_other_kinds: bool,
    /// The last port of a rule.
    pub(super) last_port: u16,
    /// How many categories there are.
    pub(super) categories: u32,
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong.
    pub(super) problem: String,
    /// What would be right.
    pub(super) allowed: String,
}

type Check<T = ()> = Result<T, Wrong>;

/// Limits of nDPI 4.2, in bytes.
mod limit {
    /// A line of protocols: a second enlargement of the buffer for it overwrites what was read.
    pub(super) const PROTOCOL: usize = 2045;
    /// A host name, also by RFC 1035 §2.3.4 (in text, without the last dot); nDPI's own limit is 256.
    pub(super) const HOST: usize = 253;
    /// The name of an issuer: the rest is cut off.
    pub(super) const ISSUER: usize = 127;
}

/// Protocols with memory of their own. nDPI 4.2 frees it by the name that a flow has in the end: were that the name by its
/// host or address alone, it would free what another protocol has written in the same place.
const FREED_BY_NAME: [&str; 6] = ["TLS", "DTLS", "QUIC", "IMAPS", "POPS", "SMTPS"];

const ELEMENTS: &str = "tcp:PORT, udp:PORT, ip:ADDRESS and host:\"NAME\", with commas between";
const RULES: &str = "ELEMENTS@PROTOCOL, ip_risk_mask:ADDRESS=NUMBER, host_risk_mask:\"NAME\"=NUMBER and \
                     trusted_issuer_dn:\"NAME\"";
const CATEGORY: &str = "a host name or IPv4 address, a tab, and the number of a category";

impl Grammar {
    /// What the library takes.
    pub(super) fn of_library() -> Self {
        let version = ffi::version_number();
        Self {
            // nbpf: and, later, ipv6:.
            has_other_kinds: version >= 4006,
            // Older versions count ports in 16 bits, and never get past the last one.
            last_port: if version >= 4010 { 65_535 } else { 65_534 },
            categories: ffi::categories(),
        }
    }

    /// A line of a protocols file. Gives it back with the name of its protocol, if it is about one.
    pub(super) fn protocol<'a>(&self, line: &'a [u8]) -> Check<(&'a str, Option<&'a str>)> {
        let line = printable(line)?;
        if line.len() > limit::PROTOCOL {
            let problem = format!("a line of {} bytes", line.len());
            let allowed = format!("{}; a protocol can have several lines", limit::PROTOCOL);
            return Err(wrong(problem, allowed));
        }
        let Some((elements, name)) = line.rsplit_once('@') else {
            self.mask(line)?;
            return Ok((line, None));
        };
        if name.is_empty() {
            return Err(wrong("no name of a protocol", "a name behind the @"));
        }
        for element in elements.split(',') {
            self.element(element)?;
            let is_by_port = element.starts_with("tcp:") || element.starts_with("udp:");
            if !is_by_port
                && FREED_BY_NAME
                    .iter()
                    .any(|freed| freed.eq_ignore_ascii_case(name))
            {
                let problem = format!("{element:?} is to be {name}");
                return Err(wrong(problem, "ports, or a name of your own"));
            }
        }
        Ok((line, Some(name)))
    }

    /// A line of a categories file: a host or network and its category.
    pub(super) fn category<'a>(&self, line: &'a [u8]) -> Check<(&'a str, u32)> {
        let mut parts = line.splitn(2, |byte| *byte == b'\t');
        let (Some(name), Some(number)) = (parts.next(), parts.next()) else {
            return Err(wrong("no tab", CATEGORY));
        };
        let (name, number) = (printable(name)?, printable(number)?);
        if name.bytes().all(|byte| b"0123456789./".contains(&byte)) {
            network(name)?;
        } else if !(self.has_other_kinds && name.starts_with('[')) {
            host(name)?;
        }
        match whole::<u32>(number).filter(|category| *category < self.categories) {
            Some(category) => Ok((name, category)),
            None => Err(wrong(
                format!("the category {number:?}"),
                format!("0 to {}", self.categories.saturating_sub(1)),
            )),
        }
    }

    /// A way to know a protocol.
    fn element(&self, element: &str) -> Check {
        match element.split_once(':') {
            Some(("tcp" | "udp", ports)) => self.ports(ports),
            Some(("ip", it)) => endpoint(it),
            Some(("host", name)) => host(unquoted(name)),
            _ if self.has_other_kinds => Ok(()),
            _ => Err(wrong(format!("{element:?}"), ELEMENTS)),
        }
    }

    /// `PORT[-PORT]`
    fn ports(&self, ports: &str) -> Check {
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        match (whole::<u16>(first), whole::<u16>(last)) {
            (Some(first), Some(last)) if 0 < first && first <= last && last <= self.last_port => {
                Ok(())
            }
            _ => Err(wrong(
                format!("the port {ports:?}"),
                format!("1 to {}, or a range such as 8000-8010", self.last_port),
            )),
        }
    }

    /// A line that is not about a protocol.
    fn mask(&self, line: &str) -> Check {
        match line.split_once(':') {
            Some(("ip_risk_mask", rule)) => network(masked(rule)?),
            Some(("host_risk_mask", rule)) => host(unquoted(masked(rule)?)),
            Some(("trusted_issuer_dn", name)) => issuer(unquoted(name)),
            _ if self.has_other_kinds => Ok(()),
            _ => Err(wrong(format!("{line:?}"), RULES)),
        }
    }
}

/// `NETWORK[:PORT]`
fn endpoint(text: &str) -> Check {
    let Some((before, port)) = text.rsplit_once(':') else {
        return network(text);
    };
    match whole::<u16>(port) {
        Some(1..) => network(before),
        _ => Err(wrong(format!("the port {port:?}"), "1 to 65535")),
    }
}

/// `IPV4[/LENGTH]`
fn network(text: &str) -> Check {
    let (address, length) = text.split_once('/').unwrap_or((text, "32"));
    if address.parse::<Ipv4Addr>().is_ok() && whole::<u8>(length).is_some_and(|it| it <= 32) {
        Ok(())
    } else {
        let allowed = "an IPv4 address, or a network such as 192.0.2.0/24";
        Err(wrong(format!("the address {text:?}"), allowed))
    }
}

fn host(name: &str) -> Check {
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte);
    if (1..=limit::HOST).contains(&name.len()) && name.bytes().all(is_right) {
        Ok(())
    } else {
        let allowed = format!(
            "letters, digits and any of -_.*, 1 to {} bytes",
            limit::HOST
        );
        Err(wrong(format!("the host name {name:?}"), allowed))
    }
}

fn issuer(name: &str) -> Check {
    if (1..=limit::ISSUER).contains(&name.len()) && !name.contains([':', '"']) {
        Ok(())
    } else {
        let allowed = format!("1 to {} bytes without a colon or quote", limit::ISSUER);
        Err(wrong(format!("the issuer {name:?}"), allowed))
    }
}

/// `KEY=NUMBER`. Gives the key.
fn masked(rule: &str) -> Check<&str> {
    match rule.split_once('=') {
        // nDPI reads it as signed.
        Some((key, mask)) if whole::<i64>(mask).is_some() => Ok(key),
        _ => Err(wrong(
            format!("the mask in {rule:?}"),
            format!("= and a number from 0 to {}", i64::MAX),
        )),
    }
}

/// Without the quotes around it; a single one stays, which is right nowhere.
fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inner.unwrap_or(text)
}

/// A number without a sign or space.
fn whole<T: FromStr>(text: &str) -> Option<T> {
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_whole)
}

fn printable(text: &[u8]) -> Check<&str> {
    match str::from_utf8(text) {
        Ok(text) if text.chars().all(|it| matches!(it, ' '..='~')) => Ok(text),
        _ => Err(wrong(
            format!("\"{}\"", text.escape_ascii()),
            "printable ASCII",
        )),
    }
}

fn wrong(problem: impl Into<String>, allowed: impl Into<String>) -> Wrong {
    Wrong {
        problem: problem.into(),
        allowed: allowed.into(),
    }
}
