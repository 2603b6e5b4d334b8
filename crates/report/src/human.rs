//! Numbers for people.

use core::time::Duration;

use nfstream_decode::{Timestamp, UtcTime};

/// The nearest floating-point number.
#[allow(clippy::cast_precision_loss, reason = "for shares and charts")]
pub(crate) fn real(number: u64) -> f64 {
    number as f64
}

/// All digits, in groups: `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count in little room: all digits below a million, three beyond.
pub(crate) fn count(number: u64) -> String {
    if number < 1_000_000 {
        grouped(number)
    } else {
        scaled(real(number), "")
    }
}

/// `60 B`, `1.23 kB`, `45.6 MB`: a kilobyte has 1000 bytes.
pub(crate) fn bytes(number: u64) -> String {
    scaled(real(number), "B")
}

/// So many of something: `18.4 packets`, `1.23 M packets/s`.
pub(crate) fn amount(number: f64, noun: &str) -> String {
    format!("{} {noun}", scaled(number, ""))
}

/// A number of at least 0 with three digits and a prefix of the SI: `0.25 B/s`, `12.3 MB/s`. Without unit and prefix, it is
/// the number alone.
pub(crate) fn scaled(number: f64, unit: &str) -> String {
    const PREFIXES: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    let mut mantissa = number;
    let mut prefixes = PREFIXES.iter().peekable();
    // What is rounded to 1000 gets the next prefix.
    while mantissa >= 999.5 && prefixes.len() > 1 {
        mantissa /= 1000.0;
        prefixes.next();
    }
    let prefix = prefixes.peek().copied().copied().unwrap_or_default();
    let digits = three_digits(mantissa, prefix.is_empty());
    format!("{digits} {prefix}{unit}").trim_end().to_owned()
}

/// Three digits, or two of what is far below 1; without zeros at the end where the number may be a whole one.
fn three_digits(number: f64, may_be_whole: bool) -> String {
    let is_whole = may_be_whole && number.fract() == 0.0;
    match number {
        _ if is_whole => format!("{number:.0}"),
        ..0.000_095 => "0.00".to_owned(),
        ..0.0095 => format!("{number:.4}"),
        ..0.095 => format!("{number:.3}"),
        ..9.995 => format!("{number:.2}"),
        ..99.95 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// A round number of bytes, packets, …: `1 kB`, `500 MB`.
pub(crate) fn round(number: f64, unit: &str) -> String {
    let text = scaled(number, unit);
    match text.split_once(' ') {
        Some((digits, rest)) if digits.contains('.') => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits} {rest}")
        }
        None if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => text,
    }
}

/// How much of the whole: `12.3 %`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let percent = 100.0 * share(part, whole);
    match percent {
        0.0 => "0 %".to_owned(),
        ..0.1 => "< 0.1 %".to_owned(),
        // What is not all does not look like it.
        99.9.. if part < whole => "> 99.9 %".to_owned(),
        ..99.95 => format!("{percent:.1} %"),
        _ => "100 %".to_owned(),
    }
}

/// How much of the whole, from 0 to 1.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        (real(part) / real(whole)).min(1.0)
    }
}

/// `250 µs`, `1.23 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`, `3 y 5 d`.
pub(crate) fn duration(nanos: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    const DAY: u64 = 86_400;
    const YEAR: u64 = 365 * DAY;
    let seconds = nanos / SECOND;
    let two = |larger: u64, unit: &str, smaller: u64, smaller_unit: &str| match smaller {
        0 => format!("{larger} {unit}"),
        _ => format!("{larger} {unit} {smaller} {smaller_unit}"),
    };
    match seconds {
        _ if nanos == 0 => "0 s".to_owned(),
        _ if nanos < 1_000 => format!("{nanos} ns"),
        _ if nanos < 1_000_000 => format!("{} µs", three_digits(real(nanos) / 1e3, true)),
        0 => format!("{} ms", three_digits(real(nanos) / 1e6, true)),
        1..60 => format!("{} s", three_digits(real(nanos) / 1e9, true)),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..DAY => two(seconds / 3_600, "h", seconds / 60 % 60, "min"),
        DAY..YEAR => two(seconds / DAY, "d", seconds / 3_600 % 24, "h"),
        _ => two(seconds / YEAR, "y", seconds % YEAR / DAY, "d"),
    }
}

/// Seconds with all digits: `12.345678 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// `2023-11-14 22:13:20 UTC`.
pub(crate) fn moment(time: Timestamp) -> String {
    let UtcTime {
        hour,
        minute,
        second,
        ..
    } = time.into();
    format!("{} {hour:02}:{minute:02}:{second:02} UTC", date(time))
}

/// `2023-11-14`.
pub(crate) fn date(time: Timestamp) -> String {
    let UtcTime {
        year, month, day, ..
    } = time.into();
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_the_right() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(count(999_999), "999,999");
        assert_eq!(count(1_234_567), "1.23 M");
    }

    #[test]
    fn three_digits_and_a_prefix() {
        for (number, text) in [
            (0, "0 B"),
            (60, "60 B"),
            (999, "999 B"),
            (1_000, "1.00 kB"),
            (12_345, "12.3 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(number), text);
        }
        assert_eq!(scaled(0.25, "B/s"), "0.25 B/s");
        assert_eq!(scaled(0.0042, "B/s"), "0.0042 B/s");
        assert_eq!(scaled(0.000_04, "B/s"), "0.00 B/s");
        assert_eq!(amount(4_250.0, "packets/s"), "4.25 k packets/s");
        assert_eq!(round(1000.0, "B"), "1 kB");
        assert_eq!(round(2_500_000.0, "B/s"), "2.5 MB/s");
        assert_eq!(round(0.5, ""), "0.5");
        assert_eq!(round(100.0, ""), "100");
    }

    #[test]
    fn shares() {
        for (part, whole, text) in [
            (0, 0, "0 %"),
            (0, 7, "0 %"),
            (1, 10_000, "< 0.1 %"),
            (1, 3, "33.3 %"),
            (9_999, 10_000, "> 99.9 %"),
            (7, 7, "100 %"),
        ] {
            assert_eq!(percent(part, whole), text);
        }
    }

    #[test]
    fn durations() {
        for (nanos, text) in [
            (0, "0 s"),
            (999, "999 ns"),
            (1_500, "1.50 µs"),
            (250_000_000, "250 ms"),
            (1_234_000_000, "1.23 s"),
            (125_000_000_000, "2 min 5 s"),
            (7_200_000_000_000, "2 h"),
            (187_200_000_000_000, "2 d 4 h"),
            (u64::MAX, "584 y 343 d"),
        ] {
            assert_eq!(duration(nanos), text);
        }
    }

    #[test]
    fn moments() {
        let time = Timestamp::from_millis(1_700_000_000_123);
        assert_eq!(moment(time), "2023-11-14 22:13:20 UTC");
    }
}
