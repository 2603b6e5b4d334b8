//! Packet time in the calendar.

use crate::Timestamp;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// A point in time in UTC, by the Gregorian calendar and the clock, for names and for people.
///
/// # Examples
///
/// ```
/// use nfstream_decode::{Timestamp, UtcTime};
///
/// let time = UtcTime::from(Timestamp::from_millis(1_700_000_000_123));
/// assert_eq!((time.year, time.month, time.day), (2023, 11, 14));
/// assert_eq!((time.hour, time.minute, time.second), (22, 13, 20));
/// assert_eq!(time.millisecond, 123);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct UtcTime {
    /// From 1970 to 2554.
    pub year: u64,
    /// From 1 to 12.
    pub month: u64,
    /// Of the month, from 1.
    pub day: u64,
    /// From 0 to 23.
    pub hour: u64,
    /// From 0 to 59.
    pub minute: u64,
    /// From 0 to 59: packet time has no leap seconds.
    pub second: u64,
    /// From 0 to 999, truncated.
    pub millisecond: u64,
}

impl From<Timestamp> for UtcTime {
    fn from(timestamp: Timestamp) -> Self {
        let millis = timestamp.as_millis();
        let seconds = millis / 1000;
        let (year, month, day) = date(seconds / DAY);
        Self {
            year,
            month,
            day,
            hour: seconds / 3600 % 24,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            millisecond: millis % 1000,
        }
    }
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
    fn days_and_times_of_day() {
        // Right: what `date --utc --date @SECONDS` of GNU coreutils says.
        for (seconds, date, time) in [
            (0, (1970, 1, 1), (0, 0, 0)),
            (951_782_400, (2000, 2, 29), (0, 0, 0)),
            (1_700_000_000, (2023, 11, 14), (22, 13, 20)),
            (1_735_689_599, (2024, 12, 31), (23, 59, 59)),
            (4_107_542_400, (2100, 3, 1), (0, 0, 0)),
        ] {
            let utc = UtcTime::from(Timestamp::from_millis(seconds * 1000 + 7));
            assert_eq!((utc.year, utc.month, utc.day), date);
            assert_eq!((utc.hour, utc.minute, utc.second), time);
            assert_eq!(utc.millisecond, 7);
        }
        assert_eq!(UtcTime::from(Timestamp::MAX).year, 2554);
    }
}
