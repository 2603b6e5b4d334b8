//! What stands in a table.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use nfstream::decode::protocol;
use nfstream::export::UtcTime;
use nfstream::flow::Endpoint;
use nfstream::{FlowEnd, Timestamp};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The name of a protocol, or its number where there is no name that the narrowest column holds.
pub(super) fn protocol(number: u8) -> String {
    const NARROWEST: usize = 6;

    protocol::name(number)
        .filter(|name| name.len() <= NARROWEST)
        .map_or_else(|| number.to_string(), str::to_owned)
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

    let UtcTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
        millisecond,
        ..
    } = timestamp.into();
    let time_of_day = format!("{hour:02}:{minute:02}:{second:02}");
    if width < WITH_DATE {
        return time_of_day;
    }
    format!("{year}-{month:02}-{day:02} {time_of_day}.{millisecond:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_date_where_there_is_room() {
        let timestamp = Timestamp::from_millis(1_709_251_509_007);
        assert_eq!(time(timestamp, 23), "2024-03-01 00:05:09.007");
        assert_eq!(time(timestamp, 8), "00:05:09");
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
        assert_eq!(protocol(136), "136", "UDP-Lite");
    }
}
