//! Values of options.

use std::fmt::Display;
#[cfg(all(feature = "libpcap", unix))]
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use nfstream::export::{LineEnding, Timestamps};
use nfstream::{AccountingMode, TimeUnit};

/// Parses a whole number from `least` to `most`.
pub(super) fn whole<T>(
    least: T,
    most: T,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Copy + Send + Sync + 'static,
{
    move |text| match text.parse() {
        Ok(number) if least <= number && number <= most => Ok(number),
        _ => Err(format!("allowed: a whole number from {least} to {most}")),
    }
}

/// Parses seconds, with or without a fraction.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "allowed: seconds, 0 or more, such as 120 or 0.5".to_owned())
}

/// Parses the address of a socket.
#[cfg(all(feature = "libpcap", unix))]
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "allowed: an address and a port, such as 127.0.0.1:9500 or [::1]:9500".to_owned()
    })
}

/// Parses how long a file is written to: a whole number of seconds, minutes, hours or days.
#[cfg(all(feature = "libpcap", unix))]
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|it: char| !it.is_ascii_digit());
    let seconds_of_unit = match text.get(digits.len()..) {
        Some("" | "s") => Some(1),
        Some("m") => Some(60),
        Some("h") => Some(3600),
        Some("d") => Some(86_400),
        _ => None,
    };
    // `parse` takes a sign.
    let count = Some(digits).filter(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    count
        .and_then(|count| count.parse::<u64>().ok())
        .and_then(|count| count.checked_mul(seconds_of_unit?))
        .filter(|&seconds| seconds > 0)
        .map(Duration::from_secs)
        .ok_or_else(|| {
            "allowed: 1 second or more, such as 30s, 5m, 1h, 1d or, in seconds, 300".to_owned()
        })
}

/// What the fingerprint of a TLS client is.
#[cfg(feature = "ndpi")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fingerprint {
    /// JA3 (nDPI up to 4.12)
    Ja3,
    /// JA4 (nDPI 4.10 on)
    Ja4,
}

#[cfg(feature = "ndpi")]
impl From<Fingerprint> for nfstream::dissect::ClientFingerprint {
    fn from(fingerprint: Fingerprint) -> Self {
        match fingerprint {
            Fingerprint::Ja3 => Self::Ja3,
            Fingerprint::Ja4 => Self::Ja4,
        }
    }
}

/// Under which licence nDPI is used.
#[cfg(feature = "ndpi")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NdpiLicence {
    /// Not for profit
    NotForProfit,
    /// For profit, with a licence of ntop
    ForProfitWithLicence,
    /// For profit, without one: some dissectors are left out
    ForProfitWithoutLicence,
}

#[cfg(feature = "ndpi")]
impl From<NdpiLicence> for nfstream::dissect::Licence {
    fn from(licence: NdpiLicence) -> Self {
        match licence {
            NdpiLicence::NotForProfit => Self::NotForProfit,
            NdpiLicence::ForProfitWithLicence => Self::ForProfitWithLicence,
            NdpiLicence::ForProfitWithoutLicence => Self::ForProfitWithoutLicence,
        }
    }
}

/// A setting of nDPI.
#[cfg(feature = "ndpi")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NdpiSetting {
    pub(crate) protocol: Option<String>,
    pub(crate) key: String,
    pub(crate) value: String,
}

#[cfg(feature = "ndpi")]
impl FromStr for NdpiSetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = "allowed: key=value or protocol:key=value";
        let (name, value) = text.split_once('=').ok_or(allowed)?;
        let (protocol, key) = match name.split_once(':') {
            Some((protocol, key)) => (Some(protocol.to_owned()), key),
            None => (None, name),
        };
        if key.is_empty() || protocol.as_deref() == Some("") {
            return Err(allowed);
        }
        Ok(Self {
            protocol,
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for spreadsheets and NFStream's scripts
    Csv,
    /// JSON lines: an object a line
    Json,
    /// Parquet, compressed with zstd
    Parquet,
    /// Arrow file (Feather version 2)
    Arrow,
    /// Arrow stream, for pipes
    ArrowStream,
    /// Text for people, in a choice of columns
    Table,
    /// No rows
    None,
}

/// How points in time are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Times {
    /// As timestamps in UTC
    Typed,
    /// As integers since 1970, as NFStream has them
    Integers,
}

