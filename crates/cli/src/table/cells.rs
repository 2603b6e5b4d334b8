//! What stands in a table.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use nfstream::flow::Endpoint;
use nfstream::{FlowEnd, Timestamp};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Protocol numbers that one meets, by name. Source: IANA, "Assigned Internet Protocol Numbers".
const PROTOCOLS: [(u8, &str); 16] = [
    (1, "ICMP"),
    (2, "IGMP"),
    (4, "IPv4"),
    (6, "TCP"),
    (17, "UDP"),
    (41, "IPv6"),
    (46, "RSVP"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (58, "ICMPv6"),
    (88, "EIGRP"),
    (89, "OSPF"),
    (103, "PIM"),
    (112, "VRRP"),
    (132, "SCTP"),
];

/// The name of a protocol, or its number.
pub(super) fn protocol(number: u8) -> String {
    PROTOCOLS
        .iter()
        .find(|(known, _)| *known == number)
        .map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

/// Why a flow ended, in a word.
pub(super) fn end(end: FlowEnd) -> &'static str {
    match end {
        FlowEnd::Idle => "idle",
        FlowEnd::Active => "active",
        FlowEnd::Forced => "plugin",
        FlowEnd::Resources => "full",
        FlowEnd::EndOfInput => "eof",
        _ => end.name(),
    }
}

/// Address and port; in the middle of a long address something is left out.
pub(super) fn endpoint(endpoint: Endpoint, width: usize) -> String {
    let text = match (endpoint.ip, endpoint.port) {
        (ip, 0) => ip.to_string(),
        (IpAddr::V4(ip), port) => format!("{ip}:{port}"),
        (ip, port) => SocketAddr::new(ip, port).to_string(),
    };
    shortened(&text, width, width.saturating_sub(1) / 2)
}

/// The name of an application; what it begins with says most.
pub(super) fn application(name: &str, width: usize) -> String {
    shortened(&printable(name), width, width.saturating_sub(1))
}

/// The name of a host; what it ends with says most.
pub(super) fn server_name(name: &str, width: usize) -> String {
    shortened(&printable(name), width, 0)
}

/// The text in ASCII that a terminal shows and does not obey. A packet can hold anything.
fn printable(text: &str) -> String {
    let shown = |it: char| if it.is_ascii_graphic() { it } else { '?' };
    text.chars().map(shown).collect()
}

/// The text, without what there is no room for behind its first `head` characters.
fn shortened(text: &str, width: usize, head: usize) -> String {
    let left_out = (text.chars().count() + 1).saturating_sub(width);
    if left_out <= 1 {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(head).collect();
    short.push('…');
    short.extend(text.chars().skip(head + left_out));
    short
}

/// How long a flow lasted, in six characters at most (for the next 27 years).
pub(super) fn duration(duration: Duration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    match seconds {
        0 if duration.is_zero() => "0s".to_owned(),
        0 if millis == 0 => format!("{}µs", duration.subsec_micros()),
        0 => format!("{millis}ms"),
        1..10 => format!("{seconds}.{:02}s", millis / 10),
        10..60 => format!("{seconds}.{}s", millis / 100),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..DAY => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / DAY, seconds / 3600 % 24),
    }
}

/// UTC: the time of day, with date and milliseconds where there is room.
pub(super) fn time(timestamp: Timestamp, width: usize) -> String {
    const WITH_DATE: usize = "2006-01-02 03:04:05.678".len();

    let millis = timestamp.as_millis();
    let seconds = millis / 1000;
    let mut text = String::new();
    if width >= WITH_DATE {
        let (year, month, day) = date(seconds / DAY);
        let _ = write!(text, "{year}-{month:02}-{day:02} ");
    }
    let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
    let _ = write!(text, "{hour:02}:{minute:02}:{:02}", seconds % 60);
    if width >= WITH_DATE {
        let _ = write!(text, ".{:03}", millis % 1000);
    }
    text
}

/// Year, month and day of the Gregorian calendar. Years are counted from March, so that leap days come last.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`, for days since 1970.
fn date(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    const DAYS_FROM_0000_03_01_TO_1970: u64 = 719_468;

    let days = days_since_1970 + DAYS_FROM_0000_03_01_TO_1970;
    let era = days / DAYS_OF_400_YEARS;
    let day_of_era = days % DAYS_OF_400_YEARS;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00.000"),
            (951_782_400, "2000-02-29 00:00:00.000"),
            (1_700_000_000, "2023-11-14 22:13:20.000"),
            (1_735_689_599, "2024-12-31 23:59:59.000"),
            (4_107_542_400, "2100-03-01 00:00:00.000"),
        ] {
            let timestamp = Timestamp::from_millis(seconds * 1000);
            assert_eq!(time(timestamp, 23), expected);
        }
        assert_eq!(
            time(Timestamp::from_millis(1_700_000_000_123), 8),
            "22:13:20"
        );
    }

    #[test]
    fn durations() {
        for (millis, expected) in [
            (0, "0s"),
            (1, "1ms"),
            (999, "999ms"),
            (6_670, "6.67s"),
            (59_999, "59.9s"),
            (60_000, "1m00s"),
            (3_599_999, "59m59s"),
            (3_600_000, "1h00m"),
            (90_000_000, "1d01h"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), expected);
        }
        assert_eq!(duration(Duration::from_micros(412)), "412µs");
    }

    #[test]
    fn long_addresses_keep_their_ends() {
        let shown = |ip: &str, port, width| {
            let ip = ip.parse().unwrap();
            endpoint(Endpoint { ip, port }, width)
        };
        assert_eq!(shown("192.0.2.1", 53, 21), "192.0.2.1:53");
        assert_eq!(shown("192.0.2.1", 0, 21), "192.0.2.1");
        assert_eq!(shown("2001:db8::1", 53, 21), "[2001:db8::1]:53");
        let long = "2001:db8:1111:2222:3333:4444:5555:6666";
        assert_eq!(shown(long, 40203, 21), "[2001:db8:…666]:40203");
        assert_eq!(shown(long, 40203, 20).chars().count(), 20);
        assert_eq!(shown(long, 40203, 46).chars().count(), 46);
    }

    #[test]
    fn applications_keep_their_beginnings_and_hosts_their_ends() {
        assert_eq!(application("TLS.Google", 10), "TLS.Google");
        assert_eq!(application("TLS.GoogleServices", 10), "TLS.Googl…");
        assert_eq!(server_name("www.example.test", 16), "www.example.test");
        assert_eq!(server_name("www.example.test", 13), "…example.test");
    }

    #[test]
    fn a_terminal_is_told_nothing_by_packets() {
        assert_eq!(server_name("\u{1b}[2J\u{202e}x\ny", 20), "?[2J?x?y");
        assert_eq!(application("Own\r", 20), "Own?");
    }

    #[test]
    fn protocols_without_a_name_have_a_number() {
        assert_eq!(protocol(6), "TCP");
        assert_eq!(protocol(253), "253");
    }
}