impl From<Times> for Timestamps {
    fn from(times: Times) -> Self {
        match times {
            Times::Typed => Self::Typed,
            Times::Integers => Self::Integers,
        }
    }
}

/// How lines end.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum LineEnd {
    /// Carriage return and line feed, as NFStream.
    CrLf,
    /// Line feed.
    Lf,
}

/// Which of a packet's sizes is counted.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Accounting {
    /// The whole frame (raw).
    #[value(name = "0", alias = "raw")]
    Raw,
    /// The IP packet (ip).
    #[value(name = "1", alias = "ip")]
    Ip,
    /// Transport header and payload (transport).
    #[value(name = "2", alias = "transport")]
    Transport,
    /// The transport payload (payload).
    #[value(name = "3", alias = "payload")]
    Payload,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Unit {
    /// Milliseconds, as NFStream.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

impl From<LineEnd> for LineEnding {
    fn from(end: LineEnd) -> Self {
        match end {
            LineEnd::CrLf => Self::CrLf,
            LineEnd::Lf => Self::Lf,
        }
    }
}

impl From<Accounting> for AccountingMode {
    fn from(accounting: Accounting) -> Self {
        match accounting {
            Accounting::Raw => Self::Raw,
            Accounting::Ip => Self::Ip,
            Accounting::Transport => Self::Transport,
            Accounting::Payload => Self::Payload,
        }
    }
}

impl From<Unit> for TimeUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Ms => Self::Milliseconds,
            Unit::Us => Self::Microseconds,
            Unit::Ns => Self::Nanoseconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_fractions_but_no_sign() {
        assert_eq!(seconds("120"), Ok(Duration::from_mins(2)));
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("0.1"), Ok(Duration::from_millis(100)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for wrong in ["-1", "nan", "inf", "1e40", "2m", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[cfg(all(feature = "libpcap", unix))]
    #[test]
    fn intervals_have_a_unit_or_are_in_seconds() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("1h", 3600),
            ("2d", 172_800),
            ("300", 300),
            ("1", 1),
        ] {
            assert_eq!(interval(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in [
            "",
            "m",
            "0",
            "0m",
            "-5m",
            "+5m",
            "1.5h",
            "5 m",
            " 5m",
            "5M",
            "5min",
            "5m3",
            "1h30m",
            "5ms",
            "é5",
            "99999999999999999999",
            "999999999999999999d",
        ] {
            let error = interval(wrong).unwrap_err();
            assert!(error.starts_with("allowed: 1 second or more"), "{wrong}");
        }
    }

    #[test]
    #[cfg(feature = "ndpi")]
    fn a_setting_has_a_key_and_perhaps_a_protocol() {
        let setting = |protocol: Option<&str>, key: &str, value: &str| NdpiSetting {
            protocol: protocol.map(str::to_owned),
            key: key.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!("a.b=1".parse(), Ok(setting(None, "a.b", "1")));
        assert_eq!(
            "tls:a=b=c:d".parse(),
            Ok(setting(Some("tls"), "a", "b=c:d"))
        );
        assert_eq!("path=".parse(), Ok(setting(None, "path", "")));
        for wrong in ["", "a", "tls:a", "=", "=1", ":a=1", "tls:=1"] {
            assert!(wrong.parse::<NdpiSetting>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn whole_numbers_have_a_range() {
        let parse = whole(1, 255_u8);
        assert_eq!(parse("1"), Ok(1));
        assert_eq!(parse("255"), Ok(255));
        for wrong in ["0", "256", "-1", "1.5", "one"] {
            assert!(parse(wrong).unwrap_err().contains("from 1 to 255"));
        }
    }
}
